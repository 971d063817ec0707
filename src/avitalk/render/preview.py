"""A motion at a glance: pictures of chosen moments over a plot of the lips, as one image."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from avitalk.errors import InputError
from avitalk.face.head import Head
from avitalk.render.background import STUDIO
from avitalk.render.camera import Camera, camera_named
from avitalk.render.moments import (
    CLOSED_MM,
    Closure,
    Moment,
    closures,
    even_moments,
    kept,
    lip_gaps_mm,
    speech_moments,
)
from avitalk.render.scene import Renderer
from avitalk.render.still import Image, contact_sheet
from avitalk.render.strip import Strip, below
from avitalk.speech.phones import PhoneSegment
from avitalk.types import Motion

BOTH: Final = "both"
FACE: Final = Camera(distance_m=0.92, target_m=(0.0, -0.03, 0.0))
MOUTH: Final = Camera(distance_m=0.42, focal_mm=150, target_m=(0.0, -0.072, 0.02))
MOUTH_HEIGHT: Final = 0.6  # of the width
USUAL_COLUMNS: Final = 8
SMALLEST_PX, LARGEST_PX = 64, 1024


@dataclass(frozen=True)
class Preview:
    """How a preview is drawn. Raises InputError on values that none can have."""

    camera: str = BOTH
    """A name of `avitalk.render.CAMERAS`, or 'both': the face, and the mouth below it, which
    stays in its place while the head moves."""
    width_px: int = 160
    """Width of one picture."""
    columns: int | None = None
    """Pictures side by side; None for as many as are usual."""
    most: int = 32
    """Pictures at most, where the moments come from the phones."""
    every_s: float | None = None
    """Show a moment each so many seconds instead of choosing them by the phones."""
    span_s: tuple[float, float | None] = (0.0, None)
    """From when to when, seconds; None for the end."""
    background: str = STUDIO
    """See `avitalk.render.Renderer`."""

    def __post_init__(self) -> None:
        if self.camera != BOTH:
            camera_named(self.camera)
        if not SMALLEST_PX <= self.width_px <= LARGEST_PX:
            raise InputError(
                f"pictures {self.width_px} wide; allowed: {SMALLEST_PX} to {LARGEST_PX}"
            )
        if self.most < 1 or (self.columns is not None and self.columns < 1):
            raise InputError("a preview needs at least one picture and one column")

    def draw(self, head: Head, motion: Motion, phones: Sequence[PhoneSegment] = ()) -> "Previewed":
        """Choose the moments and draw them; without phones they are evenly spaced.

        Raises InputError if the span does not lie in the motion.
        """
        span_s = self._span(motion)
        phones = [p for p in phones if p.end_s > span_s[0] and p.start_s < span_s[1]]
        gaps = lip_gaps_mm(head, motion)
        closed = [] if gaps is None else closures(phones, gaps, motion.fps)
        if phones and self.every_s is None:
            heights = np.zeros(0) if gaps is None else gaps
            moments = speech_moments(phones, closed, heights, motion.fps)
        else:
            even_s = max((span_s[1] - span_s[0]) / max(self.most - 1, 1), 1 / motion.fps)
            moments = even_moments(*span_s, even_s if self.every_s is None else self.every_s)
        shown = moments if self.every_s is not None else kept(moments, self.most)
        sheet = contact_sheet(
            self._pictures(head, motion, shown),
            [moment.caption for moment in shown],
            columns=self.columns or USUAL_COLUMNS,
            wrong=[i for i, moment in enumerate(shown) if moment.wrong],
        )
        if gaps is not None:
            times = [moment.time_s for moment in shown]
            sheet = below(sheet, Strip(gaps, motion.fps, span_s, phones, closed, times))
        return Previewed(sheet, tuple(shown), len(moments), tuple(closed))

    def _span(self, motion: Motion) -> tuple[float, float]:
        last_s = (motion.frames - 1) / motion.fps
        start_s, end_s = self.span_s[0], last_s if self.span_s[1] is None else self.span_s[1]
        end_s = min(end_s, last_s)
        if not (0 <= start_s <= last_s and start_s <= end_s):
            raise InputError(
                f"from {start_s:g} to {self.span_s[1] or last_s:g} s; "
                f"the motion lasts {motion.duration_s:.2f} s"
            )
        return start_s, end_s

    def _pictures(self, head: Head, motion: Motion, moments: Sequence[Moment]) -> list[Image]:
        width = self.width_px
        both = self.camera == BOTH
        face = self._renderer(head, FACE if both else camera_named(self.camera), width)
        mouth = self._renderer(head, MOUTH, round(MOUTH_HEIGHT * width)) if both else None
        frames = [min(round(m.time_s * motion.fps), motion.frames - 1) for m in moments]
        pictures = []
        for frame in frames:
            picture = face.frame(head.pose_at(motion, frame))
            if mouth is not None:
                still = head.pose_frame(motion.weights[frame])
                picture = np.concatenate([picture, mouth.frame(still)])
            pictures.append(picture)
        return pictures

    def _renderer(self, head: Head, camera: Camera, height: int) -> Renderer:
        return Renderer(
            head,
            size=(self.width_px, height),
            camera=camera,
            background=self.background,
            draft=True,
        )


@dataclass(frozen=True, eq=False)
class Previewed:
    """A drawn preview and what was found on the way."""

    sheet: Image
    """(H, W, 3) pictures, captions and the plot."""
    shown: tuple[Moment, ...]
    """The moments on it, in order of time."""
    moments: int
    """How many there were to choose from."""
    closures: tuple[Closure, ...] = field(default=())
    """Each p, b and m of the span."""

    @property
    def open_closures(self) -> tuple[Closure, ...]:
        """Those in which the lips stay apart by more than CLOSED_MM."""
        return tuple(closure for closure in self.closures if closure.gap_mm > CLOSED_MM)
