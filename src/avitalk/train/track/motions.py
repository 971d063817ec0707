"""Motions to film: readings, FACEGOOD's curves, each shape by itself, and drawn mixtures."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX
from avitalk.data.facegood import read_facegood
from avitalk.pipeline import Animator
from avitalk.talker.idle import idle_motion
from avitalk.types import Instruction, Motion

Array = NDArray[np.float64]

FPS: Final = 25.0
ACTIVE: Final = 0.3
"""Share of time that a shape is in use, and its mean size while it is: in 11 recordings of iPhones
9 to 16 shapes are above 0.1 at once, at 0.2 to 0.3 on average, 95 % of them under 0.4 to 0.7."""
SIZE: Final = 0.27
SELDOM: Final = ("tongueOut", "cheekPuff", "jawForward", "jawLeft", "jawRight")
"""Shapes in use a third as often."""
SLOW_S: Final = (0.12, 0.45)
"""Standard deviation in time of the Gaussian that drawn noise is smoothed by."""
ONE_SIDED: Final = 0.1
"""Share of a shape that each side of the face has to itself."""
OPPOSED: Final = (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"),
                  ("mouthSmile", "mouthFrown"), ("eyeBlink", "eyeWide"))  # fmt: skip


def reading(animator: Animator, voice: Path, start_s: float, end_s: float, seed: int) -> Motion:
    """Part of a recording, performed by our talker with blinks, gaze, head and brows."""
    animation = animator.animate(voice, seed=seed, instruction=Instruction())
    return swayed(animation.motion.resample(FPS).slice(start_s, end_s), seed)


def animated(folder: Path, clip: int, start_s: float, end_s: float, seed: int) -> Motion:
    """Part of a FACEGOOD clip over our own blinks, gaze and brows."""
    motion = read_facegood(folder)[clip].motion.resample(FPS).slice(start_s, end_s)
    voiced = np.ones(motion.frames)
    idle = idle_motion(voiced, np.zeros(motion.frames), fps=FPS, seed=seed)
    return swayed(motion.over(idle, take=("mouth",)), seed)


def singles(frames: int = 10, size: float = 0.9) -> Motion:
    """Each shape by itself, once up and down; what needs an open jaw over an open jaw."""
    used = [i for i in range(len(ARKIT_52)) if i not in EYE_LOOK]
    weights = np.zeros((frames * len(used) + 20, len(ARKIT_52)), np.float32)
    swell = size * np.sin(np.linspace(0, np.pi, frames))
    for k, shape in enumerate(used):
        at = slice(10 + k * frames, 10 + (k + 1) * frames)
        weights[at, shape] = swell
        if ARKIT_52[shape] in ("mouthClose", "tongueOut"):
            weights[at, INDEX["jawOpen"]] = swell * (1.0 if shape == INDEX["mouthClose"] else 0.4)
    return Motion.still(len(weights), FPS).with_weights(weights)


def mixture(frames: int, seed: int) -> Motion:
    """Shapes drawn at random, with the sizes and lengths of recorded faces; calm at both ends."""
    rng = np.random.default_rng(seed)
    waves = {_both_sides(name): _wave(rng, frames) for name in ARKIT_52}
    for first, second in OPPOSED:
        waves[second] = -waves[first]
    weights = np.zeros((frames, len(ARKIT_52)))
    for name in ARKIT_52:
        both = _both_sides(name)
        wave = np.sqrt(1 - ONE_SIDED) * waves[both] + np.sqrt(ONE_SIDED) * _wave(rng, frames)
        share = ACTIVE / 3 if both in SELDOM else ACTIVE
        above = np.maximum(wave - np.quantile(wave, 1 - share), 0)
        weights[:, INDEX[name]] = above * (SIZE / above[above > 0].mean())
    jaw, close = weights[:, INDEX["jawOpen"]], weights[:, INDEX["mouthClose"]]
    weights[:, INDEX["mouthClose"]] = np.minimum(2 * close, jaw)
    edge = np.clip(np.minimum(np.arange(frames), np.arange(frames)[::-1]) / 8, 0, 1)
    drawn = np.clip(weights * edge[:, None], 0, 1).astype(np.float32)
    gaze = np.stack([0.12 * _wave(rng, frames), 0.08 * _wave(rng, frames), np.zeros(frames)], 1)
    still = Motion.still(frames, FPS)
    eyes = np.repeat(gaze[:, None], 2, axis=1).astype(np.float32)
    return swayed(Motion(drawn, still.head, eyes, FPS, still.translation), seed)


def _both_sides(name: str) -> str:
    """'mouthSmileLeft' -> 'mouthSmile'; 'jawLeft' and 'mouthLeft' are shapes of their own."""
    sideless = name.removesuffix("Left").removesuffix("Right")
    return name if sideless in ("jaw", "mouth") else sideless


def swayed(motion: Motion, seed: int) -> Motion:
    """The same with a slow turning and drifting of the head added."""
    rng = np.random.default_rng([seed, 1])
    t = np.arange(motion.frames)[:, None] / motion.fps
    rates, phase = np.array([0.31, 0.43, 0.27]), rng.uniform(0, 2 * np.pi, (2, 3))
    turn = np.radians([9.0, 5.0, 4.0]) * np.sin(2 * np.pi * rates * t + phase[0])
    drift = np.array([0.010, 0.006, 0.010]) * np.sin(2 * np.pi * rates * 0.7 * t + phase[1])
    head = (motion.head + turn).astype(np.float32)
    weights = np.clip(motion.weights, 0, 1).astype(np.float32)
    return Motion(weights, head, motion.eyes, motion.fps, drift.astype(np.float32))


def _wave(rng: np.random.Generator, frames: int) -> Array:
    """(F,) smooth noise of variance 1."""
    sigma = rng.uniform(*SLOW_S) * FPS
    reach = int(4 * sigma) + 1
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    noise = rng.normal(size=frames + 2 * reach)
    return np.asarray(np.convolve(noise, kernel / np.linalg.norm(kernel), mode="valid"))
