"""Transcripts: words, spelling, alignment, and texts that were never said."""

import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avitalk import audio, weights
from avitalk.data.clips import PhoneTime
from avitalk.data.parting import PART_S, Part, parted, rough_words
from avitalk.data.reading import Written, written_words
from avitalk.data.transcript import agreement, align_text, spelled, taught, unsaid
from avitalk.errors import InputError
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import PHONE_INDEX, PHONES
from avitalk.types import SpeechFeatures

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"


def said(text: str) -> list[str]:
    """The likeliest reading of each word."""
    return [" ".join(word.readings[0]) for word in written_words(text)]


def readings(word: str) -> set[str]:
    (written,) = written_words(word)
    return {" ".join(reading) for reading in written.readings}


def test_words_are_found_in_any_writing() -> None:
    assert said("It's  “naïve”, isn’t it?\n'Straße' — rock 'n' roll") == [
        "it's", "naive", "isn't", "it", "strasse", "rock", "n", "roll",
    ]  # fmt: skip
    for empty in ("", " ... ", "'", "你好"):
        with pytest.raises(InputError, match="holds no words in Latin letters"):
            written_words(empty)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("42", {"forty two", "four two"}),
        ("1999", {"nineteen ninety nine", "one thousand nine hundred and ninety nine"}),
        ("1905", {"nineteen oh five"}),
        ("1900", {"nineteen hundred"}),
        ("2007", {"two thousand seven", "two thousand and seven"}),
        ("2019", {"twenty nineteen"}),
        ("007", {"zero zero seven", "oh oh seven"}),
        ("1,234,567", {"one million two hundred thirty four thousand five hundred sixty seven"}),
        ("3.14", {"three point one four"}),
        ("21st", {"twenty first"}),
        ("30th", {"thirtieth"}),
        ("1990s", {"nineteen nineties"}),
        ("$5.50", {"five dollars fifty"}),
        ("£1", {"one pounds"}),
        ("100%", {"one hundred percent"}),
        ("9" * 40, {" ".join(["nine"] * 40)}),
        ("Mr.", {"mr"}),
        ("Dr.", {"doctor", "drive"}),
        ("St.", {"saint", "street"}),
        ("No.", {"no", "number"}),
        ("no", {"no"}),
        ("etc.", {"et cetera"}),
        ("U.S.A.", {"u s a"}),
        ("BBC", {"bbc", "b b c"}),
        ("&", {"and"}),
    ],
)
def test_numbers_and_abbreviations_are_read(written: str, expected: set[str]) -> None:
    assert expected <= readings(written)


def test_every_number_is_read_in_words() -> None:
    for value in (*range(0, 2200, 7), 10**6, 10**9 + 1, 10**12 - 1):
        for word in readings(str(value)):
            assert re.fullmatch(r"[a-z ]+", word), (value, word)


def test_spelling_keeps_the_lips() -> None:
    assert spelled("phabble") == "F AE B L EH"
    assert spelled("wimpf") == "W IH M P F"
    assert spelled("zqy") == "Z K IY"


def features_for(phones: list[str], frames_each: int = 5) -> SpeechFeatures:
    probs = np.full((len(phones) * frames_each, len(PHONES)), 0.1 / (len(PHONES) - 1), np.float32)
    for i, name in enumerate(phones):
        probs[i * frames_each : (i + 1) * frames_each, PHONE_INDEX[name]] = 0.9
    return SpeechFeatures(np.zeros((len(probs), 4), np.float32), np.log(probs))


def timed(*phones: str) -> tuple[PhoneTime, ...]:
    return tuple(PhoneTime(p, 0.1 * i, 0.1 * i + 0.1) for i, p in enumerate(phones))


def test_agreement_tells_right_from_wrong() -> None:
    heard = features_for(["SIL", "M", "AA", "T", "IY"])
    right = timed("SIL", "P", "AE", "D", "Y")
    wrong = timed("T", "S", "F", "K", "L")
    assert agreement(right, heard) > 0.95  # visemes, not phones
    assert agreement(wrong, heard) < 0.2
    assert agreement((PhoneTime("SIL", 0, 1),), heard) == 0


def test_voice_that_no_phone_covers_is_counted() -> None:
    heard = features_for(["SIL", "M", "AA", "T", "IY"])
    assert unsaid(timed("SIL", "M", "AA", "T", "IY"), heard) < 0.05
    half = unsaid((PhoneTime("M", 0.1, 0.2), PhoneTime("AA", 0.2, 0.3)), heard)
    assert half == pytest.approx(0.5, abs=0.05)


def lecture(words: int, seed: int = 0) -> tuple[list[list[str]], list[str], list[int]]:
    """Phones of words at random, the phones frame by frame, and each word's first frame."""
    rng = np.random.default_rng(seed)
    sounds, frames, starts = [], [], []
    for number in range(words):
        pause = 60 if number % 25 == 24 else int(rng.integers(0, 6))
        frames += ["SIL"] * pause
        sounds.append([PHONES[i] for i in rng.integers(1, 40, rng.integers(2, 8))])
        starts.append(len(frames))
        frames += [phone for phone in sounds[-1] for _ in range(int(rng.integers(2, 6)))]
    return sounds, frames, starts


def test_long_recordings_are_parted_at_pauses() -> None:
    sounds, frames, starts = lecture(400)
    features = features_for(frames, frames_each=1)
    firsts, lasts = rough_words(sounds, features)
    assert np.abs(firsts - starts).max() <= 5  # two words may share a phone
    assert (lasts[:-1] <= firsts[1:]).all()
    parts = parted(sounds, features)
    assert (parts[0].start_s, parts[0].first) == (0, 0)
    assert (parts[-1].end_s, parts[-1].last) == (len(frames) / 50, 400)
    for one, other in pairwise(parts):
        assert (one.end_s, one.last) == (other.start_s, other.first)
        assert PART_S[0] <= one.end_s - one.start_s <= PART_S[1]
        assert one.last % 25 == 24  # at the long pauses
        assert features.values.shape[0] / 50 >= other.end_s > one.end_s


def test_short_recordings_stay_whole_and_wrong_texts_do_no_harm() -> None:
    sounds, frames, _ = lecture(20)
    features = features_for(frames, frames_each=1)
    assert parted(sounds, features) == [Part(0.0, len(frames) / 50, 0, 20)]
    _, long, _ = lecture(400)
    heard = features_for(long, frames_each=1)
    for wrong in (lecture(400, seed=5)[0], lecture(3)[0]):
        parts = parted(wrong, heard)
        assert parts[-1].last == len(wrong)
        assert all(part.start_s < part.end_s and part.first < part.last for part in parts)
    with pytest.raises(InputError, match="3000 words do not fit into the voice heard in 167 s"):
        parted(lecture(3000)[0], heard)


needs_aligner = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="needs pocketsphinx"
)


@needs_aligner
def test_words_that_were_said_are_timed_and_others_refused() -> None:
    speech = audio.load(VOICE)
    features = SpeechEncoder.load(weights.find("speech-encoder").path).encode(speech)
    with pytest.raises(InputError, match=r"cannot be aligned|not what is heard"):
        align_text(speech, "a completely different sentence about purple zebras", features)
    sentence = (
        "And Mr. John Dashwood had then leisure to consider how much there might be prudently in "
        "his power to do for them."
    )
    phones = align_text(speech, sentence, features)
    assert agreement(tuple(PhoneTime(p.phone, p.start_s, p.end_s) for p in phones), features) > 0.7
    assert sum(p.phone in ("P", "B", "M") for p in phones) >= 7


@needs_aligner
def test_half_a_text_and_far_too_much_of_it_are_refused() -> None:
    speech = audio.load(VOICE)
    features = SpeechEncoder.load(weights.find("speech-encoder").path).encode(speech)
    with pytest.raises(InputError, match=r"\d+ % of what is heard is not in the transcript"):
        align_text(speech, "And Mr. John Dashwood had then leisure", features)
    with pytest.raises(InputError, match=r"1000 words cannot be said in 7\.1 s"):
        align_text(speech, "word " * 1000, features)


@needs_aligner
def test_the_voice_chooses_the_reading() -> None:
    from avitalk.data.align import Aligner

    aligner, speech = Aligner(), audio.load(VOICE)
    dashwood = Written("dr.", (("drive",), ("dashwood",), ("doctor",)))
    name = taught(aligner, dashwood)
    assert taught(aligner, dashwood) == name  # once is enough
    phones = aligner.align(speech.samples[: 16_000 * 2], f"and mister john {name} had then")
    assert phones is not None
    heard = " ".join(phone.phone for phone in phones)
    assert "D AE SH W UH D" in heard
    assert taught(aligner, Written("qzx", (("qzx",),))) == "qzx"
    for odd in ("$5.50", "100%", "1,000", "U.S.A.", "(1999)", "½", "3°"):
        for word in written_words(odd):
            assert aligner.known(taught(aligner, word)), odd


def test_without_the_aligner_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    speech = audio.load(VOICE)
    with pytest.raises(InputError, match=r"pip install 'avitalk\[text\]'"):
        align_text(speech, "hello", features_for(["M"]))
