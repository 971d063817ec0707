"""RAVDESS speech (Livingstone & Russo 2018), original or prepared folder -> labelled recordings.

For evaluation only: its licence (CC BY-NC-SA 4.0) keeps it out of shipped weights. File names are
seven numbers: modality, channel, emotion, intensity, statement, repetition, actor (odd are men).
"""

import re
from pathlib import Path
from typing import Final

from avitalk.data.instructions.labels import Labelled
from avitalk.errors import InputError

EMOTIONS: Final = {
    "01": "neutral", "02": "calm", "03": "happiness", "04": "sadness", "05": "anger", "06": "fear",
    "07": "disgust", "08": "surprise",
}  # fmt: skip
INTENSITIES: Final = {"01": "normal", "02": "strong"}
_NAME: Final = re.compile(r"\d{2}-01-(\d{2})-(\d{2})-\d{2}-\d{2}-(\d{2})")
_SUFFIXES: Final = frozenset({".wav", ".ogg", ".flac"})


def read_ravdess(root: Path) -> list[Labelled]:
    """Spoken recordings under `root` (`Actor_01/...` as published, or `audio/`), by name.

    Raises InputError for a missing folder, one without recordings, or a name of another make.
    """
    if not root.is_dir():
        raise InputError(f"{root}: not a folder")
    paths = sorted(path for path in root.rglob("*-*") if path.suffix in _SUFFIXES)
    if not paths:
        raise InputError(f"{root}: no recordings of RAVDESS")
    return [label(path) for path in paths]


def label(path: Path) -> Labelled:
    """What a file's name says. Raises InputError for a name that is none of RAVDESS's speech."""
    match = _NAME.fullmatch(path.stem)
    if match is None or match[1] not in EMOTIONS or match[2] not in INTENSITIES:
        raise InputError(f"{path.name}: not a name of RAVDESS speech, such as 03-01-05-02-01-01-12")
    sex = "male" if int(match[3]) % 2 else "female"
    emotion, intensity = EMOTIONS[match[1]], INTENSITIES[match[2]]
    return Labelled(path.stem, str(path), match[3], sex, emotion, intensity)
