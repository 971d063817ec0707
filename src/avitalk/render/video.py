"""Frames and sound in, one .mp4 out: H.264 and AAC, both starting at time zero."""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import numpy as np
import soxr
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from avitalk.audio.rates import SOUND_RATE_HZ
from avitalk.errors import InputError
from avitalk.files import atomic_path
from avitalk.render.scene import check_size

SOUND_BITS: Final = 96_000  # bits a second and channel: transparent for speech
MAX_FPS: Final = 120.0
KEYFRAME_S: Final = 2.0  # players seek to key frames

Image = NDArray[np.uint8]
Block = NDArray[np.float32]


class Sound(NamedTuple):
    """A sound track at 48 kHz, as `avitalk.audio.sound_blocks` reads it from a file.

    The rate is 48 kHz because AAC starts with 1024 samples of priming that the container tells
    players to skip: for players that do not, that is 21 ms, less than a frame (at 16 kHz, 64).
    """

    channels: int
    """1 or 2."""
    blocks: Iterable[Block]
    """(n, channels) in [-1, 1], any n."""


def sound_of(samples: Block, rate_hz: int) -> Sound:
    """Sound track of `samples` (N,) in [-1, 1], resampled piece by piece."""
    if np.ndim(samples) != 1 or not len(samples):
        raise InputError(f"samples of shape {np.shape(samples)}; one channel (N,) is needed")

    def blocks() -> Iterator[Block]:
        resampler = soxr.ResampleStream(rate_hz, SOUND_RATE_HZ, 1, dtype="float32")
        for start in range(0, len(samples), rate_hz):
            piece = np.asarray(samples[start : start + rate_hz], np.float32)
            last = start + rate_hz >= len(samples)
            yield resampler.resample_chunk(piece, last=last)[:, None]

    return Sound(1, blocks())


def write_mp4(
    path: Path | str,
    frames: Iterable[Image],
    *,
    fps: float,
    sound: Sound | None = None,
    crf: int = 18,
    preset: str = "veryfast",
    size: tuple[int, int] | None = None,
    metadata: dict[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write `frames`, each (H, W, 3) sRGB, and `sound` to `path`.

    Frame i is shown from i / fps, and the sound starts at 0; neither is cut to the other's
    length. Both are drawn piece by piece, so memory does not grow with the length. `crf` is
    x264's quality, 0 (lossless) to 51, `preset` its name for how much time compression may take.
    `size` is the video's (width, height), which frames are enlarged to; theirs if None.
    `metadata` are the file's tags, 'title', 'comment' and the like.
    `progress` is called with the number of frames written. The file appears only when complete.

    Raises InputError if there are no frames, on odd, changing or too large sizes, an fps outside
    (0, 120], a folder that cannot be written to, or a full disk.
    """
    path = Path(path)
    if not (math.isfinite(fps) and 0 < fps <= MAX_FPS):
        raise InputError(f"video at {fps} fps; allowed: above 0 to {MAX_FPS:g}")
    stream = iter(frames)
    try:
        first = next(stream, None)
        if first is None:
            raise InputError("no frames to write; a video needs at least one")
        if first.ndim != 3 or first.shape[2] != 3:
            raise InputError(f"frames of shape {first.shape}; H.264 holds (H, W, 3), no alpha")
        size = size or (first.shape[1], first.shape[0])
        check_video_size(size)
        track = partial(_Picture, shape=first.shape, size=size, fps=fps, crf=crf, preset=preset)
        with atomic_path(path) as unfinished:
            images = chain([first], stream)
            _encode(unfinished, images, fps, sound, track, metadata or {}, progress)
    finally:
        # A generator that draws in threads ends them here, not whenever it is collected.
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def check_video_size(size: tuple[int, int]) -> None:
    """Raise InputError if H.264 cannot hold pictures of `size` (width, height)."""
    width, height = check_size(size)
    if width % 2 or height % 2:
        raise InputError(f"video size {width} x {height}: width and height must be even")


def _encode(
    path: Path,
    frames: Iterable[Image],
    fps: float,
    sound: Sound | None,
    track_in: Callable[[Any], "_Picture"],
    metadata: dict[str, str],
    progress: Callable[[int], None] | None,
) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        container.metadata.update(metadata)
        picture = track_in(container)
        track = None if sound is None else _SoundTrack(container, sound)
        for count, image in enumerate(frames, 1):
            picture.write(image)
            if track is not None:
                # Sound runs along with the picture, so that neither piles up in memory.
                track.write_until(count / fps)
            if progress is not None:
                progress(count)
        if track is not None:
            track.write_until(math.inf)
            track.finish()
        picture.finish()


class _Picture:
    """The H.264 track of a container being written."""

    def __init__(
        self,
        container: Any,
        *,
        shape: tuple[int, ...],
        size: tuple[int, int],
        fps: float,
        crf: int,
        preset: str,
    ) -> None:
        self.container = container
        self.shape = shape
        self.count = 0
        rate = Fraction(fps).limit_denominator(1001)
        self.time_base = 1 / rate
        # No B-frames: pictures are stored in the order shown and the track starts at 0 even for
        # players that ignore edit lists.
        options = {
            "preset": preset,
            "crf": str(crf),
            "bf": "0",
            "g": str(max(1, round(KEYFRAME_S * fps))),
        }
        self.stream = container.add_stream("libx264", rate=rate, options=options)
        self.stream.width, self.stream.height = size
        self.stream.pix_fmt = "yuv420p"
        context = self.stream.codec_context
        context.time_base = self.time_base
        # One thread keeps up with any renderer in software (4 ms a frame at 512 x 512), leaves
        # the processors to it, and gives the same file on every machine.
        context.thread_count = 1
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.IEC61966_2_1

    def write(self, image: Image) -> None:
        if image.shape != self.shape:
            raise InputError(
                f"frame {self.count} has shape {image.shape}, the first had {self.shape}"
            )
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            width=self.stream.width,
            height=self.stream.height,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            dst_color_primaries=ColorPrimaries.BT709,
            dst_color_trc=ColorTrc.IEC61966_2_1,
        )
        frame.pts, frame.time_base = self.count, self.time_base
        self.container.mux(self.stream.encode(frame))
        self.count += 1

    def finish(self) -> None:
        self.container.mux(self.stream.encode(None))


class _SoundTrack:
    """The AAC track of a container being written."""

    def __init__(self, container: Any, sound: Sound) -> None:
        self.container = container
        self.blocks = iter(sound.blocks)
        self.layout = {1: "mono", 2: "stereo"}[sound.channels]
        self.written = 0
        self.stream = container.add_stream("aac", rate=SOUND_RATE_HZ, layout=self.layout)
        self.stream.bit_rate = SOUND_BITS * sound.channels

    def write_until(self, time_s: float) -> None:
        while self.written < time_s * SOUND_RATE_HZ:
            block = next(self.blocks, None)
            if block is None:
                return
            if len(block):
                self._write(block)

    def _write(self, block: Block) -> None:
        planes = np.ascontiguousarray(np.clip(block, -1, 1).T, np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self.layout)
        frame.sample_rate = SOUND_RATE_HZ
        frame.pts, frame.time_base = self.written, Fraction(1, SOUND_RATE_HZ)
        self.container.mux(self.stream.encode(frame))
        self.written += len(block)

    def finish(self) -> None:
        self.container.mux(self.stream.encode(None))
