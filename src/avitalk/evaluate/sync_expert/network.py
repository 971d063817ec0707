"""Log-mel (B, M, 4T) and lip motion (B, P, T) -> embeddings (B, E, T), 25 frames a second.

The design is SyncNet's (Chung & Zisserman, "Out of time", 2016): two branches that never see each
other, windows of 0.2 s. Deviations: lips are numbers, not pixels; both branches are convolutions
without padding over a whole clip; embeddings have unit length.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.evaluate.sync_expert.lips import FEATURES
from avitalk.speech.mel import FLOOR, LOG_MEAN, LOG_SPREAD
from avitalk.speech.network import ChannelNorm

FPS: Final = 25
"""Frames a second; frame i is at time (i + 0.5) / 25, the middle of its 40 ms."""
MELS_PER_FRAME: Final = 4
AUDIO_REACH: Final = 8
"""Mel frames of 10 ms that a window reaches beyond its own frame on either side: 0.2 s in all."""
LIP_REACH: Final = 2
"""Frames that a window of lips reaches to either side: 0.2 s in all."""


@dataclass(frozen=True, slots=True)
class SyncExpertConfig:
    """Sizes of the sync expert."""

    bands: int = 40
    """Mel bands."""
    audio_width: int = 96
    """Channels of the audio branch."""
    lip_width: int = 64
    """Channels of the lip branch."""
    embedding: int = 128
    """Width E of both embeddings."""
    features: int = FEATURES
    """Numbers P that describe the lips of a frame."""
    level_back_s: float = 3.0
    """Look-back of the running level that makes the audio independent of its volume."""
    level_ahead_s: float = 0.5
    """Look-ahead of the running level."""

    @classmethod
    def tiny(cls) -> "SyncExpertConfig":
        """A miniature for tests."""
        return cls(bands=12, audio_width=16, lip_width=16, embedding=12, level_back_s=0.5)


def _layer(inside: int, outside: int, taps: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv1d(inside, outside, taps, stride=stride)
    return nn.Sequential(conv, ChannelNorm(outside), nn.GELU())


class SyncNetwork(nn.Module):
    """The two branches, and the temperature that training sharpens their likeness by."""

    def __init__(self, config: SyncExpertConfig, dropout: float = 0.0) -> None:
        super().__init__()
        heard, seen = config.audio_width, config.lip_width
        self.audio = nn.Sequential(
            _layer(config.bands, heard, 6, stride=2),  # sees 6 mel frames
            _layer(heard, heard, 3),  # 10
            _layer(heard, heard, 4, stride=2),  # 16
            _layer(heard, 2 * heard, 2),  # 20: 0.2 s, every 40 ms
            nn.Dropout(dropout),
            _layer(2 * heard, 2 * heard, 1),
            nn.Conv1d(2 * heard, config.embedding, 1),
        )
        self.lips = nn.Sequential(
            _layer(config.features, seen, 3),
            _layer(seen, 2 * seen, 3),  # 5 frames: 0.2 s
            nn.Dropout(dropout),
            _layer(2 * seen, 2 * seen, 1),
            nn.Conv1d(2 * seen, config.embedding, 1),
        )
        self.log_sharpness = nn.Parameter(torch.tensor(2.5))

    def embed_audio(self, mel: Tensor) -> Tensor:
        """(B, M, 4T) -> (B, E, T) of unit length; beyond the ends there is silence."""
        silence = (torch.log10(torch.tensor(FLOOR)).item() - LOG_MEAN) / LOG_SPREAD
        padded = functional.pad(mel, (AUDIO_REACH, AUDIO_REACH), value=silence)
        return functional.normalize(self.audio(padded), dim=1)

    def embed_lips(self, motion: Tensor) -> Tensor:
        """(B, P, T) -> (B, E, T) of unit length; beyond the ends lips hold still."""
        padded = functional.pad(motion, (LIP_REACH, LIP_REACH), mode="replicate")
        return functional.normalize(self.lips(padded), dim=1)
