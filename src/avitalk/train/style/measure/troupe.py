"""Who performs: words and a voice in, a Motion out; ours, and an oracle that our corpus is made by.

`Ours` goes the product's way: StyleWriter, demands, Performer. `Oracle` needs no model: it draws a
performance of what a held-out text means from the table and acts it out by rule. It is what the
models learn from, so it bounds them, and the measures are tried out on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk import weights
from avitalk.arkit import INDEX
from avitalk.data.performances.acting import perform
from avitalk.data.performances.drawing import draw_expression
from avitalk.evaluate.lines import Line
from avitalk.facs.cue import Cue
from avitalk.facs.demands import Demands
from avitalk.facs.expression import Expression
from avitalk.facs.variation import variation
from avitalk.style.parts import PRIOR
from avitalk.style.writer import StyleWriter
from avitalk.talker.overrides import keep_closed
from avitalk.talker.performer import Performer
from avitalk.train.style.measure.voices import Voice
from avitalk.types import Motion, Segment, Style

Floats = NDArray[np.float64]

NOTHING: Final = Demands()
BLINKS: Final = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]


class Troupe(Protocol):
    """Performs styles, each a vector of its own space."""

    def styles(self, lines: Sequence[Line], seeds: Sequence[int]) -> Floats:
        """(B, E) styles of texts."""
        ...

    def perform(
        self,
        voice: Voice,
        style: Floats,
        *,
        seed: int,
        demands: Demands = NOTHING,
        strength: float = 1.0,
    ) -> Motion:
        """The voice in a style."""
        ...

    def neutral(self, voice: Voice, *, seed: int) -> Motion:
        """The same without any words."""
        ...


@dataclass(frozen=True)
class Taught:
    """Our performer under the styles of its teacher, who is told the expression that the oracle
    draws: what would be if words were understood perfectly.
    """

    performer: Performer

    def styles(self, lines: Sequence[Line], seeds: Sequence[int]) -> Floats:
        """(B, E)"""
        told = torch.from_numpy(Oracle().styles(lines, seeds)).float()
        with torch.inference_mode():
            return np.asarray(self.performer.network.teacher(told).numpy(), np.float64)

    def perform(
        self,
        voice: Voice,
        style: Floats,
        *,
        seed: int,
        demands: Demands = NOTHING,
        strength: float = 1.0,
    ) -> Motion:
        """One segment over the whole voice."""
        segment = Segment(0.0, voice.duration_s, "words", strength=strength)
        cue = Cue(segment, Style(np.asarray(style, np.float32), "words"), demands)
        return self.act(voice, [cue], seed)

    def neutral(self, voice: Voice, *, seed: int) -> Motion:
        """No cues."""
        return self.act(voice, [], seed)

    def act(self, voice: Voice, cues: Sequence[Cue], seed: int) -> Motion:
        """The voice under any cues."""
        idle, end_s = voice.idle(seed), voice.duration_s
        return self.performer.perform(
            voice.mouth, voice.prosody, cues, idle, seed=seed, duration_s=end_s
        )


@dataclass(frozen=True)
class Ours(Taught):
    """The models of stage 2: styles are written from the words."""

    writer: StyleWriter

    @classmethod
    def load(cls, writer: Path | None = None, performer: Path | None = None) -> "Ours":
        """Shipped weights unless given."""
        return cls(
            Performer.load(performer or weights.find("performer").path),
            StyleWriter.load(writer or weights.find(PRIOR).path),
        )

    def styles(self, lines: Sequence[Line], seeds: Sequence[int]) -> Floats:
        """(B, E)"""
        found = self.writer.styles([line.text for line in lines], seeds=seeds)
        return np.stack([style.vector for style in found]).astype(np.float64)


@dataclass(frozen=True)
class Oracle:
    """Draws from the table and acts by rule; styles are the vectors of expressions."""

    def styles(self, lines: Sequence[Line], seeds: Sequence[int]) -> Floats:
        """(B, P); lines without a script are neutral."""
        return np.stack([
            np.zeros_like(Expression().vector)
            if line.script is None
            else draw_expression(line.script, np.random.default_rng(seed)).vector
            for line, seed in zip(lines, seeds, strict=True)
        ])  # fmt: skip

    def perform(
        self,
        voice: Voice,
        style: Floats,
        *,
        seed: int,
        demands: Demands = NOTHING,
        strength: float = 1.0,
    ) -> Motion:
        """What it adds to its own neutral face, over the idle one."""
        tracks = variation(voice.mouth.frames, voice.mouth.fps, seed)
        acted, calm = (
            perform(voice.mouth.weights, voice.prosody, e, tracks, fps=voice.mouth.fps)
            for e in (Expression.of(strength * style), Expression())
        )
        plain = self.neutral(voice, seed=seed)
        before = np.array(plain.weights, np.float64)
        face = before + acted.weights - calm.weights
        droop = np.clip(face[:, BLINKS] - before[:, BLINKS], 0, 1)
        face[:, BLINKS] = before[:, BLINKS] + (1 - before[:, BLINKS]) * droop
        face = np.clip(face, 0, 1)
        keep_closed(face, before)
        eyes = np.array(plain.eyes)
        eyes[:, :, :2] += (acted.gaze - calm.gaze)[:, None]
        shift = np.zeros((voice.mouth.frames, 3), np.float32)
        shift[:, 2] = acted.lean - calm.lean
        return replace(
            plain,
            weights=face.astype(np.float32),
            head=plain.head + acted.head - calm.head,
            eyes=eyes,
            translation=shift,
        )

    def neutral(self, voice: Voice, *, seed: int) -> Motion:
        """The idle face."""
        return voice.mouth.over(voice.idle(seed), take=("mouth",))
