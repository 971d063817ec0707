"""Teaching the writer on made-up lessons: it learns, continues exactly, and augments harmlessly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.data.performances.scripts import Script
from avitalk.errors import InputError
from avitalk.facs.demands import Demand
from avitalk.facs.expression import POSE, UNIT, UNITS, WIDTH, Expression
from avitalk.style.prior import PriorConfig
from avitalk.style.tower import TextTower, TowerConfig
from avitalk.style.words import Vocabulary
from avitalk.style.writer import StyleWriter, WriterNetwork
from avitalk.train.loop import Computing
from avitalk.train.style.teach import read_styles, teach
from avitalk.train.style.teach_lessons import (
    Lessons,
    joined,
    lessons_of,
    mirrored,
    read_lessons,
    write_lessons,
)
from avitalk.train.style.teach_loss import Teaching, TeachRecipe, contrastive
from avitalk.train.style.teach_meant import meant
from avitalk.train.style.teach_measure import follow, told
from avitalk.train.style.teach_seen import law_of
from avitalk.train.style.teach_typing import other_side, retyped

SCRIPTS = (
    Script("very angry", (("anger", 1.0),), 0.9),
    Script("a happy man", (("happiness", 1.0),), 0.7),
    Script("raise the left eyebrow", shown=(Demand(2, "left"),), only=True),
    Script("not happy, just sad", (("sadness", 1.0),), 0.6),
)
STYLES = torch.from_numpy(np.linalg.qr(np.random.default_rng(0).standard_normal((64, 64)))[0])
STYLES_OF = STYLES[:, :WIDTH].float()


def network() -> WriterNetwork:
    torch.manual_seed(0)
    words = {word.strip(",") for script in SCRIPTS for word in script.text.split()}
    known = Vocabulary.of(sorted(words), 0)
    return WriterNetwork(TextTower(TowerConfig.tiny(len(known)), known), PriorConfig.tiny())


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    return lessons_of(SCRIPTS * 3, seed=0)


def test_steps_are_taken_and_continued_exactly(
    lessons: Lessons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        recipe, computing = TeachRecipe(steps=3, batch=8), Computing(save_every=1)
        teach(folder, network(), lessons, lessons, STYLES_OF, recipe, None, computing)

    run(tmp_path / "whole")
    calls, loss = [], Teaching.loss

    def cut(self: Teaching) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return loss(self)

    monkeypatch.setattr(Teaching, "loss", cut)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parted")
    run(tmp_path / "parted")
    paths = [tmp_path / name / "style-prior.safetensors" for name in ("whole", "parted")]
    one, two = (StyleWriter.load(path).network.state_dict() for path in paths)
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert (tmp_path / "parted" / "log.jsonl").read_text().count("\n") == 3


def test_a_tiny_writer_learns_its_lessons(lessons: Lessons) -> None:
    whole = network()
    teaching = Teaching(whole, lessons, STYLES_OF, TeachRecipe(batch=16, averaging=0.8))
    optimizer = torch.optim.AdamW([p for p in teaching.parameters if p.requires_grad], 1e-2)
    losses = []
    for _ in range(80):
        optimizer.zero_grad()
        loss = teaching.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    found = follow(whole, lessons, STYLES_OF)
    assert found.first > 0.5
    assert found.agreement > 0.5


def test_equal_keys_do_not_count_against_each_other() -> None:
    texts = torch.nn.functional.normalize(torch.randn(4, 8), dim=-1)
    keys = torch.tensor([1, 2, 1, 3])
    sharp = torch.tensor(10.0)
    masked = contrastive(texts, texts.clone(), keys, sharp)
    twins = texts.clone()
    twins[2] = texts[0]
    apart = contrastive(texts, twins, torch.arange(4), sharp)
    assert contrastive(texts, twins, keys, sharp) < apart
    assert torch.isfinite(masked)


def test_ablations_leave_their_part_out(lessons: Lessons) -> None:
    torch.manual_seed(0)
    words = network()
    plain = PriorConfig.tiny()
    for changes in ({"aligned": False}, {"diffusion": False}):
        config = replace(plain, **changes)
        whole = WriterNetwork(words.tower, config)
        contrast = 0.0 if "aligned" in changes else 1.0
        recipe = TeachRecipe(batch=4, contrast=contrast)
        loss = Teaching(whole, lessons, STYLES_OF, recipe).loss()
        assert torch.isfinite(loss)


def test_hard_negatives_stand_beside_their_lessons() -> None:
    paired = lessons_of(SCRIPTS, seed=1, paired=1.0)
    assert len(paired) == 2 * len(SCRIPTS)
    assert paired.others().tolist() == [4, 5, 6, 7, -1, -1, -1, -1]
    both = joined([lessons_of(SCRIPTS, seed=0), paired])
    assert both.others()[4] == 8 and both.texts[8] == paired.texts[4]
    recipe = TeachRecipe(batch=4, twins=1.0, augmented=0.0)
    texts, vectors, keys = Teaching(network(), paired, STYLES_OF, recipe).drawn()
    assert len(texts) == len(vectors) == len(keys) > 4
    assert set(texts) - {script.text for script in SCRIPTS}


def test_what_an_encoder_sees_is_a_law_with_noise() -> None:
    rng = torch.Generator().manual_seed(0)
    vectors = torch.randn(4000, WIDTH, generator=rng)
    turn = torch.randn(8, WIDTH, generator=rng) / 4
    noise = 0.3 * torch.randn(4000, 8, generator=rng)
    law = law_of(vectors, vectors @ turn.T + 1 + noise)
    again = law.styles(vectors, rng)
    left = again - vectors @ turn.T
    assert torch.allclose(left.mean(0), torch.ones(8), atol=0.1)
    assert torch.allclose(left.std(0), torch.full((8,), 0.3), atol=0.08)


def test_mirror_images_exchange_sides_and_turns() -> None:
    levels = np.zeros((len(UNITS), 2))
    levels[UNIT[2]] = 0.8, 0.1
    pose = np.arange(1.0, 1 + len(POSE)) / 10
    vector = Expression(levels, pose).vector
    turned = Expression.of(mirrored(vector[None])[0])
    assert turned.levels[UNIT[2]].tolist() == [0.1, 0.8]
    assert np.allclose(turned.pose * [-1, 1, -1, 1, -1, 1], pose)
    assert np.allclose(mirrored(mirrored(vector)), vector)
    assert other_side("Left brow up, right eye shut") == "Right brow up, left eye shut"


def test_retyping_leaves_what_hangs_on_a_letter() -> None:
    rng = np.random.default_rng(0)
    text = "Raise only the left eyebrow, without a smile."
    found = {retyped(text, rng) for _ in range(200)}
    assert len(found) > 20
    for other in found:
        assert "left" in other.lower() and "without" in other.lower() and "only" in other.lower()


def test_lessons_are_kept_in_a_file(lessons: Lessons, tmp_path: Path) -> None:
    write_lessons(tmp_path / "some.npz", lessons)
    again = read_lessons(tmp_path / "some.npz")
    assert again.texts == lessons.texts and again.kinds == lessons.kinds
    assert np.array_equal(again.keys, lessons.keys)
    assert again.vectors.shape == (len(lessons), 4, WIDTH)
    assert lessons.keys[0] == lessons.keys[4] != lessons.keys[1]
    (tmp_path / "bad.npz").write_bytes(b"no")
    with pytest.raises(InputError, match="not lessons"):
        read_lessons(tmp_path / "bad.npz")
    with pytest.raises(InputError, match="holds no W"):
        read_styles(tmp_path / "some.npz")


def test_texts_written_by_hand_mean_something_and_leave_the_judged_ones_out() -> None:
    scripts = meant(None, 400, seed=1)
    assert len({script.text for script in scripts}) > 300
    for script in scripts:
        assert abs(sum(share for _, share in script.emotions) - 1) < 1e-9
        assert 0 < script.strength <= 1
        assert "won the lottery" not in script.text and "drill sergeant" not in script.text
        assert "{" not in script.text


def test_strongest_parts_are_told() -> None:
    levels = np.zeros((len(UNITS), 2))
    levels[UNIT[12]] = 0.7, 0.65
    levels[UNIT[2]] = 0.4, 0.0
    assert told(Expression(levels).vector) == "12 0.70, 2L 0.40"
