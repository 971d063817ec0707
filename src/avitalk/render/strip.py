"""Lip opening over time as a picture: a curve in mm, phones, and p b m that do not close."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from avitalk.render.moments import Closure, clock
from avitalk.render.still import GAP_PX, INK, PAPER, WRONG, Image
from avitalk.speech.phones import PhoneSegment

HEIGHT_PX: Final = 150
MARGIN: Final = (34, 8, 10, 32)  # left, top, right, bottom
CURVE: Final = (60, 90, 150)
SHOWN: Final = (170, 172, 178)
RIGHT: Final = (198, 226, 200)
RIGHT_INK: Final = (40, 120, 60)
WRONG_BAND: Final = (250, 206, 200)
FAINT: Final = (226, 226, 224)
STEPS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
TEXT_PX: Final = 12
LEAST_PX: Final = 6  # for a phone: where they are narrower, names would say nothing


@dataclass(frozen=True, slots=True)
class Strip:
    """What to plot."""

    gaps_mm: NDArray[np.float64]
    """(F,) lip opening."""
    fps: float
    """Frames a second."""
    span_s: tuple[float, float]
    """From when to when, seconds."""
    phones: Sequence[PhoneSegment] = ()
    """What was heard."""
    closures: Sequence[Closure] = ()
    """Each p, b and m: green where the lips meet, red where they do not."""
    shown_s: Sequence[float] = ()
    """Times of the pictures above, ticked."""

    def draw(self, width: int) -> Image:
        """The plot, (HEIGHT_PX, width, 3)."""
        sheet = Pillow.new("RGB", (width, HEIGHT_PX), PAPER)
        pen = ImageDraw.Draw(sheet)
        font = ImageFont.load_default(TEXT_PX)
        left, top, right, bottom = MARGIN
        box = (left, top, width - right, HEIGHT_PX - bottom)
        highest = max(float(self.gaps_mm.max()), 10.0)
        self._grid(pen, font, box, highest)
        for closure in self.closures:
            band = RIGHT if closure.closed else WRONG_BAND
            x0, x1 = (self._x(t, box) for t in (closure.phone.start_s, closure.phone.end_s))
            pen.rectangle((x0, box[1], max(x1, x0 + 1), box[3]), fill=band)
        for time_s in self.shown_s:
            pen.line((self._x(time_s, box), box[1], self._x(time_s, box), box[1] + 5), fill=SHOWN)
        self._curve(pen, box, highest)
        self._phones(pen, font, box)
        return np.array(sheet)

    def _x(self, time_s: float, box: tuple[int, int, int, int]) -> float:
        start_s, end_s = self.span_s
        share = (time_s - start_s) / max(end_s - start_s, 1e-6)
        return box[0] + float(np.clip(share, 0, 1)) * (box[2] - box[0])

    def _grid(
        self,
        pen: ImageDraw.ImageDraw,
        font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
        box: tuple[int, int, int, int],
        highest: float,
    ) -> None:
        for level in np.arange(0, highest + 1e-6, 5 if highest < 22 else 10):
            y = box[3] - level / highest * (box[3] - box[1])
            pen.line((box[0], y, box[2], y), fill=FAINT)
            pen.text((box[0] - 5, y), f"{level:.0f}", fill=INK, font=font, anchor="rm")
        pen.text((4, box[1]), "mm", fill=INK, font=font, anchor="lt")
        start_s, end_s = self.span_s
        fits = (end_s - start_s) / max(1, (box[2] - box[0]) // 70)
        step_s = next((step for step in STEPS_S if step >= fits), STEPS_S[-1])
        for i in range(int(np.ceil(start_s / step_s - 1e-9)), int(end_s / step_s + 1e-9) + 1):
            x = self._x(i * step_s, box)
            pen.line((x, box[3], x, box[3] + 3), fill=INK)
            label = f"{i * step_s:g} s" if end_s < 100 else clock(i * step_s + 1e-9, 0)
            pen.text((x, HEIGHT_PX - 6), label, fill=INK, font=font, anchor="ms")

    def _curve(
        self, pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], highest: float
    ) -> None:
        first = max(0, int(self.span_s[0] * self.fps))
        last = min(len(self.gaps_mm), int(np.ceil(self.span_s[1] * self.fps)) + 1)
        shares = np.clip(self.gaps_mm[first:last] / highest, 0, 1)
        points = [
            (self._x((first + i) / self.fps, box), box[3] - share * (box[3] - box[1]))
            for i, share in enumerate(shares.tolist())
        ]
        if len(points) > 1:
            pen.line(points, fill=CURVE, width=2, joint="curve")
        for closure in self.closures:
            if not closure.closed:
                x = self._x(closure.time_s, box)
                y = box[3] - min(closure.gap_mm / highest, 1) * (box[3] - box[1])
                pen.ellipse((x - 4, y - 4, x + 4, y + 4), outline=WRONG, width=2)

    def _phones(
        self,
        pen: ImageDraw.ImageDraw,
        font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
        box: tuple[int, int, int, int],
    ) -> None:
        """Names below the axis, p b m first; of a long recording only what does not close."""
        state = {closure.phone.start_s: closure.closed for closure in self.closures}
        long = (box[2] - box[0]) < LEAST_PX * len(self.phones)
        taken: list[tuple[float, float]] = []
        for phone in sorted(self.phones, key=lambda p: p.start_s not in state):
            if long and state.get(phone.start_s, True):
                continue
            middle = (phone.start_s + phone.end_s) / 2
            if phone.phone == "SIL" or not self.span_s[0] <= middle <= self.span_s[1]:
                continue
            name, x = phone.phone.lower(), self._x(middle, box)
            half = pen.textlength(name, font) / 2 + 2
            if any(x - half < end and start < x + half for start, end in taken):
                continue
            taken.append((x - half, x + half))
            closed = state.get(phone.start_s)
            ink = INK if closed is None else RIGHT_INK if closed else WRONG
            pen.text((x, box[3] + 9), name, fill=ink, font=font, anchor="mm")


def below(sheet: Image, strip: Strip) -> Image:
    """The contact sheet (H, W, 3) with the strip under it."""
    drawn = strip.draw(sheet.shape[1])
    gap = np.full((GAP_PX, sheet.shape[1], 3), PAPER, np.uint8)
    return np.concatenate([sheet, gap, drawn])
