"""SyncNet's two branches: cepstra (B, 1, 13, 20) and pictures (B, 3, 5, 224, 224) -> (B, 1024).

Chung & Zisserman, "Out of time: automated lip sync in the wild", 2016. Layers have the sizes and
names of the published PyTorch weights `syncnet_v2.model`; these are not shipped, users bring them.
"""

from typing import Final

import torch
from torch import Tensor, nn

WINDOW: Final = 5
"""Pictures of a window, 0.2 s."""
CEPSTRA_FRAMES: Final = 20
"""Frames of cepstra of a window, 0.2 s."""
SIDE: Final = 224
WIDTH: Final = 1024


def _audio() -> nn.Sequential:
    def layer(
        inside: int, outside: int, size: tuple[int, int] = (3, 3), pad: int = 1
    ) -> list[nn.Module]:
        return [nn.Conv2d(inside, outside, size, padding=pad), nn.BatchNorm2d(outside), nn.ReLU()]

    return nn.Sequential(
        *layer(1, 64),
        nn.Identity(),  # a pool of 1 x 1 in the published layout, which counts as a place
        *layer(64, 192),
        nn.MaxPool2d(3, (1, 2)),  # 11 x 9
        *layer(192, 384),
        *layer(384, 256),
        *layer(256, 256),
        nn.MaxPool2d(3, 2),  # 5 x 4
        *layer(256, 512, (5, 4), 0),
    )


def _lips() -> nn.Sequential:
    def layer(
        inside: int, outside: int, frames: int, side: int, stride: int, pad: int
    ) -> list[nn.Module]:
        conv = nn.Conv3d(inside, outside, (frames, side, side), (1, stride, stride), (0, pad, pad))
        return [conv, nn.BatchNorm3d(outside), nn.ReLU()]

    return nn.Sequential(
        *layer(3, 96, WINDOW, 7, 2, 0),  # 109
        nn.MaxPool3d((1, 3, 3), (1, 2, 2)),  # 54
        *layer(96, 256, 1, 5, 2, 1),  # 26
        nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),  # 13
        *layer(256, 256, 1, 3, 1, 1),
        *layer(256, 256, 1, 3, 1, 1),
        *layer(256, 256, 1, 3, 1, 1),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2)),  # 6
        *layer(256, 512, 1, 6, 1, 0),  # 1
    )


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, WIDTH))


class SyncNet(nn.Module):
    """Both branches, as published; for judging only, so that it is made in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud, self.netfcaud = _audio(), _head()
        self.netcnnlip, self.netfclip = _lips(), _head()
        self.eval()

    @torch.inference_mode()
    def hear(self, cepstra: Tensor) -> Tensor:
        """(B, 1, 13, 20) -> (B, 1024)."""
        found: Tensor = self.netfcaud(self.netcnnaud(cepstra).flatten(1))
        return found

    @torch.inference_mode()
    def see(self, pictures: Tensor) -> Tensor:
        """(3, F, 224, 224), blue, green, red from 0 to 255 -> (F - 4, 1024).

        Only the first layer looks at more than one picture, so that windows share all its work.
        """
        found: Tensor = self.netcnnlip(pictures[None])[0, :, :, 0, 0]
        return torch.as_tensor(self.netfclip(found.T))
