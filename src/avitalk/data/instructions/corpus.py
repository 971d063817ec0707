"""Labelled recordings and their measured voices in, the instruction corpus out: many texts a clip.

Stored as JSON lines, one recording a line: its id, speaker, facts, texts and held-out texts.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from avitalk.data.instructions.facts import Facts
from avitalk.data.instructions.grammar import phrase
from avitalk.data.instructions.labels import Labelled
from avitalk.data.instructions.synonyms import augment
from avitalk.data.instructions.voices import EMODB, Reference, facts_of
from avitalk.errors import InputError
from avitalk.files import write_bytes
from avitalk.speech.statistics import VoiceSummary


@dataclass(frozen=True, slots=True)
class Instructed:
    """One recording with its instructions."""

    id: str
    speaker: str
    facts: Facts
    texts: tuple[str, ...]
    """For training."""
    held_out: tuple[str, ...]
    """In phrasings that no training text uses."""


def write_instructions(
    clips: Sequence[Labelled],
    summaries: Sequence[VoiceSummary],
    *,
    seed: int,
    texts: int = 20,
    held_out: int = 4,
    augmented: float = 0.5,
    reference: Reference = EMODB,
) -> list[Instructed]:
    """`texts` instructions a clip, a share of them with synonyms exchanged, and held-out ones.

    A clip's texts depend on its id and the seed, not on the other clips. Raises InputError where
    clips and summaries differ in number.
    """
    if len(clips) != len(summaries):
        raise InputError(f"{len(clips)} clips but {len(summaries)} measured voices")
    rows = []
    for clip, summary in zip(clips, summaries, strict=True):
        rng = np.random.default_rng((seed, crc32(clip.id.encode())))
        facts = facts_of(clip.emotion, summary, clip.sex, reference=reference)
        written = [phrase(facts, rng) for _ in range(texts)]
        usual = [augment(text, rng) if rng.random() < augmented else text for text in written]
        kept = tuple(phrase(facts, rng, held_out=True) for _ in range(held_out))
        rows.append(Instructed(clip.id, clip.speaker, facts, tuple(usual), kept))
    return rows


def save_instructions(path: Path, rows: Iterable[Instructed]) -> None:
    """Write as JSON lines, atomically."""
    lines = [json.dumps(asdict(row), separators=(",", ":")) for row in rows]
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def load_instructions(path: Path) -> list[Instructed]:
    """Read what `save_instructions` wrote. Raises InputError naming a line that is not."""
    if not path.is_file():
        raise InputError(f"{path}: not found")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            facts = Facts(**row.pop("facts"))
            texts, held_out = tuple(row.pop("texts")), tuple(row.pop("held_out"))
            rows.append(Instructed(facts=facts, texts=texts, held_out=held_out, **row))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path}:{number}: no instructed recording: {error}") from error
    return rows
