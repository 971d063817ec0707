"""What a system writes of each recording, kept on disk; what the recording's label would say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avitalk import weights
from avitalk.data.instructions import emodb, ravdess
from avitalk.data.instructions.corpus import Instructed, write_instructions
from avitalk.data.instructions.labels import Labelled
from avitalk.errors import InputError
from avitalk.evaluate.acting import Writes
from avitalk.evaluate.corpus.take import Take
from avitalk.evaluate.runs import Run
from avitalk.evaluate.systems import System
from avitalk.files import write_bytes
from avitalk.instruct.ear import Ear
from avitalk.speech import SpeechEncoder
from avitalk.speech.statistics import spoken, summarise
from avitalk.types import Instruction, Speech

REFERENCES: Final = 4
"""Texts of a label that what is written is held against."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a system says of one recording."""

    text: str
    """Words of the longest segment; '' where nothing was written."""
    heard: tuple[tuple[str, float], ...]
    """Emotion -> share of it in the voice, likeliest first; empty where the system does not say."""


def written(system: System, take: Take, speech: Speech, run: Run) -> Written | None:
    """What a system writes: read if it was written before; None for a system that does not."""
    if not isinstance(system, Writes):
        return None
    mark = run.mark(system, take, speech)
    path = run.folder / "words" / system.name / f"{take.id}.{mark}.json"
    if path.is_file() and not run.fresh:
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            return Written(row["text"], tuple((n, float(v)) for n, v in row["heard"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: not words of a run ({error}); --fresh writes anew"
            ) from error
    found = of_instruction(system.write(speech, run.seed))
    text = json.dumps({"text": found.text, "heard": found.heard}, ensure_ascii=False)
    write_bytes(path, (text + "\n").encode())
    return found


def of_instruction(instruction: Instruction) -> Written:
    """Its longest segment."""
    if not instruction.segments:
        return Written("", ())
    longest = max(instruction.segments, key=lambda s: s.end_s - s.start_s)
    heard = () if longest.emotion is None else tuple(longest.emotion)
    return Written(longest.text, tuple((name, float(share)) for name, share in heard))


def labelled(take: Take) -> Labelled | None:
    """What the name of a recording says, of corpora that name sex and emotion in it."""
    for label in (ravdess.label, emodb.label):
        try:
            return label(Path(take.clip.audio))
        except InputError:
            continue  # a name of another make
    return None


def label_texts(takes: Sequence[Take], seed: int = 0) -> dict[str, Instructed]:
    """Take -> instructions written from its label and its measured voice, in phrasings that no
    training text uses: REFERENCES to compare with, and one more.
    """
    named = {take.id: label for take in takes if (label := labelled(take)) is not None}
    if not named:
        return {}
    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    summaries = []
    for take in takes:
        if take.id in named:
            ear = Ear.listen(take.speech, encoder.encode(take.speech))
            summaries.append(summarise(*ear.window(*spoken(ear.frames))))
    rows = write_instructions(
        list(named.values()), summaries, seed=seed, texts=0, held_out=REFERENCES + 1
    )
    return dict(zip(named, rows, strict=True))
