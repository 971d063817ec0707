"""HuBERT and wav2vec 2.0 checkpoints of `transformers`, behind the interface of SpeechEncoder.

Facts of both models (their papers and configs): seven convolutions take 400 samples at 16 kHz and
step by 320, so that a frame is 20 ms; the input has zero mean and unit variance where the
checkpoint's `preprocessor_config.json` says so. The base models also normalise over time inside,
so what a frame holds depends on the window it is read in: windows are of one fixed length.
"""

import json
import math
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch

from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.errors import InputError
from avitalk.nn.chunks import chunks
from avitalk.speech.frames import frames_of
from avitalk.types import Speech, SpeechFeatures

KINDS: Final = {"hubert": "HubertModel", "wav2vec2": "Wav2Vec2Model"}
WINDOW_FRAMES: Final = 800  # 16 s, of which every frame is kept
MARGIN_FRAMES: Final = 100  # 2 s read before and after and dropped
UNTRAINED: Final = "masked_spec_embed"  # used in pre-training only, often left out of files


class PretrainedEncoder:
    """Hears what a self-supervised network hears: its hidden layer as features, no phones.

    Any length in windows of 20 s that overlap by 4 s, so memory does not grow with the recording
    but for the features themselves. Level does not matter where the checkpoint asks for
    normalised input.
    """

    def __init__(self, network: Any, *, normalise: bool = True, layer: int | None = None) -> None:
        """`network`: a HubertModel or Wav2Vec2Model; `layer`: which hidden layer, last by default.

        Layer 0 is the input of the first transformer layer. Raises InputError if the network does
        not give 50 frames a second at 16 kHz, or has no such layer.
        """
        hop = math.prod(network.config.conv_stride)
        if hop != SAMPLES_PER_FEATURE:
            raise InputError(f"network steps by {hop} samples; {SAMPLES_PER_FEATURE} is needed")
        layers = int(network.config.num_hidden_layers)
        if layer is not None and not 0 <= layer <= layers:
            raise InputError(f"layer {layer}; this network has 0 to {layers}")
        self.network = network.eval()
        self.normalise = normalise
        self.layer = layers if layer is None else layer
        self._field = _receptive_field(network.config.conv_kernel, network.config.conv_stride)

    @classmethod
    def load(cls, source: Path | str, *, layer: int | None = None) -> Self:
        """Read a folder in the format of `transformers`, or a model's name from the local cache.

        Nothing is downloaded. Raises InputError without the extra `hf`, if there is no such
        checkpoint on this machine, if it is of another kind, or if it lacks weights.
        """
        transformers = _transformers()
        try:
            config = transformers.AutoConfig.from_pretrained(str(source), local_files_only=True)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{source}: neither a folder with a HuBERT or wav2vec 2.0 checkpoint nor a name "
                "in the local cache (`hf download NAME` fills it; avitalk downloads nothing)"
            ) from error
        if config.model_type not in KINDS:
            raise InputError(
                f"{source}: holds '{config.model_type}'; allowed: {', '.join(sorted(KINDS))}"
            )
        model = getattr(transformers, KINDS[config.model_type])
        try:
            network, info = model.from_pretrained(
                str(source), local_files_only=True, output_loading_info=True
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"{source}: cannot read its weights ({error})") from error
        missing = sorted(name for name in info["missing_keys"] if UNTRAINED not in name)
        if missing:
            raise InputError(f"{source}: lacks '{missing[0]}'; {len(missing)} weights are missing")
        return cls(network, normalise=_normalises(transformers, source), layer=layer)

    @property
    def width(self) -> int:
        """D of the features."""
        return int(self.network.config.hidden_size)

    def encode(self, speech: Speech) -> SpeechFeatures:
        """Features (T, D) with T = ceil(N / 320); the posteriors are (T, 0), there are no phones.

        Raises InputError if the speech is not at 16 kHz or has no samples.
        """
        frames = frames_of(speech)
        values = np.empty((frames, self.width), np.float32)
        for chunk in chunks(frames, size=WINDOW_FRAMES, back=MARGIN_FRAMES, ahead=MARGIN_FRAMES):
            read = slice(chunk.first * SAMPLES_PER_FEATURE, chunk.last * SAMPLES_PER_FEATURE)
            heard = self._run(speech.samples[read], chunk.last - chunk.first)
            values[chunk.rows] = heard[chunk.kept]
        return SpeechFeatures(values, np.empty((frames, 0), np.float32))

    @torch.inference_mode()
    def _run(self, samples: np.ndarray, frames: int) -> np.ndarray:
        wave = np.asarray(samples, np.float32)
        if self.normalise:
            wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
        # Silence around, so that frame t is centred on the middle of its own 20 ms.
        lead = (self._field - SAMPLES_PER_FEATURE) // 2
        padded = np.zeros(SAMPLES_PER_FEATURE * (frames - 1) + self._field, np.float32)
        padded[lead : lead + len(wave)] = wave
        last = self.layer == self.network.config.num_hidden_layers
        given = torch.from_numpy(padded)[None].to(self.network.device)
        heard = self.network(given, output_hidden_states=not last)
        chosen = heard.last_hidden_state if last else heard.hidden_states[self.layer]
        return np.asarray(chosen[0].float().cpu().numpy())


def _receptive_field(kernels: list[int], strides: list[int]) -> int:
    """Samples that one frame of a stack of convolutions sees."""
    field, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        field += (kernel - 1) * step
        step *= stride
    return field


def _transformers() -> Any:
    try:
        import transformers  # noqa: PLC0415  (an optional extra, seconds to import)
    except ImportError as error:
        raise InputError(
            "HuBERT and wav2vec 2.0 need transformers: pip install 'avitalk[hf]'"
        ) from error
    return transformers


def _normalises(transformers: Any, source: Path | str) -> bool:
    """What the checkpoint's preprocessor asks for; normalised if it does not say."""
    path = Path(source) / "preprocessor_config.json"
    if not path.is_file():
        cached = transformers.utils.cached_file(
            str(source), path.name, local_files_only=True,
            _raise_exceptions_for_missing_entries=False,
        )  # fmt: skip
        if cached is None:
            return True
        path = Path(cached)
    return bool(json.loads(path.read_text()).get("do_normalize", True))
