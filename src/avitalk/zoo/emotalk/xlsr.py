"""One of the two published ears: a wav2vec 2.0 network that gives 30 rows a second.

Fact of the released model: rows of the convolutions (50 Hz) are interpolated to the frame rate
*before* the transformer, first row to first frame and last to last.
"""

import math
from typing import Any, Self

import numpy as np
import torch
from torch.nn import functional

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.errors import InputError
from avitalk.nn.chunks import chunks
from avitalk.speech.frames import frames_of
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.types import Speech, SpeechFeatures

WINDOW_S = 160
"""The released decoder knows 5000 frames, 166 s; longer recordings are heard in windows."""
MARGIN_S = 3


class XlsrEar:
    """Hears a recording at the frame rate of the face."""

    def __init__(self, network: Any, fps: float) -> None:
        """`network`: a Wav2Vec2Model of `transformers`."""
        self.network, self.fps = network.eval(), fps

    @classmethod
    def untrained(cls, fps: float, seed: int) -> Self:
        """XLSR-large's sizes (24 layers of 1024, 16 heads), random weights, nothing downloaded.

        Raises InputError without the extra `hf`.
        """
        try:
            from transformers import Wav2Vec2Config, Wav2Vec2Model  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise InputError("XLSR needs transformers: pip install 'avitalk[hf]'") from error
        sizes = Wav2Vec2Config(
            hidden_size=1024, num_hidden_layers=24, num_attention_heads=16,
            intermediate_size=4096, conv_bias=True, feat_extract_norm="layer",
            do_stable_layer_norm=True,
        )  # fmt: skip
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(Wav2Vec2Model(sizes), fps)

    @classmethod
    def load(cls, source: str, fps: float) -> Self:
        """A checkpoint on this machine. Raises InputError as `PretrainedEncoder.load` does."""
        return cls(PretrainedEncoder.load(source).network, fps)

    @property
    def width(self) -> int:
        """D of the features."""
        return int(self.network.config.hidden_size)

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (F, D) with F = ceil(seconds x fps), no posteriors.

        Raises InputError if the speech is not at 16 kHz or has no samples.
        """
        frames_of(speech)
        hop = SAMPLE_RATE_HZ / self.fps
        frames = math.ceil(len(speech.samples) / hop)
        values = np.empty((frames, self.width), np.float32)
        size, margin = round(WINDOW_S * self.fps), round(MARGIN_S * self.fps)
        for chunk in chunks(frames, size=size, back=margin, ahead=margin):
            samples = speech.samples[round(chunk.first * hop) : round(chunk.last * hop)]
            heard = self._run(samples, chunk.last - chunk.first)
            values[chunk.rows] = heard[chunk.kept]
        return SpeechFeatures(values, np.empty((frames, 0), np.float32), self.fps)

    @torch.inference_mode()
    def _run(self, samples: np.ndarray, frames: int) -> np.ndarray:
        wave = np.asarray(samples, np.float32)
        wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
        wave = np.pad(wave, (0, max(0, 400 - len(wave))))  # what the convolutions need at least
        given = torch.from_numpy(wave)[None].to(self.network.device)
        rows = self.network.feature_extractor(given)
        rows = functional.interpolate(rows, size=frames, mode="linear", align_corners=True)
        projected = self.network.feature_projection(rows.transpose(1, 2))[0]
        heard = self.network.encoder(projected, return_dict=False)[0]
        return np.asarray(heard[0].float().cpu().numpy())
