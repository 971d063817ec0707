"""SpeechEncoder: Speech of any length -> SpeechFeatures at 50 Hz, in constant memory."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch

from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.chunks import Chunk, chunks
from avitalk.nn.threads import side_by_side
from avitalk.speech import prosody
from avitalk.speech.frames import frames_of
from avitalk.speech.mel import LevelInvariantMel
from avitalk.speech.network import EncoderConfig, PhoneNetwork
from avitalk.speech.phones import PHONES
from avitalk.types import Speech, SpeechFeatures

KIND: Final = "speech-encoder"
CHUNK_FRAMES: Final = 750  # 15 s
LATER_FIELDS: Final = ("attend_after", "heads", "attend_back", "attend_ahead", "prosody")


def config_from(path: Path, stored: Mapping[str, Any]) -> EncoderConfig:
    """The config that a checkpoint states; what older checkpoints do not know has its default."""
    return EncoderConfig(**completed(path, stored, asdict(EncoderConfig()), LATER_FIELDS))


class SpeechEncoder:
    """Hears phones: the same features whatever the level, and nearly so whatever the voice.

    Frame t depends on `config.back_frames` frames before it and `config.ahead_frames` after it,
    never on the rest of the file. The same samples give the same features on every run.
    """

    def __init__(self, config: EncoderConfig, network: PhoneNetwork) -> None:
        self.config = config
        self.network = network.eval()
        self.mel = LevelInvariantMel(config.bands, config.level_back_s, config.level_ahead_s)
        self.prosody = None
        if config.prosody:  # over the same window, which `back_frames` counts
            self.prosody = prosody.Prosody(config.level_back_s, config.level_ahead_s)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        path = Path(path)
        stored = read_config(path, KIND)
        config = config_from(path, stored)
        network = PhoneNetwork(config)
        fill_module(path, network)
        return cls(config, network)

    @classmethod
    def untrained(cls, config: EncoderConfig, seed: int = 0) -> Self:
        """Random weights, for tests and as a start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, PhoneNetwork(config))

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    @property
    def width(self) -> int:
        """D of the features: phone posteriors, the bottleneck, and prosody if there is."""
        return len(PHONES) + self.config.bottleneck + len(prosody.NAMES) * self.config.prosody

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D) with T = ceil(N / 320); `values` holds posteriors, bottleneck, prosody.

        Raises InputError if the speech is not at 16 kHz or has no samples.
        """
        frames = frames_of(speech)
        values = np.empty((frames, self.width), np.float32)
        log_probs = np.empty((frames, len(PHONES)), np.float32)
        back, ahead = self.config.back_frames, self.config.ahead_frames

        def fill(chunk: Chunk) -> None:
            heard, logs = self._run(speech.samples[chunk.samples(SAMPLES_PER_FEATURE)])
            log_probs[chunk.rows] = logs = logs[chunk.kept]
            values[chunk.rows] = np.concatenate([np.exp(logs), heard[chunk.kept]], axis=1)

        side_by_side(fill, chunks(frames, size=CHUNK_FRAMES, back=back, ahead=ahead))
        return SpeechFeatures(values, log_probs)

    @torch.inference_mode()
    def _run(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wave = torch.from_numpy(np.array(samples, np.float32))[None]
        heard, logits = self.network(self.mel(wave))
        if self.prosody is not None:
            heard = torch.cat([heard, self.prosody(wave)], dim=-1)
        return heard[0].numpy(), torch.log_softmax(logits[0], dim=-1).numpy()
