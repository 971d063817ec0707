"""Folder in, Corpus out: prepared corpora by their listing, any other folder by its files."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from avitalk.data.split import part_of
from avitalk.errors import InputError
from avitalk.evaluate.corpus import files, prepared
from avitalk.evaluate.corpus.take import Corpus, Take

PARTS: Final = ("test", "validation", "train", "all")
TRAINED_ON: Final = frozenset(
    {"grid_s1", "facegood", "speechocean762", "kathleen", "librispeech", "emodb"}
)
"""Corpora of which a part is kept from training; of all others everything is unheard."""


def read_corpus(
    folder: Path | str, *, part: str = "test", limit: int | None = None, phones: bool = True
) -> Corpus:
    """Takes of a folder: a prepared corpus (`clips.jsonl`), RAVDESS as published, or any recordings
    with what lies beside them: NAME.motion.npz or NAME.csv is the true face, NAME.txt the words.

    `part` applies to corpora that are trained on; of others all is taken. `limit`: that many takes,
    spread over the corpus by hash and not by name. `phones`: align words where phone times are
    missing. Raises InputError for a folder without recordings, an unknown part, or a bad file.
    """
    folder = Path(folder)
    if part not in PARTS:
        raise InputError(f"unknown part '{part}'; available: {', '.join(PARTS)}")
    if not folder.is_dir():
        raise InputError(f"{folder}: not a folder of recordings")
    if limit is not None and limit < 1:
        raise InputError(f"limit {limit}; allowed: 1 and more")
    listed = (folder / "clips.jsonl").is_file()
    name = folder.resolve().name
    takes, notes = prepared.takes(folder) if listed else files.takes(folder)
    if listed and name in TRAINED_ON and part != "all":
        takes = [t for t in takes if part_of(name, t.clip.speaker, _whole(t)) == part]
    else:
        part = "all"
    if not takes:
        raise InputError(f"{folder}: no recordings in part '{part}'")
    takes = limited(takes, limit)
    if phones:
        takes = files.with_phones(takes)
    return Corpus(name, folder, part, tuple(takes), tuple(notes))


def limited(takes: Sequence[Take], limit: int | None) -> list[Take]:
    """`limit` of the takes, spread over them by hash and not by name; all for None."""
    if limit is None:
        return list(takes)
    return sorted(sorted(takes, key=_hash)[:limit], key=lambda take: take.id)


def _whole(take: Take) -> str:
    """The name of the recording that a take is a stretch of."""
    return Path(take.clip.audio).stem


def _hash(take: Take) -> str:
    return hashlib.sha256(f"{take.clip.corpus}/{take.id}".encode()).hexdigest()
