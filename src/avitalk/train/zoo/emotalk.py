"""EmoTalk's training: sequences and emotional voices in, the model out.

Losses of section 3.4 of the paper: cross-reconstruction, self-reconstruction, velocity of both,
and classification of the emotion. Their weights are ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from avitalk.errors import InputError
from avitalk.train.loop import Computing, Run, learn
from avitalk.train.recipes import Shelf, among
from avitalk.train.zoo.acted_file import Acted, read_acted
from avitalk.train.zoo.emotalk_pairs import Pairs, Stage
from avitalk.train.zoo.sequences import Sequence25
from avitalk.zoo.emotalk import EmoTalk, EmoTalkConfig
from avitalk.zoo.emotalk.network import EmoTalkNetwork

SIZES: Final = ("small", "tiny", "published")
LEAST_SPREAD: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Recipe:
    """How EmoTalk is trained. Raises InputError for values out of range."""

    size: str = "small"
    """A member of SIZES; 'published' has the paper's widths over whatever was heard."""
    acted: str = ""
    """File that `avitalk.train.zoo.acted` wrote; empty where the sequences hold voices."""
    steps: int = 2000
    crossed: int = 10
    """Pairs of a step whose content and emotion are of different recordings."""
    own: int = 5
    """Pairs of a step whose emotion is the content's own."""
    frames: int = 64
    """Of a stretch."""
    takes: int = 2
    """Emotions that each content is performed in."""
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    feature_noise: float = 0.15
    """Spread of noise on the content features."""
    cross_loss: float = 1.0
    self_loss: float = 1.0
    velocity_loss: float = 2.0
    """Of the error of steps from frame to frame."""
    emotion_loss: float = 0.01
    """Of the cross-entropy of the emotion."""
    seed: int = 0
    computing: Computing = field(default_factory=lambda: Computing(save_every=250))

    def __post_init__(self) -> None:
        among("size", self.size, SIZES)
        for name in ("steps", "crossed", "own", "takes"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)}; allowed: 1 and more")
        if self.frames < 2:
            raise InputError(f"frames {self.frames}; allowed: 2 and more")


SHELF: Final = Shelf(Path(__file__).parent / "recipes" / "emotalk", Recipe(), "steps=500")


def config_of(size: str, features: int, voice: int) -> EmoTalkConfig:
    """The configuration of a size over features of these widths."""
    if size == "small":
        return EmoTalkConfig.small(features, voice)
    if size == "tiny":
        return EmoTalkConfig.tiny(features, voice)
    # the ears are frozen and ours; persons, emotions and rate are those of the data
    data = EmoTalkConfig.small(features, voice)
    return replace(
        EmoTalkConfig.published(), features=features, rows=data.rows, voice=voice,
        persons=data.persons, emotions=data.emotions, fps=data.fps, period=data.period,
    )  # fmt: skip


def loss_of(network: EmoTalkNetwork, crossed: Pairs, own: Pairs, recipe: Recipe) -> Tensor:
    """All four losses, weighted."""
    cross, cross_speed = _reconstructed(network, crossed)
    self_, self_speed = _reconstructed(network, own)
    told = [network.told(network.felt(each.window)) for each in (crossed, own)]
    emotion = functional.cross_entropy(torch.cat(told), torch.cat([crossed.emotion, own.emotion]))
    return (
        recipe.cross_loss * cross
        + recipe.self_loss * self_
        + recipe.velocity_loss * (cross_speed + self_speed)
        + recipe.emotion_loss * emotion
    )


def _reconstructed(network: EmoTalkNetwork, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Mean square error of the weights, and of their steps, where the face is known."""
    moved = network(pairs.content, pairs.voice, pairs.level, pairs.person)
    miss = moved.float() - pairs.truth
    both = pairs.known[:, 1:] * pairs.known[:, :-1]
    return _mean(miss, pairs.known), _mean(miss[:, 1:] - miss[:, :-1], both)


def _mean(miss: Tensor, counted: Tensor) -> Tensor:
    """(B, F, C) squared, over the frames that count (B, F)."""
    found: Tensor = (miss.square().mean(dim=-1) * counted).sum() / counted.sum().clamp(min=1)
    return found


def train(
    recipe: Recipe,
    found: Sequence[Sequence25],
    *,
    folder: Path | None = None,
    told: Callable[[str, int, int, float], None] | None = None,
) -> EmoTalk:
    """Train on sequences, and on emotional voices among them or in `recipe.acted`.

    folder: of checkpoints, from which a training that was stopped continues. told: is called with
    stage, steps done, steps in all, loss. Raises InputError without sequences or voices.
    """
    voices = [one for one in found if isinstance(one, Acted)]
    if recipe.acted:
        voices += read_acted(Path(recipe.acted))
    if not found and not voices:
        raise InputError("no sequences to train on")
    torch.manual_seed(recipe.seed)
    first = (*voices, *found)[0]
    width = voices[0].voice.shape[1] if voices else 1
    config = config_of(recipe.size, first.values.shape[1], width)
    rng = np.random.default_rng(recipe.seed)
    stage = Stage(found, voices, config, rng, frames=recipe.frames, takes=recipe.takes)
    network = _started(config, voices)
    run = Run(
        recipe.computing, folder,
        None if told is None else lambda done, loss: told("train", done, recipe.steps, loss),
    )  # fmt: skip
    network.to(run.device).train()

    def loss() -> Tensor:
        crossed, own = stage.crossed(recipe.crossed), stage.own(recipe.own)
        noise = recipe.feature_noise
        return loss_of(
            network, _moved(crossed, run.device, noise), _moved(own, run.device, noise), recipe
        )

    learn(
        list(network.parameters()), loss, [rng], steps=recipe.steps,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, run=run,
    )  # fmt: skip
    return EmoTalk(config, network.to("cpu"))


def _started(config: EmoTalkConfig, voices: Sequence[Acted]) -> EmoTalkNetwork:
    """An untrained network that knows how voices usually are."""
    network = EmoTalkNetwork(config)
    rows = np.concatenate([one.voice for one in voices]).astype(np.float32)
    network.usual.copy_(torch.from_numpy(rows.mean(axis=0)))
    network.spread.copy_(torch.from_numpy(rows.std(axis=0) + LEAST_SPREAD))
    return network


def _moved(pairs: Pairs, device: torch.device, noise: float) -> Pairs:
    content = pairs.content + noise * torch.randn_like(pairs.content)
    parts = {name: getattr(pairs, name).to(device) for name in Pairs.__slots__}
    return Pairs(**{**parts, "content": content.to(device)})
