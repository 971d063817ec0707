"""Conditions of the robustness card: exact ratios, times that hold, pitch kept, nothing broken."""

from pathlib import Path

import numpy as np
import pytest

from avitalk import audio
from avitalk.errors import InputError
from avitalk.evaluate.conditions import (
    CONDITIONS,
    TimeMap,
    babble_of,
    espeak,
    speechless_sounds,
    synthesised_phones,
    synthesised_speech,
)
from avitalk.evaluate.conditions.channels import BAND_HZ
from avitalk.evaluate.conditions.noises import active, snr_db
from avitalk.evaluate.conditions.pace import stretched
from avitalk.evaluate.conditions.rooms import impulse_response
from avitalk.evaluate.conditions.singing import melody, sung
from avitalk.evaluate.conditions.voicing import voicing_of
from avitalk.speech.voice import voice_frames
from avitalk.types import Speech

RATE = audio.SAMPLE_RATE_HZ
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
IN_PLACE = [name for name in CONDITIONS if not name.startswith(("rate", "singing"))]
OVER = [name for name in CONDITIONS if name.endswith(" dB")]
OLD = {
    "digital silence": (0, 0),
    "white noise": (0.1, 0.1139804),
    "faint white noise": (0.001, 2.895248e-05),
    "pink noise": (0.1, 0.001210293),
    "hum 50 Hz": (0.1, -0.02407509),
    "instrumental music": (0.1, 0.08037128),
    "instrumental music, another piece": (0.1, -0.1092725),
    "breath": (0.05, -0.1130807),
    "faint breath": (0.002, 0.002123463),
}


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    return np.asarray(audio.load(EXAMPLE).samples[: 3 * RATE])


def changed(name: str, wave: np.ndarray, seed: int = 5):
    return CONDITIONS[name].change(wave, np.random.default_rng(seed))


def tone(hz: np.ndarray) -> np.ndarray:
    """A voice of ten harmonics at a changing pitch."""
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    return (0.1 * sum(np.cos(k * phase) / k for k in range(1, 11))).astype(np.float32)


def test_names_and_notes() -> None:
    assert len(OVER) == 12
    for name, condition in CONDITIONS.items():
        assert condition.name == name
        assert condition.note.startswith(("recorded voice", "synthesised"))
    assert CONDITIONS["whisper"].note.startswith("synthesised")
    assert CONDITIONS["singing"].note.startswith("synthesised")


@pytest.mark.parametrize("name", OVER)
def test_ratio_is_exact_where_someone_speaks(name: str, wave: np.ndarray) -> None:
    paused = np.concatenate([np.zeros(RATE, np.float32), wave])
    added = changed(name, paused).wave.astype(np.float64) - paused
    assert snr_db(paused, added) == pytest.approx(float(name.split()[-2]), abs=0.01)
    # a pause counts neither for the voice nor for the noise
    assert not active(paused)[: RATE - 320].any()


def test_babble_takes_the_voices_it_is_given(wave: np.ndarray) -> None:
    other = tone(np.full(2 * RATE, 200.0))
    mixed = babble_of([other], 10).change(wave, np.random.default_rng(0)).wave
    added = mixed.astype(np.float64) - wave
    assert snr_db(wave, added) == pytest.approx(10, abs=0.01)
    spectrum = np.abs(np.fft.rfft(added))
    assert spectrum[: 3 * 140].max() < 0.05 * spectrum.max()  # nothing below the slowest's pitch


@pytest.mark.parametrize("name", CONDITIONS)
def test_same_seed_same_wave_and_any_level(name: str, wave: np.ndarray) -> None:
    short = wave[: RATE + 77]
    once, again = changed(name, short), changed(name, short)
    np.testing.assert_array_equal(once.wave, again.wave)
    np.testing.assert_array_equal(once.times.after_s, again.times.after_s)
    faint = changed(name, short / 16)
    size = float(np.abs(once.wave).max())
    np.testing.assert_allclose(16 * faint.wave, once.wave, atol=2e-4 * size)
    if name in (*OVER, "far field", "whisper", "singing", "room, T60 0.5 s"):
        assert not np.array_equal(once.wave, changed(name, short, seed=6).wave)


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("count", [1, 100, 1601, 8000])
def test_silence_and_scraps_stay_finite(name: str, count: int) -> None:
    for given in (np.zeros(count), np.random.default_rng(1).normal(0, 0.1, count)):
        result = changed(name, given.astype(np.float32))
        assert result.wave.dtype == np.float32
        assert np.isfinite(result.wave).all()
        length = max(1, round(float(result.times.after(count / RATE)) * RATE))
        assert len(result.wave) == length
        if not given.any():
            assert np.abs(result.wave).max() < 1e-3


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_moves_nothing_keeps_every_time(name: str, wave: np.ndarray) -> None:
    result = changed(name, wave)
    assert len(result.wave) == len(wave)
    np.testing.assert_array_equal(result.times.after([0.0, 1.3, 9.0]), [0.0, 1.3, 9.0])
    if name.endswith(" 0 dB") or name.startswith(("whisper", "far")):
        return
    size = 1 << (2 * len(wave)).bit_length()
    spectra = [np.fft.rfft(x, size) for x in (wave, result.wave)]
    lags = np.fft.irfft(spectra[0].conj() * spectra[1], size)
    assert int(np.argmax(lags)) == 0


def test_time_map_goes_both_ways_and_beyond_its_knots() -> None:
    times = TimeMap(np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 2.5]))
    at = np.array([-1.0, 0.0, 0.5, 1.5, 2.0, 3.0])
    np.testing.assert_allclose(times.after(at), [-2, 0, 1, 2.25, 2.5, 3])
    np.testing.assert_allclose(times.before(times.after(at)), at)
    truth = np.arange(50)[:, None] * [[1.0, 2.0]] / 25  # its own time, 2 s at 25 fps
    moved = times.frames(truth, 25)
    assert len(moved) == 62
    expected = times.before(np.arange(62) / 25).clip(0, 49 / 25)
    np.testing.assert_allclose(moved, expected[:, None] * [[1.0, 2.0]], atol=1e-12)
    centred = (np.arange(100) + 0.5) / 50
    half = times.frames(centred, 50, offset=0.5)
    np.testing.assert_allclose(half[:90], times.before((np.arange(90) + 0.5) / 50), atol=0.011)
    with pytest.raises(InputError, match="must rise"):
        TimeMap(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    with pytest.raises(InputError, match="at least 2"):
        TimeMap(np.array([0.0]), np.array([1.0]))


@pytest.mark.parametrize("rate", [0.7, 1.4])
def test_rate_keeps_pitch_and_puts_everything_in_its_place(rate: float) -> None:
    hz = np.linspace(110, 160, 3 * RATE)
    given = tone(hz)
    given[RATE : RATE + 1600] = 0  # a gap whose edges can be found
    result = changed(f"rate x{rate}", given)
    assert len(result.wave) == round(3 * RATE / rate)
    frames = voice_frames(Speech(result.wave))
    at = result.times.before((np.arange(len(frames)) + 0.5) / 100)
    wanted = np.interp(at, np.arange(len(hz)) / RATE, hz)
    sure = frames.voicing > 0.7
    assert sure.mean() > 0.6
    assert np.median(np.abs(12 * (frames.pitch - np.log2(wanted)))[sure]) < 0.3
    silent = np.flatnonzero(frames.loudness < frames.loudness.max() - 30) / 100
    assert silent[0] == pytest.approx(float(result.times.after(1.0)), abs=0.04)
    assert silent[-1] == pytest.approx(float(result.times.after(1.1)), abs=0.04)


def test_stretching_by_nothing_changes_nothing(wave: np.ndarray) -> None:
    np.testing.assert_allclose(stretched(wave, TimeMap.scaled(1.0)), wave, atol=1e-6)


def test_telephone_and_clipping(wave: np.ndarray) -> None:
    given = np.random.default_rng(2).normal(0, 0.1, 2 * RATE).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(changed("telephone", given).wave)))
    hz = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    inside = power[(hz > 1.2 * BAND_HZ[0]) & (hz < 0.95 * BAND_HZ[1])].mean()
    assert power[hz < 0.5 * BAND_HZ[0]].mean() < 1e-3 * inside
    assert power[hz > 1.2 * BAND_HZ[1]].mean() < 1e-3 * inside
    clipped = changed("clipped", wave).wave
    limit = 0.2 * np.abs(wave).max()
    assert np.abs(clipped).max() == pytest.approx(limit)
    np.testing.assert_array_equal(clipped[np.abs(wave) < limit], wave[np.abs(wave) < limit])


@pytest.mark.parametrize("t60_s", [0.5, 1.0])
def test_room_dies_away_and_leaves_the_direct_sound_in_place(t60_s: float) -> None:
    click = np.zeros(2 * RATE, np.float32)
    click[4000] = 1
    heard = changed(f"room, T60 {t60_s} s", click).wave
    assert np.abs(heard[:4000]).max() < 1e-6
    assert heard[4000] == pytest.approx(1, abs=1e-5)
    assert np.abs(heard[4001:4040]).max() < 1e-6
    assert np.square(heard[4001:]).sum() == pytest.approx(1, rel=1e-4)
    response = impulse_response(np.random.default_rng(0), t60_s, 0.0)[48:]
    left_db = 10 * np.log10(np.cumsum(np.square(response)[::-1])[::-1])
    left_db -= left_db[0]
    falls = [int(np.argmax(left_db < -5)), int(np.argmax(left_db < -25))]
    assert 3 * (falls[1] - falls[0]) / RATE == pytest.approx(t60_s, rel=0.1)


def test_far_field_is_faint_and_dull(wave: np.ndarray) -> None:
    far = changed("far field", wave).wave
    assert np.sqrt(np.mean(far**2)) < 0.3 * np.sqrt(np.mean(wave**2))


def test_whisper_has_no_voice_but_its_syllables(wave: np.ndarray) -> None:
    assert voicing_of(wave).voiced.mean() > 0.4
    result = changed("whisper", wave)
    assert voicing_of(result.wave).voiced.mean() < 0.02
    before, after = (voice_frames(Speech(x)).mel[:, 15:] for x in (wave, result.wave))
    loud = before.mean(1) > np.median(before.mean(1))
    assert np.corrcoef(before[loud].ravel(), after[loud].ravel())[0, 1] > 0.8


def test_singing_holds_its_notes_and_tells_where_everything_is(wave: np.ndarray) -> None:
    spoken = voicing_of(wave)
    result = sung(wave, np.random.default_rng(4))
    assert len(result.wave) > 1.2 * len(wave)
    heard = voicing_of(result.wave)
    semitones = melody(spoken, result.times, np.random.default_rng(4), heard.times_s)
    hz = np.median(spoken.pitch_hz[spoken.voiced]) * 2 ** (semitones / 12)
    inside = spoken.share(result.times.before(heard.times_s)) > 0.99
    off = np.abs(12 * np.log2(heard.pitch_hz / hz))[inside & heard.voiced]
    assert (inside & heard.voiced).sum() > 0.95 * inside.sum()
    assert np.percentile(off, 90) < 0.3
    levels = [voice_frames(Speech(x)).loudness for x in (wave, result.wave)]
    at = result.times.after((np.arange(len(levels[0])) + 0.5) / 100) * 100 - 0.5
    mapped = np.interp(at, np.arange(len(levels[1])), levels[1])
    assert np.corrcoef(levels[0], mapped)[0, 1] > 0.9


def test_sounds_without_speech_are_those_of_old_tables() -> None:
    """Root mean square and one sample, from before the code moved here (all bits were equal)."""
    sounds = speechless_sounds()
    for name, (level, sample) in OLD.items():
        assert float(np.sqrt(np.mean(np.square(sounds[name], dtype=np.float64)))) == pytest.approx(
            level, rel=1e-5
        )
        assert float(sounds[name][12_345]) == pytest.approx(sample, abs=1e-5)
    breath = np.asarray(sounds["breath"]).reshape(100, -1)
    power = np.square(breath).mean(axis=1)
    assert power.max() > 100 * np.median(power[power < np.median(power)])


@pytest.fixture
def speaks() -> None:
    try:
        synthesised_speech("hello", "en")
    except InputError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("speaks")
def test_speech_is_made_of_text() -> None:
    german = synthesised_speech("Guten Morgen", "de")
    assert 0.5 * RATE < len(german) < 3 * RATE
    assert german.dtype == np.float32
    assert voicing_of(german).voiced.mean() > 0.3
    assert len(synthesised_speech("おはよう", "ja")) > 0.3 * RATE
    np.testing.assert_array_equal(synthesised_speech("Guten Morgen", "de"), german)
    with pytest.raises(InputError, match=r"'xx'.*--voices"):
        synthesised_speech("hello", "xx")
    with pytest.raises(InputError, match="nothing to say"):
        synthesised_speech("  ", "en")
    # it would say "Chinese letter" twice, in English
    with pytest.raises(InputError, match=r"reads part of it as \(en\) \(ja\), not 'ja'"):
        synthesised_speech("今日", "ja")


@pytest.mark.usefixtures("speaks")
def test_phones_are_where_they_are_heard() -> None:
    wave, phones = synthesised_phones("papa mama", "de")
    assert "".join(phone.name[0] for phone in phones if phone.name[0] != "_") == "pApAmAmA"
    assert [a.end_s for a in phones[:-1]] == [b.start_s for b in phones[1:]]
    loudness = voice_frames(Speech(wave)).loudness
    levels = {
        name: [
            float(np.mean(loudness[round(100 * phone.start_s) : round(100 * phone.end_s)]))
            for phone in phones
            if phone.name.startswith(name)
        ]
        for name in ("p", "m", "A")
    }
    assert max(levels["p"]) < min(levels["A"]) - 6
    assert max(levels["m"]) < max(levels["A"]) - 3


def test_speech_without_the_library_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "LIBRARY", "libnothing-of-the-kind.so")
    with pytest.raises(InputError, match="apt-get install espeak-ng"):
        synthesised_speech("hello", "en")
