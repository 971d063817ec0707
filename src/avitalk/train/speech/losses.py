"""What the encoder is trained for: phones, and the classes of phones that lips tell apart."""

from functools import lru_cache
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from avitalk.speech.phones import PHONE_INDEX, PHONES

LIP_CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "silence": ("SIL",),
    "closed": ("P", "B", "M"),
    "lip and teeth": ("F", "V"),
    "open": ("AA", "AE", "AH", "AO", "AW", "AY"),
    "spread": ("EH", "EY", "IH", "IY", "Y"),
    "rounded": ("UW", "UH", "OW", "OY", "W", "R", "ER"),
    "hissing": ("S", "Z", "SH", "ZH", "CH", "JH"),
    "inside": ("T", "D", "N", "L", "TH", "DH", "K", "G", "NG", "HH"),
}
"""What is seen from outside; every phone is in one of them."""
WEIGHTS: Final = (1.0, 1.7, 1.7, 1.0, 1.0, 1.0, 1.0, 1.0)
"""Contact is short and must not be missed."""


@lru_cache(maxsize=1)
def membership() -> Tensor:
    """(P, classes) one where the phone belongs to the class."""
    table = torch.zeros(len(PHONES), len(LIP_CLASSES))
    for number, phones in enumerate(LIP_CLASSES.values()):
        table[[PHONE_INDEX[phone] for phone in phones], number] = 1
    return table


def phone_loss(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Cross entropy of (B, T, P) logits and shares."""
    smooth = targets * (1 - smoothing) + smoothing / targets.shape[-1]
    return -(smooth * log_softmax(logits.float(), dim=-1)).sum(-1).mean()


def lip_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the lip classes, whose probability is the sum over their phones."""
    table = membership()
    chances = log_softmax(logits.float(), dim=-1).exp() @ table
    shares = targets @ table * torch.tensor(WEIGHTS)
    return -(shares * torch.log(chances + 1e-6)).sum(-1).mean()
