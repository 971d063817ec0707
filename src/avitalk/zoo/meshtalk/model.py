"""MeshTalk: Speech -> displacements of vertices at the method's rate, and a Motion at 25 fps."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.chunks import chunks
from avitalk.nn.threads import one_thread
from avitalk.speech.frames import frames_of
from avitalk.speech.load import Encoder, load_encoder
from avitalk.types import Motion, Speech
from avitalk.weights import find
from avitalk.zoo.meshtalk.config import Config
from avitalk.zoo.meshtalk.encoders import STEPS
from avitalk.zoo.meshtalk.latent import gumbel
from avitalk.zoo.meshtalk.network import Network
from avitalk.zoo.meshtalk.sampler import Sampler

KIND: Final = "zoo-meshtalk"
HEARD_AT_ONCE: Final = {True: 1500, False: 60}
"""Frames that the audio encoder takes at a time: of features, of windows of samples."""
LEVEL: Final = 0.01
"""Mean size of samples that the authors' code brings every recording to."""

Array = NDArray[np.float32]


class MeshTalk:
    """A face that is drawn by chance from what is likely for what is said.

    The same speech and seed give the same face; other seeds other brows and blinks. `greedy` takes
    the likeliest class everywhere instead, whatever the seed.
    """

    def __init__(self, config: Config, network: Network, *, ears: Encoder | None = None) -> None:
        """`ears`: whose features are heard, by default those of the shipped encoder.

        Raises InputError if their width is not the one that the network takes.
        """
        self.config, self.network, self._ears = config, network.eval(), ears
        if ears is not None:
            self._fits(ears)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        config = Config(**completed(path, read_config(path, KIND), asdict(Config()), ()))
        network = Network(config)
        fill_module(path, network)
        return cls(config, network)

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    @classmethod
    def untrained(cls, config: Config, seed: int = 0, ears: Encoder | None = None) -> Self:
        """Random weights, for tests and as a start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, Network(config), ears=ears)

    @classmethod
    def published(cls, seed: int = 0) -> Self:
        """The paper's sizes with random weights, for its speed; it hears mels, no encoder."""
        return cls.untrained(Config.published(), seed)

    @property
    def fps(self) -> float:
        """Frames a second of `outputs`."""
        return self.config.fps

    def outputs(self, speech: Speech, *, seed: int = 0, greedy: bool = False) -> Array:
        """(F, V, 3) displacements from the template in mm, F = duration times `fps`.

        Raises InputError if the speech is not at 16 kHz or empty, or for a negative seed.
        """
        with self._threads():
            return np.concatenate([*self._blocks(self._codes(speech), seed, greedy)])

    def animate(self, speech: Speech, *, seed: int = 0, greedy: bool = False) -> Motion:
        """The weights that come nearest to `outputs`, at 25 fps.

        Raises InputError as `outputs` does, and if the vertices are those of another mesh.
        """
        patch = face_patch()
        if self.config.vertices != patch.vertices:
            raise InputError(
                f"this MeshTalk moves {self.config.vertices} vertices of another mesh; only those "
                f"of {patch.vertices} vertices are drawn on our head, `outputs` gives all"
            )
        with self._threads():
            blocks = self._blocks(self._codes(speech), seed, greedy)
            weights = np.concatenate([patch.weights(block) for block in blocks])
        return Motion.still(len(weights), self.fps).with_weights(weights)

    def from_features(self, values: Array, *, seed: int = 0, greedy: bool = False) -> Array:
        """Features (2 F, D) at 50 Hz -> what `outputs` gives."""
        with self._threads():
            return np.concatenate([*self._blocks(self._of_features(values), seed, greedy)])

    def _threads(self) -> AbstractContextManager[None]:
        """Small networks are run on one thread, for the same bytes everywhere."""
        return one_thread() if self.config.features else nullcontext()

    @torch.inference_mode()
    def _blocks(self, codes: Iterator[Tensor], seed: int, greedy: bool) -> Iterator[Array]:
        """Displacements, as many frames at a time as codes come; memory does not grow."""
        if seed < 0:
            raise InputError(f"seed {seed}; allowed: 0 and more")
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *KIND.encode()])))
        shape = (self.config.heads, self.config.classes)
        sampler, template, memory = Sampler(self.network.context), self._template(), None
        for block in codes:
            drawn = np.empty((len(block), self.config.heads), np.int64)
            for row, code in enumerate(block.numpy()):
                noise = None if greedy else gumbel(torch.from_numpy(rng.random(shape))).numpy()
                drawn[row], _ = sampler.draw(code, noise)
            latent = one_hot(torch.from_numpy(drawn)[None], self.config.classes).float()
            mesh, memory = self.network.drawn(template[None], latent, memory)
            yield np.asarray((mesh[0] - template).numpy(), np.float32)

    def _template(self) -> Tensor:
        """(V, 3) the face at rest; the mean of the data for other meshes than ours."""
        patch = face_patch()
        if self.config.vertices == patch.vertices:
            return torch.from_numpy(patch.rest_mm).float()
        return self.network.mean

    def _codes(self, speech: Speech) -> Iterator[Tensor]:
        """Audio codes (f, A) of the recording, block by block."""
        frames_of(speech)  # rate and length are right
        frames = max(1, round(speech.duration_s * self.fps))
        if not self.config.features:
            return self._of_samples(speech.samples, frames)
        values = self._hearing().encode(speech).values
        rows = np.arange(STEPS * frames).clip(max=len(values) - 1)
        return self._of_features(values[rows])

    @torch.inference_mode()
    def _of_features(self, values: Array) -> Iterator[Tensor]:
        back = self.network.hears.reach // STEPS + 1
        frames, size = len(values) // STEPS, HEARD_AT_ONCE[True]
        for chunk in chunks(frames, size=size, back=back, ahead=back):
            read = np.array(values[STEPS * chunk.first : STEPS * chunk.last], np.float32)
            yield self.network.hears(torch.from_numpy(read)[None])[0][chunk.kept]

    @torch.inference_mode()
    def _of_samples(self, samples: Array, frames: int) -> Iterator[Tensor]:
        """One second around the middle of each frame. The level is that of the whole recording, as
        in the authors' code: the published network knows no other.
        """
        half = SAMPLE_RATE_HZ // 2
        level = LEVEL / max(float(np.abs(samples).mean()), 1e-8)
        padded = np.pad(samples * np.float32(level), (half, 2 * half))
        for first in range(0, frames, HEARD_AT_ONCE[False]):
            at = np.arange(first, min(first + HEARD_AT_ONCE[False], frames))
            # Deviation: theirs steps by 533 samples, and trails the sound by 2 ms a second.
            middle = np.rint((at + 0.5) * SAMPLE_RATE_HZ / self.fps).astype(np.int64)
            windows = padded[middle[:, None] + np.arange(2 * half)]
            yield self.network.hears(torch.from_numpy(windows)[None])[0]

    def _hearing(self) -> Encoder:
        if self._ears is None:
            self._ears = load_encoder(find("speech-encoder").path)
            self._fits(self._ears)
        return self._ears

    def _fits(self, ears: Encoder) -> None:
        if self.config.features and ears.width != self.config.features:
            raise InputError(
                f"features of width {ears.width}; this MeshTalk takes width {self.config.features}"
            )
