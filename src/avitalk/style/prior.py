"""What a text says in, style vectors that fit it out: a diffusion prior, many for one text.

Ramesh et al. 2022 (DALL-E 2), section 2.2: a decoder-only transformer over text tokens, text
embedding c, timestep, noisy embedding and a learned query, at which the clean embedding is read;
AVI-Talking, eq. 7: mean squared error to it. Ho et al. 2020 (DDPM), Nichol and Dhariwal 2021
(cosine schedule, eq. 17), Song et al. 2021 (DDIM, eq. 12 and 16), Ho and Salimans 2022 (guidance).

Deviations: 4 layers of 192 in place of 12 of 768; plain attention with position in the text
tokens' states in place of rotary and relative ones; since the order is causal, text and c are read
once and kept for all steps; words alone are left out now and then, so that c carries texts whose
words were never seen in training; a sample is drawn once, not twice with the better one kept;
noise is drawn smaller than in training.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.chance import Draw
from avitalk.errors import InputError
from avitalk.nn.threads import side_by_side
from avitalk.style.acting import GUIDANCE
from avitalk.style.parts import STYLE_WIDTH
from avitalk.style.tower import Encoded

STEPS: Final = 12
"""Steps of a sample unless told otherwise."""
ETA: Final = 1.0
"""New noise at each step, as in DDPM: within a dozen steps it repairs what DDIM's path keeps."""
TEMPERATURE: Final = 0.85
"""Size of all noise: at 1, styles of one text scatter farther than performances of it do."""
MOST_STEPS: Final = 1000
"""T, and the most steps that a sample may take."""
TOGETHER: Final = 4
"""Texts that `sample_each` computes at once."""
PADDED: Final = 32
"""Positions that it pads to multiples of."""
OFFSET: Final = 0.008
"""s of the cosine schedule."""


@dataclass(frozen=True, slots=True)
class PriorConfig:
    """Sizes of the prior."""

    text: int = 192
    """Width D of token states."""
    style: int = STYLE_WIDTH
    """Width E of styles and of c."""
    width: int = 192
    layers: int = 4
    heads: int = 4
    hidden: int = 416
    dropout: float = 0.0
    aligned: bool = True
    """Whether c is among the tokens; without, only words are (an ablation)."""
    diffusion: bool = True
    """Without, a regression from c stands in the prior's place (an ablation)."""

    def __post_init__(self) -> None:
        """Raises InputError where the sizes do not fit each other."""
        if self.width % self.heads or self.width % 2:
            raise InputError(f"width {self.width} does not part into {self.heads} heads")

    @classmethod
    def tiny(cls, text: int = 16) -> "PriorConfig":
        """A miniature for tests."""
        return cls(text=text, width=16, layers=2, heads=2, hidden=24)


class Kept(NamedTuple):
    """Text as each layer's keys and values, read once for all steps."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    """(B, H, L + 1, e) each."""
    seen: Tensor
    """(B, L + 1) bool."""

    @classmethod
    def beside(cls, parts: "Sequence[Kept]", length: int) -> "Kept":
        """Pairs of rows, with and without the text: all the former, then all the latter.

        Padded to `length` positions.
        """
        order = [*range(0, 2 * len(parts), 2), *range(1, 2 * len(parts), 2)]
        room = [length - part.seen.shape[1] for part in parts]
        layers = []
        for each in zip(*(part.layers for part in parts), strict=True):
            k, v = (
                torch.cat(
                    [functional.pad(x, (0, 0, 0, r)) for x, r in zip(some, room, strict=True)]
                )
                for some in zip(*each, strict=True)
            )
            layers.append((k[order], v[order]))
        seen = [functional.pad(p.seen, (0, r)) for p, r in zip(parts, room, strict=True)]
        return cls(tuple(layers), torch.cat(seen)[order])

    def repeated(self, times: int) -> "Kept":
        """Each row `times` times over, one after the other."""
        layers = tuple(
            (k.repeat_interleave(times, dim=0), v.repeat_interleave(times, dim=0))
            for k, v in self.layers
        )
        return Kept(layers, self.seen.repeat_interleave(times, dim=0))


class PriorBlock(nn.Module):
    """Causal attention over what was kept and what is given, then feed-forward."""

    def __init__(self, config: PriorConfig) -> None:
        super().__init__()
        width = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.before_attention, self.before_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.mixed = nn.Linear(width, width)
        self.forward_part = nn.Sequential(
            nn.Linear(width, config.hidden), nn.GELU(), nn.Linear(config.hidden, width)
        )

    def forward(
        self, x: Tensor, seen: Tensor, kept: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, S, d), `seen` (B, 1, S, K) -> (B, S, d) and the keys and values of x alone."""
        rows, length, _ = x.shape
        parts = self.asked(self.before_attention(x)).view(rows, length, 3, self.heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        mine = (k, v)
        if kept is not None:
            k, v = torch.cat((kept[0], k), dim=2), torch.cat((kept[1], v), dim=2)
        mixed = functional.scaled_dot_product_attention(q, k, v, seen).transpose(1, 2)
        x = x + self._dropped(self.mixed(mixed.reshape(x.shape)))
        x = x + self._dropped(self.forward_part(self.before_forward(x)))
        return x, mine

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training)


class Standard(nn.Module):
    """What has styles of zero mean and unit variance per element inside."""

    def __init__(self, style: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(style))
        self.register_buffer("spread", torch.ones(style))

    @torch.no_grad()
    def measure(self, styles: Tensor) -> None:
        """Take mean and spread from many styles (N, E)."""
        self.mean.copy_(styles.mean(0))
        self.spread.copy_(styles.std(0).clamp(min=1e-3))

    def inner(self, styles: Tensor) -> Tensor:
        """Styles (..., E) as they are inside."""
        return (styles - self.mean) / self.spread

    def outer(self, inner: Tensor) -> Tensor:
        """The way back."""
        return inner * self.spread + self.mean


class DiffusionPrior(Standard):
    """The prior."""

    def __init__(self, config: PriorConfig) -> None:
        super().__init__(config.style)
        width = config.width
        self.config = config
        self.words = nn.Sequential(nn.LayerNorm(config.text), nn.Linear(config.text, width))
        self.embedding = nn.Linear(config.style, width)
        self.noisy = nn.Linear(config.style, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.marks = nn.Parameter(torch.randn(5, width) * 0.02)
        """What tells apart: a word, c, the time, the noisy style, the query."""
        self.nothing = nn.Parameter(torch.randn(width) * 0.02)
        """In place of c where there is no condition."""
        self.blocks = nn.ModuleList(PriorBlock(config) for _ in range(config.layers))
        self.normed = nn.LayerNorm(width)
        self.clean = nn.Linear(width, config.style)

    def read(
        self, text: Encoded, *, whole: Tensor | None = None, words: Tensor | None = None
    ) -> Kept:
        """Text as keys and values. `whole` (B,) bool false leaves a row without any condition,
        `words` (B,) false leaves it c alone.
        """
        rows = len(text.c)
        everything = torch.ones(rows, dtype=torch.bool, device=text.c.device)
        whole = everything if whole is None else whole
        worded = whole if words is None else whole & words
        c = self.embedding(text.c * math.sqrt(self.config.style))  # as in DALL-E 2: unit elements
        told = whole[:, None] if self.config.aligned else torch.zeros_like(whole)[:, None]
        c = torch.where(told, c, self.nothing)
        x = torch.cat((self.words(text.states) + self.marks[0], (c + self.marks[1])[:, None]), 1)
        seen = torch.cat((text.real & worded[:, None], everything[:, None]), dim=1)
        length = x.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool, device=x.device).tril()
        itself = torch.eye(length, dtype=torch.bool, device=x.device)
        mask = (causal & seen[:, None]) | itself  # attention to nothing is not a number
        layers = []
        for block in self.blocks:
            x, mine = block(x, mask[:, None], None)
            layers.append(mine)
        return Kept(tuple(layers), seen)

    def forward(self, noisy: Tensor, time: Tensor, kept: Kept) -> Tensor:
        """Noisy styles (B, E) at times (B,) in 0..1 -> clean ones (B, E), all as inside."""
        width = self.config.width
        x = torch.stack(
            (
                self.time(_waves(time, width)) + self.marks[2],
                self.noisy(noisy) + self.marks[3],
                self.marks[4].expand(len(noisy), width),
            ),
            dim=1,
        )
        causal = torch.ones(3, 3, dtype=torch.bool, device=x.device).tril()
        rows, before = kept.seen.shape
        mask = torch.cat(
            (kept.seen[:, None].expand(rows, 3, before), causal.expand(rows, 3, 3)), dim=2
        )
        for block, layer in zip(self.blocks, kept.layers, strict=True):
            x, _ = block(x, mask[:, None], layer)
        out: Tensor = self.clean(self.normed(x[:, 2]))
        return out

    def loss(
        self, styles: Tensor, text: Encoded, *, generator: torch.Generator,
        unconditioned: float = 0.1, wordless: float = 0.15, draws: int = 4,
    ) -> Tensor:  # fmt: skip
        """Eq. 7: mean squared error of the clean style found from noisy ones (B, E), at `draws`
        times each; shares of texts are left out whole, or but for c.
        """
        rows, device = len(styles), styles.device
        chance = torch.rand(2, rows, generator=generator).to(device)
        words = chance[1] >= (wordless if self.config.aligned else 0.0)
        kept = self.read(text, whole=chance[0] >= unconditioned, words=words).repeated(draws)
        clean = self.inner(styles).repeat_interleave(draws, dim=0)
        time = torch.rand(rows * draws, generator=generator).to(device)
        noise = torch.randn(clean.shape, generator=generator).to(device)
        left = remaining(time)[:, None]
        noisy = left.sqrt() * clean + (1 - left).sqrt() * noise
        return functional.mse_loss(self(noisy, time, kept).float(), clean)

    @torch.no_grad()
    def sample(
        self, text: Encoded, seeds: Sequence[int], *, guidance: float | Sequence[float] = GUIDANCE,
        steps: int = STEPS, eta: float = ETA, temperature: float = TEMPERATURE,
    ) -> Tensor:  # fmt: skip
        """(B, E) styles, one of each text. `guidance` 1 takes the text as it is, more exaggerates
        it, 0 does not heed it; `eta` 0 is DDIM, 1 is DDPM; `temperature` is the size of the noise.

        Noise depends on the row's seed only. Raises InputError for steps out of 1 to 1000.
        """
        return self._denoised(
            self._with_and_without(text), seeds, guidance, steps, eta, temperature
        )

    @torch.no_grad()
    def sample_each(
        self, texts: Sequence[Encoded], seeds: Sequence[int], *,
        guidance: Sequence[float], steps: int = STEPS,
    ) -> Tensor:  # fmt: skip
        """(N, E) styles of texts encoded one by one. Which others are among them changes no digit:
        TOGETHER of them are always computed at once, at lengths that are multiples of PADDED.
        """
        kept = side_by_side(torch.inference_mode()(self._with_and_without), texts)
        lengths: dict[int, list[int]] = {}
        for number, part in enumerate(kept):
            lengths.setdefault(-(-part.seen.shape[1] // PADDED), []).append(number)
        groups = [
            (count * PADDED, numbers[first : first + TOGETHER])
            for count, numbers in lengths.items()
            for first in range(0, len(numbers), TOGETHER)
        ]
        found = torch.zeros(len(texts), self.config.style)

        @torch.inference_mode()
        def draw(group: tuple[int, list[int]]) -> None:
            length, numbers = group
            full = (numbers * TOGETHER)[:TOGETHER]
            drawn = self._denoised(
                Kept.beside([kept[n] for n in full], length), [seeds[n] for n in full],
                [guidance[n] for n in full], steps, ETA, TEMPERATURE,
            )  # fmt: skip
            found[numbers] = drawn[: len(numbers)].cpu()

        side_by_side(draw, groups)
        return found

    def _with_and_without(self, text: Encoded) -> Kept:
        """B texts as kept: B rows that know them, then B that do not."""
        rows = len(text.c)
        both = Encoded(*(torch.cat((part, part)) for part in text))
        return self.read(both, whole=torch.arange(2 * rows, device=text.c.device) < rows)

    def _denoised(
        self, kept: Kept, seeds: Sequence[int], guidance: float | Sequence[float], steps: int,
        eta: float, temperature: float,
    ) -> Tensor:  # fmt: skip
        """(B, E) styles from noise, steps 1 to 1000; `kept` has 2 B rows."""
        if not 1 <= steps <= MOST_STEPS:
            raise InputError(f"{steps} steps; allowed: 1 to {MOST_STEPS}")
        device, rows = kept.seen.device, len(kept.seen) // 2
        scale = torch.tensor(np.broadcast_to(guidance, rows).copy(), dtype=torch.float32)[:, None]
        scale = scale.to(device)
        noises = [Draw(seed, "style prior") for seed in seeds]

        def fresh() -> Tensor:
            rows_of = np.stack([noise.bells(self.config.style) for noise in noises])
            return temperature * torch.from_numpy(rows_of).float().to(device)

        x = fresh()
        times = torch.linspace(1, 0, steps + 1).to(device)
        for now, after in pairwise(times):
            found = self(torch.cat((x, x)), now.expand(2 * rows), kept)
            told, untold = found.chunk(2)
            clean = guided(told, untold, scale)
            x = _stepped(x, clean, now, after, eta, fresh)
        return self.outer(x)


def guided(told: Tensor, untold: Tensor, scale: Tensor) -> Tensor:
    """Ho and Salimans 2022, eq. 6, on clean styles: away from what no text at all would give."""
    return untold + scale * (told - untold)


def remaining(time: Tensor) -> Tensor:
    """Share of signal, alpha-bar, at times 0 to 1: Nichol and Dhariwal 2021, eq. 17."""
    angle = (time + OFFSET) / (1 + OFFSET) * (math.pi / 2)
    start = math.cos(OFFSET / (1 + OFFSET) * math.pi / 2) ** 2
    return (torch.cos(angle) ** 2 / start).clamp(1e-5, 1.0)


def _stepped(
    x: Tensor, clean: Tensor, now: Tensor, after: Tensor, eta: float, fresh: Callable[[], Tensor]
) -> Tensor:
    """Song et al. 2021, eq. 12, from time `now` to `after`; eq. 16 gives the new noise's size."""
    here, there = remaining(now), remaining(after)
    if float(after) <= 0:
        return clean
    noise = (x - here.sqrt() * clean) / (1 - here).sqrt()
    size = eta * torch.sqrt((1 - there) / (1 - here) * (1 - here / there))
    kept = (1 - there - size**2).clamp(min=0).sqrt()
    moved = there.sqrt() * clean + kept * noise
    return moved + size * fresh() if eta > 0 else moved


def _waves(time: Tensor, width: int) -> Tensor:
    """(B,) times 0 to 1 -> (B, width) sines and cosines, as for positions 0 to T."""
    rate = torch.exp(torch.arange(width // 2, device=time.device) * (-math.log(1e4) / (width // 2)))
    angle = time[:, None] * MOST_STEPS * rate
    return torch.cat((angle.sin(), angle.cos()), dim=-1)
