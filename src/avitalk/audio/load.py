"""Loading: files, folders or arrays come in, Speech at 16 kHz and sound for videos go out."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import ArrayLike

from avitalk.audio.decode import Block, open_stream
from avitalk.audio.rates import (
    MAX_DURATION_S,
    MIN_DURATION_S,
    SAMPLE_RATE_HZ,
    SOUND_RATE_HZ,
)
from avitalk.errors import InputError
from avitalk.types import Speech

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".aiff", ".aif",
                  ".wma", ".w64", ".au")  # fmt: skip
VIDEO_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")


def load(path: Path | str) -> Speech:
    """Read a recording, or the sound track of a video, as Speech.

    Any rate and channel count; channels are averaged. Raises InputError, naming the file, if it
    is missing, empty, not audio, truncated, without sound, holds NaN, or is shorter than 0.2 s
    or longer than one hour.
    """
    path = Path(path)
    stream = open_stream(path)
    mono = _as_mono(_checked(stream.blocks, stream.rate_hz, str(path)))
    blocks = list(_resampled(mono, stream.rate_hz, SAMPLE_RATE_HZ, channels=1))
    return _speech(np.concatenate(blocks)[:, 0] if blocks else np.zeros(0), str(path))


def from_array(samples: ArrayLike, rate_hz: int, *, name: str = "array") -> Speech:
    """Make Speech of samples (N,) or (N, channels); integers are taken as full-scale PCM.

    Raises InputError as `load` does.
    """
    array = np.asarray(samples)
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] > 64):
        raise InputError(f"{name}: shape {array.shape}; need (N,) or (N, channels)")
    if rate_hz <= 0:
        raise InputError(f"{name}: sample rate {rate_hz} Hz must be positive")
    if np.issubdtype(array.dtype, np.integer):
        info = np.iinfo(array.dtype)
        middle = 0 if info.min < 0 else (info.max + 1) // 2
        array = (array.astype(np.float64) - middle) / (float(info.max) - middle + 1)
    elif not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"{name}: samples of type {array.dtype}; need integers or floats")
    blocks = [np.asarray(array, np.float32).reshape(len(array), -1)]
    mono = _as_mono(_checked(blocks, rate_hz, name))
    resampled = list(_resampled(mono, rate_hz, SAMPLE_RATE_HZ, channels=1))
    return _speech(np.concatenate(resampled)[:, 0], name)


def sound_blocks(path: Path | str) -> tuple[int, Iterator[Block]]:
    """The recording for a video's sound track: (channels, blocks (n, channels) at 48 kHz).

    One or two channels are kept, more are averaged to one.
    """
    path = Path(path)
    stream = open_stream(path)
    blocks = _checked(stream.blocks, stream.rate_hz, str(path))
    channels = stream.channels if stream.channels <= 2 else 1
    if channels != stream.channels:
        blocks = _as_mono(blocks)
    return channels, _resampled(blocks, stream.rate_hz, SOUND_RATE_HZ, channels)


def find_recordings(paths: Iterable[Path | str]) -> list[Path]:
    """The recordings meant by files and folders: a folder stands for those directly inside it.

    Raises InputError if a path is missing or a folder holds no recording. Videos that this
    program made (a .motion.npz of the same name lies beside them) are not recordings.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.exists():
                raise InputError(f"{path}: no such file or folder")
            found.append(path)
            continue
        suffixes = (*AUDIO_SUFFIXES, *VIDEO_SUFFIXES)
        inside = sorted(p for p in path.iterdir() if p.is_file() and _is_recording(p, suffixes))
        if not inside:
            raise InputError(f"{path}: folder holds no recording ({' '.join(suffixes)})")
        found.extend(inside)
    return found


def _is_recording(path: Path, suffixes: tuple[str, ...]) -> bool:
    made_here = path.suffix.lower() in VIDEO_SUFFIXES and path.with_suffix(".motion.npz").exists()
    hidden = path.name.startswith(".")
    return path.suffix.lower() in suffixes and not made_here and not hidden


def _checked(blocks: Iterable[Block], rate_hz: int, name: str) -> Iterator[Block]:
    done = 0
    for block in blocks:
        finite = np.isfinite(block).all(axis=1)
        if not finite.all():
            at_s = (done + int(np.argmin(finite))) / rate_hz
            raise InputError(f"{name}: NaN or infinite sample at {at_s:.3f} s")
        done += len(block)
        if done > (MAX_DURATION_S + 1) * rate_hz:
            raise InputError(f"{name}: longer than {MAX_DURATION_S / 60:.0f} minutes; split it")
        yield block
    if done < MIN_DURATION_S * rate_hz:
        raise InputError(
            f"{name}: {done / rate_hz:.3f} s of sound; at least {MIN_DURATION_S} s is needed"
        )


def _as_mono(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block.mean(axis=1, keepdims=True, dtype=np.float32)


def _resampled(blocks: Iterable[Block], from_hz: int, to_hz: int, channels: int) -> Iterator[Block]:
    if from_hz == to_hz:
        yield from blocks
        return
    stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)


def _speech(samples: np.ndarray, name: str) -> Speech:
    return Speech(np.asarray(samples, np.float32), SAMPLE_RATE_HZ, name)
