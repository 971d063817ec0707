"""Log probabilities (..., C) -> one class each, as a vector with a single 1 (section 3.2).

The Gumbel-softmax at temperature 1, hard (Jang et al. 2017): forwards the class that wins with
noise, backwards the gradient of the softmax.
"""

import torch
from torch import Tensor

LEAST = 1e-10
"""Uniform numbers below this are taken for it: the logarithm stays finite."""


def gumbel(uniform: Tensor) -> Tensor:
    """Uniform numbers in [0, 1) -> Gumbel noise."""
    return -torch.log(-torch.log(uniform.clamp(LEAST, 1 - 1e-7)))


def quantised(log_probs: Tensor, *, noisy: bool) -> Tensor:
    """(..., C) -> (..., C) one-hot; without noise the likeliest class. Draws torch's numbers."""
    logits = log_probs + gumbel(torch.rand_like(log_probs)) if noisy else log_probs
    soft = logits.softmax(-1)
    hard = torch.zeros_like(soft).scatter(-1, soft.argmax(-1, keepdim=True), 1.0)
    return hard + (soft - soft.detach())
