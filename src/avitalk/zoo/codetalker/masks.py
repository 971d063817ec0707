"""Numbers of frames -> what each may attend to, and where it stands (section 3.2; FaceFormer's).

Fan et al. 2022, equations 3 to 7: positions repeat with a period, attention to the past falls by
one step a period, and speech is heard only at a frame's own time.
"""

import math

import torch
from torch import Tensor


def temporal_bias(frames: int, heads: int, period: int) -> Tensor:
    """(heads, F, F): minus a head's slope for each whole period in the past; -inf ahead."""
    place = torch.arange(frames)
    past = place[:, None] - place[None]
    slopes = 2.0 ** (-8.0 / heads * torch.arange(1, heads + 1))
    bias = -slopes[:, None, None] * torch.div(past, period, rounding_mode="floor")
    return bias.masked_fill(past < 0, -math.inf)


def alignment(frames: int, heard: int, per_frame: int) -> Tensor:
    """(F, T) true where speech feature t does not belong to frame f, and is not attended to."""
    owner = torch.arange(heard) // per_frame
    return owner[None] != torch.arange(frames)[:, None]


def periodic_positions(frames: int, width: int, period: int) -> Tensor:
    """(F, C) sines and cosines of place modulo period."""
    place = (torch.arange(frames) % period)[:, None]
    angle = place * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)
