"""Another photo's face on a video: its texture and identity, the video's geometry and light.

For each frame: the video's head is fitted and bent to the frame's points; inside the face the
donor's shape and pixels take over, their light brought to that of the frame; eyes are the donor's,
the mouth behind the lips stays the video's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avitalk.face import PARTS
from avitalk.portrait import kernels
from avitalk.portrait.anchors import SKIN_POINTS, find_anchors
from avitalk.portrait.bend import Person, bend, field_of, lifted
from avitalk.portrait.distances import nearest
from avitalk.portrait.eyes import shift_px
from avitalk.portrait.fit import Fit, fit_head
from avitalk.portrait.photo import Canvas
from avitalk.portrait.portrait import Portrait
from avitalk.portrait.seen import boxed, edges_m, rasterised, share_of, smooth, window_of
from avitalk.track.landmarks import Landmarks
from avitalk.track.model import load_model
from avitalk.track.neutral import rigidity
from avitalk.track.pose import find_pose, fitted
from avitalk.track.smooth import smoothed
from avitalk.track.tracker import Tracked, track

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
Picture = NDArray[np.uint8]

EDGES_M: Final = (0.001, 0.012)
"""Lips and lids have the video's shape, skin this far from them the donor's."""
SIGMA_S: Final = 0.03
"""Smoothing of the frame's points over time."""
COARSE: Final = 8
"""Light is compared in pictures this much smaller,"""
SPREAD: Final = 0.09
"""over this share of the face's size."""
MOST: Final = 3.0
BROW_M: Final = 0.007
"""A forehead begins this far above the brows."""
HAIR: Final = (0.7, 1.5)
"""What is darker or brighter there, against the face, is hair or a hat."""
ASIDE_M: Final = 0.003
FRINGE_M: Final = (0.003, 0.010)
"""So near to it skin is left out, fading."""


@dataclass(frozen=True, slots=True, eq=False)
class Swap:
    """A donor's face, ready for the frames of one video."""

    donor: Portrait
    target: Person
    """The video's person, fitted in a frame that shows the face from the front."""
    landmarks: Landmarks
    tracked: Tracked
    points: Array
    """(F, 478, 3) smoothed."""
    share: Array
    """(V,) 1 where the donor's pixels are drawn, 0 at the outline."""
    shape: Array
    """(V,) how much of the donor's shape there is."""

    @classmethod
    def of(cls, donor: Portrait, landmarks: Landmarks) -> "Swap":
        """Get ready. Raises InputError as `track` and `fit_head` do."""
        tracked = track(landmarks)
        turned = np.abs(tracked.motion.head[:, :2]).sum(axis=1) + 10.0 * ~tracked.found
        frame = int(np.argmin(turned))
        scores = np.zeros(52) if landmarks.scores is None else landmarks.scores[frame]
        width, height = landmarks.size
        blank = np.zeros((height, width, 3), np.uint8)
        canvas = Canvas(blank, landmarks.points[frame], scores, landmarks.source)
        target = bend(fit_head(canvas), canvas.points)
        share, _ = share_of(target.project(target.photographed()), canvas)
        share = np.minimum(share, donor.seen.skin[:, kernels.SHARE]) * _unfringed(donor)
        shape = share * smooth(edges_m(target.head), *EDGES_M)
        points = smoothed(landmarks.points, SIGMA_S * landmarks.fps)
        return cls(donor, target, landmarks, tracked, points, share, shape)

    def frames(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """The video's pictures with the donor's face, one by one."""
        for number, picture in enumerate(pictures):
            frame = min(number, self.landmarks.frames - 1)
            yield self.frame(picture, frame) if self.landmarks.found[frame] else picture

    def frame(self, picture: Picture, frame: int) -> Picture:
        """One picture (H, W, 3) with the donor's face."""
        weights = np.clip(self.tracked.motion.weights[frame], 0, 1)
        posed, fit = self._mesh(weights, frame)
        person = replace(self.target, fit=fit)
        screen = person.project(posed)
        layer, cover = self._layer(screen, person, frame, picture.shape)
        lit = _relit(layer, picture, cover, float(np.ptp(self.points[frame, :, 0])))
        mixed = picture + cover[..., None] * (lit - picture)
        return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)

    def _mesh(self, weights: F32, frame: int) -> tuple[F32, Fit]:
        """(V, 3) in the target's head frame, and its pose in this frame."""
        anchors, target = find_anchors(), self.target
        posed = target.pose(weights, parted=0.0).astype(np.float64)
        weight = rigidity(load_model())[:SKIN_POINTS]
        seen = self.points[frame, :SKIN_POINTS]
        pose = find_pose(seen[None], anchors.of(posed), weight, target.fit.lens)
        fit = replace(target.fit, turn=pose.turn[0], place=pose.place[0])
        at = anchors.of(posed)
        posed += field_of(at, lifted(fit, self.points[frame], at) - at, posed, fit.head)
        donor = self.donor.person.pose(weights, parted=0.0).astype(np.float64)
        turn, shift, scale = fitted(anchors.of(donor), anchors.of(posed), weight)
        aligned = scale * donor @ turn.T + shift
        posed += self.shape[:, None] * (aligned - posed)
        return posed.astype(np.float32), fit

    def _layer(
        self, screen: F32, person: Person, frame: int, shape: tuple[int, ...]
    ) -> tuple[Array, Array]:
        """The donor's face alone (H, W, 3), and (H, W) how much of it counts."""
        donor, size = self.donor, (shape[1], shape[0])
        skin = donor.seen.skin.copy()
        skin[:, kernels.SHARE] = 1.0
        at = screen[self.share > 0, :2]
        (left, top), (width, height) = window_of(at, size)
        triangles, kind = donor.seen.triangles, donor.seen.kind
        samples = rasterised(screen, triangles, (width, height), (left, top))[1]
        image = np.zeros(shape, np.uint8)
        eyes = self.tracked.motion.eyes[frame].astype(np.float64)
        field = np.zeros((2, 2, 2), np.float32)
        kernels.compose(
            donor.canvas.pixels, field, max(size), screen, triangles, kind, skin,
            np.zeros((*samples.shape, 3), np.float32), left, top, samples, *donor.eyes,
            shift_px(person, eyes),
            np.array([left, top, left + width, top + height], np.int32), image,
        )  # fmt: skip
        shown = samples >= 0
        chosen = triangles[np.maximum(samples, 0)]
        # Between the lips the video's own mouth stays.
        what = kind[np.maximum(samples, 0)]
        share = self.share[chosen].mean(axis=-1)
        share = np.where(what >= kernels.EYE, 1.0, share)
        share = np.where(shown & (what != kernels.INSIDE), share, 0.0)
        cells = share.reshape(height, kernels.FINE, width, kernels.FINE)
        cover = np.zeros(shape[:2])
        cover[top : top + height, left : left + width] = cells.mean(axis=(1, 3))
        return image.astype(np.float64), cover


def _unfringed(donor: Portrait) -> Array:
    """(V,) 0 where hair hangs into the donor's forehead: it stays out of the video."""
    head, skin = donor.person.head, donor.seen.skin
    rest = head.vertices.astype(np.float64)
    brows = rest[np.concatenate([head.landmarks["brow_left"], head.landmarks["brow_right"]])]
    order = np.argsort(brows[:, 0])
    above = rest[:, 1] - np.interp(rest[:, 0], brows[order, 0], brows[order, 1])
    shown = (head.part == PARTS.index("skin")) & (skin[:, kernels.TRUST] > 0.6)
    face = shown & (skin[:, kernels.SHARE] > 0.9) & (above < 0)
    forehead = shown & (above > BROW_M)
    if not face.any() or not forehead.any():
        return np.ones(len(rest))
    level = skin[:, kernels.FILL :].mean(axis=1)
    level = level / np.median(level[face])
    hair = forehead & ((level < HAIR[0]) | (level > HAIR[1]))
    if not hair.any():
        return np.ones(len(rest))
    # Above the lowest hair, whatever looks like skin is hair too.
    across = np.abs(rest[:, None, 0] - rest[None, hair, 0]) < ASIDE_M
    under = np.where(across, rest[None, hair, 1], np.inf).min(axis=1)
    covered = (above > BROW_M) & (rest[:, 1] >= under)
    away = nearest(rest, rest[hair | covered])
    return smooth(away, *FRINGE_M)


def _relit(layer: Array, picture: Picture, cover: Array, face_px: float) -> Array:
    """(H, W, 3) the layer in the light of the picture: ratios of wide means."""
    height, width = cover.shape
    small = (max(2, width // COARSE), max(2, height // COARSE))
    weight = _shrunk(cover, small)[..., None]
    radius = max(1, round(SPREAD * face_px / COARSE))
    ours = boxed(np.stack([_shrunk(layer[..., k] * cover, small) for k in range(3)], -1), radius)
    theirs = boxed(
        np.stack([_shrunk(picture[..., k] * cover, small) for k in range(3)], -1), radius
    )
    spread = boxed(weight, radius)
    ratio = (theirs + 2.0 * spread + 1e-3) / (ours + 2.0 * spread + 1e-3)
    ratio = np.clip(ratio, 1 / MOST, MOST)
    wide = [
        np.asarray(
            Image.fromarray(ratio[..., k].astype(np.float32)).resize(
                (width, height), Image.Resampling.BILINEAR
            )
        )
        for k in range(3)
    ]
    return np.asarray(layer * np.stack(wide, axis=-1))


def _shrunk(plane: Array, size: tuple[int, int]) -> Array:
    image = Image.fromarray(plane.astype(np.float32)).resize(size, Image.Resampling.BOX)
    return np.asarray(image, np.float64)
