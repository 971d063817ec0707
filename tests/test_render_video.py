"""mp4: flash and click meet, nothing is cut, and failures leave nothing behind."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.render import Sound, sound_of, write_mp4

RATE_HZ = 16_000


def grey(level: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def flashes(count: int, at: set[int]) -> Iterator[np.ndarray]:
    return (grey(235 if index in at else 16) for index in range(count))


def clicks(duration_s: float, times_s: list[float], rate_hz: int = RATE_HZ) -> np.ndarray:
    samples = np.zeros(round(duration_s * rate_hz), np.float32)
    for time_s in times_s:
        start = round(time_s * rate_hz)
        burst = 0.8 * np.sin(2 * np.pi * 2000 * np.arange(rate_hz // 100) / rate_hz)
        samples[start : start + len(burst)] = burst[: len(samples) - start]
    return samples


def read_back(path: Path) -> tuple[list[float], list[float], np.ndarray, float]:
    """Frame times, frame brightness, sound, time of its first sample."""
    times, levels = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            times.append(float(frame.pts * frame.time_base))
            levels.append(float(frame.to_ndarray(format="gray").mean()))
    pieces, start = [], None
    with av.open(str(path)) as container:
        for sound in container.decode(audio=0):
            start = float(sound.pts * sound.time_base) if start is None else start
            pieces.append(sound.to_ndarray()[0])
            rate_hz = sound.sample_rate
    assert rate_hz == 48_000
    return times, levels, np.concatenate(pieces), start


def onsets(sound: np.ndarray, start_s: float) -> list[float]:
    loud = np.flatnonzero(np.abs(sound) > 0.2)
    first = loud[np.diff(loud, prepend=-10_000) > 4800]
    return [start_s + index / 48_000 for index in first]


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_flash_and_click_within_half_a_frame(tmp_path: Path, fps: int) -> None:
    seconds = 4
    at = {fps // 2, 2 * fps, seconds * fps - 2}
    write_mp4(
        tmp_path / "sync.mp4",
        flashes(seconds * fps, at),
        fps=fps,
        sound=sound_of(clicks(seconds, [index / fps for index in sorted(at)]), RATE_HZ),
    )
    times, levels, sound, start_s = read_back(tmp_path / "sync.mp4")
    assert len(times) == seconds * fps
    np.testing.assert_allclose(times, np.arange(seconds * fps) / fps, atol=1e-3)
    seen = [time for time, level in zip(times, levels, strict=True) if level > 128]
    heard = onsets(sound, start_s)
    assert len(seen) == len(heard) == 3
    # Not only half a frame: the container is exact to a few milliseconds.
    np.testing.assert_allclose(heard, seen, atol=min(0.5 / fps, 0.005))


@pytest.mark.parametrize("samples", [3200, 16_001, 40_000])
def test_all_of_the_sound_is_kept(tmp_path: Path, samples: int) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, samples).astype(np.float32)
    noise[:-320] = 0
    seconds = samples / RATE_HZ
    frames = flashes(max(1, int(seconds * 25)), set())
    write_mp4(tmp_path / "tail.mp4", frames, fps=25, sound=sound_of(noise, RATE_HZ))
    _, _, sound, start_s = read_back(tmp_path / "tail.mp4")
    assert start_s == 0
    assert len(sound) >= 3 * samples
    tail = sound[3 * (samples - 320) : 3 * samples]
    assert np.sqrt(np.mean(tail**2)) > 0.15
    with av.open(str(tmp_path / "tail.mp4")) as container:
        assert container.duration / av.time_base == pytest.approx(seconds, abs=0.05)


def test_stereo_blocks_of_any_length(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    both = np.stack([0.5 * tone, 0.1 * tone], axis=1)
    blocks = [both[:7], both[7:7], both[7:20_000], both[20_000:]]
    write_mp4(tmp_path / "stereo.mp4", flashes(25, set()), fps=25, sound=Sound(2, iter(blocks)))
    with av.open(str(tmp_path / "stereo.mp4")) as container:
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    assert sound.shape[0] == 2
    left, right = np.sqrt(2 * np.mean(sound[:, 5000:40_000] ** 2, axis=1))
    assert left == pytest.approx(0.5, rel=0.1)
    assert right == pytest.approx(0.1, rel=0.2)


def test_file_as_players_want_it(tmp_path: Path) -> None:
    path = tmp_path / "player.mp4"
    write_mp4(path, flashes(10, set()), fps=25, sound=sound_of(clicks(0.4, [0.1]), RATE_HZ))
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # starts before it has loaded
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert video.codec_context.pix_fmt == "yuv420p"
        assert video.average_rate == 25


def test_colours_survive(tmp_path: Path) -> None:
    colour = np.array([200, 90, 60], np.uint8)
    image = np.broadcast_to(colour, (64, 64, 3)).copy()
    write_mp4(tmp_path / "colour.mp4", [image] * 5, fps=25)
    with av.open(str(tmp_path / "colour.mp4")) as container:
        frame = next(container.decode(video=0))
        assert int(frame.colorspace) == 1  # BT.709, as flagged
        back = frame.to_ndarray(format="rgb24")
    assert np.abs(back.mean(axis=(0, 1)) - colour).max() < 4


def test_names_with_spaces_and_other_scripts(tmp_path: Path) -> None:
    path = tmp_path / "новая папка" / "声 音 é.mp4"
    write_mp4(path, flashes(3, set()), fps=25)
    assert read_only_frames(path) == 3


def read_only_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_small_frames_are_enlarged_to_the_size_asked_for(tmp_path: Path) -> None:
    left_dark = grey(16)
    left_dark[:, 32:] = 235
    write_mp4(tmp_path / "large.mp4", iter([left_dark] * 3), fps=25, size=(126, 98))
    with av.open(str(tmp_path / "large.mp4")) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="gray")
    assert shown.shape == (98, 126)
    assert shown[:, :55].mean() < 40
    assert shown[:, 71:].mean() > 210


@pytest.mark.parametrize("size", [(63, 48), (64, 47)])
def test_odd_sizes_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="width and height must be even"):
        write_mp4(tmp_path / "odd.mp4", [grey(0, size)], fps=25)


@pytest.mark.parametrize("size", [(8, 64), (64, 4098)])
def test_size_limits_are_named(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="16 to 4096"):
        write_mp4(tmp_path / "size.mp4", [grey(0, size)], fps=25)


def test_alpha_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no alpha"):
        write_mp4(tmp_path / "alpha.mp4", [np.zeros((32, 32, 4), np.uint8)], fps=25)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), 500])
def test_frame_rates_are_checked(tmp_path: Path, fps: float) -> None:
    with pytest.raises(InputError, match="fps"):
        write_mp4(tmp_path / "rate.mp4", [grey(0)], fps=fps)


def test_no_frames(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frames"):
        write_mp4(tmp_path / "none.mp4", [], fps=25)
    assert not list(tmp_path.iterdir())


def test_changing_size(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frame 1"):
        write_mp4(tmp_path / "change.mp4", [grey(0), grey(0, (32, 32))], fps=25)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("reason", [KeyboardInterrupt, RuntimeError])
def test_interruption_leaves_nothing(tmp_path: Path, reason: type[BaseException]) -> None:
    closed = []

    def frames() -> Iterator[np.ndarray]:
        try:
            yield from (grey(level) for level in range(40))
            raise reason
        finally:
            closed.append(True)

    with pytest.raises(reason):
        write_mp4(tmp_path / "broken.mp4", frames(), fps=25)
    assert not list(tmp_path.iterdir())
    assert closed


def test_interruption_keeps_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.mp4"
    path.write_bytes(b"older")

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_mp4(path, flashes(3, set()), fps=25, progress=stop)
    assert path.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.mp4"]


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes")
def test_no_space_is_one_clear_line(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import resource, signal, sys
        import numpy as np
        from avitalk.errors import InputError
        from avitalk.render import write_mp4
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        noise = np.random.default_rng(0).integers(0, 255, (40, 128, 128, 3), np.uint8)
        try:
            write_mp4(sys.argv[1], iter(noise), fps=25)
        except InputError as error:
            print(error)
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path / "full.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "full.mp4: no space left" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())


def test_progress_counts_frames(tmp_path: Path) -> None:
    seen: list[int] = []
    write_mp4(tmp_path / "count.mp4", flashes(4, set()), fps=25, progress=seen.append)
    assert seen == [1, 2, 3, 4]
