"""Calm readers beside EmoDB: who they are, how often they are drawn, and a run with them."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file

from avitalk.data.instructions.corpus import load_instructions
from avitalk.data.instructions.labels import Labelled
from avitalk.data.split import part_of
from avitalk.errors import InputError
from avitalk.instruct.qformer import QFormer
from avitalk.speech import SpeechEncoder
from avitalk.train.instruct import readers
from avitalk.train.instruct.align import Examples
from avitalk.train.instruct.hearing import Heard, even_chances, hear
from avitalk.train.instruct.lessons import lessons_of
from avitalk.train.instruct.readers import read_readers, shares, with_sex, write_with_readers
from avitalk.train.instruct.recipe import find_recipe
from avitalk.train.instruct.stages import Job, train
from avitalk.weights import find
from instruct_recordings import emodb, sentence_model, voice
from test_instruct_qformer import TINY, corpus

FEW = {"librispeech": 3, "speechocean762": 2, "kathleen": 2}
HOW = {"seed": 0, "texts": 2, "held_out": 1, "augmented": 0.5}
VOICE = np.array([2, 7.0, 5, 0, 15, 0, 12, -18, 3, 0.8], np.float32)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared corpora of readers, a second recording of each too short."""
    root = tmp_path_factory.mktemp("corpora")
    for name in FEW:
        (root / name / "audio").mkdir(parents=True)
        rows = []
        for number in range(60):
            speaker = "kathleen" if name == "kathleen" else str(number)
            for take, seconds in (("a", 2.1), ("b", 0.5)):
                row = {"id": f"{number}{take}", "speaker": speaker, "text": "", "words": []}
                row["audio"] = f"audio/{row['id']}.wav"
                rows.append(row)
                wave = voice(number % 9, seconds)
                soundfile.write(root / name / str(row["audio"]), wave, 16_000)
        (root / name / "clips.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return root


def test_readers_of_each_part_are_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", FEW)
    parts = {part: read_readers(root, part) for part in readers.PARTS}
    learnt = Counter(clip.speaker.split("-")[0] for clip in parts["train"])
    assert learnt == FEW and len(parts["choose"]) == len(parts["train"])
    ids = [clip.id for part in parts.values() for clip in part]
    assert len(set(ids)) == len(ids)
    for part, clips in parts.items():
        for clip in clips:
            name, speaker = clip.speaker.split("-")
            split = part_of(name, speaker, clip.id.split("-")[1])
            assert (split == "train") == (part != "held-out")
            assert clip.emotion == "neutral" and clip.audio.endswith("a.wav")
    assert parts["train"] == read_readers(root)
    one = [clip.speaker for clip in parts["train"] if "kathleen" not in clip.speaker]
    assert len(set(one)) == len(one)


def test_readers_that_are_missing_or_too_few_are_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"librispeech/clips\.jsonl: not found"):
        read_readers(tmp_path)
    with pytest.raises(InputError, match="unknown part 'test'; available: train, choose, held-out"):
        read_readers(root, "test")
    monkeypatch.setattr(readers, "READERS", {"librispeech": 60})
    with pytest.raises(InputError, match=r"librispeech: \d+ readers; 60 are needed"):
        read_readers(root)


def reader(speaker: str, sex: str = "") -> Labelled:
    return Labelled(f"{speaker}-1", "x.wav", speaker, sex, "neutral")


def test_sex_is_the_corpus_own_or_that_of_the_pitch() -> None:
    high, low = VOICE.copy(), VOICE.copy()
    high[1], low[1] = np.log2(200), np.log2(120)
    clips = [reader("librispeech-1"), reader("librispeech-2"), reader("kathleen-k", "female")]
    found = with_sex(clips, np.stack([high, low, low]))
    assert [clip.sex for clip in found] == ["female", "male", "female"]


def test_readers_are_calmer_than_actors_of_the_same_voice() -> None:
    actor = Labelled("03a01Na", "x.wav", "03", "male", "neutral")
    rows = write_with_readers([actor, reader("librispeech-1")], np.stack([VOICE, VOICE]), **HOW)
    acted, read = (row.facts for row in rows)
    assert read.strength == pytest.approx(readers.CALMER * acted.strength)
    assert read == replace(acted, strength=read.strength)
    alone = write_with_readers([actor], VOICE[None], **HOW)
    assert alone == rows[:1]


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_readers_are_drawn_as_often_as_asked(share: float) -> None:
    names = ["03", "08", "09", "librispeech-1", "librispeech-2"]
    emotion = np.array([5, 5, 0, 5, 5])
    weight = shares(names, emotion, share)
    chance = even_chances(emotion, weight)
    assert chance[2] == pytest.approx(0.5)  # emotions as often as each other
    assert chance[3:].sum() == pytest.approx(0.5 * share)
    assert shares(names[:3], emotion[:3], share) is None
    assert shares(names[2:], emotion[2:], share) is None


def test_draws_follow_the_weights() -> None:
    heard, lessons = corpus()

    def drawn(weight: np.ndarray | None) -> np.ndarray:
        told = replace(lessons, weight=weight)
        return Examples(heard, told, np.arange(28), QFormer(TINY), 0).draw(200, 0)[2]

    assert np.array_equal(drawn(np.ones(28)), drawn(None))
    assert drawn(np.where(np.arange(28) < 7, 0.0, 1.0)).min() >= 7


def test_standardisation_can_stay() -> None:
    heard, lessons = corpus()
    former = QFormer(TINY)
    former.mean.fill_(2)
    Examples(heard, lessons, np.arange(28), former, 0, fit=False)
    assert bool((former.mean == 2).all())


def test_what_was_heard_is_joined_and_only_the_middle_is_heard(tmp_path: Path) -> None:
    wave = voice(2, 3.0)
    wave[:12_000] = 0
    wave[-12_000:] = 0
    soundfile.write(tmp_path / "long.wav", wave, 16_000)
    soundfile.write(tmp_path / "cut.wav", wave[len(wave) // 2 - 16_000 :][:32_000], 16_000)
    encoder = SpeechEncoder.load(find("speech-encoder").path)

    def listen(name: str, longest_s: float | None = None) -> Heard:
        paths = [tmp_path / name]
        return hear(paths, encoder, variants=1, windows=2, seed=0, longest_s=longest_s)

    middle, cut = listen("long.wav", 2.0), listen("cut.wav")
    np.testing.assert_allclose(middle.values, cut.values, atol=1e-2)
    both = listen("long.wav").joined(cut)
    assert both.clip.tolist() == [0, 0, 0, 0, 1, 1, 1, 1] and both.summary.shape == (2, 10)
    assert np.array_equal(both.values[4:], cut.values)


def test_a_run_with_readers(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "READERS", FEW)
    model = sentence_model(tmp_path / "sentences")
    data = emodb(tmp_path / "emodb")
    ears = []
    for changes in ((), (f"corpus.readers={root}",)):
        recipe = find_recipe("tiny", (f"words.sentences={model}", *changes))
        out = tmp_path / f"run{len(changes)}"
        for stage in ("hear", "words", "align"):
            train(Job(recipe, out, data), stage)
        ears.append(load_file(out / "affect-ear.safetensors"))
    rows = load_instructions(out / "corpus.jsonl")
    assert len(rows) == 8 + sum(FEW.values())
    assert rows[:8] == load_instructions(tmp_path / "run0" / "corpus.jsonl")
    assert {row.facts.emotion for row in rows[8:]} == {"neutral"}
    assert any(not torch.equal(ears[0][name], ears[1][name]) for name in ears[0])
    alone, both = (Heard.load(tmp_path / name / "heard.npz") for name in ("run0", "run1"))
    assert np.array_equal(both.values[: len(alone.values)], alone.values)
    emotions = recipe.former.emotions
    lessons = lessons_of(rows, torch.zeros(len(rows), 1, 1), emotions, recipe.align.readers)
    assert lessons.weight is not None and lessons.weight[8:].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("corpus={kind: mead-text, readers: x}", "readers with corpus 'mead-text'"),
        ("align.readers=1", "align.readers 1; allowed: between 0 and 1"),
    ],
)
def test_settings_of_readers_that_do_not_fit_are_refused(change: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_recipe("tiny", (change,))
