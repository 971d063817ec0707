"""Texts against references: by hand, against other implementations, and refusals."""

import importlib.util
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avitalk.errors import InputError
from avitalk.evaluate.metrics import text as metrics
from avitalk.evaluate.metrics.lips import bootstrap

TEXTS = ["the cat sat on the mat", "a dog"]
REFERENCES = [["the cat sat on the mat", "there is a cat"], ["birds fly high", "fish swim"]]
WORDS = ("brow", "lips", "press", "slowly", "a", "the", "smile", "she", "then", "jaw")
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
corpora = st.lists(
    st.tuples(sentences, st.lists(sentences, min_size=1, max_size=3)), min_size=2, max_size=5
)


def test_bleu_by_hand() -> None:
    found = metrics.bleu(["the the the the"], [["the cat is here", "the mat"]], 1)
    assert found.mean == pytest.approx(0.25)
    short = metrics.bleu(["the cat"], [["the cat is here"]], 1)
    assert short.mean == pytest.approx(math.exp(1 - 4 / 2))
    assert metrics.bleu(TEXTS[:1], REFERENCES[:1], 4).mean == pytest.approx(1)
    assert metrics.bleu(["a dog"], [["birds fly high"]], 4).mean == 0


def test_bleu_is_that_of_nltk() -> None:
    nltk = pytest.importorskip("nltk.translate.bleu_score")
    texts = ["she raises a brow slowly then smiles", "the jaw drops and the lips press"]
    others = [["she raises the brow slowly", "a brow slowly"], ["the jaw drops", "lips press on"]]
    split = [[metrics.words_of(o) for o in row] for row in others]
    for size in (1, 2, 3):
        reference = nltk.corpus_bleu(
            split, [metrics.words_of(t) for t in texts], weights=(1 / size,) * size
        )
        assert metrics.bleu(texts, others, size).mean == pytest.approx(reference)


def test_bleu_has_an_interval_over_recordings() -> None:
    texts = ["she smiles", "he frowns hard now", "the jaw drops low", "no word fits"]
    others = [["she smiles"], ["he frowns"], ["the jaw drops low"], ["quite another thing"]]
    found = metrics.bleu(texts, others, 1)
    assert found.low < found.mean < found.high
    assert found == metrics.bleu(texts, others, 1)
    assert found.clips == 4


def test_rouge_and_cider_know_equal_and_unlike_texts() -> None:
    assert metrics.rouge_l(TEXTS, REFERENCES).tolist() == pytest.approx([1, 0])
    assert metrics.rouge_l(["a b c d"], [["a c x"]])[0] == pytest.approx(
        2.44 * 0.5 * (2 / 3) / (2 / 3 + 1.44 * 0.5)
    )
    found = metrics.cider(TEXTS, REFERENCES)
    assert found[0] > 4
    assert found[1] == 0
    alone = metrics.cider(TEXTS, [[TEXTS[0]], ["birds fly very high"]])
    assert alone[0] == pytest.approx(10)


def subsequence(one: list[str], other: list[str]) -> int:
    """Longest common subsequence, by trying."""
    if not one or not other:
        return 0
    if one[-1] == other[-1]:
        return 1 + subsequence(one[:-1], other[:-1])
    return max(subsequence(one[:-1], other), subsequence(one, other[:-1]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.data())
def test_rouge_by_its_definition(one: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
    shared = subsequence(one, other)
    precision, recall = shared / len(one), shared / len(other)
    expected = 2.44 * precision * recall / (recall + 1.44 * precision) if shared else 0
    assert metrics.rouge_l([" ".join(one)], [[" ".join(other)]])[0] == pytest.approx(expected)


@settings(max_examples=20, deadline=None)
@given(corpora)
def test_cider_is_that_of_pycocoevalcap(corpus: list[tuple[str, list[str]]]) -> None:
    cider = pytest.importorskip("pycocoevalcap.cider.cider")
    texts, others = [row[0] for row in corpus], [row[1] for row in corpus]
    _, reference = cider.Cider().compute_score(
        dict(enumerate(others)), {i: [text] for i, text in enumerate(texts)}
    )
    np.testing.assert_allclose(metrics.cider(texts, others), reference, atol=1e-9)


def test_facts_are_read_from_both_sides() -> None:
    text = "She is very angry and lowers her brows."
    assert metrics.facts_f1([text], [[text, "He smiles."]]).tolist() == [1]
    assert metrics.facts_f1([text], [["He is a little happy and smiles."]])[0] < 0.5


def test_meteor_takes_synonyms() -> None:
    pytest.importorskip("nltk")
    if not metrics.WORDNET.is_dir():
        pytest.skip("needs Debian's wordnet-base")
    same, near, far = metrics.meteor(
        ["he ran in anger", "he ran in choler", "some red tree fell"], [["he ran in anger"]] * 3
    )
    assert same == near > 0.8
    assert far == 0


@settings(max_examples=20, deadline=None)
@given(corpora)
def test_a_reference_itself_is_best_and_order_of_references_is_nothing(
    corpus: list[tuple[str, list[str]]],
) -> None:
    texts, others = [row[0] for row in corpus], [row[1] for row in corpus]
    own = [[text, *row] for text, row in corpus]
    assert metrics.bleu(texts, own, 1).mean == pytest.approx(1)
    for metric in (metrics.rouge_l, metrics.facts_f1):
        assert metric(texts, own).tolist() == pytest.approx([1] * len(texts))
        turned = [row[::-1] for row in others]
        assert metric(texts, turned).tolist() == metric(texts, others).tolist()
        assert bootstrap(metric(texts, others)).clips == len(texts)


def test_refusals_say_what_was_given() -> None:
    for metric in (metrics.rouge_l, metrics.cider, metrics.meteor, metrics.facts_f1):
        with pytest.raises(ValueError, match="0 texts and 0 rows"):
            metric([], [])
        with pytest.raises(ValueError, match=r"2 texts and 1 rows .* as many of both"):
            metric(TEXTS, REFERENCES[:1])
        with pytest.raises(ValueError, match="1 of them empty"):
            metric(TEXTS, [["a"], []])
    with pytest.raises(ValueError, match="BLEU-5; allowed: 1 to 4"):
        metrics.bleu(TEXTS, REFERENCES, 5)


def test_a_missing_library_names_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for metric in (metrics.rouge_l, metrics.meteor, lambda t, r: metrics.bleu(t, r, 1)):
        with pytest.raises(InputError, match=r"pip install 'avitalk\[measure\]'"):
            metric(TEXTS, REFERENCES)
