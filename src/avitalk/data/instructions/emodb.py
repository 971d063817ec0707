"""EmoDB (Burkhardt et al. 2005), original or prepared folder -> labelled recordings.

File names say it all: `03a01Fa` is speaker 03, sentence a01, emotion F, take a. The letters are
those of the German words.
"""

import re
from pathlib import Path
from typing import Final

from avitalk.data.instructions.labels import Labelled
from avitalk.errors import InputError

EMOTIONS: Final = {
    "W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness", "T": "sadness",
    "N": "neutral",
}  # fmt: skip
MEN: Final = frozenset({"03", "10", "11", "12", "15"})
WOMEN: Final = frozenset({"08", "09", "13", "14", "16"})
_NAME: Final = re.compile(r"(\d{2})([ab]\d{2})([WLEAFTN])([a-z])")


def read_emodb(root: Path) -> list[Labelled]:
    """Recordings of `root/wav` (as published) or `root/audio` (prepared), by name.

    Raises InputError for a missing folder, one without recordings, or a name of another make.
    """
    folder = next((root / name for name in ("wav", "audio") if (root / name).is_dir()), None)
    if folder is None:
        raise InputError(f"{root}: neither 'wav' nor 'audio' in it")
    found = [label(path) for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES]
    if not found:
        raise InputError(f"{folder}: no recordings")
    return found


_SUFFIXES: Final = frozenset({".wav", ".ogg", ".flac"})


def label(path: Path) -> Labelled:
    """What a file's name says. Raises InputError for a name that is none of EmoDB's."""
    match = _NAME.fullmatch(path.stem)
    if match is None or match[1] not in MEN | WOMEN:
        raise InputError(f"{path.name}: not a name of EmoDB, such as 03a01Fa.wav")
    sex = "male" if match[1] in MEN else "female"
    return Labelled(path.stem, str(path), match[1], sex, EMOTIONS[match[3]])
