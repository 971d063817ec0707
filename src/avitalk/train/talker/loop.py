"""Training of the talker, and of the phone-to-mouth table that supervises other corpora."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from avitalk.evaluate.lip_basis import LipBasis
from avitalk.talker.network import LipNetwork, TalkerConfig
from avitalk.train.talker.lessons import Lesson


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the talker is trained."""

    steps: int = 2500
    batch: int = 16
    frames: int = 100
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    dropout: float = 0.15
    feature_noise: float = 0.2
    averaging: float = 0.998
    shares: tuple[tuple[str, float], ...] = (
        ("grid_s1", 0.36), ("facegood", 0.14), ("phones", 0.42), ("speechless", 0.08),
    )  # fmt: skip
    """Source of lessons and how often it is drawn."""
    styled: tuple[tuple[str, float], ...] = (("grid_s1", 0.3), ("facegood", 0.7))
    """How often a lesson of a speaker is given with his style; else it teaches the neutral one."""
    weight_loss: float = 12.0
    point_loss: float = 0.25
    gap_loss: float = 1.0
    width_loss: float = 0.7
    speed_loss: float = 1.5
    closure: float = 4.0
    """Errors of the gap count up to this much more where the lips are closed."""
    closure_mm: float = 1.0
    """Gap at which that extra has fallen to a half: 1 / (gap + this)."""
    seed: int = 0


class LipLoss:
    """Distances in weights, millimetres on the head, lip gap and width, and their speed."""

    def __init__(self, basis: LipBasis, recipe: Recipe) -> None:
        self.shapes = torch.tensor(basis.shapes[..., :2], dtype=torch.float32)
        self.recipe = recipe

    def __call__(self, weights: Tensor, wanted: Tensor, moved: Tensor) -> Tensor:
        """(B, T, K) predicted and wanted weights, (B, T, 45, 2) wanted contour in mm."""
        recipe = self.recipe
        points = torch.einsum("btk,kpc->btpc", weights, self.shapes)
        gap, true_gap = _parted(points), _parted(moved)
        width = points[..., 32, 0] - points[..., 22, 0]
        true_width = moved[..., 32, 0] - moved[..., 22, 0]
        near = recipe.closure_mm / (true_gap.clamp(min=0) + recipe.closure_mm)
        gap_error = ((gap - true_gap).abs() * (1 + recipe.closure * near)).mean()
        speed = (_step(gap) - _step(true_gap)).abs().mean()
        speed = speed + 0.5 * (_step(width) - _step(true_width)).abs().mean()
        shape_error = (weights - wanted).square().mean() + 0.1 * (weights - wanted).abs().mean()
        return (
            recipe.weight_loss * shape_error
            + recipe.point_loss * (points - moved).abs().mean()
            + recipe.gap_loss * gap_error
            + recipe.width_loss * (width - true_width).abs().mean()
            + recipe.speed_loss * speed
        )


def _parted(points: Tensor) -> Tensor:
    """(..., 45, 2) -> (..., 9): distances of the inner lips, without the corners."""
    return points[..., 1:10, 1] - points[..., 12:21, 1]


def _step(track: Tensor) -> Tensor:
    return track[:, 1:] - track[:, :-1]


class Batches:
    """Random stretches of random lessons."""

    def __init__(
        self,
        lessons: Sequence[Lesson],
        basis: LipBasis,
        recipe: Recipe,
        styles: Sequence[str] = (),
    ) -> None:
        self.lessons, self.recipe = lessons, recipe
        self.shapes = basis.shapes[..., :2].astype(np.float32)
        self.rng = np.random.default_rng(recipe.seed)
        sources = np.array([lesson.source for lesson in lessons])
        weight = np.zeros(len(lessons))
        for source, share in recipe.shares:
            chosen = sources == source
            if chosen.any():
                weight[chosen] = share / chosen.sum()
        self.weight = weight / weight.sum()
        self.styles, self.styled = list(styles), dict(recipe.styled)

    def _style(self, lesson: Lesson) -> int:
        """Which style a lesson is heard with: its speaker's, any where nobody speaks, or -1."""
        if lesson.source == "speechless":
            return int(self.rng.integers(-1, len(self.styles)))
        if lesson.source in self.styles and self.rng.random() < self.styled.get(lesson.source, 0):
            return self.styles.index(lesson.source)
        return -1

    def draw(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Features (B, T, D), weights (B, T, K), contour (B, T, 45, 2), style or -1 (B,)."""
        recipe = self.recipe
        parts, styles = [], []
        for index in self.rng.choice(len(self.lessons), recipe.batch, p=self.weight):
            lesson = self.lessons[index]
            styles.append(self._style(lesson))
            room = len(lesson.values) - recipe.frames
            start = int(self.rng.integers(0, max(room, 0) + 1))
            rows = np.arange(start, start + recipe.frames).clip(max=len(lesson.values) - 1)
            weights = lesson.weights[rows].astype(np.float32)
            if lesson.moved is None:
                moved = np.tensordot(weights, self.shapes, 1)
            else:
                moved = lesson.moved[rows].astype(np.float32)
            parts.append((lesson.values[rows].astype(np.float32), weights, moved))
        features, wanted, contour = (
            torch.from_numpy(np.stack(part)) for part in zip(*parts, strict=True)
        )
        noise = self.rng.normal(scale=recipe.feature_noise, size=features.shape)
        noisy = features + torch.from_numpy(noise.astype(np.float32))
        return noisy, wanted, contour, torch.tensor(styles)


def train(
    config: TalkerConfig, recipe: Recipe, lessons: Sequence[Lesson], basis: LipBasis
) -> tuple[LipNetwork, list[float]]:
    """The trained network (running mean of its weights) and the loss every 100 steps."""
    torch.manual_seed(recipe.seed)
    network = LipNetwork(config, recipe.dropout)
    averaged = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    loss_of, batches = LipLoss(basis, recipe), Batches(lessons, basis, recipe, config.styles)
    history: list[float] = []
    recent = 0.0
    for step in range(recipe.steps):
        share = step / recipe.steps
        rate = recipe.learning_rate * min(1.0, (step + 1) / 100)
        for group in optimizer.param_groups:
            group["lr"] = rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
        network.train()
        values, weights, moved, styles = batches.draw()
        with torch.autocast("cpu", torch.bfloat16):
            guess = network(values, network.style(styles))
        loss = loss_of(guess.float(), weights, moved)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        _average(averaged, network, min(recipe.averaging, (1 + step) / (10 + step)))
        recent += float(loss.detach()) / 100
        if step % 100 == 99:
            history.append(round(recent, 4))
            recent = 0.0
    return averaged, history


def _average(averaged: LipNetwork, network: LipNetwork, decay: float) -> None:
    with torch.no_grad():
        for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
            mean.lerp_(now, 1 - decay)
