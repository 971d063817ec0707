"""Measures of stage 1: recall, order, simple listeners, copied texts."""

import numpy as np
import pytest

from avitalk.data.instructions.corpus import Instructed
from avitalk.data.instructions.facts import Facts
from avitalk.errors import InputError
from avitalk.evaluate.metrics import recall
from avitalk.instruct.ear import WIDTH
from avitalk.train.instruct.hearing import Heard
from avitalk.train.instruct.measure import baselines, generations
from avitalk.train.instruct.measure.inputs import Windows, speakers_in, windows_of
from avitalk.train.instruct.measure.recall import by_sentences, by_words, shuffled
from avitalk.train.instruct.measure.texts import Told, file_of, load, save


def windows(clips: int = 12, each: int = 2) -> Windows:
    rng = np.random.default_rng(0)
    emotions = tuple(("anger", "sadness")[i % 2] for i in range(clips))
    heard = Heard(
        rng.normal(size=(clips * each, WIDTH)).astype(np.float32),
        np.repeat(np.arange(clips), each), np.zeros(clips * each, np.int64),
        np.full(clips * each, 1.6, np.float32), np.zeros(clips * each, np.float32),
        np.zeros((clips, 10), np.float32),
    )  # fmt: skip
    return windows_of(heard, emotions, [str(i // 4) for i in range(clips)])


def test_unweighted_recall_counts_classes_alike_and_its_interval_holds_it() -> None:
    truth = np.array([0] * 90 + [1] * 10)
    guess = np.zeros(100, int)
    found = recall.unweighted(truth, guess, np.arange(100))
    assert found.mean == found.low == found.high == 0.5
    guess[90:95] = 1
    found = recall.unweighted(truth, guess, np.arange(100))
    assert found.mean == pytest.approx(0.75)
    assert found.low < 0.75 < found.high


def test_windows_of_a_recording_stay_together() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat(rng.integers(0, 2, 40), 5)
    guess = np.repeat(rng.integers(0, 2, 40), 5)
    apart = recall.unweighted(truth, guess, np.arange(200))
    together = recall.unweighted(truth, guess, np.repeat(np.arange(40), 5))
    assert together.mean == apart.mean
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert together.clips == 40


def test_gain_is_paired_and_nothing_gained_over_itself() -> None:
    truth = np.arange(60) % 3
    better, worse = truth.copy(), truth.copy()
    worse[::2] = 0
    none = recall.gain(truth, worse, worse, np.arange(60))
    assert none.mean == none.low == none.high == 0
    found = recall.gain(truth, better, worse, np.arange(60))
    assert found.low > 0
    with pytest.raises(ValueError, match="no windows"):
        recall.unweighted([], [], [])


def test_ties_count_half_and_are_told() -> None:
    share, ties = recall.ordered([(0.1, 0.2), (0.5, 0.5), (0.9, 0.3), (0.0, 1.0)])
    assert share.mean == pytest.approx(0.625)
    assert ties == 0.25


def test_groups_and_classes_are_scored_apart() -> None:
    truth, guess = [0, 0, 1, 1], [0, 1, 1, 1]
    assert recall.by_class(truth, guess, ("a", "b", "c")) == {"a": 0.5, "b": 1.0}
    assert recall.by_group(truth, guess, ["x", "y", "x", "y"]) == {"x": 1.0, "y": 0.5}


def test_shuffled_audio_is_another_recording_of_the_same_speaker() -> None:
    heard = windows()
    rows = np.arange(24)
    other = shuffled(heard, rows)
    assert (heard.speaker[other] == heard.speaker).all()
    assert (heard.clip[other] != heard.clip).all()


def test_windows_know_their_first_and_refuse_other_labels() -> None:
    heard = windows()
    assert heard.first.tolist() == list(range(0, 24, 2))
    assert heard.truth(("sadness",)).tolist()[:4] == [-1, -1, 0, 0]
    assert [x.shape[1] for x in heard.features().values()] == [1, 2, 4, 18]
    values = Heard(*(np.zeros((0, 1)),) * 5, np.zeros((3, 10)))
    with pytest.raises(InputError, match="2 recordings, but 3"):
        windows_of(values, ["anger"] * 2, ["1"] * 2)


def test_simple_listeners_hear_what_is_plain_to_hear() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(2)
    truth = np.arange(80) % 2
    features = truth[:, None] + 0.1 * rng.normal(size=(80, 1))
    group = np.array(["a", "b"])[np.arange(80) // 40]
    for kind in baselines.KINDS:
        assert (baselines.leave_one_out(features, truth, group, kind) == truth).mean() > 0.95
    name, guess = baselines.best(
        lambda kind: truth if kind == "svm" else 1 - truth, truth, np.arange(80)
    )
    assert name == "svm"
    assert (guess == truth).all()


def test_words_and_sentences_are_both_readers() -> None:
    import torch

    assert by_words(["He is furious.", "She is serene.", "He sobs in grief."]).tolist() == [
        0,
        -1,
        6,
    ]
    rows = [
        Instructed(str(i), str(i % 2), Facts(name, 0.5), (name,) * 5, ())
        for i, name in enumerate(
            n for n in ("anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness")
            for _ in range(2)
        )
    ]  # fmt: skip
    names = [row.facts.emotion for row in rows]

    def embed(texts: list[str]) -> torch.Tensor:
        return torch.eye(14)[[names.index(text) for text in texts]]

    assert by_sentences(["fear", "anger"], ["0", "1"], rows, embed).tolist() == [3, 0]


def test_texts_are_kept_by_system_and_read_in_the_order_of_windows(tmp_path) -> None:
    save(file_of(tmp_path, "full", "08"), [Told(7, 3, "Later.")])
    save(file_of(tmp_path, "full", "03"), [Told(2, 1, "Sooner, “so”.")])
    save(file_of(tmp_path, "single", "03"), [Told(2, 1, "Else.")])
    assert [row.window for row in load(tmp_path, "full")] == [2, 7]
    assert load(tmp_path, "full")[0].text == "Sooner, “so”."
    assert load(tmp_path, "none") == []
    with pytest.raises(InputError, match="not a folder"):
        speakers_in(tmp_path / "none")
    with pytest.raises(InputError, match="no folder of a left-out speaker"):
        speakers_in(tmp_path)


def test_quiet_voices_are_heard_as_loud_ones() -> None:
    from avitalk.speech.statistics import statistics
    from avitalk.speech.voice import voice_frames
    from avitalk.types import Speech

    rng = np.random.default_rng(4)
    t = np.arange(16_000) / 16_000
    loud = 0.4 * np.sign(np.sin(2 * np.pi * 150 * t)) * np.sin(9 * t) + 1e-3 * rng.normal(
        size=16_000
    )
    features = np.full((100, 104), 0.01, np.float32)
    heard = [
        statistics(voice_frames(Speech((gain * loud).astype(np.float32))), features)
        for gain in (1, 0.01)
    ]
    for name in ("loudness", "spectrum", "spread", "movement", "average"):
        np.testing.assert_allclose(heard[0][name], heard[1][name], atol=1e-3)


def test_copied_texts_and_sentences_are_found() -> None:
    rows = [Instructed("a", "03", Facts("anger", 0.5), (), ())]
    told = [
        Told(0, 0, "He frowns hard. Let the lips press."),
        Told(1, 0, "He frowns hard."),
        Told(2, 0, "A new thing to say."),
    ]
    known = ["Well now: he frowns hard. Then he stops.", "He frowns hard.", "Quite another."]
    found = generations.measure(told, known, rows, lambda texts: [True] * len(texts))
    assert found["copied"]["mean"] == pytest.approx(1 / 3)
    assert found["sentences copied"] == pytest.approx(2 / 4)
    assert found["texts with a copied sentence"] == pytest.approx(2 / 3)
    assert found["grammatical"] == 1
    assert found["examples"][0]["emotion"] == "anger"
    with pytest.raises(InputError, match="3 texts were written; 200"):
        generations.unpicked(told)
