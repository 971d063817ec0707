"""Training of the motion prior: teacher, generator and style encoder together.

AVI-Talking section 3.4, figure 4: the generator performs under the teacher's style and under the
one that the encoder sees in random frames of another clip, so that nothing of what is said can
pass through the style; the encoder is distilled to the teacher; with conditions exchanged, the
style seen in what is generated has to be the one that was asked for. Deviation: reference frames
are of other recordings altogether, not of the same one without the current frame, because the
drawn performances allow it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from avitalk.audio import MOTION_FPS
from avitalk.data.performances.clips import Spoken
from avitalk.data.performances.drawing import draw_expression
from avitalk.data.performances.scripts import draw_script
from avitalk.face.touch import gap_by_weight
from avitalk.facs.channels import CHANNELS, FACE
from avitalk.facs.expression import Expression
from avitalk.style.encoder import SPEED_FRAMES, SPEED_SIZE
from avitalk.style.encoder_network import EncoderConfig, StyleEncoderNetwork
from avitalk.talker.performer_network import PerformerConfig, PerformerNetwork
from avitalk.train.loop import Run, learn
from avitalk.train.style.motion import Lesson, draw_lesson, stacked

POSE_MOVES: Final = 4.0
"""Head and gaze move so many times as far in their units as weights of the face do in theirs."""
GAP_MM: Final = 4.0
"""Lip opening that counts as one unit in the loss."""


@dataclass(frozen=True, slots=True)
class PerformRecipe:
    """How the motion prior is trained."""

    steps: int = 6000
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    speed_weight: float = 6.0
    """Of the error of movements over 40 ms."""
    variation_weight: float = 4.0
    """Of the error of what changes within a window, beside the error of all."""
    gap_weight: float = 0.02
    """Of the error of the lips' opening."""
    distil_weight: float = 0.05
    """Of the distance between the encoder's style and the teacher's."""
    exchange_weight: float = 0.02
    """Of the distance between the style seen in an exchanged performance and the one asked for."""
    seed: int = 0

    @classmethod
    def tiny(cls) -> "PerformRecipe":
        """Two steps, for tests."""
        return cls(steps=2, batch=2)


def frames_seen(channels: Tensor, count: int = 64) -> Tensor:
    """(B, T, C) -> (B, S, R): as `reference_frames`, differentiable, evenly spread."""
    step = SPEED_FRAMES
    padded = functional.pad(channels.transpose(1, 2), (step, step), mode="replicate")
    padded = padded.transpose(1, 2)
    speed = (padded[:, 2 * step :] - padded[:, : -2 * step]) * MOTION_FPS / (2 * step * SPEED_SIZE)
    known = channels.new_ones(*channels.shape[:2], 2)
    frames = torch.cat([channels, speed, known], dim=-1)
    return frames[:, :: max(1, channels.shape[1] // count)]


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """What the losses know of the channels that a performer moves."""

    gap_mm: NDArray[np.float64]
    """(G <= C,) how far a unit of each of the first channels parts the lips; zeros where nobody
    knows."""
    sizes: NDArray[np.float64] | None = None
    """(C,) how far each channel usually moves against the others; None means alike."""
    step: int = 2
    """Frames of 40 ms, over which speeds are compared."""
    seen: Callable[[Tensor], Tensor] = frames_seen
    """(B, T, C) -> (B, S, R) what the encoder sees of a performance."""


def arkit_space() -> Space:
    """Of `avitalk.facs.channels` at 50 Hz."""
    sizes = np.ones(CHANNELS)
    sizes[len(FACE) :] = POSE_MOVES
    return Space(gap_by_weight()[list(FACE)], sizes)


class MotionPrior(torch.nn.Module):
    """All that learns to perform: generator with teacher, and style encoder."""

    gap: Tensor
    usual: Tensor

    def __init__(
        self, performer: PerformerConfig, encoder: EncoderConfig, space: Space | None = None
    ) -> None:
        super().__init__()
        self.performer = PerformerNetwork(performer)
        self.encoder = StyleEncoderNetwork(encoder)
        self.sizes, self.space = (performer, encoder), space or arkit_space()
        gap = torch.from_numpy(self.space.gap_mm / GAP_MM).float()
        self.register_buffer("gap", gap, persistent=False)
        sizes = np.ones(performer.outputs) if self.space.sizes is None else self.space.sizes
        self.register_buffer("usual", torch.from_numpy(sizes).float(), persistent=False)

    def loss(self, lessons: Sequence[Lesson], recipe: PerformRecipe) -> Tensor:
        """Mean over the batch; see the module."""
        batch = partial(stacked, lessons, device=self.gap.device)
        inputs, wanted = batch("inputs"), batch("moved")
        taught = self.performer.teacher(batch("vector"))
        seen = self.encoder(batch("references"))
        half = (torch.arange(len(lessons), device=self.gap.device) % 2 == 0)[:, None]
        style = torch.where(half, taught, seen)
        moved = self.performer(inputs, over_time(style, inputs))
        loss: Tensor = self._error(moved - wanted, batch("counted"), recipe)
        size = taught.detach().square().mean()
        loss = loss + recipe.distil_weight * (seen - taught.detach()).square().mean() / size
        if recipe.exchange_weight:
            few = max(2, len(lessons) // 3)
            other = taught[:few].detach().roll(1, dims=0)
            exchanged = self.performer(inputs[:few], over_time(other, inputs))
            frames = self.space.seen(exchanged + batch("spoken")[:few])
            again = (self.encoder(frames) - other).square().mean() / size
            loss = loss + recipe.exchange_weight * again
        return loss

    def _error(self, miss: Tensor, counted: Tensor, recipe: PerformRecipe) -> Tensor:
        step, even = self.space.step, miss / self.usual
        held = _mean(even, counted)
        shares = counted[..., None] / counted.sum(dim=1).clamp(min=1)[:, None, None]
        varied = _mean(even - (even * shares).sum(dim=1, keepdim=True), counted)
        speed = _mean(even[:, step:] - even[:, :-step], counted[:, step:] * counted[:, :-step])
        opened = _mean((miss[..., : len(self.gap)] @ self.gap)[..., None], counted)
        total: Tensor = (
            held
            + recipe.variation_weight * varied
            + recipe.speed_weight * speed
            + recipe.gap_weight * opened
        )
        return total


def _mean(miss: Tensor, counted: Tensor) -> Tensor:
    """Mean square of (B, T, C) over the frames that count."""
    frames = miss.square().mean(dim=-1)
    mean: Tensor = (frames * counted).sum() / counted.sum().clamp(min=1)
    return mean


def over_time(style: Tensor, inputs: Tensor) -> Tensor:
    """(B, E) -> (B, T, E), the same in every frame."""
    return style[:, None].expand(-1, inputs.shape[1], -1)


def drawn(rng: np.random.Generator) -> Expression:
    """The expression of a script drawn at random."""
    return draw_expression(draw_script(rng), rng)


def train_motion(
    clips: Sequence[Spoken],
    recipe: PerformRecipe,
    *,
    performer: PerformerConfig | None = None,
    encoder: EncoderConfig | None = None,
    run: Run | None = None,
    draw: Callable[[np.random.Generator], Expression] = drawn,
) -> MotionPrior:
    """Train on `clips`; resumable through `run`. Returns the networks."""
    torch.manual_seed(recipe.seed)
    prior = MotionPrior(performer or PerformerConfig(), encoder or EncoderConfig())
    return train_prior(prior, lambda rng: draw_lesson(clips, draw, rng), recipe, run=run)


def train_prior(
    prior: MotionPrior,
    draw: Callable[[np.random.Generator], Lesson],
    recipe: PerformRecipe,
    *,
    run: Run | None = None,
) -> MotionPrior:
    """Train a motion prior on lessons as they are drawn; resumable through `run`."""
    rng = np.random.default_rng(recipe.seed)
    prior.to((run or Run()).device)

    def loss() -> Tensor:
        return prior.loss([draw(rng) for _ in range(recipe.batch)], recipe)

    learn(
        list(prior.parameters()), loss, [rng], steps=recipe.steps,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, run=run,
    )  # fmt: skip
    return prior.eval().to("cpu")
