"""Texts in, styles out: how words say that a face should carry itself, a new take for each seed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avitalk.errors import InputError
from avitalk.facs.blends import blend
from avitalk.nn.checkpoint import fill_module, read_config, save_module
from avitalk.nn.threads import one_thread, side_by_side
from avitalk.style.acting import GUIDANCE
from avitalk.style.parts import PRIOR, STYLE_WIDTH
from avitalk.style.prior import STEPS, DiffusionPrior, PriorConfig
from avitalk.style.regression import Regression
from avitalk.style.tower import HuggingFaceTower, TextTower, Tower, TowerConfig
from avitalk.style.words import Vocabulary
from avitalk.types import Style
from avitalk.types.instruction import MOST_SEED

KIND: Final = PRIOR
LARGEST: Final = 20.0
"""Guidance times the strength of a segment is no more."""


class Projection(nn.Module):
    """Styles (B, E), as the prior has them inside -> the sphere that texts' c are on."""

    def __init__(self, style: int = STYLE_WIDTH, hidden: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(style, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, style),
        )  # fmt: skip

    def forward(self, styles: Tensor) -> Tensor:
        """(B, E) -> (B, E) of length 1."""
        return functional.normalize(self.layers(styles), dim=-1)


class WriterNetwork(nn.Module):
    """Everything that is learned: what reads texts, what places styles beside them, the prior."""

    def __init__(self, tower: Tower, prior: PriorConfig) -> None:
        """Raises InputError if the prior reads states of another width than the tower's."""
        super().__init__()
        if prior.text != tower.width:
            raise InputError(f"prior reads states of {prior.text}, the tower's are {tower.width}")
        self.tower = tower
        self.prior = DiffusionPrior(prior) if prior.diffusion else Regression(prior)
        self.projection = Projection(prior.style)

    def placed(self, styles: Tensor) -> Tensor:
        """Styles (B, E) -> where they are among texts, (B, E) of length 1."""
        out: Tensor = self.projection(self.prior.inner(styles))
        return out


class StyleWriter:
    """Reads any words; the same text and seed give the same style, whatever stands beside it."""

    def __init__(self, network: WriterNetwork) -> None:
        self.network = network.eval()

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        config = read_config(path, KIND)
        try:
            network = WriterNetwork(_tower(config), PriorConfig(**config["prior"]))
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}: sizes of the style writer do not fit ({error})") from error
        fill_module(path, _stored(network))
        return cls(network)

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision. A frozen
        encoder of Hugging Face is named in it and stays where it came from.
        """
        tower = self.network.tower
        config: dict[str, Any] = {"prior": asdict(self.network.prior.config)}
        if isinstance(tower, TextTower):
            words = " ".join(tower.vocabulary.words)
            config = {"words": words, "tower": asdict(tower.config), **config}
        else:
            config["backbone"] = {"name": tower.name, "heads": tower.heads, "frozen": tower.frozen}
        save_module(Path(path), _stored(self.network), KIND, config)

    def styles(
        self, texts: Sequence[str], *, seeds: Sequence[int],
        guidance: float | Sequence[float] = GUIDANCE, steps: int = STEPS,
    ) -> list[Style]:  # fmt: skip
        """A style for each text; 'x % this, y % that' mixes its parts' styles by their shares.

        `guidance` 1 takes words as they are, more exaggerates them. Raises InputError for a text
        without words, numbers of seeds or guidances that do not fit, or values out of bounds.
        """
        scales = [guidance] * len(texts) if isinstance(guidance, float | int) else list(guidance)
        if not len(texts) == len(seeds) == len(scales):
            raise InputError(
                f"{len(texts)} texts with {len(seeds)} seeds and {len(scales)} guidances; need one"
                " of each"
            )
        for scale in scales:
            if not 0 <= scale <= LARGEST:
                raise InputError(f"guidance {scale:g}; allowed: 0 to {LARGEST:g}")
        for seed in seeds:
            if not 0 <= seed <= MOST_SEED:
                raise InputError(f"seed {seed}; allowed: 0 to {MOST_SEED}")
        parts = [(number, *part) for number, text in enumerate(texts) for part in blend(text)]
        read = torch.inference_mode()(lambda words: self.network.tower.encode([words]))
        found = self.network.prior.sample_each(
            side_by_side(read, [words for _, words, _ in parts]),
            [seeds[number] for number, _, _ in parts],
            guidance=[scales[number] for number, _, _ in parts],
            steps=steps,
        )
        totals = torch.zeros(len(texts), self.network.prior.config.style)
        for (number, _, share), style in zip(parts, found, strict=True):
            totals[number] += share * style
        return [Style(total.numpy(), text) for total, text in zip(totals, texts, strict=True)]

    @one_thread()
    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, E) c of texts, of length 1: nearest to `place` of styles that fit them."""
        found = [self.network.tower.encode([text]).c for text in texts]
        return torch.cat(found).numpy()

    @one_thread()
    @torch.inference_mode()
    def place(self, styles: Sequence[Style]) -> NDArray[np.float32]:
        """(B, E) styles on the sphere of `embed`, of length 1."""
        vectors = torch.from_numpy(np.stack([style.vector for style in styles]))
        found: NDArray[np.float32] = self.network.placed(vectors).numpy()
        return found


def _tower(config: Mapping[str, Any]) -> Tower:
    """The tower that a checkpoint tells of, its learned parts not filled yet."""
    if "backbone" in config:
        part = config["backbone"]
        return HuggingFaceTower(
            part["name"], style=config["prior"]["style"], heads=part["heads"],
            frozen=part["frozen"],
        )  # fmt: skip
    known = Vocabulary(str(config["words"]).split(" "))
    return TextTower(TowerConfig(**config["tower"]), known)


def _stored(network: WriterNetwork) -> nn.Module:
    """What of a writer a checkpoint holds."""
    tower = network.tower
    if isinstance(tower, TextTower):
        return network
    parts = {"pooling": tower.pooling, "aligned": tower.aligned, "prior": network.prior,
             "projection": network.projection}  # fmt: skip
    return nn.ModuleDict(parts if tower.frozen else {**parts, "backbone": tower.backbone})
