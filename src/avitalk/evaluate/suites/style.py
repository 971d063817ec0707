"""Suite `style`: how far faces express, how varied and how fitting they are.

Upper faces and how they move, many performances of one recording, distances between sets of faces,
emotions told apart, timing. Everybody's face is the default head looking straight ahead.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from avitalk.evaluate.corpus.lips import contour_of
from avitalk.evaluate.corpus.take import Corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import (
    style_diversity,
    style_emotions,
    style_moving,
    style_protocol,
    style_sets,
)
from avitalk.evaluate.suites.options import Options
from avitalk.evaluate.suites.result import SHUFFLED, TRUTH, Block, Result, facts, speakers
from avitalk.evaluate.suites.style_faces import Seen, Stage, seen, true_face
from avitalk.evaluate.suites.style_reference import reference_faces
from avitalk.evaluate.systems import System
from avitalk.types import Motion

Rows = dict[str, dict[str, dict[str, float]]]

NAME: Final = "style"
REFERENCE: Final = "reference faces"


def measure(
    corpus: Corpus, systems: Sequence[System], run: Run, options: Options | None = None
) -> Result:
    """The suite on a corpus; nothing of it needs true faces, but FDD, MEE and CE.

    Raises InputError as `narrowed` does for a protocol, and for a reference without faces.
    """
    options = options or Options()
    if options.protocol is not None:
        corpus = style_protocol.narrowed(corpus)
    judges = style_moving.Judges(options.syncnet)
    stage = Stage(corpus, systems, run)
    rows: Rows = {name: {} for name in stage.rows}
    faces: dict[str, dict[str, Seen]] = {name: {} for name in stage.rows}
    for take in corpus.takes:
        speech = take.speech
        truth = true_face(take)
        for shown in stage.faces(take, speech):
            faces[shown.row][take.id] = seen(shown.motion)
            rows[shown.row][take.id] = run.values(
                f"{NAME}-{shown.row}", take.id, f"{shown.mark} {judges.mark}",
                lambda m=shown.motion, t=truth, s=speech: {  # type: ignore[misc]
                    **style_moving.moving(m, t), **judges.judged(s, contour_of(m), m)
                },
            )  # fmt: skip
        if take.truth is not None and truth is None:
            rows[TRUTH][take.id] = judges.judged(speech, take.truth.contour_mm)
    reference = {} if options.reference is None else reference_faces(options.reference, run)
    blocks = _blocks(stage, options, judges, rows, faces, reference)
    if options.protocol is not None:
        names = [name for name in stage.rows if rows[name]]
        blocks.insert(0, style_protocol.table(blocks, names, speakers(corpus)))
    suite = NAME if options.protocol is None else f"{NAME}-protocol"
    return Result(suite, facts(corpus), tuple(blocks), (*corpus.notes, *judges.notes))


def _blocks(
    stage: Stage,
    options: Options,
    judges: style_moving.Judges,
    rows: Rows,
    faces: Mapping[str, Mapping[str, Seen]],
    reference: Mapping[str, Motion],
) -> list[Block]:
    filled = {name: found for name, found in rows.items() if found}
    faces = {name: kept for name, kept in faces.items() if kept}
    groups = speakers(stage.corpus)
    named = f"The mean face is that of: {stage.usual_of}."
    if stage.systems:
        named += f" {SHUFFLED.capitalize()}: {stage.systems[0].name} on another clip's sound."
    moved = {name: kept for name, kept in filled.items() if name in faces}
    if reference:
        moved[REFERENCE] = {n: style_moving.moving(m, None) for n, m in reference.items()}
    found = [Block("Upper face", style_moving.UPPER, moved, groups, (
        "Blinks are left out of how lids vary. FDD only where the whole true face is known. "
        f"{named}"
    ))]  # fmt: skip
    drawn = style_diversity.measure(stage, options)
    many = len(style_diversity.drawn_takes(stage.corpus, options))
    found.append(Block("Diversity", style_diversity.COLUMNS, drawn, groups, (
        f"{options.draws} performances by seeds of {many} "
        "recordings, half paired with half; 0 where seeds change nothing. Shuffled audio: "
        "performances of as many other recordings. MEE and CE: LVE-sq of the mean and of the best "
        "performance."
    )))  # fmt: skip
    sets = [seen(motion).windows for motion in reference.values()]
    own = None
    if not sets and TRUTH in faces:
        sets, own = [kept.windows for kept in faces[TRUTH].values()], TRUTH
    if sets:
        whole = style_sets.measure(faces, sets, own=own)
        of_whom = "the corpus's own faces"
        if options.reference is not None:
            of_whom = f"{len(sets)} faces of {options.reference.name}"
        found.append(Block("Against a set of real faces", style_sets.COLUMNS, {}, groups,
                           f"Reference: {of_whom}. {style_sets.NOTE}", whole))  # fmt: skip
    told, note = style_emotions.measure(faces, stage.corpus)
    if told:
        found.append(Block("Emotions told apart", style_emotions.COLUMNS, {}, groups, note, told))
    if not judges.at_hand:
        return found
    found.append(Block("Timing against the sound", style_moving.TIMING, filled, groups, (
        "The sync expert was trained here and is no LSE-D. LSE on renders is out of SyncNet's "
        "domain: compare with ground truth."
    )))  # fmt: skip
    return found
