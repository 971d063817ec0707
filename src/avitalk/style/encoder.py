"""StyleEncoder: a Motion, anybody's, comes in, its Style goes out: style from an example."""

from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.arkit import EYE_LOOK
from avitalk.audio import MOTION_FPS
from avitalk.chance import Draw
from avitalk.errors import InputError
from avitalk.facs.channels import CHANNELS, packed
from avitalk.nn.checkpoint import fill_module, read_config, save_module
from avitalk.nn.threads import one_thread
from avitalk.style.encoder_network import EncoderConfig, StyleEncoderNetwork
from avitalk.types import Motion, Style

KIND: Final = "style-encoder"
SPEED_FRAMES: Final = 2
"""Speeds are taken over this many frames of 20 ms on either side."""
SPEED_SIZE: Final = 3.0
"""Weights a second that count as one."""
REFERENCES: Final = 256
"""Frames of an example that are looked at."""
LEAST_S: Final = 0.5
HEAD: Final = slice(CHANNELS - 6, CHANNELS - 2)
GAZE: Final = slice(CHANNELS - 2, CHANNELS)


class StyleEncoder:
    """Hears no sound and knows no words: a style is seen in how a face moves."""

    def __init__(self, config: EncoderConfig, network: StyleEncoderNetwork) -> None:
        self.config = config
        self.network = network.eval()

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        config = EncoderConfig(**read_config(path, KIND))
        network = StyleEncoderNetwork(config)
        fill_module(path, network)
        return cls(config, network)

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    def encode(self, motion: Motion, *, seed: int = 0, name: str = "example") -> Style:
        """The style of a motion of half a second or more. Same motion and seed, same style.

        Where neither head nor eyes turn, as in captures without them, they count as unknown.
        """
        if motion.duration_s < LEAST_S:
            raise InputError(f"an example of {motion.duration_s:.2f} s; need {LEAST_S:g} s or more")
        return self.seen(reference_frames(channels_of(motion.resample(MOTION_FPS))), seed, name)

    @one_thread()
    @torch.inference_mode()
    def seen(self, frames: NDArray[np.floating], seed: int = 0, name: str = "example") -> Style:
        """The style of frames (F, R), in any order. Raises InputError for another width."""
        if frames.shape[1] != self.config.frame:
            raise InputError(
                f"frames {frames.shape[1]} wide; this encoder takes {self.config.frame}"
            )
        draw = Draw(seed, "references")
        count = min(len(frames), REFERENCES)
        chosen = np.linspace(0, len(frames) - 1, count) + draw.between(-0.5, 0.5)
        picked = frames[np.clip(np.round(chosen), 0, len(frames) - 1).astype(np.int64)]
        found = self.network(torch.from_numpy(picked.astype(np.float32))[None])
        return Style(found[0].numpy(), name)


def channels_of(motion: Motion) -> NDArray[np.float64]:
    """(F, C) channels of a whole Motion; the gaze is the mean of both eyes."""
    weights = np.array(motion.weights, np.float64)
    weights[:, EYE_LOOK] = 0
    lean = np.zeros(motion.frames)
    if motion.translation is not None:
        lean = np.asarray(motion.translation[:, 2], np.float64)
    gaze = motion.eyes[:, :, :2].mean(axis=1)
    return np.asarray(packed(weights, motion.head, lean, gaze), np.float64)


def reference_frames(
    channels: NDArray[np.float64], *, head: bool | None = None, gaze: bool | None = None
) -> NDArray[np.float64]:
    """(F, C) channels at 50 Hz -> (F, R) what the encoder sees of each frame.

    head, gaze: whether they are known; None means that they are if they move.
    """
    ahead = np.concatenate([channels[SPEED_FRAMES:], *[channels[-1:]] * SPEED_FRAMES])
    behind = np.concatenate([*[channels[:1]] * SPEED_FRAMES, channels[:-SPEED_FRAMES]])
    speed = (ahead - behind) * MOTION_FPS / (2 * SPEED_FRAMES) / SPEED_SIZE
    flags = np.ones((len(channels), 2))
    both = np.concatenate([channels, speed, flags], axis=1)
    for flag, (columns, known) in enumerate(((HEAD, head), (GAZE, gaze))):
        moves = bool(np.abs(channels[:, columns]).max() > 1e-3) if known is None else known
        if not moves:
            both[:, columns] = both[:, CHANNELS:-2][:, columns] = 0.0
            both[:, -2 + flag] = 0.0
    return both
