"""Decoding: a path comes in, blocks of float32 samples (n, channels) at the file's rate go out.

libsndfile reads wav, flac, ogg, opus and aiff; PyAV reads the rest and the sound of videos. A file
that ends before its own header says it should is refused, not shortened in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.audio.containers import ends_early, is_mpeg_audio, looks_like_text
from avitalk.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer

Block = NDArray[np.float32]
BLOCK_FRAMES = 1 << 18
# Encoders round lengths to their own frames: AAC to 1024 samples, MP3 to 1152.
LENGTH_SLACK_S = 0.06
LATE_START_S = 0.005
CUT_OFF = "{}: truncated; the file ends before its header says it should"


@dataclass(frozen=True, slots=True)
class Stream:
    """Sound as it is stored, block by block."""

    rate_hz: int
    """Samples a second."""
    channels: int
    """Number of channels in each block."""
    blocks: Iterator[Block]
    """(n, channels) float32 blocks; reading them raises InputError on damage."""


def open_stream(path: Path) -> Stream:
    """Open the sound in `path`; raises InputError naming the file and what is wrong with it."""
    start = _first_bytes(path)
    if (
        is_mpeg_audio(start) or path.suffix.lower() == ".mp3"
    ):  # libsndfile's MPEG reader writes its own lines to stderr
        return _open_with_av(path)
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError):
        return _open_with_av(path)
    if ends_early(path):
        file.close()
        raise InputError(CUT_OFF.format(path))
    return Stream(file.samplerate, file.channels, _soundfile_blocks(path, file))


def _first_bytes(path: Path) -> bytes:
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a recording")
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if not start:
        raise InputError(f"{path}: empty file (0 bytes)")
    if looks_like_text(start):
        raise InputError(f"{path}: holds text, not audio")
    return start


def _soundfile_blocks(path: Path, file: soundfile.SoundFile) -> Iterator[Block]:
    done = 0
    with file:
        while True:
            try:
                block = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                at_s = done / file.samplerate
                raise InputError(f"{path}: damaged or truncated at {at_s:.2f} s") from error
            if not len(block):
                break
            done += len(block)
            yield block
        # An unknown length reads as a huge number of frames.
        missing_s = (file.frames - done) / file.samplerate
        if done and LENGTH_SLACK_S < missing_s < 1e7:
            raise InputError(f"{path}: truncated; {missing_s:.2f} s of sound are missing")


def _open_with_av(path: Path) -> Stream:
    import av  # noqa: PLC0415  late: libsndfile reads the usual recordings without it

    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputError(
            f"{path}: not a readable audio or video file (damaged, truncated or of another kind)"
        ) from error
    if ends_early(path):
        container.close()
        raise InputError(CUT_OFF.format(path))
    if not container.streams.audio:
        container.close()
        raise InputError(f"{path}: has no audio track")
    stream = container.streams.audio[0]
    rate_hz, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    if not rate_hz or not channels:
        container.close()
        raise InputError(f"{path}: its audio track cannot be decoded")
    return Stream(rate_hz, channels, _av_blocks(path, container))


def _av_blocks(path: Path, container: "InputContainer") -> Iterator[Block]:
    import av  # noqa: PLC0415

    stream = container.streams.audio[0]
    rate_hz, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    resampler = av.AudioResampler(format="flt", layout=stream.codec_context.layout, rate=rate_hz)
    promised_s = float((stream.duration or 0) * (stream.time_base or 0))
    started_s = (container.start_time or 0) / av.time_base
    done = 0
    with container:
        try:
            for frame in chain(container.decode(stream), [None]):  # None: what is left inside
                late_s = (frame.time or 0.0) - started_s if frame else 0.0
                if not done and late_s > LATE_START_S:  # the picture starts before the sound
                    yield np.zeros((round(late_s * rate_hz), channels), np.float32)
                for ready in resampler.resample(frame):
                    block = ready.to_ndarray().reshape(-1, channels).astype(np.float32)
                    done += len(block)
                    yield block
        except av.FFmpegError as error:
            at_s = done / rate_hz
            raise InputError(f"{path}: sound is damaged or truncated at {at_s:.2f} s") from error
    missing_s = promised_s - done / rate_hz
    if missing_s > LENGTH_SLACK_S:
        raise InputError(f"{path}: truncated; {missing_s:.2f} s of sound are missing")
