"""Channels: a wave comes in, goes out as a telephone, an overdriven input or a codec leaves it."""

from io import BytesIO
from typing import Final

import numpy as np

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.evaluate.conditions.condition import Array, Wave, filtered, peak

BAND_HZ: Final = (300.0, 3400.0)
MU: Final = 255
CODEC_PEAK: Final = 0.5  # full scale is 1: the codec gets every recording at the same level


def telephone(wave: Wave) -> Array:
    """300 to 3400 Hz, 8000 samples a second, 8 bit by the mu-law; full scale is the peak.

    The compression is the formula of ITU-T G.711's mu-law with 256 even steps, not its table.
    """
    full = peak(wave)
    narrow = filtered(wave / full, telephone_gain)
    coarse = np.zeros(len(narrow))
    coarse[::2] = _quantised(narrow[::2])
    return 2 * full * filtered(coarse, telephone_gain)


def telephone_gain(hz: Array) -> Array:
    """Gain of the band: -3 dB at its edges, falling steeply beyond, nothing above 3900 Hz."""
    low, high = BAND_HZ
    falling = np.sqrt(1 + (low / np.maximum(hz, 1)) ** 12) * np.sqrt(1 + (hz / high) ** 60)
    return np.where(hz < 3900, 1 / falling, 0.0)


def _quantised(wave: Array) -> Array:
    pressed = np.sign(wave) * np.log1p(MU * np.abs(wave).clip(0, 1)) / np.log1p(MU)
    steps = (np.floor(pressed * 128).clip(-128, 127) + 0.5) / 128
    return np.asarray(np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU)


def clipped(wave: Wave, level: float) -> Array:
    """Everything above `level` times the wave's own peak cut off; the gain stays as it was."""
    limit = level * peak(wave)
    return np.asarray(np.clip(wave, -limit, limit), np.float64)


def opus(wave: Wave, bits_per_s: int) -> Array:
    """Through Opus in an Ogg file and back (libopus by way of PyAV), its delay taken out."""
    import av  # noqa: PLC0415  late: nothing else here needs it

    gain = CODEC_PEAK / peak(wave)
    file = BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE_HZ)
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "flt"
        stream.bit_rate = bits_per_s
        frame = av.AudioFrame.from_ndarray(
            np.asarray(wave * gain, np.float32)[None], format="flt", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE_HZ
        container.mux([*stream.encode(frame), *stream.encode(None)])
    file.seek(0)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    with av.open(file, "r") as container:
        frames = [*container.decode(audio=0), None]
        parts = [out.to_ndarray()[0] for one in frames for out in resampler.resample(one)]
    heard = np.zeros(len(wave))
    found = np.concatenate(parts)[: len(wave)]
    heard[: len(found)] = found
    return heard / gain
