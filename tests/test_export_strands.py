"""Locks of hair in files for other programs: cut out by a picture of strands, over a full cap."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import node_scripts
from avitalk.export import export_glb, strands
from avitalk.export.glb_mesh import FACE, shaded
from avitalk.face import PARTS, load_head
from avitalk.face.avatar.drawing import load_avatar
from avitalk.face.gltf import GltfFile
from avitalk.face.mesh import vertex_normals
from avitalk.types import Motion
from miniature_head import miniature_head

HEAD = load_head()
LOCK = strands.locks_of(HEAD)
STILL = Motion.still(2, 25.0)


@pytest.fixture(scope="module")
def data() -> bytes:
    return export_glb(STILL, HEAD, morph_normals=False).data


def worn(file: GltfFile, name: str) -> tuple[dict, dict]:
    """Material of that name and the primitive that wears it."""
    (number,) = (i for i, m in enumerate(file.items("materials")) if m["name"] == name)
    (primitive,) = (
        p for mesh in file.items("meshes") for p in mesh["primitives"] if p["material"] == number
    )
    return file.items("materials")[number], primitive


def test_the_picture_is_small_the_same_and_frays_towards_the_tip() -> None:
    data, mean = strands.strand_picture()
    assert len(data) < 40_000
    again, _ = strands.strand_picture.__wrapped__()
    assert again == data
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    height, width, layers = pixels.shape
    assert (height, width, layers) == (128, 4 * 128, 2)
    assert 0.4 < mean < 0.9
    there = pixels[..., 1] > 255 * strands.CUTOFF
    middles = there[height // 3, 64::128]
    assert middles.all()
    rows = there.mean(axis=1)
    assert rows[height // 3] > 0.8
    assert 0.1 < rows[3 * height // 4] < 0.7
    assert rows[-1] < 0.05
    assert not there[:, ::128].any()  # between two locks there is nothing


def test_a_lock_keeps_to_one_lock_of_the_picture() -> None:
    places = strands.strand_places(HEAD)[LOCK]
    own, across, along = HEAD.fibre[LOCK][:, [2, 0, 1]].T
    column = np.floor(places[:, 0] * strands.VARIANTS)
    for number in np.unique(own):
        assert len(np.unique(column[own == number])) == 1
    assert len(np.unique(column)) == strands.VARIANTS
    assert np.allclose(places[:, 1], along)
    inside = places[:, 0] * strands.VARIANTS - column
    assert np.allclose(np.abs(inside - 0.5), 0.5 * np.abs(across) * (1 - 1 / 128), atol=1e-5)


def test_locks_are_cut_out_and_the_cap_is_opaque(data: bytes) -> None:
    file = GltfFile(data)
    hair, primitive = worn(file, "hair")
    assert (hair["alphaMode"], hair["alphaCutoff"]) == ("MASK", strands.CUTOFF)
    assert hair["doubleSided"]
    texture = file.items("textures")[hair["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
    assert file.image(texture["source"]) == strands.strand_picture()[0]
    places = file.accessor(primitive["attributes"]["TEXCOORD_0"])
    assert len(places) == LOCK.sum()
    assert 0 <= places.min() <= places.max() <= 1
    cap, below = worn(file, "scalp")
    assert cap.get("alphaMode", "OPAQUE") == "OPAQUE"
    assert "baseColorTexture" not in cap["pbrMetallicRoughness"]
    assert "TEXCOORD_0" not in below["attributes"]
    corners = [file.accessor(p["indices"]).size for p in (primitive, below)]
    hairy = HEAD.part[HEAD.triangles].max(axis=1) == PARTS.index("hair")
    assert sum(corners) == 3 * hairy.sum()


def test_normals_of_locks_face_as_the_locks_do_but_rounder() -> None:
    flat = vertex_normals(HEAD.vertices, HEAD.triangles)
    shown = strands.mass_normals(HEAD, flat)
    assert np.array_equal(shown[~LOCK], flat[~LOCK])
    assert np.allclose(np.linalg.norm(shown[LOCK], axis=1), 1, atol=1e-5)
    facing = (shown[LOCK] * flat[LOCK]).sum(axis=1)
    assert facing.min() > 0
    out = HEAD.vertices[LOCK] - np.array(strands.MIDDLE_M)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    assert np.abs((shown[LOCK] * out).sum(axis=1)).mean() > np.abs((flat[LOCK] * out).sum(1)).mean()


def test_nostrils_are_dark_and_ears_under_hair_are_not() -> None:
    (skin,) = (surface for surface in FACE if surface.name == "skin")
    rows = np.flatnonzero(HEAD.part == PARTS.index("skin"))
    plain = HEAD.colour[rows] * (1 - skin.shade * (1 - HEAD.occlusion[rows, None]))
    shown = shaded(HEAD, rows, skin)
    changed = np.abs(shown - plain).max(axis=1) > 1e-6
    far = np.linalg.norm(
        HEAD.vertices[rows] - HEAD.vertices[HEAD.landmarks["nose_tip"]].mean(0), axis=1
    )
    assert 20 < changed.sum() < 400
    assert far[changed].max() < 0.035
    deep = changed & (HEAD.occlusion[rows] < 0.05)
    assert deep.any()
    assert shown[deep].max() < 0.08  # linear
    bare = dataclasses.replace(HEAD, landmarks={})
    assert np.allclose(shaded(bare, rows, skin), plain, atol=1e-6)


@pytest.mark.parametrize("name", ["miniature", "walter", "chidi"])
def test_heads_without_locks_have_no_picture(name: str) -> None:
    head = miniature_head() if name == "miniature" else load_head(name)
    document = GltfFile(export_glb(STILL, head, morph_normals=False).data).document
    assert not document.get("images")
    assert not document.get("textures")
    assert all(material["name"] != "hair" for material in document["materials"])


@pytest.mark.parametrize("name", ["ada", "amara"])
def test_other_hairstyles_are_clean(name: str, tmp_path: Path) -> None:
    path = tmp_path / "head.glb"
    path.write_bytes(export_glb(STILL, load_head(name), morph_normals=False).data)
    issues = node_scripts.answer("judge.mjs", path)["issues"]
    assert issues["messages"] == []


def test_the_file_comes_back_as_an_avatar_with_its_locks(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "head.glb"
    path.write_bytes(data)
    back = load_avatar(path)
    assert back.texture is not None
    cut = back.texture.cutoff > 0
    assert cut.sum() == LOCK[HEAD.triangles].all(axis=1).sum()
    assert np.allclose(back.texture.cutoff[cut], strands.CUTOFF)
    assert (back.texture.image[cut] == 0).all()
    assert (back.texture.image[~cut] == -1).all()
    (picture,) = back.texture.images
    assert picture.shape == (128, 512, 4)
