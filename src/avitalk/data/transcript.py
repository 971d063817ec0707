"""What was said, as text: a recording and its words in, the times of its phones out.

English, as far as the aligner's dictionary goes; words that it lacks are spelled out by rule.
Text that is not what was said is found out by what the speech encoder heard.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.data.align import Aligner
from avitalk.data.clips import PhoneTime
from avitalk.data.parting import Part, parted
from avitalk.data.reading import Written, written_words
from avitalk.errors import InputError
from avitalk.speech.phones import PHONE_INDEX, PHONE_TO_VISEME, PHONES, SIL, PhoneSegment
from avitalk.types import Speech, SpeechFeatures

LEAST_AGREEMENT: Final = 0.57
"""Below this `agreement`, text and voice do not belong together. In 70 recordings nine of ten right
texts reached 0.61 (Mandarin speakers), 0.72 (audiobooks) and 0.86 (a studio) or more; nine of ten
texts of another recording stayed under 0.57, 0.5 and 0.5, or found no path at all.
"""
MOST_UNSAID: Final = 0.35
"""Share of the voice that may lie in the pauses of the text: 0.02 to 0.07 in native recordings with
the right text, up to 0.2 in nine of ten of Mandarin speakers, 0.4 with half of the text.
"""

MOST_WORDS_PER_S: Final = 7.0
"""Nobody speaks faster for long."""

_LETTERS: Final = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY",
    "h": "EY CH", "i": "AY", "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N",
    "o": "OW", "p": "P IY", "q": "K Y UW", "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW",
    "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S", "y": "W AY", "z": "Z IY",
}  # fmt: skip
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


def spelled(word: str) -> str:
    """Phones of a word by English spelling: rough, but p b m f v are where they belong."""
    phones, rest = [], re.sub(r"([a-z])\1", r"\1", re.sub(r"[^a-z]", "", word))
    while rest:
        letters, sound = next(pair for pair in _SPELLED if rest.startswith(pair[0]))
        phones.append(sound)
        rest = rest[len(letters) :]
    return " ".join(phones)


def pronounced(aligner: Aligner, words: Sequence[str]) -> str:
    """Phones of words said in one go: from the dictionary, or by spelling."""
    return " ".join(
        _LETTERS.get(word) or aligner.pronunciation(word) or spelled(word) for word in words
    )


def taught(aligner: Aligner, word: Written) -> str:
    """The name under which the aligner knows all readings of `word`."""
    if word.readings == ((word.text,),):
        if not aligner.known(word.text):
            aligner.add(word.text, spelled(word.text))
        return word.text
    name = "_" + re.sub(r"[()\s]", "", word.text)
    if not aligner.known(name):
        phones = dict.fromkeys(pronounced(aligner, reading) for reading in word.readings)
        for number, reading in enumerate(phones, 1):
            aligner.add(name if number == 1 else f"{name}({number})", reading)
    return name


def align_text(
    speech: Speech, text: str, features: SpeechFeatures, aligner: Aligner | None = None
) -> tuple[PhoneSegment, ...]:
    """Times of the phones of `text` in `speech`, silences included.

    Raises InputError without pocketsphinx, if the text has no words or more than can be said in
    that time, if no path through the audio is found, or if what was heard is
    something else or much more.
    """
    words = written_words(text)
    if len(words) > 3 + MOST_WORDS_PER_S * speech.duration_s:
        raise InputError(
            f"{speech.source}: {len(words)} words cannot be said in {speech.duration_s:.1f} s"
        )
    aligner = aligner or Aligner()
    names = [taught(aligner, word) for word in words]
    sounds = [(aligner.pronunciation(name) or "").split() for name in names]
    phones: list[PhoneTime] = []
    for part in parted(sounds, features):
        phones += _aligned_part(aligner, speech, names, part)
    heard = agreement(tuple(phones), features)
    if heard < LEAST_AGREEMENT:
        raise InputError(
            f"{speech.source}: the transcript is not what is heard (agreement {heard:.2f}; at "
            f"least {LEAST_AGREEMENT:g})"
        )
    left_out = unsaid(tuple(phones), features)
    if left_out > MOST_UNSAID:
        raise InputError(
            f"{speech.source}: {100 * left_out:.0f} % of what is heard is not in the transcript"
        )
    return tuple(
        PhoneSegment(p.phone, PHONE_TO_VISEME[p.phone], p.start_s, p.end_s, 1.0) for p in phones
    )


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a transcript, and when it is said."""

    text: str
    """As written, lower case."""
    start_s: float
    end_s: float


def word_times(text: str, phones: Sequence[PhoneSegment], aligner: Aligner) -> tuple[Word, ...]:
    """When each word of `text` is said, from its phones as `align_text` found them.

    Words are laid along the phones by all their pronunciations; () where they do not fit.
    """
    words = written_words(text)
    said = [phone for phone in phones if phone.phone != PHONES[SIL]]
    sounds = [phone.phone for phone in said]
    came: list[dict[int, int]] = [{0: 0}]  # place after a word -> place before it
    for word in words:
        ways = _pronunciations(aligner, taught(aligner, word))
        came.append(
            {
                place + len(way): place
                for place in came[-1]
                for way in ways
                if sounds[place : place + len(way)] == way
            }
        )
    if len(sounds) not in came[-1]:
        return ()
    place, found = len(sounds), []
    for word, before in zip(reversed(words), reversed(came[1:]), strict=True):
        first = before[place]
        found.append(Word(word.text, said[first].start_s, said[place - 1].end_s))
        place = first
    return tuple(reversed(found))


def _pronunciations(aligner: Aligner, name: str) -> list[list[str]]:
    """All ways the aligner knows to say a word: name, name(2), name(3) ..."""
    ways = []
    key, number = name, 2
    while (phones := aligner.pronunciation(key)) is not None:
        ways.append(phones.split())
        key, number = f"{name}({number})", number + 1
    return ways


def _aligned_part(
    aligner: Aligner, speech: Speech, names: Sequence[str], part: Part
) -> list[PhoneTime]:
    """Phone times of one part, in seconds of the whole recording."""
    first = round(part.start_s * speech.rate_hz)
    samples = speech.samples[first : round(part.end_s * speech.rate_hz)]
    phones = aligner.align(samples, " ".join(names[part.first : part.last]))
    if phones is None:
        raise InputError(
            f"{speech.source}: the transcript cannot be aligned to the voice between "
            f"{part.start_s:.0f} and {part.end_s:.0f} s"
        )
    start_s = first / speech.rate_hz
    return [
        PhoneTime(p.phone, round(start_s + p.start_s, 3), round(start_s + p.end_s, 3))
        for p in phones
    ]


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


def unsaid(phones: tuple[PhoneTime, ...], features: SpeechFeatures) -> float:
    """Share of the voice heard that falls where no phone is."""
    voice = 1 - np.exp(features.phone_log_probs[:, SIL].astype(np.float64))
    free = np.ones(len(voice), bool)
    for phone in phones:
        if phone.phone != "SIL":
            first, last = (round(t * features.rate_hz) for t in (phone.start_s, phone.end_s))
            free[first:last] = False
    return float(voice[free].sum() / max(1e-9, voice.sum()))
