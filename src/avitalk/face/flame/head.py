"""A FLAME model in, a `Head` out that the 52 ARKit weights move: the solver makes its shapes."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.face.flame.bag import bag, mouth_loop
from avitalk.face.flame.model import EYE_LEFT, EYE_RIGHT, GLOBAL, NECK, FlameModel
from avitalk.face.flame.solver import FlameSolver
from avitalk.face.head import PARTS, Array, Head, Indices
from avitalk.face.solve_nearest import Floats
from avitalk.face.solve_points import LIPS_COUNT
from avitalk.face.store import load_head

IPD_M: Final = 0.063
EXPRESSIONS: Final = 60
"""First coefficients that the shapes are made of; the rest adds time, not motion."""
SOFT_M: Final = 0.0018
"""Width of the border of the lips' red."""
MOUTH: Final = (0.12, 0.03, 0.03)
EYE_WHITE: Final = (0.75, 0.72, 0.70)
IRIS: Final = (0.10, 0.14, 0.17)
IRIS_RADIUS_M: Final = 0.0059


def flame_head(model: FlameModel, *, pattern: Head | None = None) -> Head:
    """A head of the model's own mesh and a bag that closes its mouth, drawn plainly; takes seconds.

    Each ARKit shape is what expression and jaw rotation come closest to that shape of `pattern`
    (the default head); tongueOut is zero, as FLAME has no tongue, and there are no teeth. Lip and
    lid loops and colours are carried over from `pattern`. Raises InputError if the faces do not
    fit together.
    """
    pattern = pattern or load_head()
    solver = FlameSolver(pattern, model.truncated(EXPRESSIONS))
    rest = model.template
    motion = solver.to_flame(np.eye(len(ARKIT_52)))
    posed = solver.model.vertices(None, motion.expression, jaw=motion.jaw)
    joints = model.joints(rest)
    eyes = joints[[EYE_LEFT, EYE_RIGHT]]
    metres = IPD_M / float(np.linalg.norm(eyes[0] - eyes[1]))
    origin = eyes.mean(axis=0)
    part = np.zeros(len(rest), np.uint8)
    for name, joint in (("eye_left", EYE_LEFT), ("eye_right", EYE_RIGHT)):
        part[model.skinning[:, joint] > 0.5] = PARTS.index(name)
    ball = part != PARTS.index("skin")
    shapes = (posed - rest) * metres
    shapes[:, ball] = 0
    shapes[INDEX["tongueOut"]] = 0
    colour, roughness = _painted(solver, part)
    place = (rest - origin) * metres
    for pivot in (eyes - origin) * metres:
        local = place - pivot
        iris = ball & (np.hypot(local[:, 0], local[:, 1]) < IRIS_RADIUS_M) & (local[:, 2] > 0)
        colour[iris] = IRIS
    head = Head(
        name=model.name,
        vertices=place.astype(np.float32),
        triangles=_not_mixed(model.triangles, part),
        part=part,
        shapes=shapes.astype(np.float32),
        colour=colour,
        roughness=roughness,
        occlusion=np.ones(len(place), np.float32),
        eye_pivots=((eyes - origin) * metres).astype(np.float32),
        neck_pivot=((joints[NECK] - origin) * metres).astype(np.float32),
        head_weight=(1 - model.skinning[:, GLOBAL]).clip(0, 1).astype(np.float32),
        lip_upper=carried_loop(solver, pattern.lip_upper, lips=True),
        lip_lower=carried_loop(solver, pattern.lip_lower, lips=True),
        lip_outer=carried_loop(solver, pattern.lip_outer, lips=True),
        lid_upper=carried_loop(solver, pattern.lid_upper),
        lid_lower=carried_loop(solver, pattern.lid_lower),
        landmarks={},
    )
    head = _closed_mouth(head)
    for array in vars(head).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return head


def _closed_mouth(head: Head) -> Head:
    """The head with a bag in its mouth, if there is a hole."""
    lips = head.vertices[np.concatenate([head.lip_upper, head.lip_lower])].mean(axis=0)
    hole = mouth_loop(head.vertices.astype(np.float64), head.triangles, lips)
    if hole is None:
        return head
    points, triangles, moved = bag(
        head.vertices.astype(np.float64), head.shapes.astype(np.float64), hole
    )
    more = np.ones(len(points), np.float32)
    paint = np.tile(np.array(MOUTH, np.float32), (len(points), 1))
    return replace(
        head,
        vertices=np.concatenate([head.vertices, points]).astype(np.float32),
        triangles=np.concatenate([head.triangles, triangles]).astype(np.int32),
        part=np.append(head.part, np.full(len(points), PARTS.index("mouth"), np.uint8)),
        shapes=np.concatenate([head.shapes, moved], axis=1).astype(np.float32),
        colour=np.concatenate([head.colour, paint]),
        roughness=np.append(head.roughness, 0.3 * more),
        occlusion=np.append(head.occlusion, more),
        head_weight=np.append(head.head_weight, more),
    )


def carried_loop(solver: FlameSolver, loop: Indices, *, lips: bool = False) -> Indices:
    """Vertices of the model for vertices of the head: those nearest to where they were found.

    A vertex that was not found takes the place of the nearest one that was; of the same lip, if
    the loop is one of the lips.
    """
    fit, head = solver.fit, solver.head
    biggest = fit.places.shares.argmax(axis=1)
    there = fit.places.corners[np.arange(len(biggest)), biggest]
    known = head.vertices[fit.rows].astype(np.float64)
    rows = loop.ravel()
    squared = ((head.vertices[rows].astype(np.float64)[:, None] - known) ** 2).sum(axis=2)
    if lips:
        squared[solver.lower[rows][:, None] != solver.lower[fit.rows]] = np.inf
    return np.asarray(there[squared.argmin(axis=1)].reshape(loop.shape), np.int32)


def _painted(solver: FlameSolver, part: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Colour and roughness: skin of one colour, soft red lips; marks the lips in `part`."""
    head, model = solver.head, solver.model
    rows = solver.fit.rows
    lips = head.part[rows] == PARTS.index("lips")
    skin_colour, lip_colour = (np.median(head.colour[rows[on]], axis=0) for on in (~lips, lips))
    known: Floats = solver.fit.places.of(model.template)
    red = np.zeros(len(part))
    skin = np.flatnonzero(part == PARTS.index("skin"))
    for start in range(0, len(skin), 512):
        some = skin[start : start + 512]
        squared = ((model.template[some][:, None] - known) ** 2).sum(axis=2)
        near = np.exp(-squared / (2 * SOFT_M**2)) * solver.points.weight / _emphasis(lips)
        red[some] = (near * lips).sum(axis=1) / np.maximum(near.sum(axis=1), 1e-12)
    part[red > 0.5] = PARTS.index("lips")
    colour = skin_colour + red[:, None] * (lip_colour - skin_colour)
    roughness = 0.5 - 0.12 * red
    eyes = np.isin(part, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    colour[eyes], roughness[eyes] = EYE_WHITE, 0.2
    return colour.astype(np.float32), roughness.astype(np.float32)


def _emphasis(lips: NDArray[np.bool_]) -> Floats:
    """What the solver counts lips more by, to be undone where colours are mixed."""
    return np.where(lips, LIPS_COUNT, 1.0)


def _not_mixed(triangles: NDArray[np.int32], part: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Triangles without those between an eyeball and skin, if a file has any."""
    eyes = np.isin(part, [PARTS.index("eye_left"), PARTS.index("eye_right")])[triangles]
    return np.ascontiguousarray(triangles[eyes.all(axis=1) | ~eyes.any(axis=1)])
