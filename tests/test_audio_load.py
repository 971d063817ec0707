"""Audio in: every format and rate comes out as 16 kHz Speech; every bad file is named."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from avitalk import audio
from avitalk.errors import InputError

RATE_HZ = 44_100


def chirp(seconds: float = 1.0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A tone that rises from 200 Hz to 2 kHz and swells, so that a shift in time shows."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * (200 * t + 900 * t**2 / seconds)
    return (0.5 * np.sin(np.pi * t / seconds) * np.sin(phase)).astype(np.float32)


def write_av(path: Path, samples: np.ndarray | None, *, video: bool, codec: str = "aac") -> Path:
    """Write sound (48 kHz) and, if asked, 25 black frames a second of video."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        streams = []
        if video:
            stream = container.add_stream("libx264", rate=25)
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
            streams.append(stream)
        sound = None
        if samples is not None:
            sound = container.add_stream(codec, rate=48_000, layout="mono")
        for stream in streams:
            for _ in range(25):
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        if sound is not None:
            pcm = (samples[None] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate = 48_000
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def best_lag_ms(reference: np.ndarray, other: np.ndarray) -> float:
    size = 2 * max(len(reference), len(other))
    cross = np.fft.irfft(np.fft.rfft(other, size) * np.fft.rfft(reference, size).conj())
    lag = int(np.argmax(cross))
    return (lag if lag < size // 2 else lag - size) / 16


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_formats_agree_in_length_and_time(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mein Gespräch 声.{suffix}"
    soundfile.write(path, chirp(), RATE_HZ)
    speech = audio.load(path)
    reference = audio.from_array(chirp(), RATE_HZ)
    assert speech.rate_hz == 16_000
    assert speech.duration_s == pytest.approx(1.0, abs=0.01)
    assert abs(best_lag_ms(reference.samples, speech.samples)) < 1
    assert speech.samples.std() == pytest.approx(reference.samples.std(), rel=0.05)


@pytest.mark.parametrize("name", ["sound.m4a", "film.mp4", "film.mkv"])
def test_m4a_and_the_sound_of_videos(tmp_path: Path, name: str) -> None:
    video = not name.endswith("m4a")
    path = write_av(tmp_path / name, chirp(1.0, 48_000), video=video)
    reference = audio.from_array(chirp(1.0, 48_000), 48_000)
    speech = audio.load(path)
    assert speech.duration_s == pytest.approx(1.0, abs=0.06)
    # The encoder's own delay of 1024 samples (21 ms) is in the file as written here.
    assert abs(best_lag_ms(reference.samples, speech.samples)) < 25


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_channel_count(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = tmp_path / "voice.wav"
    sound = chirp(0.5, rate_hz)
    soundfile.write(path, np.stack([sound] * channels, axis=1), rate_hz)
    speech = audio.load(path)
    assert speech.duration_s == pytest.approx(0.5, abs=0.002)
    assert speech.samples.max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_sample_formats(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "voice.wav"
    soundfile.write(path, chirp(0.5, 16_000), 16_000, subtype=subtype)
    assert np.abs(audio.load(path).samples - chirp(0.5, 16_000)).max() < 0.01


def test_arrays_of_integers_and_floats_agree() -> None:
    sound = chirp(0.5, 16_000)
    floats = audio.from_array(sound, 16_000).samples
    pcm = audio.from_array((sound * 32767).astype(np.int16), 16_000).samples
    bytes_ = audio.from_array((sound * 127 + 128).astype(np.uint8), 16_000).samples
    assert np.abs(floats - pcm).max() < 1e-3
    assert np.abs(floats - bytes_).max() < 0.02


def test_silence_is_legal(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "quiet.wav", np.zeros(16_000), 16_000)
    assert not audio.load(tmp_path / "quiet.wav").samples.any()


def assert_refused(path: Path, *words: str) -> None:
    with pytest.raises(InputError) as caught:
        audio.load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_missing_folder_empty_text_and_noise_are_named(tmp_path: Path) -> None:
    assert_refused(tmp_path / "no.wav", "no such file")
    assert_refused(tmp_path, "folder")
    (tmp_path / "empty.wav").touch()
    assert_refused(tmp_path / "empty.wav", "empty")
    (tmp_path / "text.wav").write_text("This is not sound.\nÄhnlich.\n" * 40)
    assert_refused(tmp_path / "text.wav", "text")
    for name in ("random.wav", "random.mp3", "random.m4a"):
        noise = np.random.default_rng(1).integers(0, 256, 5000, np.uint8)
        (tmp_path / name).write_bytes(b"\x07\x00" + noise.tobytes())
        assert_refused(tmp_path / name)


@pytest.mark.parametrize("share", [0.5, 0.9])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_truncated_sound_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole, cut = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
    soundfile.write(whole, chirp(3.0), RATE_HZ)
    cut.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    assert_refused(cut, "truncated")


@pytest.mark.parametrize("name", ["sound.m4a", "film.mp4", "film.mkv"])
def test_truncated_containers_are_refused(tmp_path: Path, name: str) -> None:
    whole = write_av(tmp_path / name, chirp(1.0, 48_000), video=not name.endswith("m4a"))
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(whole.read_bytes()[: int(0.7 * whole.stat().st_size)])
    assert_refused(cut, "truncated")


def test_a_wav_of_unknown_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "piped.wav"
    soundfile.write(path, chirp(0.5, 16_000), 16_000)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert audio.load(path).duration_s == pytest.approx(0.5, abs=0.01)


def test_video_without_sound_nan_and_too_short_are_named(tmp_path: Path) -> None:
    assert_refused(write_av(tmp_path / "mute.mp4", None, video=True), "no audio track")
    sound = chirp(0.5, 16_000)
    sound[1600] = np.nan
    soundfile.write(tmp_path / "nan.wav", sound, 16_000, subtype="FLOAT")
    assert_refused(tmp_path / "nan.wav", "NaN", "0.100 s")
    soundfile.write(tmp_path / "short.wav", chirp(0.1, 16_000), 16_000)
    assert_refused(tmp_path / "short.wav", "0.100 s", "0.2 s")


def test_bad_arrays_are_refused() -> None:
    for samples, rate_hz in ((np.zeros((2, 3, 4)), 16_000), (np.zeros(16_000), 0)):
        with pytest.raises(InputError):
            audio.from_array(samples, rate_hz)
    with pytest.raises(InputError, match="type"):
        audio.from_array(np.zeros(16_000, complex), 16_000)


def test_folders_stand_for_the_recordings_inside(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no recording"):
        audio.find_recordings([tmp_path])
    with pytest.raises(InputError, match="no such"):
        audio.find_recordings([tmp_path / "absent"])
    for name in ("b.wav", "a.MP3", "notes.txt", ".hidden.wav", "made.mp4", "made.motion.npz"):
        (tmp_path / name).touch()
    names = [path.name for path in audio.find_recordings([tmp_path])]
    assert names == ["a.MP3", "b.wav"]


def test_sound_for_a_video_keeps_two_channels_at_48_khz(tmp_path: Path) -> None:
    left = chirp(0.5, 16_000)
    soundfile.write(tmp_path / "two.wav", np.stack([left, 0 * left], axis=1), 16_000)
    channels, blocks = audio.sound_blocks(tmp_path / "two.wav")
    sound = np.concatenate(list(blocks))
    assert channels == 2
    assert sound.shape == (24_000, 2)
    assert not sound[:, 1].any()
