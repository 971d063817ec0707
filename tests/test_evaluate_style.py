"""Suite style on made corpora: truth, faces drawn at random, emotions, AVI-Talking's protocol."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.evaluate.corpus import Corpus, read_corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import style, style_emotions, style_protocol, style_sets
from avitalk.evaluate.suites.options import Options
from avitalk.evaluate.suites.result import MEAN, SHUFFLED, TRUTH, Block, Result
from avitalk.types import Motion, Speech
from evaluate_corpora import RATE_HZ, Fake, face, made_corpus, perfect, still, voice

EMOTIONS = {"03": "happiness", "05": "anger"}


@dataclass
class Drawn:
    """Opens the jaw by truth's, more under even seeds and less under odd ones."""

    name: str = "drawn"
    fingerprint: str = "drawn"

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """Truth with its jaw moved by a tenth."""
        true = face(int(take_id[-1]))
        weights = np.array(true.weights)
        weights[:, INDEX["jawOpen"]] += 0.1 * (-1) ** seed
        return true.with_weights(weights)

    def styles(self, speech: Speech, seeds: range) -> np.ndarray:
        """Two points at a distance of 1, in turn."""
        return np.array([[seed % 2, 0.0] for seed in seeds])


@dataclass
class Acted:
    """Smiles or frowns as the recording's name says."""

    name: str = "acted"
    fingerprint: str = "acted"

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """Anger is in the brows alone, happiness in the cheeks alone."""
        motion = face(0)
        weights = np.array(motion.weights)
        angry = take_id.split("-")[2] == "05"
        weights[:, INDEX["browDownLeft" if angry else "cheekSquintLeft"]] = 0.5
        return motion.with_weights(weights)


def number(result: Result, row: str, key: str) -> float:
    """What the first table that has it shows."""
    for block in result.blocks:
        found = block.intervals().get(row, {}).get(key)
        if found is not None:
            return found.mean
    raise KeyError((row, key))


def ravdess(folder: Path, actors: tuple[int, ...], faces: bool = False) -> Path:
    """Recordings named as RAVDESS's, two emotions an actor."""
    folder.mkdir(parents=True)
    for actor in actors:
        for emotion in EMOTIONS:
            stem = f"03-01-{emotion}-01-01-01-{actor:02d}"
            soundfile.write(folder / f"{stem}.wav", voice(actor), RATE_HZ)
            if faces:
                face(actor).save(folder / f"{stem}.motion.npz")
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return read_corpus(made_corpus(tmp_path_factory.mktemp("style") / "made"), phones=False)


@pytest.fixture(scope="module")
def result(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Result:
    run = Run(tmp_path_factory.mktemp("run"))
    return style.measure(corpus, [perfect(), still(), Drawn()], run, Options(draws=4, drawn=2))


def test_truth_and_a_perfect_face_differ_in_nothing_from_truth(result: Result) -> None:
    for row in (TRUTH, "perfect"):
        for key in ("fdd signed", "fdd absolute", "fdd artalk", "fdd deeptalk"):
            assert number(result, row, key) == pytest.approx(0, abs=1e-9)
    assert number(result, "perfect", "fid") == pytest.approx(0, abs=1e-6)
    with pytest.raises(KeyError):
        number(result, TRUTH, "fid")


def test_a_still_face_moves_less_than_truth(result: Result) -> None:
    assert number(result, "still", "fdd signed") > 0
    assert number(result, "still", "upper sd") == 0
    assert number(result, "still", "brows vary") == 0
    assert number(result, MEAN, "upper sd") == pytest.approx(0, abs=1e-6)
    assert number(result, "perfect", "upper sd") > 0.01
    assert number(result, "still", "fid") > number(result, "perfect", "fid") + 0.01


def test_what_is_not_drawn_has_no_diversity(result: Result) -> None:
    for row in ("perfect", "still", MEAN):
        for key in ("diversity", "upper diversity", "lip diversity"):
            assert number(result, row, key) == 0
    assert number(result, "drawn", "lip diversity") >= 0
    assert number(result, SHUFFLED, "diversity") > 0


def test_draws_around_truth_have_it_as_their_mean_but_none_covers_it(result: Result) -> None:
    assert number(result, "drawn", "mee") == pytest.approx(0, abs=1e-6)
    assert number(result, "drawn", "ce") > 0.1
    assert number(result, "perfect", "ce") == pytest.approx(0, abs=1e-6)
    # of the six pairs of four draws, four are apart by 1
    assert number(result, "drawn", "style diversity") == pytest.approx(4 / 6)
    with pytest.raises(KeyError):
        number(result, "perfect", "style diversity")


def test_a_run_goes_on_without_performing_again(corpus: Corpus, tmp_path: Path) -> None:
    settings = Options(draws=2, drawn=1)
    first, second = perfect(), perfect()
    told = style.measure(corpus, [first], Run(tmp_path), settings)
    again = style.measure(corpus, [second], Run(tmp_path), settings)
    assert first.calls == len(corpus.takes) + 1  # another seed of one recording
    assert second.calls == 0
    assert told.data("x") == again.data("x")


def test_emotions_are_told_apart_where_they_show(tmp_path: Path) -> None:
    acted = read_corpus(ravdess(tmp_path / "acted", (1, 2, 3)), phones=False)
    found = style.measure(acted, [Acted()], Run(tmp_path / "run"), Options(draws=2, drawn=1))
    assert number(found, "acted", "whole face") == 1
    assert number(found, "acted", "upper face") == 1
    assert number(found, "acted", "lips only") == 0.5
    assert number(found, MEAN, "whole face") == 0.5
    assert any("happiness" in block.note for block in found.blocks)


def test_classes_are_learnt_from_other_people_only() -> None:
    values = np.array([[0.0], [1.0], [0.2], [1.2], [5.0], [6.0]])
    truth = np.array([0, 1, 0, 1, 0, 1])
    people = np.array([0, 0, 1, 1, 2, 2])
    guess = style_emotions.left_out(values, truth, people)
    assert guess[:4].tolist()[0] == 0
    assert guess[4:].tolist() == [1, 1]  # both beyond everything that was learnt


def test_jackknife_of_clips_that_are_alike_is_sharp() -> None:
    clips = [np.ones((3, 2))] * 4
    found = style_sets.jackknifed(clips, lambda x: float(x.mean()))
    assert (found.mean, found.low, found.high, found.clips) == (1, 1, 1, 4)
    apart = style_sets.jackknifed([c * i for i, c in enumerate(clips)], lambda x: float(x.mean()))
    assert apart.low < 1.5 < apart.high


def test_protocol_takes_the_first_six_actors_and_names_the_papers_columns(tmp_path: Path) -> None:
    folder = ravdess(tmp_path / "ravdess", (1, 6, 7, 24), faces=True)
    read = style_protocol.narrowed(read_corpus(folder, phones=False))
    assert sorted({take.clip.speaker for take in read.takes}) == ["01", "06"]
    assert len(style_protocol.narrowed(read, 3).takes) == 3
    system = Fake("perfect", lambda _: face(1))
    options = Options("ravdess", draws=2, drawn=1)
    found = style.measure(read, [system], Run(tmp_path / "run"), options)
    head: Block = found.blocks[0]
    assert [c.title.split(" (")[0] for c in head.columns[:3]] == ["FID", "KID", "LSE-D"]
    assert "Inception" in head.columns[0].title
    assert head.whole["perfect"]["style diversity"].mean == 0
    assert "fid" not in head.whole[TRUTH]
    assert any("SyncNet" in note for note in found.notes)
    assert json.dumps(found.data("avitalk evaluate"))


def test_protocol_without_videos_says_so(tmp_path: Path) -> None:
    read = style_protocol.narrowed(read_corpus(ravdess(tmp_path / "r", (1,)), phones=False))
    again = style_protocol.narrowed(read)
    assert sum("no videos" in note for note in again.notes) == 1


def test_videos_go_before_sound_alone_and_silent_ones_are_left_out(tmp_path: Path) -> None:
    folder = ravdess(tmp_path / "r", (1,))
    for kind in ("01", "02"):
        (folder / f"{kind}-01-03-01-01-01-01.mp4").write_bytes(b"")
    read = style_protocol.narrowed(read_corpus(folder, phones=False))
    assert [take.id for take in read.takes] == ["01-01-03-01-01-01-01", "03-01-05-01-01-01-01"]
    assert [take.face is not None for take in read.takes] == [True, False]


def test_bad_settings_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown protocol 'biwi'; available: ravdess"):
        Options(protocol="biwi")
    with pytest.raises(InputError, match="even number"):
        Options(draws=3)
    with pytest.raises(InputError, match="no such folder of faces"):
        Options(reference=tmp_path / "nowhere")
    with pytest.raises(InputError, match="first 6 actors"):
        style.measure(corpus, [perfect()], Run(tmp_path), Options("ravdess"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no faces in it"):
        settings = Options(reference=tmp_path / "empty", draws=2, drawn=1)
        style.measure(corpus, [perfect()], Run(tmp_path / "run"), settings)
