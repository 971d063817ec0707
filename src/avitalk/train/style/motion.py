"""What the motion prior learns from: lips that people moved, under performances that were drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.audio import MOTION_FPS
from avitalk.data.performances.acting import perform
from avitalk.data.performances.clips import Spoken
from avitalk.facs.channels import CHANNELS, packed
from avitalk.facs.expression import MANNER, UNITS, USUAL_MANNER, Expression
from avitalk.facs.variation import variation
from avitalk.style.encoder import reference_frames
from avitalk.talker import idle_motion
from avitalk.talker.shapes import contraction

Floats = NDArray[np.float64]

WINDOW: Final = 200
"""Frames of a lesson, 4 s."""
REFERENCES: Final = 64
"""Frames that the style encoder sees."""
LOOSE: Final = 0.25
"""Share of expressions of any units at any level, so that all mixtures are learned."""
BEYOND: Final = 1.3
"""Expressions are drawn up to this strength, so that 'stronger' is known too."""
IDLES: Final = 200
"""Idle motions that blink in what the encoder sees."""
PERSONAL: Final = 0.25
"""Spread of how far people's faces go, shape by shape, in what the encoder sees."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One window under one expression."""

    inputs: NDArray[np.float32]
    """(T, I) lips, prosody, variation."""
    moved: NDArray[np.float32]
    """(T, C) what the expression adds to the lips."""
    vector: NDArray[np.float32]
    """(P,) of the expression."""
    references: NDArray[np.float32]
    """(S, R) frames of another clip under the same expression, in any order."""
    spoken: NDArray[np.float32]
    """(T, C) the lips' own share of the channels."""
    counted: NDArray[np.float32]
    """(T,) 1 where the window is predicted, 0 where it is only context."""


def draw_loose(rng: np.random.Generator) -> Expression:
    """Any one to five units at any levels on any side, any pose, any manner."""
    levels = np.zeros((len(UNITS), 2))
    for unit in rng.choice(len(UNITS), rng.integers(1, 6), replace=False):
        levels[unit] = rng.uniform(0.1, 1.0)
        if rng.random() < 0.3:
            levels[unit, rng.integers(2)] *= rng.uniform(0, 0.5)
    pose = 0.8 * rng.standard_normal(6) * (rng.random(6) < 0.4)
    manner = np.clip(USUAL_MANNER + 0.25 * rng.standard_normal(len(MANNER)), 0, 1)
    return Expression.of(
        np.concatenate([levels.ravel(), np.clip(pose, -2, 2), manner - USUAL_MANNER])
    )


def draw_lesson(
    clips: Sequence[Spoken],
    draw_expression: Callable[[np.random.Generator], Expression],
    rng: np.random.Generator,
) -> Lesson:
    """A window of one clip and reference frames of another, under one expression."""
    loose = rng.random() < LOOSE
    expression = draw_loose(rng) if loose else draw_expression(rng)
    if rng.random() < 0.3:
        expression = expression.scaled(rng.uniform(0.2, BEYOND))
    lips, prosody = _window(clips, rng)
    tracks = _tracks(len(lips), rng)
    inputs = np.concatenate([lips @ contraction(), prosody, tracks], axis=1)
    acted, spoken = _acted(lips, prosody, expression, tracks)
    return Lesson(
        inputs.astype(np.float32),
        (acted - spoken).astype(np.float32),
        expression.vector.astype(np.float32),
        draw_references(clips, expression, rng).astype(np.float32),
        spoken.astype(np.float32),
        np.ones(len(lips), np.float32),
    )


def draw_references(
    clips: Sequence[Spoken], expression: Expression, rng: np.random.Generator
) -> Floats:
    """(S, R) frames of a performance of `expression` as a camera might see them: blinking, on
    another face, with the head or the gaze unknown at times.
    """
    lips, prosody = _window(clips, rng)
    acted, _ = _acted(lips, prosody, expression, _tracks(len(lips), rng))
    idle = _idle(lips.shape[0], int(rng.integers(IDLES)))
    seen = np.maximum(acted, idle)
    seen[:, -6:] = acted[:, -6:] + idle[:, -6:]
    seen[:, :-6] *= np.exp(PERSONAL * rng.standard_normal(seen.shape[1] - 6))
    frames = reference_frames(seen, head=rng.random() > 0.2, gaze=rng.random() > 0.2)
    return frames[rng.choice(len(frames), REFERENCES, replace=len(frames) < REFERENCES)]


def stacked(lessons: Sequence[Lesson], name: str, device: torch.device | None = None) -> Tensor:
    """One field of all lessons as a batch."""
    whole = torch.from_numpy(np.stack([getattr(lesson, name) for lesson in lessons]))
    return whole.to(device)


def _acted(
    lips: Floats, prosody: Floats, expression: Expression, tracks: Floats
) -> tuple[Floats, Floats]:
    """(T, C) of the whole performance, and of the lips alone."""
    acted = perform(lips, prosody, expression, tracks, fps=MOTION_FPS)
    nothing = np.zeros((len(lips), CHANNELS))
    spoken = packed(lips, nothing[:, :3], nothing[:, 0], nothing[:, :2])
    whole = packed(acted.weights, acted.head, acted.lean, acted.gaze)
    return np.asarray(whole, np.float64), np.asarray(spoken, np.float64)


def _window(clips: Sequence[Spoken], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(T, 52) lips and (T, 6) prosody; a short clip is held at its end."""
    clip = clips[int(rng.integers(len(clips)))]
    first = int(rng.integers(max(1, len(clip.lips) - WINDOW + 1)))
    at = np.minimum(np.arange(first, first + WINDOW), len(clip.lips) - 1)
    return np.asarray(clip.lips[at], np.float64), np.asarray(clip.prosody[at], np.float64)


def _tracks(frames: int, rng: np.random.Generator) -> Floats:
    """(T, TRACKS): a window of an hour of variation, which is made once."""
    hour = _hour()
    first = int(rng.integers(len(hour) - frames))
    return hour[first : first + frames]


@cache
def _hour() -> Floats:
    return variation(round(3600 * MOTION_FPS), MOTION_FPS, seed=0)


@cache
def _idle(frames: int, seed: int) -> Floats:
    """(T, C) of the idle motion under an even voice."""
    voice, loudness = np.ones(frames), np.zeros(frames)
    rest = idle_motion(voice, loudness, fps=MOTION_FPS, seed=seed)
    gaze = rest.eyes[:, :, :2].mean(axis=1)
    return np.asarray(packed(rest.weights, rest.head, np.zeros(frames), gaze))
