"""Talker: SpeechFeatures of any length -> the mouth's Motion at 50 Hz, in constant memory."""

from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch

from avitalk.audio import MOTION_FPS
from avitalk.errors import InputError
from avitalk.nn.checkpoint import fill_module, known_fields, read_config, save_module
from avitalk.nn.chunks import chunks
from avitalk.nn.threads import one_thread
from avitalk.talker.network import LipNetwork, TalkerConfig, steadied
from avitalk.talker.shapes import expansion
from avitalk.types import Motion, SpeechFeatures

KIND: Final = "talker"
CHUNK_FRAMES: Final = 3000  # one minute


class Talker:
    """Moves jaw, lips and tongue to what was said; all other weights stay zero.

    Frame i, at time i / 50 s, depends on `config.back_frames` features before it and
    `config.ahead_frames` after it. The same features give the same motion on every run.
    """

    def __init__(self, config: TalkerConfig, network: LipNetwork) -> None:
        self.config = config
        self.network = network.eval()

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        stored = read_config(path, KIND)
        known_fields(path, stored, tuple(asdict(TalkerConfig(1))))
        config = TalkerConfig(**{**stored, "dilations": tuple(stored["dilations"])})
        network = LipNetwork(config)
        fill_module(path, network)
        return cls(config, network)

    @classmethod
    def untrained(cls, config: TalkerConfig, seed: int = 0) -> Self:
        """Random weights, for tests and as a start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, LipNetwork(config))

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    def animate(self, features: SpeechFeatures) -> Motion:
        """Motion with as many frames as `features`, mouth region only.

        Raises InputError if the features are not of the width or rate this talker was made for.
        """
        frames, width = features.values.shape
        if width != self.config.features or features.rate_hz != MOTION_FPS:
            raise InputError(
                f"features of width {width} at {features.rate_hz:g} Hz; this talker takes width "
                f"{self.config.features} at {MOTION_FPS:g} Hz, from the encoder it was trained on"
            )
        shapes, back, ahead = expansion(), self.config.back_frames, self.config.ahead_frames
        motion = Motion.still(frames, MOTION_FPS)
        weights = np.zeros_like(motion.weights)
        done = 0
        for chunk in chunks(frames, size=CHUNK_FRAMES, back=back, ahead=ahead):
            moved = self._run(features.values[chunk.first : chunk.last])
            weights[done : done + chunk.keep] = moved[chunk.skip : chunk.skip + chunk.keep] @ shapes
            done += chunk.keep
        return motion.with_weights(weights)

    @one_thread()
    @torch.inference_mode()
    def _run(self, values: np.ndarray) -> np.ndarray:
        weights = self.network(torch.from_numpy(np.array(values, np.float32))[None])
        return np.asarray(steadied(weights)[0].numpy())
