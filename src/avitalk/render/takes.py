"""Takes of one recording at a glance: a row each, at the same moments, under the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from avitalk.face.head import Head
from avitalk.render.background import STUDIO
from avitalk.render.camera import Camera
from avitalk.render.moments import clock
from avitalk.render.scene import Renderer
from avitalk.render.still import GAP_PX, INK, PAPER, Image
from avitalk.types import Instruction, Motion, Speech

COLUMNS: Final = 8
MOST_COLUMNS: Final = 16
WIDTH_PX: Final = 168
CLOSE: Final = Camera(distance_m=0.72, target_m=(0.0, -0.035, 0.0))
TEXT_PX: Final = 13
LINE_PX: Final = 17
MOST_LINES: Final = 6
FAINT: Final = (120, 124, 132)
LOUDNESS_S: Final = 0.2
"""A moment is as loud as the time of this length around it."""

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One row."""

    label: str
    """What to write beside it, one or more lines."""
    motion: Motion
    """The face."""


def telling_times(speech: Speech, instruction: Instruction) -> list[float]:
    """Moments in seconds, in order: the loudest of even parts of each segment's time.

    Each segment has at least one, the longer ones more, as long as they fit on a sheet; what no
    segment covers counts as one where there are none.
    """
    spans = [(s.start_s, min(s.end_s, speech.duration_s)) for s in instruction.segments]
    spans = [span for span in spans if span[1] > span[0]] or [(0.0, speech.duration_s)]
    if len(spans) > MOST_COLUMNS:
        chosen = np.linspace(0, len(spans) - 1, MOST_COLUMNS).round().astype(int)
        spans = [spans[i] for i in chosen]
    parts = [1] * len(spans)
    while sum(parts) < COLUMNS:
        longest = max(range(len(spans)), key=lambda i: (spans[i][1] - spans[i][0]) / parts[i])
        parts[longest] += 1
    times = []
    for (start_s, end_s), count in zip(spans, parts, strict=True):
        edges = np.linspace(start_s, end_s, count + 1)
        times += [_loudest(speech, a, b) for a, b in pairwise(edges.tolist())]
    return times


def takes_sheet(
    head: Head,
    takes: Sequence[Take],
    speech: Speech,
    instruction: Instruction,
    *,
    width_px: int = WIDTH_PX,
    background: str = STUDIO,
) -> Image:
    """Draw the takes at the same moments; words and times on top, labels at the left.

    Returns (H, W, 3).
    """
    times = telling_times(speech, instruction)
    draw = Renderer(
        head, size=(width_px, width_px), camera=CLOSE, background=background, draft=True
    )
    step, font = width_px + GAP_PX, ImageFont.load_default(TEXT_PX)
    labels = [line for take in takes for line in take.label.split("\n")]
    margin = 3 * GAP_PX + round(max(map(font.getlength, labels)))
    lefts = [margin + i * step for i in range(len(times))]
    words = _Words(times, lefts, width_px, instruction, font)
    top = words.height + LINE_PX + GAP_PX
    whole = (margin + len(times) * step, top + len(takes) * step)
    sheet = Pillow.new("RGB", whole, PAPER)
    pen = ImageDraw.Draw(sheet)
    words.write(pen)
    for left, time_s in zip(lefts, times, strict=True):
        at = (left + width_px / 2, top - GAP_PX)
        pen.text(at, clock(time_s), fill=FAINT, font=font, anchor="ms")
    for row, take in enumerate(takes):
        y = top + row * step
        pen.multiline_text((GAP_PX, y + GAP_PX), take.label, fill=INK, font=font)
        for left, time_s in zip(lefts, times, strict=True):
            frame = min(round(time_s * take.motion.fps), take.motion.frames - 1)
            picture = Pillow.fromarray(draw.frame(head.pose_at(take.motion, frame)))
            sheet.paste(picture, (left, y), picture if picture.mode == "RGBA" else None)
    return np.array(sheet)


class _Words:
    """The words over the columns that they are for."""

    def __init__(
        self,
        times: Sequence[float],
        lefts: Sequence[int],
        width_px: int,
        instruction: Instruction,
        font: Font,
    ) -> None:
        self.font = font
        self.blocks: list[tuple[int, int, list[str]]] = []
        texts = [_text_at(time_s, instruction) for time_s in times]
        for (_, text), columns in groupby(range(len(times)), key=lambda i: texts[i]):
            shared = list(columns)
            left, right = lefts[shared[0]], lefts[shared[-1]] + width_px
            self.blocks.append((left, right, _wrapped(text, right - left, font)))
        self.height = GAP_PX + LINE_PX * max(len(lines) for _, _, lines in self.blocks) + GAP_PX

    def write(self, pen: ImageDraw.ImageDraw) -> None:
        """Draw them, each over a line as wide as its columns."""
        for left, right, lines in self.blocks:
            for i, line in enumerate(lines):
                pen.text((left, GAP_PX + i * LINE_PX), line, fill=INK, font=self.font)
            pen.line((left, self.height - 2, right, self.height - 2), fill=FAINT)


def _text_at(time_s: float, instruction: Instruction) -> tuple[float, str]:
    """Start and text of the segment at a time."""
    for segment in instruction.segments:
        if segment.start_s <= time_s < segment.end_s:
            return segment.start_s, segment.text
    return -1.0, "no words"


def _loudest(speech: Speech, start_s: float, end_s: float) -> float:
    """The loudest moment of a stretch, away from its edges; its middle where it is silent."""
    edge_s = min(0.25, 0.25 * (end_s - start_s))
    first, last = (round(t * speech.rate_hz) for t in (start_s + edge_s, end_s - edge_s))
    power = np.square(speech.samples[first:last].astype(np.float64))
    width = min(round(LOUDNESS_S * speech.rate_hz), len(power))
    if not power.any():
        return (start_s + end_s) / 2
    total = np.cumsum(np.concatenate([[0.0], power]))
    best = int((total[width:] - total[:-width]).argmax())
    return (first + best + width / 2) / speech.rate_hz


def _wrapped(text: str, width: float, font: Font) -> list[str]:
    """Lines that fit, cut off after MOST_LINES."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"{lines[MOST_LINES - 1]} …"]
    return [_cut(line, width, font) for line in lines]


def _cut(line: str, width: float, font: Font) -> str:
    while len(line) > 1 and font.getlength(line) > width:
        line = line.rstrip("…")[:-1] + "…"
    return line
