"""A corpus's folder in, its clips and their instructions out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.data.instructions.corpus import Instructed
from avitalk.data.instructions.emodb import read_emodb
from avitalk.data.instructions.facts import Facts
from avitalk.data.instructions.labels import Labelled
from avitalk.data.instructions.mead_text import read_mead_text
from avitalk.data.instructions.synonyms import augment
from avitalk.errors import InputError
from avitalk.train.instruct.readers import read_readers, write_with_readers
from avitalk.train.instruct.recipe import CorpusPart, WordsPart

SUFFIXES: Final = (".wav", ".flac", ".ogg", ".m4a", ".mp3", ".mp4")


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording, with a label or with facts and texts."""

    audio: str
    """Path of the recording."""
    label: Labelled | None = None
    """What was acted, where the grammar writes the texts."""
    id: str = ""
    facts: Facts | None = None
    texts: tuple[str, ...] = ()
    """What people wrote."""


def clips_of(part: CorpusPart, data: Path) -> list[Clip]:
    """The recordings of a corpus. Raises InputError for a folder that is not one of it."""
    if not data.is_dir():
        raise InputError(f"{data}: no such folder of recordings")
    if part.kind == "emodb":
        readers = [] if part.readers is None else read_readers(Path(part.readers))
        return [Clip(label.audio, label) for label in (*read_emodb(data), *readers)]
    rows = read_mead_text(data / part.annotations)
    return [Clip(_audio(data, row.clip), None, row.clip, row.facts, row.texts) for row in rows]


def _audio(data: Path, clip: str) -> str:
    """The recording of a MEAD clip: by its own path, or as MEAD parts audio and video."""
    actor, view, rest = clip.split("/", 2)
    places = (clip, f"{actor}/audio/{rest}", f"{actor}/video/{view}/{rest}")
    for place in places:
        for suffix in SUFFIXES:
            path = data / f"{place}{suffix}"
            if path.is_file():
                return str(path)
    raise InputError(f"{data}: no recording of {clip}; looked for {' and '.join(places)} with"
                     f" {', '.join(SUFFIXES)}")  # fmt: skip


def read_at_16_khz(paths: Sequence[str]) -> None:
    """Raises InputError for a recording that the affect ear's trainer cannot take as it is."""
    for path in paths:
        try:
            rate_hz = soundfile.info(path).samplerate
        except (RuntimeError, OSError) as error:
            raise InputError(f"{path}: not a readable recording ({error})") from error
        if rate_hz != SAMPLE_RATE_HZ:
            raise InputError(f"{path}: {rate_hz} Hz; {SAMPLE_RATE_HZ} Hz are needed")


def instructed(
    clips: Sequence[Clip], summaries: NDArray[np.float32], part: WordsPart
) -> list[Instructed]:
    """Instructions of each clip: the grammar's from labels and measured voices, or people's."""
    labels = [clip.label for clip in clips if clip.label is not None]
    if labels:
        return write_with_readers(
            labels, summaries, seed=part.seed, texts=part.texts, held_out=part.held_out,
            augmented=part.augmented,
        )  # fmt: skip
    return [_told(clip, part) for clip in clips]


def _told(clip: Clip, part: WordsPart) -> Instructed:
    """People's texts in turn until there are as many as wanted, some with synonyms exchanged."""
    assert clip.facts is not None
    rng = np.random.default_rng((part.seed, crc32(clip.id.encode())))
    texts = []
    for number in range(part.texts):
        text = clip.texts[number % len(clip.texts)]
        texts.append(augment(text, rng) if rng.random() < part.augmented else text)
    return Instructed(clip.id, clip.id.split("/")[0], clip.facts, tuple(texts), ())
