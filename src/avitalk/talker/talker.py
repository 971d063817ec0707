"""Talker: SpeechFeatures of any length -> the mouth's Motion at 50 Hz, in constant memory."""

from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.errors import InputError
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.chunks import Chunk, chunks
from avitalk.nn.threads import side_by_side
from avitalk.talker.contacts import met
from avitalk.talker.network import LipNetwork, TalkerConfig, steadied
from avitalk.talker.shapes import expansion
from avitalk.types import Motion, SpeechFeatures

KIND: Final = "talker"
LATER_FIELDS: Final = ("styles", "style_width")
CHUNK_FRAMES: Final = 1500  # 30 s


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
        sizes = completed(path, read_config(path, KIND), asdict(TalkerConfig(1)), LATER_FIELDS)
        config = TalkerConfig(**sizes)
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

    @property
    def styles(self) -> dict[str, NDArray[np.float32]]:
        """Name -> (S,) learned style of a speaker; zeros are the neutral one."""
        if self.network.styles is None:
            return {}
        codes = self.network.styles.detach().numpy()
        return dict(zip(self.config.styles, codes, strict=True))

    def animate(
        self, features: SpeechFeatures, style: str | NDArray[np.float32] | None = None
    ) -> Motion:
        """Motion with as many frames as `features`, mouth region only.

        style: a name of `styles`, a mix of them (S,), or None for the neutral one. Raises
        InputError for unknown styles, and if the features are not of the width or rate this
        talker was made for.
        """
        frames, width = features.values.shape
        if width != self.config.features or features.rate_hz != MOTION_FPS:
            raise InputError(
                f"features of width {width} at {features.rate_hz:g} Hz; this talker takes width "
                f"{self.config.features} at {MOTION_FPS:g} Hz, from the encoder it was trained on"
            )
        shapes, back, ahead = expansion(), self.config.back_frames, self.config.ahead_frames
        code = self._code(style)
        motion = Motion.still(frames, MOTION_FPS)
        weights = np.zeros_like(motion.weights)

        def move(chunk: Chunk) -> None:
            moved = self._run(features.values[chunk.read], code)
            weights[chunk.rows] = moved[chunk.kept] @ shapes

        side_by_side(move, chunks(frames, size=CHUNK_FRAMES, back=back, ahead=ahead))
        return met(motion.with_weights(weights), features.phone_log_probs)

    def _code(self, style: str | NDArray[np.float32] | None) -> torch.Tensor | None:
        """(1, S), or None for the neutral style."""
        if style is None:
            return None
        if isinstance(style, str):
            if style not in self.styles:
                raise InputError(f"unknown speaker style '{style}'; available: {[*self.styles]}")
            style = self.styles[style]
        code = np.asarray(style, np.float32)
        width = self.config.style_width if self.config.styles else 0
        if code.shape != (width,) or not np.isfinite(code).all():
            raise InputError(f"a speaker style of shape {code.shape}; need ({width},), finite")
        return torch.from_numpy(code)[None]

    @torch.inference_mode()
    def _run(self, values: np.ndarray, style: torch.Tensor | None) -> np.ndarray:
        weights = self.network(torch.from_numpy(np.array(values, np.float32))[None], style)
        return np.asarray(steadied(weights)[0].numpy())
