"""Lips, a person, an emotion and a level in, the face that this person performs over them out.

The same person shows the same feeling alike whenever it is asked for, as an actor would: what an
emotion embedding can tell is learned, chance only keeps the face alive.
"""

import zlib
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.performances.acting import perform
from avitalk.data.performances.drawing import draw_expression
from avitalk.data.performances.scripts_meaning import Script
from avitalk.facs.expression import Expression
from avitalk.facs.variation import variation
from avitalk.speech.prosody import NAMES
from avitalk.train.zoo.sequences import FPS

STRENGTHS: Final = (0.4, 0.8)
"""Of a normal and of a strong feeling."""


@cache
def expression(person: str, emotion: str, level: int) -> Expression:
    """How a person shows a feeling; both levels move the same muscles."""
    rng = np.random.default_rng(zlib.crc32(f"{person}/{emotion}".encode()))
    script = Script("", ((emotion, 1.0),), STRENGTHS[level])
    return draw_expression(script, rng)


def performed(
    lips: NDArray[np.floating],
    values: NDArray[np.floating],
    person: str,
    emotion: str,
    level: int,
    name: str,
) -> NDArray[np.float16]:
    """(F, 52) the whole face over plain lips (F, 52).

    values: (2 F, D) of our encoder, prosody last. name: of the recording; its chance.
    """
    frames = len(lips)
    prosody = np.asarray(values[:, -len(NAMES) :], np.float64)
    prosody = prosody.reshape(frames, 2, -1).mean(axis=1)
    tracks = variation(frames, FPS, seed=zlib.crc32(name.encode()))
    asked = expression(person, emotion, level)
    return perform(lips, prosody, asked, tracks, fps=FPS).weights.astype(np.float16)
