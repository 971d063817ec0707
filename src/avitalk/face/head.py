"""The talking head: a mesh with the 52 ARKit shapes, posed by weights and angles.

Convention: right-handed, +Y up, +Z out of the face, +X to the character's left; metres, with the
origin midway between the eyes' centres; angles in radians, R = Ry(yaw) Rx(pitch) Rz(roll).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, eye_look_weights
from avitalk.face.avatar.binding import Binding
from avitalk.face.complexion import Complexion
from avitalk.face.lids import BLINKS, NO_CLOSURE, closure, settle
from avitalk.face.parts import PARTS
from avitalk.face.source import Source
from avitalk.face.texture import Texture
from avitalk.types import Motion

if TYPE_CHECKING:
    from avitalk.face.avatar.avatar import Avatar

Array = NDArray[np.float32]
Indices = NDArray[np.int32]

__all__ = ["PARTS", "Head", "rotation"]


@dataclass(frozen=True, eq=False)
class Head:
    """A head at rest (lips closed, lids open, eyes forward) and how it moves."""

    name: str
    vertices: Array
    """(V, 3) metres."""
    triangles: Indices
    """(T, 3) counter-clockwise seen from outside."""
    part: NDArray[np.uint8]
    """(V,) index into PARTS."""
    shapes: Array
    """(52, V, 3) metres at weight 1, in ARKIT_52 order; eyeballs never move by shapes. With a
    `binding` (K, V, 3), one for each of its targets."""
    colour: Array
    """(V, 3) base colour, linear RGB in [0, 1]."""
    roughness: Array
    """(V,) 0.2 wet to 0.6 dry skin."""
    occlusion: Array
    """(V,) baked ambient occlusion, 1 = open."""
    eye_pivots: Array
    """(2, 3) metres: centres of rotation of the left and the right eye."""
    neck_pivot: Array
    """(3,) metres: centre of head rotation, top of the neck's spine."""
    head_weight: Array
    """(V,) 1 follows the head's rotation, 0 stays (bottom of the neck)."""
    lip_upper: Indices
    """(L,) inner edge of the upper lip, from the right corner to the left."""
    lip_lower: Indices
    """(L,) inner edge of the lower lip, paired with `lip_upper`; the corners are shared."""
    lip_outer: Indices
    """(M,) border of the red of the lips, a loop from the right corner over the upper lip."""
    lid_upper: Indices
    """(2, E) edge of the left and right upper lid, inner to outer corner."""
    lid_lower: Indices
    """(2, E) edge of the lower lids, paired with `lid_upper`; the corners are shared."""
    landmarks: dict[str, Indices]
    """Named points: lips_outer and lips_inner (20 each, in MediaPipe's order: upper from the right
    corner to the left, then lower likewise without corners), lips_*_mediapipe are their MediaPipe
    indices; lid_*, brow_*, jaw, nose_tip, chin."""
    texture: Texture | None = None
    """Pictures that the head wears; None for one that is drawn from its vertices' colours."""
    binding: Binding | None = None
    """How `shapes` follow the 52 ARKit weights where they are not those themselves."""
    source: Source | None = None
    """The file that a user brought; None for a head of ours."""
    avatar: "Avatar | None" = None
    """The glTF or VRM that the head is drawn after, and that an animated copy is made of."""
    paint: Array | None = None
    """(V, P) shares in [0, 1] of `complexion.PIGMENTS`; None for a head that is not painted."""
    fibre: Array | None = None
    """(V, 3) locks of hair: from edge (-1) to edge (1), root (0) to tip (1), the lock's own number
    in (0, 1], which is 0 on vertices of no lock."""
    complexion: Complexion | None = None
    """The colours that `colour` was painted with."""

    def pose_frame(
        self,
        weights: Array,
        head: Array | None = None,
        eyes: Array | None = None,
        translation: Array | None = None,
    ) -> Array:
        """Vertices (V, 3) for weights (52,), head (3,), eyes (2, 3) rad and translation (3,) m.

        With `eyes`, the eyeLook* weights are those of the eye angles: the lids follow the gaze.
        Blinks go only as far as the lids are still apart, see `avitalk.face.lids`.
        """
        if eyes is not None:
            weights = np.array(weights, np.float32)
            weights[list(EYE_LOOK)] = np.clip(eye_look_weights(eyes), 0, 1)
        weights = self.settled(np.asarray(weights, np.float32))
        if self.binding is not None:
            weights = self.binding.apply(weights)
        moved = np.zeros(self._flat_shapes.shape[1], np.float32)
        # Not @: the threads of a BLAS would spin against those that draw frames.
        for shape in np.flatnonzero(weights):
            moved += weights[shape] * self._flat_shapes[shape]
        posed = self.vertices + moved.reshape(-1, 3)
        if eyes is not None and np.any(eyes):
            for rows, pivot, angles in zip(self._eye_rows, self.eye_pivots, eyes, strict=True):
                posed[rows] = (posed[rows] - pivot) @ rotation(angles).T + pivot
        if head is not None and np.any(head):
            turned = (posed - self.neck_pivot) @ rotation(head).T + self.neck_pivot
            posed += self.head_weight[:, None] * (turned - posed)
        if translation is not None:
            posed += np.asarray(translation, np.float32)
        return posed

    def settled(self, weights: Array) -> Array:
        """(52,) the weights that are drawn: blinks end where the lids meet, in any mixture."""
        return settle(weights, self._lid_closure)

    def pose_at(self, motion: Motion, frame: int) -> Array:
        """Vertices (V, 3) of one frame of `motion`."""
        moved = None if motion.translation is None else motion.translation[frame]
        return self.pose_frame(motion.weights[frame], motion.head[frame], motion.eyes[frame], moved)

    def pose(self, motion: Motion) -> Iterator[Array]:
        """Vertices (V, 3) of each frame of `motion`."""
        return (self.pose_at(motion, frame) for frame in range(motion.frames))

    def basis(self, rows: Indices) -> tuple[Array, Array]:
        """Rest (n, 3) and displacements (52, n, 3) of chosen vertices.

        rest + weights @ displacements is exactly what `pose_frame` gives without head rotation,
        but for blinks that other shapes help to close (`settled`).
        """
        return self.vertices[rows], self.shapes[:, rows]

    def lip_basis(self) -> tuple[Array, Array]:
        """`basis` of lip_upper then lip_lower: (2L, 3) and (52, 2L, 3)."""
        return self.basis(np.concatenate([self.lip_upper, self.lip_lower]))

    @cached_property
    def _flat_shapes(self) -> Array:
        return self.shapes.reshape(len(self.shapes), -1)

    @cached_property
    def _lid_closure(self) -> Array:
        """(2, 52) share of the left and right lids' gap that each shape closes; 0 for blinks."""
        found = np.zeros((2, len(ARKIT_52)), np.float32)
        if self.binding is None and self.lid_upper.size:
            for eye, blink in enumerate(BLINKS):
                upper, lower = self.lid_upper[eye], self.lid_lower[eye]
                found[eye] = closure(self.vertices, self.shapes, upper, lower)
                found[eye, blink] = 0
        found[np.abs(found) < NO_CLOSURE] = 0
        return found

    @cached_property
    def _eye_rows(self) -> tuple[Indices, Indices]:
        left, right = (
            np.nonzero(self.part == PARTS.index(eye))[0].astype(np.int32)
            for eye in ("eye_left", "eye_right")
        )
        return left, right


def rotation(angles: Array) -> Array:
    """(3, 3) matrix Ry(yaw) Rx(pitch) Rz(roll) of (3,) yaw, pitch, roll in radians."""
    yaw, pitch, roll = (float(a) for a in angles)
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z, np.float32)
