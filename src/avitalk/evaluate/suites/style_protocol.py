"""AVI-Talking's evaluation (section 4.1) by name: which recordings, what is told, which columns.

RAVDESS, speech of the first six actors; head pose and identity neutral for every system.
Deviations: features of motion in place of Inception's on renders, in FID and KID; truth is tracked
by `avitalk track` where the paper has EMOCA; a sync expert of our own beside LSE-D.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from avitalk.audio.load import VIDEO_SUFFIXES
from avitalk.errors import InputError
from avitalk.evaluate.corpus.files import filmed
from avitalk.evaluate.corpus.reading import limited
from avitalk.evaluate.corpus.take import Corpus, Take
from avitalk.evaluate.metrics.lips import Interval
from avitalk.evaluate.suites.result import Block
from avitalk.evaluate.tables import Column

ACTORS: Final = 6
NO_SOUND: Final = "02-"
"""How RAVDESS names videos without sound; '01-' are those with it, '03-' sound alone."""

COLUMNS: Final = (
    Column("fid", "FID (of motion, not Inception)", "", "lower", 4),
    Column("kid", "KID (of motion, not Inception)", "x 1000", "lower", 3),
    Column("lse-d", "LSE-D", "", "lower", 2),
    Column("expert distance", "sync expert: distance", "", "lower"),
    Column("style diversity", "Diversity", "style", "higher"),
    Column("diversity", "Diversity of vertices", "mm", "higher", 4),
)
NO_VIDEOS: Final = (
    "no videos here: ground truth, FDD, MEE and CE need them, and so do FID and KID unless "
    "--reference names a folder of real faces"
)
NOTE: Final = (
    "Columns as in Tables 1 and 4 of AVI-Talking. FID and KID are distances of motion statistics: "
    "the paper's come from Inception on renders of EMOCA's faces and do not compare. Diversity is "
    "the mean distance of predicted styles of one recording under different noise; systems that "
    "predict no style are 0 where their seeds change nothing, and have the vertices' diversity "
    "alone where they do."
)


def narrowed(corpus: Corpus, limit: int | None = None) -> Corpus:
    """Takes of the first six actors, with the face in their video as truth where they are videos.

    Raises InputError if there is none of them.
    """
    takes = [take for take in corpus.takes if _number(take) in range(1, ACTORS + 1)]
    stems = {Path(take.clip.audio).stem for take in takes}
    takes = [take for take in takes if not _repeated(Path(take.clip.audio).stem, stems)]
    if not takes:
        raise InputError(
            f"{corpus.folder}: no speech of RAVDESS's first {ACTORS} actors "
            "(names such as 01-01-05-02-01-01-06.mp4)"
        )
    found = tuple(_with_face(take) for take in limited(takes, limit))
    told = dict.fromkeys(corpus.notes)
    if not any(take.face is not None for take in found):
        told[NO_VIDEOS] = None
    return replace(corpus, takes=found, part=f"first {ACTORS} actors", notes=tuple(told))


def _number(take: Take) -> int:
    speaker = take.clip.speaker
    return int(speaker) if speaker.isdigit() else 0


def _repeated(stem: str, stems: set[str]) -> bool:
    """Whether a recording is silent, or is there as a video with sound, too."""
    return stem.startswith(NO_SOUND) or (stem.startswith("03-") and f"01-{stem[3:]}" in stems)


def _with_face(take: Take) -> Take:
    video = Path(take.clip.audio).suffix.lower() in VIDEO_SUFFIXES
    return filmed(take) if video and take.face is None else take


def table(blocks: Sequence[Block], rows: Sequence[str], groups: Mapping[str, str]) -> Block:
    """The paper's table, out of the others."""
    keys = {column.key for column in COLUMNS}
    whole: dict[str, dict[str, Interval]] = {name: {} for name in rows}
    for block in blocks:
        for name, row in block.intervals().items():
            if name in whole:
                whole[name] |= {k: x for k, x in row.items() if k in keys and x is not None}
    for found in whole.values():
        still = found.get("diversity")
        if still is not None and still.mean == still.high == 0:
            found.setdefault("style diversity", still)
    empty: dict[str, dict[str, dict[str, float]]] = {name: {} for name in rows}
    return Block("AVI-Talking's protocol on RAVDESS", COLUMNS, empty, groups, NOTE, whole)
