"""What was said, as text: a recording and its words in, the times of its phones out.

English only, as far as the aligner's dictionary goes. Words it lacks are spelled out by rule.
Text that is not what was said is found out by what the speech encoder heard.
"""

import re
import unicodedata
from typing import Final

import numpy as np

from avitalk.data.align import Aligner
from avitalk.data.clips import PhoneTime
from avitalk.errors import InputError
from avitalk.speech.phones import PHONE_INDEX, PHONE_TO_VISEME, PHONES, PhoneSegment
from avitalk.types import Speech, SpeechFeatures

LEAST_AGREEMENT: Final = 0.57
"""Below this `agreement`, text and voice do not belong together. Of 30 recordings of native and
Mandarin speakers the right text reached 0.61 to 0.98, that of another recording at most 0.52.
"""

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPELLED: Final[tuple[tuple[str, str], ...]] = (
    ("tch", "CH"), ("sch", "SH"), ("igh", "AY"), ("ch", "CH"), ("sh", "SH"), ("th", "TH"),
    ("ph", "F"), ("ck", "K"), ("ng", "NG"), ("qu", "K W"), ("wh", "W"), ("gh", "G"), ("ee", "IY"),
    ("ea", "IY"), ("oo", "UW"), ("ou", "AW"), ("ow", "OW"), ("oa", "OW"), ("ai", "EY"),
    ("ay", "EY"), ("ei", "AY"), ("ie", "IY"), ("oi", "OY"), ("oy", "OY"), ("au", "AO"),
    ("aw", "AO"), ("er", "ER"), ("ir", "ER"), ("ur", "ER"), ("a", "AE"), ("b", "B"), ("c", "K"),
    ("d", "D"), ("e", "EH"), ("f", "F"), ("g", "G"), ("h", "HH"), ("i", "IH"), ("j", "JH"),
    ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"), ("o", "AA"), ("p", "P"), ("q", "K"),
    ("r", "R"), ("s", "S"), ("t", "T"), ("u", "AH"), ("v", "V"), ("w", "W"), ("x", "K S"),
    ("y", "IY"), ("z", "Z"),
)  # fmt: skip


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation; digits are spelled one by one.

    Raises InputError if there is no word in it.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\d", lambda digit: f" {_DIGITS[int(digit.group())]} ", plain)
    words = [word.strip("'") for word in re.findall(r"[a-z']+", plain)]
    words = [word for word in words if word]
    if not words:
        raise InputError(f"transcript '{text[:40]}' holds no words in Latin letters")
    return words


def spelled(word: str) -> str:
    """Phones of a word by English spelling: rough, but p b m f v are where they belong."""
    phones, rest = [], re.sub(r"([a-z])\1", r"\1", re.sub(r"[^a-z]", "", word))
    while rest:
        letters, sound = next(pair for pair in _SPELLED if rest.startswith(pair[0]))
        phones.append(sound)
        rest = rest[len(letters) :]
    return " ".join(phones)


def align_text(
    speech: Speech, text: str, features: SpeechFeatures, aligner: Aligner | None = None
) -> tuple[PhoneSegment, ...]:
    """Times of the phones of `text` in `speech`, silences included.

    Raises InputError without pocketsphinx, if no path through the audio is found, or if what was
    heard is something else.
    """
    aligner = aligner or Aligner()
    words = words_of(text)
    for word in words:
        if not aligner.known(word):
            aligner.add(word, spelled(word))
    phones = aligner.align(speech.samples, " ".join(words))
    if phones is None:
        raise InputError(f"{speech.source}: the transcript cannot be aligned to the voice")
    heard = agreement(phones, features)
    if heard < LEAST_AGREEMENT:
        raise InputError(
            f"{speech.source}: the transcript is not what is heard (agreement {heard:.2f}; at "
            f"least {LEAST_AGREEMENT:g})"
        )
    return tuple(
        PhoneSegment(p.phone, PHONE_TO_VISEME[p.phone], p.start_s, p.end_s, 1.0) for p in phones
    )


def agreement(phones: tuple[PhoneTime, ...], features: SpeechFeatures) -> float:
    """The encoder's belief in the visemes of the aligned phones, silence left out, as a share of
    its belief in whatever it holds most likely there: accents and noise lower both.
    """
    viseme = np.array([list(PHONE_TO_VISEME.values()).index(PHONE_TO_VISEME[p]) for p in PHONES])
    alike = viseme[:, None] == viseme[None]
    belief = np.exp(features.phone_log_probs.astype(np.float64)) @ alike.T
    aligned: list[float] = []
    likeliest: list[float] = []
    for phone in phones:
        if phone.phone != "SIL":
            first, last = (round(t * features.rate_hz) for t in (phone.start_s, phone.end_s))
            frames = belief[first : max(first + 1, last)]
            aligned += frames[:, PHONE_INDEX[phone.phone]].tolist()
            likeliest += frames.max(axis=1).tolist()
    return float(np.sum(aligned) / np.sum(likeliest)) if aligned else 0.0
