"""FaceFormer: Speech -> displacements of vertices, and where they are our patch's -> Motion."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.threads import one_thread
from avitalk.types import Motion, Speech, SpeechFeatures
from avitalk.weights import find
from avitalk.zoo.faceformer.config import FaceFormerConfig
from avitalk.zoo.faceformer.network import FaceFormerNetwork

Array = NDArray[np.float32]
Floats = NDArray[np.floating]
KIND: Final = "zoo-faceformer"
OVERLAP: Final = 40
"""Frames that two chunks of a long recording share: the later one has left the resting face, from
which it starts, and the earlier one still hears what follows, when they are exchanged..."""
BLEND: Final = 8
"""... gradually, over so many frames."""


class Ears(Protocol):
    """What hears."""

    @property
    def width(self) -> int:
        """D."""
        ...

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D)."""
        ...


class FaceFormer:
    """Moves the vertices of a face, each frame seeing those it made before.

    Nothing is drawn by chance: `seed` is there because other methods of the zoo have one. Beyond
    `config.longest` frames it starts anew and the pieces are joined.
    """

    def __init__(
        self, config: FaceFormerConfig, network: FaceFormerNetwork, *, ears: Ears | None = None
    ) -> None:
        """`ears`: what features come from; the shipped speech encoder by default."""
        self.config = config
        self.network = network.eval()
        self._ears = ears

    @classmethod
    def load(cls, path: Path | str, *, ears: Ears | None = None) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        defaults = asdict(FaceFormerConfig.tiny())
        config = FaceFormerConfig(**completed(path, read_config(path, KIND), defaults, ()))
        network = FaceFormerNetwork(config)
        fill_module(path, network)
        return cls(config, network, ears=ears)

    @classmethod
    def untrained(cls, config: FaceFormerConfig, seed: int = 0, ears: Ears | None = None) -> Self:
        """Random weights; the face rests, as its output layer starts at zero."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, FaceFormerNetwork(config), ears=ears)

    @classmethod
    def published(cls, seed: int = 0, *, source: Path | str | None = None) -> Self:
        """The size of the paper for VOCASET, untrained, to measure its speed.

        source: a folder or cached name of wav2vec 2.0; random weights of wav2vec2-base without.
        Raises InputError without the extra `hf`.
        """
        from avitalk.zoo.faceformer.ears import Wav2VecEars  # noqa: PLC0415  (seconds, where asked)

        config = FaceFormerConfig.published()
        if source is None:
            ears = Wav2VecEars.random(config.fps, seed)
        else:
            ears = Wav2VecEars.load(source, config.fps)
        return cls.untrained(config, seed, ears)

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.config.fps

    @property
    def ears(self) -> Ears:
        """What hears; the shipped encoder is read on first use."""
        if self._ears is None:
            from avitalk.speech import SpeechEncoder  # noqa: PLC0415  (read where needed)

            self._ears = SpeechEncoder.load(find("speech-encoder").path)
        return self._ears

    def animate(self, speech: Speech, *, seed: int = 0, speaker: str | None = None) -> Motion:
        """Motion of round(duration * 25) frames, one at least; the head and eyes stay still.

        Raises InputError for unknown speakers, for another mesh than our patch, and as `outputs`.
        """
        patch = face_patch()
        if self.config.vertices != patch.vertices:
            raise InputError(
                f"this FaceFormer moves {self.config.vertices} vertices of another mesh; weights "
                f"are found for the {patch.vertices} of our patch only: ask for `outputs`"
            )
        made = self._made(*self._heard(speech), speaker)
        weights = np.concatenate([patch.weights(block) for block in made])
        return Motion.still(len(weights), self.fps).with_weights(weights)

    def outputs(self, speech: Speech, *, seed: int = 0, speaker: str | None = None) -> Array:
        """(F, V, 3) displacements from rest in mm, frame i at time i / fps.

        speaker: a name of `config.speakers`, or None for the mean of all. Raises InputError for
        unknown ones, and if the ears' features are not of the width or rate it was made for.
        """
        return np.concatenate(list(self._made(*self._heard(speech), speaker)))

    def moved(self, values: Floats, frames: int, speaker: str | None = None) -> Array:
        """(T, D) features -> (F, V, 3) as `outputs`; the last feature is held where they end."""
        return np.concatenate(list(self._made(values, frames, speaker)))

    def _heard(self, speech: Speech) -> tuple[Floats, int]:
        """Features (T, D), and the number of frames."""
        heard, config = self.ears.encode(speech), self.config
        rate_hz = config.fps * config.per_frame
        if heard.values.shape[1] != config.features or heard.rate_hz != rate_hz:
            raise InputError(
                f"features of width {heard.values.shape[1]} at {heard.rate_hz:g} Hz; this "
                f"FaceFormer takes width {config.features} at {rate_hz:g} Hz"
            )
        return heard.values, max(1, round(speech.duration_s * self.fps))

    def _made(self, values: Floats, frames: int, speaker: str | None) -> Iterator[Array]:
        """Blocks of (F, V, 3), one after the other."""
        per_frame, longest = self.config.per_frame, self.config.longest
        code, overlap = self._code(speaker), min(OVERLAP, longest // 2)
        tail = np.zeros((0, self.config.vertices, 3), np.float32)
        for first in range(0, max(frames - overlap, 1), longest - overlap):
            last = min(first + longest, frames)
            rows = np.arange(first * per_frame, last * per_frame).clip(max=len(values) - 1)
            made = self._run(np.asarray(values[rows], np.float32), code)
            shared = len(tail)
            made[:shared] = tail + _share(shared) * (made[:shared] - tail)
            keep = len(made) if last == frames else len(made) - overlap
            tail = made[keep:]
            yield made[:keep]

    def _code(self, speaker: str | None) -> torch.Tensor:
        """(1, speakers)."""
        names = self.config.speakers
        if speaker is None:
            return torch.full((1, len(names)), 1 / len(names))
        if speaker not in names:
            raise InputError(f"unknown speaker '{speaker}'; available: {', '.join(names)}")
        return torch.eye(len(names))[[names.index(speaker)]]

    @torch.inference_mode()
    def _run(self, features: Array, code: torch.Tensor) -> Array:
        """(S, D), (1, speakers) -> (F, V, 3)."""
        device = next(self.network.parameters()).device
        with one_thread() if self.config.cached else nullcontext():
            made = self.network(torch.from_numpy(features)[None].to(device), code.to(device))
        return np.array(made[0].cpu().numpy().reshape(-1, self.config.vertices, 3))


def _share(frames: int) -> Array:
    """(F, 1, 1) weight of the later of two pieces over what they share: rises in the middle."""
    rise = (np.arange(frames) - (frames - BLEND) / 2 + 0.5) / BLEND
    return np.clip(rise, 0, 1).astype(np.float32)[:, None, None]
