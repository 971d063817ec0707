"""The results page of stage 1, and what is measured on the corpus that nothing is trained on."""

import numpy as np
import pytest
import torch

from avitalk.data.instructions.labels import Labelled
from avitalk.instruct.ear import WIDTH
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.train.instruct.measure import calm, elsewhere, report, space
from avitalk.train.instruct.measure.inputs import Windows
from avitalk.train.instruct.measure.texts import Told


def clip(emotion: str, intensity: str, actor: str = "01", take: str = "01") -> Labelled:
    code = {"normal": "01", "strong": "02"}[intensity]
    name = f"03-01-{emotion[:2]}-{code}-01-{take}-{actor}"
    return Labelled(name, f"{name}.ogg", actor, "male", emotion, intensity)


CLIPS = [
    clip("anger", "normal"), clip("anger", "strong"), clip("fear", "normal"),
    clip("fear", "strong"), clip("calm", "normal"), clip("calm", "strong"),
    clip("anger", "normal", take="02"), clip("neutral", "normal"),
]  # fmt: skip


def heard(clips: int, emotions: tuple[str, ...]) -> Windows:
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, (clips * 2, WIDTH)).astype(np.float32)
    each = np.arange(clips * 2, dtype=np.float32)
    return Windows(values, np.repeat(np.arange(clips), 2), each, each, emotions, ("01",) * clips)


def former() -> QFormer:
    torch.manual_seed(0)
    return QFormer(QFormerConfig.tiny()).eval().requires_grad_(False)


def test_pairs_differ_in_intensity_alone() -> None:
    assert elsewhere.pairs_of(CLIPS) == [(0, 1), (2, 3), (4, 5)]


def test_order_is_read_from_texts_of_the_shared_emotions() -> None:
    windows = heard(len(CLIPS), tuple(c.emotion for c in CLIPS))
    told = [
        Told(0, 0, "He is slightly angry."), Told(1, 1, "He is extremely angry."),
        Told(2, 2, "He is afraid."), Told(3, 3, "He is afraid."),
    ]  # fmt: skip
    found = elsewhere.order(former(), windows, CLIPS, {elsewhere.RAW: told})
    assert found["pairs"] == 2
    assert found["rows"]["text"]["mean"] == 0.75
    assert found["rows"]["text"]["ties"] == 0.5
    assert found["rows"]["mean loudness as recorded"]["mean"] == 1


def test_corpus_normalisation_takes_the_corpus_for_the_middle() -> None:
    ear = former()
    windows = heard(20, ("anger",) * 20)
    own = elsewhere.normalised(ear, windows.values)
    standard = own.standardise(torch.from_numpy(windows.values))
    assert float(standard.mean(0).abs().max()) < 0.1
    assert float(ear.mean.abs().max()) == 0
    assert elsewhere.together(windows).shape == (20, 2, WIDTH)


def test_spaces_are_rotated_onto_one_another() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(50, 6))
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    left, right, found = space.rotation(points, points @ turn + 2)
    np.testing.assert_allclose((points - left) @ found + right, points @ turn + 2, atol=1e-9)


def value(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01, "clips": 9}


GENERATIONS = {
    "texts": 200, "training texts": 1000, "copied": value(0.04), "sentences copied": 0.2,
    "sentences": 310, "long sentences": 250, "long sentences copied": 0.1,
    "texts with a copied sentence": 0.3,
    "distinct-2": 0.29, "different": 199, "words": 30.0, "grammatical": 0.995,
    "ungrammatical": ["Him frown."],
    "examples": [{"clip": "03a01Fa", "emotion": "happiness", "text": "Smile | wide."}],
}  # fmt: skip


def test_the_page_shows_what_was_reached_and_what_was_not() -> None:
    page = report.page({"generations": GENERATIONS}, "A note.")
    lines = {line.split("|")[1].strip(): line for line in page.splitlines() if line[:1] == "|"}
    assert "| yes |" in lines["generations: found word for word"]
    assert "**no**" in lines["generations: distinct-2"]
    assert "**no**" in lines["generations: parsed by link-grammar"]
    assert "Not parsed: Him frown." in page
    assert "*happiness*, 03a01Fa: Smile | wide." in page
    assert page.endswith("A note.\n")


def test_readers_are_calm_by_voice_and_by_text() -> None:
    clips = [
        Labelled(f"{who}-{n}", "x.wav", who, "", "neutral")
        for n, who in enumerate(("librispeech-1", "librispeech-2", "kathleen-k"))
    ]
    windows = heard(3, ("neutral",) * 3)
    told = {calm.READERS: [
        Told(0, 0, "He is neutral."), Told(1, 1, "She is bored."), Told(2, 2, "She is calm."),
    ]}  # fmt: skip
    formers = {calm.READERS: former(), calm.WITHOUT: former()}
    found = calm.measure(formers, windows, clips, told)
    assert (found["recordings"], found["speakers"]) == (3, 3)
    text = found["systems"][calm.READERS]["text"]
    assert [round(text["rows"][name]["mean"], 2) for name in ("all", "kathleen")] == [0.67, 1]
    assert text["said"] == {"neutral": 1, "boredom": 1, "calm": 1}
    assert list(found["systems"][calm.WITHOUT]) == ["heard"]
    page = report.page({"readers": found})
    assert "3 recordings of 3 speakers (librispeech 2, kathleen 1;" in page
    assert "| as it ships: text | 66.7 %" in page
    assert "- as it ships, text: neutral 1, boredom 1, calm 1." in page


@pytest.mark.parametrize("part", ["recall", "ravdess", "readers", "words", "space", "time"])
def test_parts_that_are_missing_are_left_out(part: str) -> None:
    titles = {
        "recall": "EmoDB", "ravdess": "RAVDESS", "readers": "Calm readers", "words": "table 3",
        "space": "figure 8",
    }  # fmt: skip
    assert f"## {titles.get(part, 'Time')}" not in report.page({"generations": GENERATIONS})
