"""What is heard and what is seen, each -> a code per frame, and both codes -> log probabilities.

Section 3.1 of the paper, "Expression and audio encoding"; widths of the authors' code.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.meshtalk.config import Config
from avitalk.zoo.meshtalk.mel import BANDS, log_mel

SLOPE = 0.2
"""Of all leaky rectifiers, below zero."""
TAPS = 5
STEPS = 2
"""Feature frames in a motion frame: 50 Hz over 25 fps."""


class AudioEncoder(nn.Module):
    """Dilated convolutions over 1 s around each frame -> audio codes (B, F, A)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.heard
        self.features, self.dropout = config.features, config.dropout
        self.enter = nn.Conv1d(config.features or BANDS, width, TAPS)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, TAPS, dilation=dilation) for dilation in config.dilations
        )
        self.leave = nn.Linear(width, config.code)
        for conv in (self.enter, *self.convs):
            nn.init.xavier_uniform_(conv.weight)
            nn.init.constant_(conv.bias, 0.01)
        self.reach = (TAPS // 2) * (1 + sum(config.dilations))
        """Steps of its input that are seen on either side."""

    def forward(self, heard: Tensor) -> Tensor:
        """Features (B, 2 F, D), or samples (B, F, 16000) -> (B, F, A)."""
        if self.features:
            # Deviation: windows of our features (1.06 s) in place of 80 mels, since what is shared
            # with the other methods is the features. All windows at once: what ends of windows
            # share is computed once. Beyond its ends a recording goes on as it ends.
            padded = functional.pad(heard.transpose(1, 2), (self.reach, self.reach), "replicate")
            found = self._stacked(padded)[..., ::STEPS]
            return self.leave(found.transpose(1, 2))  # type: ignore[no-any-return]
        batch, frames, samples = heard.shape
        found = self._stacked(log_mel(heard.reshape(batch * frames, samples)))
        # 101 frames of mel leave one after these convolutions: the mean is over that one.
        pooled = found.mean(dim=-1).view(batch, frames, -1)
        return self.leave(pooled)  # type: ignore[no-any-return]

    def _stacked(self, x: Tensor) -> Tensor:
        """(B, D, T) -> (B, W, T - 2 reach): each convolution averaged with what it was given."""
        x = functional.leaky_relu(self.enter(x), SLOPE)
        for conv in self.convs:
            change = functional.leaky_relu(conv(x), SLOPE)
            change = functional.dropout(change, self.dropout, self.training)
            trim = (x.shape[-1] - change.shape[-1]) // 2
            x = (x[..., trim : x.shape[-1] - trim] + change) / 2
        return x


class ExpressionEncoder(nn.Module):
    """Normalised vertices (B, F, 3 V) -> expression codes (B, F, A)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = (3 * config.vertices, *config.seen)
        self.layers = nn.ModuleList(
            nn.Linear(wide, narrow) for wide, narrow in zip(widths, config.seen, strict=False)
        )
        self.recurrent = nn.LSTM(config.seen[-1], config.seen[-1], batch_first=True)
        self.leave = nn.Linear(config.seen[-1], config.code)

    def forward(self, x: Tensor) -> Tensor:
        """(B, F, 3 V) -> (B, F, A)."""
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), SLOPE)
        return self.leave(self.recurrent(x)[0])  # type: ignore[no-any-return]


class Fusion(nn.Module):
    """Both codes of a frame -> log probabilities of its H variables."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.shape = (config.heads, config.classes)
        self.enter = nn.Linear(2 * config.code, config.fused)
        self.hidden = nn.Linear(config.fused, config.fused)
        self.leave = nn.Linear(config.fused, config.heads * config.classes)

    def forward(self, seen: Tensor, heard: Tensor) -> Tensor:
        """(B, F, A), (B, F, A) -> (B, F, H, C)."""
        x = functional.leaky_relu(self.enter(torch.cat([seen, heard], -1)), SLOPE)
        x = functional.leaky_relu(self.hidden(x), SLOPE)
        return self.leave(x).unflatten(-1, self.shape).log_softmax(-1)  # type: ignore[no-any-return]
