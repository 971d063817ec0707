"""Transcripts: words, spelling, alignment, and texts that were never said."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from avitalk import audio, weights
from avitalk.data.clips import PhoneTime
from avitalk.data.transcript import agreement, align_text, spelled, words_of
from avitalk.errors import InputError
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import PHONE_INDEX, PHONES
from avitalk.types import SpeechFeatures

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"


def test_words_are_found_in_any_writing() -> None:
    assert words_of("It's 42 — “naïve”, isn't it?") == [
        "it's", "four", "two", "naive", "isn't", "it",
    ]  # fmt: skip
    for empty in ("", " ... ", "你好"):
        with pytest.raises(InputError, match="no words"):
            words_of(empty)


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


needs_aligner = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="needs pocketsphinx"
)


@needs_aligner
def test_words_that_were_said_are_timed_and_others_refused() -> None:
    speech = audio.load(VOICE)
    features = SpeechEncoder.load(weights.find("speech-encoder").path).encode(speech)
    with pytest.raises(InputError, match=r"cannot be aligned|not what is heard"):
        align_text(speech, "a completely different sentence about purple zebras", features)
    said = (
        "And Mr. John Dashwood had then leisure to consider how much there might be prudently in "
        "his power to do for them."
    )
    phones = align_text(speech, said, features)
    assert agreement(tuple(PhoneTime(p.phone, p.start_s, p.end_s) for p in phones), features) > 0.7
    assert sum(p.phone in ("P", "B", "M") for p in phones) >= 7


def test_without_the_aligner_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    speech = audio.load(VOICE)
    with pytest.raises(InputError, match=r"pip install 'avitalk\[train\]'"):
        align_text(speech, "hello", features_for(["M"]))
