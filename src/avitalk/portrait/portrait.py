"""`Portrait`: the face of one photo, ready to be moved. A Motion comes in, frames go out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.portrait import behind, kernels
from avitalk.portrait.bend import Person, bend
from avitalk.portrait.drive import Controls, Driven, drive
from avitalk.portrait.eyes import eyes_of, shift_px
from avitalk.portrait.fit import fit_head
from avitalk.portrait.hidden import refuse_hidden_mouth
from avitalk.portrait.lashes import Lashes, lashes_of
from avitalk.portrait.mouth import Mouth, mouth_of
from avitalk.portrait.photo import Canvas
from avitalk.portrait.seen import Seen, look, rasterised, window_of
from avitalk.portrait.surround import Surround, surround
from avitalk.render.scene import in_order
from avitalk.types import Motion

Array = NDArray[np.float64]
F32 = NDArray[np.float32]
Picture = NDArray[np.uint8]

CRF: Final = 12
"""x264's quality of portraits: what does not move is to look as in the photo."""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A photo whose face moves."""

    canvas: Canvas
    """The picture."""
    person: Person
    """The mesh in it."""
    seen: Seen
    """What the photo shows of the mesh."""
    mouth: Mouth
    eyes: tuple[kernels.Eye, kernels.Eye]
    lashes: tuple[Lashes, Lashes]
    around: Surround

    @classmethod
    def of(cls, canvas: Canvas) -> "Portrait":
        """Fit, bend and dress the face in `canvas`.

        Raises InputError as `fit_head` and `refuse_hidden_mouth` do.
        """
        refuse_hidden_mouth(canvas)
        person = bend(fit_head(canvas), canvas.points)
        mouth, seen = mouth_of(person, canvas, look(person, canvas))
        return cls(
            canvas, person, seen, mouth, eyes_of(person, canvas, seen),
            lashes_of(person, canvas), surround(person, canvas),
        )  # fmt: skip

    def drive(self, motion: Motion, controls: Controls | None = None) -> Driven:
        """What the face in the photo makes of a Motion."""
        return drive(motion, self.person.fit, controls or Controls())

    def posed(self, driven: Driven, frame: int) -> F32:
        """(V, 3) mesh of one frame, in the head's frame of the photo."""
        return self.person.pose(
            driven.weights[frame], parted=float(driven.parted[frame]), head=driven.head[frame]
        )

    def frame(self, driven: Driven, frame: int) -> Picture:
        """(H, W, 3) one frame."""
        shut = self.person.closing(driven.weights[frame])
        return self.draw(self.posed(driven, frame), driven.eyes[frame], shut)

    def draw(self, posed: F32, eyes: Array, shut: Array) -> Picture:
        """(H, W, 3) the photo with the mesh at `posed` (V, 3).

        eyes: (2, 3) the gaze's turn away from the photo's; shut: (2,) how much more the lids are
        closed than in the photo.
        """
        screen = self.person.project(posed)
        face = screen[self.seen.skin[:, kernels.SHARE] > 0, :2]
        (left, top), (width, height) = window_of(face, self.canvas.size)
        triangles, kind = self.seen.behind(screen, self.mouth.lips)
        samples = rasterised(screen, triangles, (width, height), (left, top))[1]
        towards = self.person.fit.from_camera(self.person.fit.place + np.array([0.0, 0.35, 0.94]))
        inside = self.mouth.colours(posed, np.array([0.0, 0.0, 1.0]), towards)
        zone = np.array(self.around.zone, np.int32)
        zone[:2] = np.minimum(zone[:2], (left, top))
        zone[2:] = np.maximum(zone[2:], (left + width, top + height))
        image = self.canvas.pixels.copy()
        field = self.around.field(screen)
        back = np.empty_like(field)
        kernels.inverted(field, self.around.step, back)
        drawn, mouth = np.empty((2, *samples.shape, 3), np.float32)
        behind.draw_inside(
            screen, triangles, kind, inside, left, top, samples, self.mouth.own,
            self.mouth.unmoved(screen), self.mouth.back(screen), self.mouth.soft, drawn, mouth,
        )  # fmt: skip
        kernels.compose(
            self.canvas.pixels, back, self.around.step, screen,
            triangles, kind, self.seen.blinking(shut), mouth, left, top,
            samples, *self.eyes, shift_px(self.person, np.asarray(eyes, np.float64)), zone, image,
        )  # fmt: skip
        for lashes, closed in zip(self.lashes, shut, strict=True):
            lashes.draw(image, screen, float(closed))
        return image

    def frames(self, driven: Driven, *, workers: int | None = None) -> Iterator[Picture]:
        """All frames in order, `workers` at a time (default: one for each processor)."""
        return in_order(lambda frame: self.frame(driven, frame), driven.frames, workers)
