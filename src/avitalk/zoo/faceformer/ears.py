"""Ears as published for VOCASET: wav2vec 2.0 whose frames are brought from 50 to 30 Hz inside.

The change of rate lies between its convolutions and its transformer, as in the published code.
Deviations: silence of half a window around, so that N samples give N / 16000 * 30 frames, centred;
recordings beyond 20 s in windows with 2 s on either side, so that memory does not grow.
"""

from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from torch.nn import functional

from avitalk.audio import FEATURE_RATE_HZ, SAMPLES_PER_FEATURE
from avitalk.errors import InputError
from avitalk.nn.chunks import chunks
from avitalk.speech.frames import frames_of
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.types import Speech, SpeechFeatures

WINDOW_S: Final = 20
MARGIN_S: Final = 2
FIELD: Final = 400  # samples that a frame of its convolutions sees: 25 ms


class Wav2VecEars:
    """wav2vec 2.0 at a rate other than its own."""

    def __init__(self, network: Any, rate_hz: float = 30.0, *, normalise: bool = True) -> None:
        """`network`: a Wav2Vec2Model. Raises InputError if its convolutions do not give 50 Hz."""
        checked = PretrainedEncoder(network, normalise=normalise)
        self.network, self.rate_hz, self.normalise = checked.network, rate_hz, normalise

    @classmethod
    def random(cls, rate_hz: float = 30.0, seed: int = 0) -> Self:
        """wav2vec2-base as published, random weights. Raises InputError without the extra `hf`."""
        try:
            import transformers  # noqa: PLC0415  (an optional extra, seconds to import)
        except ImportError as error:
            raise InputError("wav2vec 2.0 needs transformers: pip install 'avitalk[hf]'") from error
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(transformers.Wav2Vec2Model(transformers.Wav2Vec2Config()), rate_hz)

    @classmethod
    def load(cls, source: Path | str, rate_hz: float = 30.0) -> Self:
        """From a folder or the local cache; raises InputError as PretrainedEncoder does."""
        read = PretrainedEncoder.load(source)
        return cls(read.network, rate_hz, normalise=read.normalise)

    @property
    def width(self) -> int:
        """D of the features."""
        return int(self.network.config.hidden_size)

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D) at `rate_hz`, T = N / 16000 * rate_hz rounded, one at least.

        Raises InputError if the speech is not at 16 kHz or has no samples.
        """
        total = frames_of(speech)
        wanted = max(1, round(speech.duration_s * self.rate_hz))
        size = int(WINDOW_S * FEATURE_RATE_HZ)
        if total <= size:
            heard = self._run(speech.samples, total, wanted)
            return SpeechFeatures(heard, np.empty((wanted, 0), np.float32), self.rate_hz)
        margin = int(MARGIN_S * FEATURE_RATE_HZ)
        parts = []
        for chunk in chunks(total, size=size - 2 * margin, back=margin, ahead=margin):
            read = slice(chunk.first * SAMPLES_PER_FEATURE, chunk.last * SAMPLES_PER_FEATURE)
            skip, last = (
                round(at / FEATURE_RATE_HZ * self.rate_hz)
                for at in (chunk.skip, chunk.skip + chunk.keep)
            )
            count = round((chunk.last - chunk.first) / FEATURE_RATE_HZ * self.rate_hz)
            heard = self._run(speech.samples[read], chunk.last - chunk.first, count)
            parts.append(heard[skip:last])
        values = np.concatenate(parts)
        rows = np.arange(wanted).clip(max=len(values) - 1)
        return SpeechFeatures(values[rows], np.empty((wanted, 0), np.float32), self.rate_hz)

    @torch.inference_mode()
    def _run(self, samples: np.ndarray, frames: int, wanted: int) -> np.ndarray:
        """(N,), its frames at 50 Hz -> (wanted, D)."""
        wave = np.asarray(samples, np.float32)
        if self.normalise:
            wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
        lead = (FIELD - SAMPLES_PER_FEATURE) // 2
        padded = np.zeros(SAMPLES_PER_FEATURE * (frames - 1) + FIELD, np.float32)
        padded[lead : lead + len(wave)] = wave
        network = self.network
        local = network.feature_extractor(torch.from_numpy(padded)[None].to(network.device))
        slower = functional.interpolate(local, size=wanted, mode="linear", align_corners=True)
        projected, _ = network.feature_projection(slower.transpose(1, 2))
        return np.asarray(network.encoder(projected).last_hidden_state[0].float().cpu().numpy())
