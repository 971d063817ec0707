"""Suite `instruct`: what is written of a voice, what is heard in it, whether words are followed.

Texts and emotions where recordings are labelled; instructions that name movements on any others.
"""

from collections.abc import Sequence
from typing import Final

from avitalk.evaluate.corpus.reading import TRAINED_ON
from avitalk.evaluate.corpus.take import Corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import (
    instruct_following,
    instruct_lips,
    instruct_recall,
    instruct_texts,
)
from avitalk.evaluate.suites.instruct_following import Scene, scenes
from avitalk.evaluate.suites.instruct_told import Director
from avitalk.evaluate.suites.instruct_words import Written, label_texts, written
from avitalk.evaluate.suites.result import Block, Result, facts, speakers
from avitalk.evaluate.systems import System

NAME: Final = "instruct"


def measure(corpus: Corpus, systems: Sequence[System], run: Run) -> Result:
    """The suite on a corpus; systems that neither write nor take words are measured as they are."""
    groups = speakers(corpus)
    directors = [Director(system, run) for system in systems]
    blocks, notes = _written(corpus, systems, run)
    found = scenes(corpus)
    of_scenes = {scene.key: scene.take.clip.speaker for scene in found}
    followed = instruct_following.measure(directors, found)
    blocks.append(Block("Instructions followed", instruct_following.COLUMNS, followed, of_scenes,
                        f"{_told(found)} {instruct_following.NOTE}"))  # fmt: skip
    above = instruct_lips.upper_scenes(corpus)
    edits = instruct_lips.edits(directors, above)
    if edits:
        note = "Held-out instructions that name movements of brows and lids alone."
        of_scenes = {scene.key: scene.take.clip.speaker for scene in above}
        title = "Edits stay where they belong"
        blocks.append(Block(title, instruct_lips.LOCALITY, edits, of_scenes, note))
    costs = instruct_lips.costs(directors, corpus)
    if costs:
        blocks.append(Block("What expression costs the lips", instruct_lips.COST, costs, groups, (
            "'He is extremely angry' and the like, nine emotions in turn, against the same voice "
            "without words. Some lips must move: a smile is one."
        )))  # fmt: skip
    deaf = [d.system.name for d in directors if not d.takes_words]
    if deaf:
        notes.append(f"take no words: {', '.join(deaf)}")
    return Result(NAME, facts(corpus), tuple(blocks), (*corpus.notes, *notes))


def _told(found: Sequence[Scene]) -> str:
    sets = len({instruct_following.movements(scene) for scene in found})
    return f"{len(found)} held-out instructions of {sets} sets of movements."


def _written(corpus: Corpus, systems: Sequence[System], run: Run) -> tuple[list[Block], list[str]]:
    """Tables of texts and of emotions, where recordings are labelled and somebody writes."""
    told: dict[str, dict[str, Written]] = {}
    lengths_s: dict[str, float] = {}
    for take in corpus.takes:
        speech = take.speech
        lengths_s[take.id] = speech.duration_s
        for system in systems:
            words = written(system, take, speech, run)
            if words is not None:
                told.setdefault(system.name, {})[take.id] = words
    notes = []
    if corpus.name in TRAINED_ON and corpus.part != "test":
        notes.append(
            f"{corpus.name}, part '{corpus.part}', is trained on: what avitalk hears and writes "
            "here is not held out"
        )
    labels = label_texts(corpus.takes) if told else {}
    texts, missing = instruct_texts.measure(told, labels, speakers(corpus))
    heard = instruct_recall.measure(corpus, told, lengths_s)
    if texts is None:
        notes.append("texts are not compared: no labels to write references from, or no writer")
    if heard is None:
        notes.append("emotions are not compared: none are labelled, or nobody writes")
    return [block for block in (texts, heard) if block is not None], [*notes, *missing]
