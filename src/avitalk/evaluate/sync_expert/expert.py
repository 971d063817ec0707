"""SyncExpert: Speech and lips of any length -> embeddings -> how well, and when, they fit."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.errors import InputError
from avitalk.evaluate.metrics.sync import MOST, distances_at
from avitalk.evaluate.sync_expert.lips import contour_of, lip_features
from avitalk.evaluate.sync_expert.network import FPS, SyncExpertConfig, SyncNetwork
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.chunks import chunks
from avitalk.nn.threads import one_thread
from avitalk.speech.frames import frames_of
from avitalk.speech.mel import LevelInvariantMel
from avitalk.types import Motion, Speech
from avitalk.weights import find

Embeddings = NDArray[np.float32]

KIND: Final = "sync-expert"
SAMPLES_PER_FRAME: Final = SAMPLE_RATE_HZ // FPS
CHUNK_FRAMES: Final = 750  # 30 s


@dataclass(frozen=True, slots=True)
class Sync:
    """How well, and when, lips fit a voice; distances of unit vectors, 0 to 2."""

    offset_frames: int
    """Offset of least distance at 25 fps, -15 to 15; above 0 the lips are late."""
    distance: float
    """Least mean distance over the offsets: at the best one, so that a delay costs nothing."""
    confidence: float
    """Median less least mean distance over the offsets."""
    distance_in_time: float
    """Mean distance at offset 0."""


class SyncExpert:
    """Judges whether lips move as a voice sounds. An in-domain metric of our own, never LSE-D."""

    def __init__(self, config: SyncExpertConfig, network: SyncNetwork) -> None:
        self.config = config
        self.network = network.eval()
        self.mel = LevelInvariantMel(config.bands, config.level_back_s, config.level_ahead_s)

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """The shipped expert, or a checkpoint; InputError if it is missing or does not fit."""
        path = find(KIND).path if path is None else Path(path)
        stored: dict[str, Any] = completed(
            path, read_config(path, KIND), asdict(SyncExpertConfig()), ()
        )
        config = SyncExpertConfig(**stored)
        network = SyncNetwork(config)
        fill_module(path, network)
        return cls(config, network)

    @classmethod
    def untrained(cls, config: SyncExpertConfig, seed: int = 0) -> Self:
        """Random weights, for tests and as a start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, SyncNetwork(config))

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    @one_thread()
    @torch.inference_mode()
    def audio_embeddings(self, speech: Speech) -> Embeddings:
        """(T, E) with T = ceil(N / 640), 25 a second, each of 0.2 s around (t + 0.5) / 25 s.

        Raises InputError if the speech is not at 16 kHz or has no samples.
        """
        frames_of(speech)
        frames = -(-len(speech.samples) // SAMPLES_PER_FRAME)
        back = round(self.config.level_back_s * FPS) + 4
        ahead = round(self.config.level_ahead_s * FPS) + 4
        found = []
        for chunk in chunks(frames, size=CHUNK_FRAMES, back=back, ahead=ahead):
            wave = np.zeros((chunk.last - chunk.first) * SAMPLES_PER_FRAME, np.float32)
            heard = speech.samples[chunk.samples(SAMPLES_PER_FRAME)]
            wave[: len(heard)] = heard
            embedded = self.network.embed_audio(self.mel(torch.from_numpy(wave)[None]))
            found.append(embedded[0].T[chunk.kept].numpy())
        return np.concatenate(found)

    @one_thread()
    @torch.inference_mode()
    def lip_embeddings(self, contour: NDArray[np.floating]) -> Embeddings:
        """(F, 45, 3) mm from closed lips on the default head at 25 fps, frame i at (i + 0.5) / 25 s
        -> (F, E). Raises InputError on another shape.
        """
        features = torch.from_numpy(lip_features(contour)).T[None]
        return np.asarray(self.network.embed_lips(features)[0].T.numpy())

    def judge(self, speech: Speech, motion: Motion) -> Sync:
        """How a Motion fits the voice, by SyncNet's procedure over offsets of up to 0.6 s.

        Raises InputError if they share less than 31 frames (1.24 s), or on a voice that is not at
        16 kHz.
        """
        return sync_of(self.audio_embeddings(speech), self.motion_embeddings(motion))

    def judge_contour(self, speech: Speech, contour: NDArray[np.floating]) -> Sync:
        """The same of a lip contour as `lip_embeddings` takes it."""
        return sync_of(self.audio_embeddings(speech), self.lip_embeddings(contour))

    def motion_embeddings(self, motion: Motion) -> Embeddings:
        """(F, E) of a Motion's lips on the default head, 25 a second."""
        return self.lip_embeddings(contour_of(motion, FPS))


def sync_of(heard: Embeddings, seen: Embeddings) -> Sync:
    """(T, E) and (F, E) of sound and lips from the same time on -> Sync; the longer one is cut.

    Raises InputError if they share less than 31 frames.
    """
    shared = min(len(heard), len(seen))
    if shared <= 2 * MOST:
        raise InputError(
            f"sound and lips share {shared} frames at {FPS} fps; at least {2 * MOST + 1} are needed"
        )
    found = distances_at(heard[:shared], seen[:shared], MOST)
    least = int(found.argmin())
    confidence = float(np.median(found) - found[least])
    return Sync(least - MOST, float(found[least]), confidence, float(found[MOST]))
