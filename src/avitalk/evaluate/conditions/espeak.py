"""Synthesised speech: a text and its language come in, samples at 16 kHz and phone times go out.

What is made here is synthesised, by formants, and must be reported as such: it stands in where no
recording is at hand. The library of espeak-ng does it (the Debian package of that name).
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from avitalk import audio
from avitalk.errors import InputError
from avitalk.evaluate.conditions.condition import Wave
from avitalk.evaluate.conditions.espeak_process import NO_LIBRARY, NO_VOICE

LIBRARY: Final = "libespeak-ng.so.1"
PROGRAM: Final = Path(__file__).with_name("espeak_process.py")
LIMIT_S: Final = 120


@dataclass(frozen=True, slots=True)
class SpokenPhone:
    """One phone that espeak-ng spoke."""

    name: str
    """In espeak-ng's own alphabet, as 'm' or 'OY'; pauses start with '_'."""
    start_s: float
    end_s: float


def synthesised_speech(text: str, language: str) -> Wave:
    """(N,) the text spoken in `language`, a voice of `espeak-ng --voices` such as 'de' or 'ja'.

    Raises InputError if espeak-ng is missing, does not know the language, finds nothing to say, or
    reads part of the text as another language: it reads Japanese from kana only, and Mandarin best
    from pinyin with the voice 'cmn-latn-pinyin'; of other characters it says what they are.
    """
    return synthesised_phones(text, language)[0]


def synthesised_phones(text: str, language: str) -> tuple[Wave, list[SpokenPhone]]:
    """(N,) as `synthesised_speech`, and its phones one after the other; raises as it does."""
    if not any(letter.isalnum() for letter in text):
        raise InputError(f"text {text!r}: holds nothing to say")
    made = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), LIBRARY, language],
        input=text.encode(), capture_output=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    if made.returncode == NO_LIBRARY:
        raise InputError("espeak-ng is not installed; on Debian: apt-get install espeak-ng")
    if made.returncode == NO_VOICE:
        raise InputError(f"language {language!r}: no such voice; see `espeak-ng --voices`")
    header, _, stored = made.stdout.partition(b"\n")
    if made.returncode or not stored:
        raise InputError(f"text {text!r}: espeak-ng makes no speech of it in {language!r}")
    told = json.loads(header)
    switched = sorted({name for _, name in told["starts"] if name.startswith("(")})
    if switched:
        raise InputError(
            f"text {text!r}: espeak-ng reads part of it as {' '.join(switched)}, not {language!r}; "
            "write it in letters that the voice reads, such as kana or pinyin"
        )
    samples, rate_hz = np.frombuffer(stored, np.int16), int(told["rate_hz"])
    ends = [*told["starts"], (len(samples), "")]
    phones = [
        SpokenPhone(name, first / rate_hz, last / rate_hz)
        for (first, name), (last, _) in pairwise(ends)
        if last > first
    ]
    return audio.from_array(samples, rate_hz, name=f"espeak-ng {language}").samples, phones
