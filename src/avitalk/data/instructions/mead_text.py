"""Annotations in the style of MEAD-Text in, (clip, facts, texts) out.

MEAD (Wang et al. 2020) names a clip by actor, view, emotion, level and number; text annotations of
it (as in TalkCLIP and AVI-Talking) give each clip several sentences, some of the emotion as a
whole, some of single movements. Expected here is one clip per line: its path, a tab, a sentence,
and more sentences after further tabs:

    M003/front/angry/level_3/014<TAB>He is furious.<TAB>The brows are pulled down hard.

Empty lines and lines that begin with '#' are passed over. The emotion and level are those of the
path, since they were acted; what the sentences say is for readers to read.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avitalk.data.instructions.facts import Facts
from avitalk.errors import InputError

EMOTIONS: Final = {
    "angry": "anger", "contempt": "contempt", "disgusted": "disgust", "fear": "fear",
    "happy": "happiness", "neutral": "neutral", "sad": "sadness", "surprised": "surprise",
}  # fmt: skip
STRENGTHS: Final = {"1": 0.3, "2": 0.6, "3": 0.9}
"""MEAD's weak, medium and strong."""
_CLIP: Final = re.compile(r"([MW])(\d{3})/(\w+)/(\w+)/level_(\d)/(\d{3})(?:\.\w+)?")


@dataclass(frozen=True, slots=True)
class Annotated:
    """One annotated clip."""

    clip: str
    """Its path without suffix, such as 'M003/front/angry/level_3/014'."""
    facts: Facts
    """Emotion, strength and pronoun; the voice is not known from text."""
    texts: tuple[str, ...]


def read_mead_text(path: Path) -> list[Annotated]:
    """All annotated clips of a file. Raises InputError with the line that is wrong."""
    if not path.is_file():
        raise InputError(f"{path}: not found")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text") from error
    rows = [
        _row(line, f"{path}:{number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not rows:
        raise InputError(f"{path}: no annotations")
    return rows


def _row(line: str, where: str) -> Annotated:
    clip, *texts = (part.strip() for part in line.split("\t"))
    match = _CLIP.fullmatch(clip)
    if match is None:
        raise InputError(f"{where}: '{clip}' is no clip such as M003/front/angry/level_3/014")
    sex, _, _, emotion, level, _ = match.groups()
    if emotion not in EMOTIONS:
        raise InputError(f"{where}: unknown emotion '{emotion}'; available: {', '.join(EMOTIONS)}")
    if level not in STRENGTHS:
        raise InputError(f"{where}: level '{level}'; allowed: {', '.join(STRENGTHS)}")
    if not texts or not all(texts):
        raise InputError(f"{where}: a sentence is missing after the clip's name")
    facts = Facts(EMOTIONS[emotion], STRENGTHS[level], pronoun="he" if sex == "M" else "she")
    return Annotated(clip.rsplit(".", 1)[0] if "." in clip else clip, facts, tuple(texts))
