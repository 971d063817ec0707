"""CodeTalker: Speech -> displacements of vertices in mm, and Motion where these are our patch's."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.audio import MOTION_FPS
from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.threads import one_thread
from avitalk.speech import SpeechEncoder
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.types import Motion, Speech, SpeechFeatures
from avitalk.weights import find
from avitalk.zoo.codetalker.config import CodeTalkerConfig
from avitalk.zoo.codetalker.network import CodeTalkerNetwork

KIND: Final = "zoo-codetalker"
OVERLAP: Final = 25  # frames over which one piece of a long recording glides into the next
WIDE: Final = 512  # from this width on, threads are worth more than the last digits

Track = NDArray[np.float32]


class Ears(Protocol):
    """What hears for the network."""

    @property
    def width(self) -> int:
        """D."""

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D) at 50 Hz."""


class CodeTalker:
    """Moves vertices to what was said, by codes of a learned codebook."""

    def __init__(
        self, config: CodeTalkerConfig, network: CodeTalkerNetwork, *, ears: Ears | None = None
    ) -> None:
        """`ears`: what hears; our speech encoder by default, read when it is first needed.

        Raises InputError if they give features of another width than the network takes.
        """
        self.config, self.network, self._ears = config, network.eval(), ears
        if ears is not None:
            self._check(ears)

    @classmethod
    def load(cls, path: Path | str, *, ears: Ears | None = None) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        known = asdict(CodeTalkerConfig.tiny())
        config = CodeTalkerConfig(**completed(path, read_config(path, KIND), known, ()))
        network = CodeTalkerNetwork(config)
        fill_module(path, network)
        return cls(config, network, ears=ears)

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    @classmethod
    def untrained(cls, config: CodeTalkerConfig, seed: int = 0, ears: Ears | None = None) -> Self:
        """Random weights, for tests and as a start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, CodeTalkerNetwork(config), ears=ears)

    @classmethod
    def published(cls, seed: int = 0, *, source: Path | str | None = None) -> Self:
        """The size published for VOCASET, with random weights: for sizes and speed, not for faces.

        `source`: a local checkpoint of wav2vec 2.0 to hear with; else one of the base size with
        random weights. Raises InputError without the extra `hf`, or as PretrainedEncoder.load.
        """
        ears = _random_ears(seed) if source is None else PretrainedEncoder.load(source)
        return cls.untrained(CodeTalkerConfig.published(), seed, ears)

    @property
    def fps(self) -> float:
        """Frames a second of `outputs`."""
        return self.config.fps

    @cached_property
    def ears(self) -> Ears:
        """What hears."""
        if self._ears is None:
            self._ears = SpeechEncoder.load(find("speech-encoder").path)
            self._check(self._ears)
        return self._ears

    def animate(self, speech: Speech, *, seed: int = 0, style: str | None = None) -> Motion:
        """Motion at 25 fps with round(25 duration) frames, at least one.

        Raises InputError as `outputs` does, and for a network of another mesh than our patch.
        """
        patch = face_patch()
        if self.config.vertices != patch.vertices or self.fps != 25.0:
            raise InputError(
                f"this CodeTalker moves {self.config.vertices} vertices of another mesh at "
                f"{self.fps:g} fps; only {patch.vertices} at 25 fps become ARKit weights"
            )
        weights = patch.weights(self.outputs(speech, seed=seed, style=style))
        return Motion.still(len(weights), self.fps).with_weights(weights)

    def outputs(self, speech: Speech, *, seed: int = 0, style: str | None = None) -> Track:
        """(F, V, 3) displacements in mm at `fps`, as `respond` gives them.

        There is no chance in this method: `seed` is taken, as by all methods of the zoo, and
        changes nothing. Raises InputError for an unknown style, and as the ears do.
        """
        frames = max(1, round(speech.duration_s * self.fps))
        return self.respond(self.ears.encode(speech).values, frames, style)

    @torch.inference_mode()
    def respond(self, values: Track, frames: int, style: str | None = None) -> Track:
        """Features (T, D) at 50 Hz -> (F, V, 3) displacements in mm.

        style: a name in `config.styles`, by default the first. More frames than the published
        masks allow are drawn in pieces that overlap by a second and glide into each other; every
        piece starts from the face at rest. Raises InputError for another style or width.
        """
        config = self.config
        name = config.styles[0] if style is None else style
        if name not in config.styles:
            raise InputError(f"unknown style '{name}'; available: {', '.join(config.styles)}")
        if values.shape[1] != config.features:
            raise InputError(f"features of width {values.shape[1]}; {config.features} are needed")
        heard = _at_frames(values, frames, config)
        index = torch.tensor([config.styles.index(name)])
        moved = np.empty((frames, config.vertices, 3), np.float32)
        overlap, first, last = min(OVERLAP, config.longest // 2), 0, 0
        while last < frames:
            first = max(last - overlap, 0)
            last, before = min(first + config.longest, frames), last
            read = heard[first * config.per_frame : last * config.per_frame]
            with self._threads():
                drawn = self.network.generate(torch.from_numpy(read)[None], index)
            piece = drawn[0].numpy().reshape(last - first, config.vertices, 3)
            shared = before - first
            share = np.arange(1, shared + 1, dtype=np.float32)[:, None, None] / (shared + 1)
            moved[first:before] += share * (piece[:shared] - moved[first:before])
            moved[before:last] = piece[shared:]
        return moved

    def _threads(self) -> AbstractContextManager[None]:
        return nullcontext() if self.config.hidden >= WIDE else one_thread()

    def _check(self, ears: Ears) -> None:
        if ears.width != self.config.features:
            raise InputError(
                f"ears of width {ears.width}; this CodeTalker takes {self.config.features}"
            )


def _at_frames(values: Track, frames: int, config: CodeTalkerConfig) -> Track:
    """(T, D) at 50 Hz -> (F * per_frame, D): those of each frame, the last one held.

    Deviation: for 30 fps the published code interpolates inside wav2vec 2.0, before its
    transformer; here what it heard is interpolated, at the middle of each frame.
    """
    count = frames * config.per_frame
    at = (np.arange(count) + 0.5) / (config.fps * config.per_frame) * MOTION_FPS - 0.5
    at = at.clip(0, len(values) - 1)
    low = np.floor(at).astype(int)
    high, share = np.minimum(low + 1, len(values) - 1), (at - low).astype(np.float32)[:, None]
    return np.asarray(values[low] * (1 - share) + values[high] * share, np.float32)


def _random_ears(seed: int) -> PretrainedEncoder:
    """Wav2vec 2.0 of the base size with random weights."""
    try:
        import transformers  # noqa: PLC0415  (an extra, seconds to import)
    except ImportError as error:
        raise InputError(
            "the published size hears with transformers: pip install 'avitalk[hf]'"
        ) from error
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Any = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config())
    return PretrainedEncoder(network)
