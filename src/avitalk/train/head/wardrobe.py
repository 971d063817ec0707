"""Hairstyles and garment of the head's file, made on the finished bare head."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avitalk.face.complexion import PIGMENTS
from avitalk.face.head import PARTS, Head
from avitalk.train.head.attach import skin_near
from avitalk.train.head.garment import Cloth, collared
from avitalk.train.head.locks import Mesh, Scalp, grow, roots_on, strips
from avitalk.train.head.occlusion import bake
from avitalk.train.head.paint import smooth
from avitalk.train.head.scans import Floats, Ints
from avitalk.train.head.styles import BUN, STYLES, Style
from avitalk.train.head.surface import vertex_normals

Arrays = dict[str, NDArray[Any]]


def wardrobe(bare: Head) -> Arrays:
    """Arrays `hair_<style>_*` and `garment_*`; see `avitalk.face.wardrobe`."""
    cloth = collared(bare)
    arrays: Arrays = {
        "garment_vertices": cloth.vertices.astype(np.float32),
        "garment_triangles": cloth.triangles.astype(np.uint16),
        "garment_weight": np.round(255 * cloth.weight).astype(np.uint8),
        "garment_tone": np.where(cloth.weight > 0, 116, 128).astype(np.uint8),
    }
    for name, style in STYLES.items():
        worn = _style(bare, style, cloth)
        arrays |= {f"hair_{name}_{key}": values for key, values in worn.items()}
    dark = _open(_stack(bare, cloth.vertices, cloth.triangles))[len(bare.vertices) :]
    arrays["garment_occlusion"] = np.round(255 * dark).astype(np.uint8)
    for key in [key for key in arrays if key.endswith("_vertices")]:
        near, share = skin_near(bare, arrays[key].astype(np.float64))
        name = key.removesuffix("_vertices")
        arrays |= {f"{name}_near": near, f"{name}_near_share": share}
    return arrays


def _style(bare: Head, style: Style, cloth: Cloth) -> Arrays:
    rng = np.random.default_rng(style.seed)
    skin = bare.part == PARTS.index("skin")
    vertices = bare.vertices.astype(np.float64)
    triangles = bare.triangles.astype(np.int64)
    normals = vertex_normals(vertices, triangles)
    assert bare.paint is not None, "the default head is painted"
    share = bare.paint[:, PIGMENTS.index("stubble")].astype(np.float64)
    cover = smooth(0.45, 0.85, share) * skin
    inside = _depth_inside(vertices, cover)
    lift = style.lift(vertices) * cover * smooth(0.0, 0.016, inside)
    raised = vertices + lift[:, None] * normals
    before = _open((vertices, triangles))
    arrays: Arrays = {"lift": lift.astype(np.float16)}
    mesh = None
    if style.comb is not None:
        ear = (np.abs(vertices[:, 0]) > 0.071) & (np.abs(vertices[:, 1] + 0.01) < 0.045)
        outer = skin & ~ear & (vertices[:, 2] < 0.05)
        scalp = Scalp.of(raised[outer], normals[outer])
        roots = roots_on(raised, triangles, cover * style.where(vertices), style.apart, rng)
        mesh = grow(scalp, roots, style.comb, rng)
        if style.bun:
            mesh = mesh.plus(_bun(rng))
        arrays |= {
            "vertices": mesh.vertices.astype(np.float32),
            "triangles": mesh.triangles.astype(np.uint16),
            "fibre": mesh.fibre.astype(np.float16),
            "weight": np.full(len(mesh.vertices), 255, np.uint8),
        }
        own = np.random.default_rng(5).uniform(0.85, 1.15, len(mesh.vertices) + 1)
        number = np.round(mesh.fibre[:, 2] * 400).astype(int) % len(own)
        arrays["tone"] = np.round(127.5 * own[number]).astype(np.uint8)
    worn = mesh or Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros((0, 3)))
    everything = _join((raised, triangles), (worn.vertices, worn.triangles))
    everything = _join(everything, (cloth.vertices, cloth.triangles))
    after = _open(everything)
    count = len(vertices)
    shade = np.clip((after[:count] + 0.03) / (before + 0.03), 0.1, 1)
    arrays["shade"] = np.round(255 * shade).astype(np.uint8)
    if mesh is not None:
        dark = after[count : count + len(mesh.vertices)]
        arrays["occlusion"] = np.round(255 * np.clip(0.15 + 0.85 * dark, 0, 1)).astype(np.uint8)
    return arrays


def _depth_inside(vertices: Floats, cover: Floats) -> Floats:
    """(n,) distance of covered vertices from the nearest bare one."""
    return np.asarray(cKDTree(vertices[cover < 0.5]).query(vertices)[0])


def _bun(rng: np.random.Generator) -> Mesh:
    """A ball of locks wound about the axis out of the back of the head."""
    count, rows, radius = 34, 6, 0.030
    centre = BUN + np.array([0, 0.006, -0.004])
    turn = rng.uniform(0, 2 * np.pi, count)
    tilt = rng.normal(0, 0.5, count)
    vertices, fibre = [], []
    for row in np.linspace(0, 1, rows):
        angle = turn + 2.2 * row
        ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
        level = (tilt + 0.25 * (row - 0.5))[:, None]
        out = ring * np.cos(level) + np.array([0, 0, -1.0]) * np.sin(level)
        across = np.array([0, 0, -1.0]) * np.cos(level) - ring * np.sin(level)
        swell = radius * (1 + 0.12 * np.sin(np.pi * row)) * rng.uniform(0.9, 1.1, (count, 1))
        for edge in (-1, 1):
            vertices.append(centre + swell * out + 0.009 * edge * across)
            one = np.zeros((count, 3))
            one[:, 0], one[:, 1] = edge, row
            one[:, 2] = 0.5 + 0.5 * (np.arange(count) + 1) / count
            fibre.append(one)
    return Mesh(
        np.stack(vertices, axis=1).reshape(-1, 3),
        strips(count, rows).reshape(-1, 3),
        np.stack(fibre, axis=1).reshape(-1, 3),
    )


def _stack(bare: Head, vertices: Floats, triangles: Ints) -> tuple[Floats, Ints]:
    return _join(
        (bare.vertices.astype(np.float64), bare.triangles.astype(np.int64)), (vertices, triangles)
    )


def _join(one: tuple[Floats, Ints], two: tuple[Floats, Ints]) -> tuple[Floats, Ints]:
    both = np.vstack([one[0], two[0]])
    return both, np.vstack([one[1], two[1] + len(one[0])]).astype(np.int64)


def _open(mesh: tuple[Floats, Ints]) -> Floats:
    """(n,) baked openness."""
    vertices, triangles = mesh
    return bake(vertices, triangles, vertex_normals(vertices, triangles))
