"""Logits -> the next token, by chance and yet the same each time; written text -> clean text."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from avitalk.errors import InputError

LIKELIEST: Final = (
    128  # the nucleus is sought among these: sorting thousands costs more than a step
)


def uniforms(seeds: Sequence[Sequence[int]], steps: int) -> Tensor:
    """(rows, steps) numbers in [0, 1), each row's own stream, whatever the other rows are."""
    streams = [np.random.default_rng(tuple(seed)).random(steps) for seed in seeds]
    return torch.from_numpy(np.stack(streams))


def draw(logits: Tensor, chance: Tensor, *, temperature: float, top_p: float) -> Tensor:
    """Token ids (B,) from logits (B, V) and `chance` (B,) in [0, 1).

    The smallest set of tokens that holds `top_p` of the probability (Holtzman et al. 2020, eq. 3);
    temperature 0 takes the likeliest.
    """
    if temperature == 0:
        return logits.argmax(dim=-1)
    best, ids = logits.topk(min(LIKELIEST, logits.shape[-1]), dim=-1)
    whole = torch.logsumexp(logits.double() / temperature, dim=-1, keepdim=True)
    share = torch.exp(best.double() / temperature - whole)
    before = share.cumsum(dim=-1) - share
    share = torch.where(before < top_p, share, 0.0)  # the likeliest always stays: nothing before it
    upto = share.cumsum(dim=-1)
    picked = (upto <= chance.to(upto.device)[:, None] * upto[:, -1:]).sum(dim=-1, keepdim=True)
    kept = (share > 0).sum(dim=-1, keepdim=True)
    return ids.gather(-1, picked.clamp(max=kept - 1))[:, 0]


def check_sampling(temperature: float, top_p: float, max_tokens: int, candidates: int) -> None:
    """InputError naming what cannot be sampled with."""
    if not 0 <= temperature < float("inf"):
        raise InputError(f"temperature is {temperature}; it must be 0 or more")
    if not 0 < top_p <= 1:
        raise InputError(f"top_p is {top_p}; it must be above 0 and at most 1")
    if max_tokens < 1 or candidates < 1:
        raise InputError(
            f"max_tokens is {max_tokens} and candidates {candidates}; both must be 1 or more"
        )


def tidy(text: str) -> str:
    """One line with a capital letter and a full stop; a last sentence broken off is dropped.

    So are characters that cannot be printed: a model of bytes can write any.
    """
    text = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    line = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    if line and line[-1] not in ".!?":
        whole = max(line.rfind(stop) for stop in (". ", "! ", "? "))
        line = line[: whole + 1] if whole >= 0 else line.rstrip(",;:- ") + "."
    return re.sub(r"(^|[.!?] )([a-z])", lambda found: found[1] + found[2].upper(), line)
