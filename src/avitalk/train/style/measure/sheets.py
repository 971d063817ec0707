"""Contact sheets: one row per emotion on one recording, and several takes of one text."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from avitalk.evaluate.lines import Line, plain
from avitalk.face import load_head
from avitalk.facs.table import EMOTIONS
from avitalk.render import Camera, Renderer, contact_sheet
from avitalk.train.style.measure.troupe import Troupe
from avitalk.train.style.measure.voices import Voice
from avitalk.types import Motion

Image = NDArray[np.uint8]

SIDE_PX: Final = 120
CAMERA: Final = Camera(distance_m=0.7, target_m=(0.0, -0.025, 0.0))
COLOURS: Final = 256


def row_of(motion: Motion, times_s: Sequence[float]) -> list[Image]:
    """Pictures of a motion."""
    head = load_head()
    draw = Renderer(head, size=(SIDE_PX, SIDE_PX), camera=CAMERA)
    frames = [min(round(t * motion.fps), motion.frames - 1) for t in times_s]
    return [draw.frame(head.pose_at(motion, frame)) for frame in frames]


def times(voice: Voice, count: int) -> list[float]:
    """Evenly through what is said."""
    spoken = np.flatnonzero(voice.voiced > 0.5) / voice.mouth.fps
    return [float(t) for t in np.linspace(spoken[0], spoken[-1], count + 2)[1:-1]]


def emotions(troupe: Troupe, voice: Voice, columns: int = 5) -> Image:
    """Each emotion in a row, neutral first."""
    pictures: list[Image] = []
    captions: list[str] = []
    at = times(voice, columns)
    for name in EMOTIONS:
        line = plain(name)
        motion = troupe.neutral(voice, seed=1)
        if name != "neutral":
            style = troupe.styles([line], [1])[0]
            motion = troupe.perform(voice, style, seed=1, demands=line.demands)
        pictures += row_of(motion, at)
        captions += [name, *(f"{t:.1f} s" for t in at[1:])]
    return contact_sheet(pictures, captions, columns=columns)


def takes(troupe: Troupe, voice: Voice, lines: Sequence[Line], columns: int = 6) -> Image:
    """Each text in a row, as many takes; the same moment of the recording."""
    at = times(voice, 3)[1:2]
    pictures: list[Image] = []
    captions: list[str] = []
    for line in lines:
        styles = troupe.styles([line] * columns, list(range(columns)))
        for seed, style in enumerate(styles):
            motion = troupe.perform(voice, style, seed=seed, demands=line.demands)
            pictures += row_of(motion, at)
            captions.append(line.text if seed == 0 else f"take {seed + 1}")
    return contact_sheet(pictures, captions, columns=columns)


def small_png(image: Image) -> bytes:
    """PNG with a palette, a third of the size."""
    stream = io.BytesIO()
    cut, no_dots = Pillow.Quantize.MEDIANCUT, Pillow.Dither.NONE
    picture = Pillow.fromarray(image).quantize(COLOURS, cut, dither=no_dots)
    picture.save(stream, format="PNG", optimize=True)
    return stream.getvalue()
