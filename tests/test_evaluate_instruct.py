"""Suite instruct on made corpora: words that are followed, and not; texts and emotions."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avitalk.data.instructions.corpus import Instructed
from avitalk.data.instructions.facts import Facts
from avitalk.errors import InputError
from avitalk.evaluate import units
from avitalk.evaluate.corpus import Corpus, read_corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import instruct, instruct_recall, instruct_texts
from avitalk.evaluate.suites.instruct_following import OWN, SWAPPED, mean_face, scenes
from avitalk.evaluate.suites.instruct_words import Written, labelled, of_instruction, written
from avitalk.evaluate.suites.result import MEAN, SHUFFLED, TRUTH, Block, Result
from avitalk.evaluate.tables import interval_of
from avitalk.facs.channels import CHANNELS, unpacked
from avitalk.facs.demands import demands
from avitalk.types import Instruction, Motion, Segment, Speech
from evaluate_corpora import RATE_HZ, face, made_corpus, still, voice


@dataclass
class Obedient:
    """Does exactly what words name."""

    name: str = "obedient"
    fingerprint: str = "obedient"

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """Talks, and does nothing else."""
        return self.direct(speech, take_id, seed, "neutral")

    def direct(self, speech: Speech, take_id: str, seed: int, words: str) -> Motion:
        """Each unit named, at the level asked for, all the time."""
        moved = np.zeros(CHANNELS)
        for demand in demands(words).shown:
            if demand.unit != units.BLINK:
                moved += units.direction(demand.unit, demand.side) * units.asked(demand)
        base = face(int(take_id[-1]))
        rows = np.repeat(moved[None], base.frames, axis=0)
        weights, head, lean, gaze = unpacked(rows)
        eyes = np.zeros((base.frames, 2, 3))
        eyes[:, :, :2] = gaze[:, None]
        shift = np.stack([0 * lean, 0 * lean, lean], axis=1)
        return Motion(base.weights + weights, head, eyes, base.fps, shift)


@dataclass
class Scribe:
    """Writes of every recording what its name says."""

    name: str = "scribe"
    fingerprint: str = "scribe"
    calls: int = 0

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """Truth."""
        return face(1)

    def write(self, speech: Speech, seed: int) -> Instruction:
        """One word and what was heard."""
        self.calls += 1
        angry = Path(speech.source).stem.split("-")[2] == "05"
        name, word = ("anger", "angry") if angry else ("sadness", "sad")
        other = "sadness" if angry else "anger"
        segment = Segment(
            0.0, 1.0, f"She is {word}.", author="model", emotion=((name, 0.8), (other, 0.2))
        )
        return Instruction((segment,))


def block(result: Result, title: str) -> Block:
    """A table by its title."""
    return next(found for found in result.blocks if found.title == title)


def share(found: Block, row: str, key: str) -> float:
    """Mean of a column."""
    column = next(c for c in found.columns if c.key == key)
    interval = interval_of(found.rows[row], column, found.groups)
    assert interval is not None
    return interval.mean


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return read_corpus(made_corpus(tmp_path_factory.mktemp("instruct") / "made", 6), phones=False)


@pytest.fixture(scope="module")
def result(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return instruct.measure(corpus, [Obedient(), still()], Run(tmp_path_factory.mktemp("run")))


def test_who_does_what_words_name_follows(result: Result) -> None:
    found = block(result, "Instructions followed")
    assert share(found, "obedient", "asked") > 0.97
    assert share(found, "obedient", "unasked") > 0.97
    assert share(found, "obedient", "precise") > 0.95
    assert share(found, f"obedient{SWAPPED}", "asked") < 0.4


def test_who_takes_no_words_stays_as_he_is(result: Result) -> None:
    found = block(result, "Instructions followed")
    for row in ("still", MEAN, f"obedient{OWN}"):
        assert share(found, row, "asked") == 0
        assert share(found, row, "unasked") == 1
    assert "take no words: still" in result.notes
    assert f"still{SWAPPED}" not in found.rows


def test_edits_of_brows_and_eyes_leave_the_lips(result: Result) -> None:
    found = block(result, "Edits stay where they belong")
    assert "still" not in found.rows
    assert share(found, "obedient", "upper change") > 0.1
    assert share(found, "obedient", "lip change") < 0.1 * share(found, "obedient", "upper change")
    assert share(found, "obedient", "own r") == pytest.approx(1, abs=1e-3)


def test_words_of_feelings_cost_nothing_to_who_does_not_heed_them(result: Result) -> None:
    found = block(result, "What expression costs the lips")
    assert share(found, "obedient", "lip change") == 0
    assert share(found, "obedient", "fall of r") == 0


def test_a_corpus_that_is_trained_on_is_called_so(corpus: Corpus, tmp_path: Path) -> None:
    heard = replace(corpus, name="emodb", takes=corpus.takes[:1])
    found = instruct.measure(heard, [still()], Run(tmp_path))
    assert any("not held out" in note for note in found.notes)


def test_instructions_are_spread_over_the_recordings(corpus: Corpus) -> None:
    found = scenes(corpus)
    assert len({scene.key for scene in found}) == len(found) == 12
    assert {scene.take.id for scene in found} == {take.id for take in corpus.takes}


def test_the_mean_face_counts_recordings_alike() -> None:
    one, two = face(0), face(1, seconds=1.0)
    mean = mean_face({"a": one, "b": two})
    expected = (one.weights.mean(axis=0) + two.weights.mean(axis=0)) / 2
    assert np.allclose(mean.weights[0], expected, atol=1e-6)
    assert mean.frames == 1


def ravdess(folder: Path) -> Path:
    """Sad and angry recordings of three actors, under RAVDESS's names."""
    folder.mkdir()
    for actor in (1, 2, 3):
        for emotion in ("04", "05"):
            path = folder / f"03-01-{emotion}-01-01-01-{actor:02d}.wav"
            soundfile.write(path, voice(actor), RATE_HZ)
    return folder


def test_emotions_heard_and_read_are_counted(tmp_path: Path) -> None:
    acted = read_corpus(ravdess(tmp_path / "acted"), phones=False)
    scribe, run = Scribe(), Run(tmp_path / "run")
    told = {"scribe": {}}
    for take in acted.takes:
        words = written(scribe, take, take.speech, run)
        assert words is not None
        told["scribe"][take.id] = words
        assert written(scribe, take, take.speech, run) == words
    assert scribe.calls == len(acted.takes)
    found = instruct_recall.measure(acted, told, {take.id: 1.0 for take in acted.takes})
    assert found is not None
    assert found.whole["scribe, heard"]["recall"].mean == 1
    assert found.whole["scribe, read"]["strict"].mean == 1
    assert found.whole[f"{SHUFFLED}, heard"]["recall"].mean < 1
    assert found.whole["length only"]["recall"].mean == 0.5
    assert "anger, sadness" in found.note
    first = labelled(acted.takes[0])
    assert first is not None
    assert (first.emotion, first.sex) == ("sadness", "male")


def test_saying_another_emotion_is_wrong_where_it_is_counted_strictly(tmp_path: Path) -> None:
    acted = read_corpus(ravdess(tmp_path / "acted"), phones=False)
    heard = (("boredom", 0.6), ("anger", 0.3), ("sadness", 0.1))
    told = {"deaf": {take.id: Written("She is bored.", heard) for take in acted.takes}}
    found = instruct_recall.measure(acted, told, {take.id: 1.0 for take in acted.takes})
    assert found is not None
    assert found.whole["deaf, heard"]["recall"].mean == 0.5
    assert found.whole["deaf, heard"]["strict"].mean == 0


def test_texts_of_the_label_itself_score_highest() -> None:
    pytest.importorskip("sacrebleu")
    pytest.importorskip("rouge_score")
    labels = {}
    for i, (name, word) in enumerate((("anger", "furious"), ("sadness", "sorrowful"))):
        for speaker in ("a", "b"):
            texts = tuple(f"The {word} brows of {speaker} move in way {k}." for k in range(5))
            labels[f"{i}{speaker}"] = Instructed(f"{i}{speaker}", speaker, Facts(name, 0.5), (),
                                                 texts)  # fmt: skip
    told = {"copyist": {n: Written(row.held_out[1], ()) for n, row in labels.items()}}
    found, _ = instruct_texts.measure(told, labels, {})
    assert found is not None
    assert found.whole["copyist"]["bleu-4"].mean == pytest.approx(1)
    assert share(found, "copyist", "facts") == 1
    assert share(found, TRUTH, "rouge-l") < 1
    assert share(found, SHUFFLED, "rouge-l") < share(found, TRUTH, "rouge-l")
    assert instruct_texts.measure({}, labels, {}) == (None, [])


def test_words_of_a_run_that_are_damaged_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    take, run = corpus.takes[0], Run(tmp_path)
    assert written(still(), take, take.speech, run) is None
    scribe = Scribe()
    path = tmp_path / "words" / "scribe" / f"{take.id}.{run.mark(scribe, take, take.speech)}.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(InputError, match="not words of a run"):
        written(scribe, take, take.speech, run)


def test_the_longest_segment_speaks_for_a_recording() -> None:
    both = Instruction((Segment(0.0, 1.0, "short"), Segment(1.0, 3.0, "long")))
    assert of_instruction(both) == Written("long", ())
    assert of_instruction(Instruction()) == Written("", ())
