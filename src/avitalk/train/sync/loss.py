"""What the sync expert is trained by: embeddings of stretches in, a loss out."""

import torch
from torch import Tensor
from torch.nn import functional

NEAR = 1
"""Frames to either side that are neither right nor wrong: 40 ms is less than anybody sees."""


def frame_loss(audio: Tensor, lips: Tensor, sharpness: Tensor, among: int = 8) -> Tensor:
    """InfoNCE both ways over all frames of `among` stretches at a time, (B, E, T) each.

    The right partner of a frame stands among the other frames of its own clip (hard: the same voice
    at other times) and all frames of the other clips; frames next to the right one are left out.
    """
    parts = zip(torch.split(audio, among), torch.split(lips, among), strict=True)
    return torch.stack([_frame_loss(*part, sharpness) for part in parts]).mean()


def _frame_loss(audio: Tensor, lips: Tensor, sharpness: Tensor) -> Tensor:
    clips, width, frames = audio.shape
    heard, seen = (x.transpose(1, 2).reshape(-1, width) for x in (audio, lips))
    likeness = sharpness * (seen @ heard.T)
    at = torch.arange(clips * frames, device=audio.device)
    apart = (at[:, None] - at[None]).abs()
    same = (at[:, None] // frames) == (at[None] // frames)
    likeness = likeness.masked_fill((apart > 0) & (apart <= NEAR) & same, float("-inf"))
    return (functional.cross_entropy(likeness, at) + functional.cross_entropy(likeness.T, at)) / 2


def offset_loss(audio: Tensor, lips: Tensor, sharpness: Tensor, most: int) -> Tensor:
    """Which of the offsets -most..most is right, by the mean likeness of a stretch: what the
    expert is asked for in the end. (B, E, T) each, T > 2 * most.
    """
    frames = audio.shape[-1]
    middle = lips[..., most : frames - most]
    span = middle.shape[-1]
    means = torch.stack(
        [(middle * audio[..., o : o + span]).sum(dim=1).mean(dim=1) for o in range(2 * most + 1)],
        dim=1,
    )
    wanted = torch.full((len(audio),), most, device=audio.device)
    near = torch.arange(2 * most + 1, device=audio.device) - most
    likeness = means * (sharpness * span**0.5)
    left_out = (near.abs() > 0) & (near.abs() <= NEAR)
    return functional.cross_entropy(likeness.masked_fill(left_out, float("-inf")), wanted)
