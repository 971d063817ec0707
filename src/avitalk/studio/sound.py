"""An uploaded recording: what kind of file it is, how long, and as the page plays it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from avitalk.audio.containers import looks_like_text
from avitalk.audio.decode import open_stream
from avitalk.audio.load import AUDIO_SUFFIXES, VIDEO_SUFFIXES
from avitalk.errors import InputError
from avitalk.files import atomic_path
from avitalk.types import Speech

NAMELESS: Final = "recording"
MOST_NAME: Final = 120
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def clean_name(given: str | None, default: str = NAMELESS) -> str:
    """A file's name as people know it: never a path, one line, not too long."""
    last = re.split(r"[/\\]", given or "")[-1]
    plain = " ".join(_UNPRINTABLE.sub("", last).split())
    if len(plain) > MOST_NAME:
        stem, suffix = Path(plain).stem, Path(plain).suffix[:10]
        plain = stem[: MOST_NAME - len(suffix)] + suffix
    return default if plain.strip(". ") == "" else plain


def suffix_of(name: str) -> str:
    """The ending that a recording is stored with: one that is known, or none."""
    suffix = Path(name).suffix.lower()
    return suffix if suffix in (*AUDIO_SUFFIXES, *VIDEO_SUFFIXES) else ""


def is_text(path: Path) -> bool:
    """Whether a file begins as text does."""
    with path.open("rb") as file:
        return looks_like_text(file.read(4096))


def check_length(path: Path, longest_s: float, check: Callable[[], None]) -> None:
    """Decode a recording piece by piece, and raise InputError once it is longer than `longest_s`.

    Nothing is kept, so that hours of silence in a small file cost no memory. `check` is called
    between pieces, and may raise.
    """
    stream = open_stream(path)
    done = 0
    for block in stream.blocks:
        check()
        done += len(block)
        if done > longest_s * stream.rate_hz:
            raise InputError(
                f"{path}: longer than {longest_s:g} s; the studio takes up to {longest_s / 60:g} "
                "minutes, 'avitalk animate' up to an hour"
            )


def write_wav(path: Path, speech: Speech) -> None:
    """Write 16-bit PCM, for the page to play and to draw its waveform of."""
    whole = np.clip(np.rint(speech.samples * 32767), -32768, 32767).astype(np.int16)
    with atomic_path(path) as partial:
        soundfile.write(partial, whole, speech.rate_hz, subtype="PCM_16", format="WAV")
