"""The text tower: reading, distillation, and other encoders in its place."""

from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.errors import InputError
from avitalk.style.tower import HuggingFaceTower, TextTower, TowerConfig
from avitalk.style.words import Vocabulary
from avitalk.train.loop import learn
from avitalk.train.style.text import Distilling, DistilRecipe, extended

WORDS = [
    "she",
    "is",
    "very",
    "angry",
    "happy",
    "sad",
    "and",
    "not",
    "a",
    "man",
    "smile",
    "left",
    "right",
    "eyebrow",
    "raise",
]


@pytest.fixture
def tower() -> TextTower:
    torch.manual_seed(0)
    known = Vocabulary.of(WORDS, 0)
    return TextTower(TowerConfig.tiny(len(known)), known).eval()


def test_padding_changes_nothing(tower: TextTower) -> None:
    alone = tower.encode(["she is angry"])
    beside = tower.encode(["she is angry", "a very sad man and a very happy man smile"])
    assert torch.allclose(alone.c[0], beside.c[0], atol=1e-6)
    assert torch.allclose(alone.states[0], beside.states[0, :3], atol=1e-6)
    assert alone.c.norm(dim=-1).allclose(torch.ones(1))
    assert beside.real.tolist()[0] == [True] * 3 + [False] * 7


def test_order_of_words_matters(tower: TextTower) -> None:
    c = tower.encode(["happy not sad", "sad not happy"]).c
    assert not torch.allclose(c[0], c[1], atol=1e-4)


def test_an_empty_text_and_sizes_that_do_not_fit_are_refused(tower: TextTower) -> None:
    with pytest.raises(InputError, match="no word"):
        tower.encode(["happy", " "])
    with pytest.raises(InputError, match="words for a table"):
        TextTower(TowerConfig.tiny(7), tower.vocabulary)
    with pytest.raises(InputError, match="heads"):
        TowerConfig(width=30, heads=4)


def test_distillation_learns_and_keeps_some_lines(tower: TextTower) -> None:
    rng = np.random.default_rng(0)
    lines = [*WORDS, *(" ".join(rng.choice(WORDS, 3)) for _ in range(200))]
    vectors = rng.standard_normal((len(WORDS), 20))
    sums = [sum(vectors[WORDS.index(word)] for word in line.split()) for line in lines]
    taught = np.array(sums) / np.linalg.norm(sums, axis=1, keepdims=True)
    recipe = DistilRecipe(batch=32, kept=0.2)
    ids = [tower.vocabulary.encode(line) for line in lines]
    course = Distilling(tower, ids, taught.astype(np.float16), recipe)
    course.start_words()
    before = course.measure()
    parameters = [*tower.train().parameters(), *course.head.parameters()]
    learn(parameters, course.loss, [course.draws], steps=60, learning_rate=1e-2, weight_decay=0.0)
    after = course.measure()
    assert after["cosine"] > before["cosine"] + 0.2
    assert not set(course.kept) & set(course.learnt)
    course.head.reset_parameters()
    course.fit_head(100)
    assert course.measure()["cosine"] > 0.3


def test_a_tower_takes_more_words_and_reads_old_ones_as_before(tower: TextTower) -> None:
    rng = np.random.default_rng(0)
    plain = [word for word in tower.vocabulary.words if word.isalpha()]
    known = rng.standard_normal((len(plain), 20))
    rows = [tower.vocabulary.numbers[word] for word in plain]
    tower.words.weight.data[rows] = torch.from_numpy(known @ rng.standard_normal((20, 12))).float()
    larger = extended(tower, ["zebra"], known, known[:1]).eval()
    assert torch.equal(larger.encode(["very angry"]).c, tower.encode(["very angry"]).c)
    assert larger.vocabulary.read("a zebra") == ["a", "zebra"]
    table = larger.words.weight
    assert torch.allclose(table[-1], table[rows[0]], atol=0.05)


def test_an_encoder_of_hugging_face_takes_its_place(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    (tmp_path / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]))
    transformers.BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(WORDS) + 4,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    tower = HuggingFaceTower(str(tmp_path), heads=2).eval()
    found = tower.encode(["she is angry", "happy"])
    assert found.states.shape[0] == 2 and found.states.shape[2] == tower.width == 16
    assert found.c.shape == (2, 64)
    assert torch.allclose(found.c[1], tower.encode(["happy"]).c[0], atol=1e-5)
    found.c.sum().backward()
    assert all(p.grad is None for p in tower.backbone.parameters())
    with pytest.raises(InputError, match="without words"):
        tower.encode([""])
    with pytest.raises(InputError, match="neither a folder"):
        HuggingFaceTower(str(tmp_path / "nothing"))
