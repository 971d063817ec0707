"""Measures of what the language model writes."""

import pytest
import torch

from avitalk.facs.table import EMOTIONS
from avitalk.instruct.language import LanguageModel
from avitalk.instruct.llama import Llama, LlamaConfig
from avitalk.instruct.tokens import Tokens
from avitalk.train.instruct.language_measure import copied_share, distinct, measure, samples


def test_a_text_is_copied_if_its_words_stand_in_a_row() -> None:
    learnt = ["The lips rise; brows stay low.", "Lids narrow."]
    texts = ["Lips rise, brows stay!", "Brows stay low. Lids narrow.", "Lip rise.", "lids narrow"]
    assert copied_share(texts, learnt) == 0.5


def test_distinct_pairs() -> None:
    assert distinct(["a b a b"]) == pytest.approx(2 / 3)
    assert distinct(["A b, c.", "a b d"]) == pytest.approx(3 / 4)
    assert distinct(["a"]) == 0


def test_samples_follow_the_seed_and_are_measured() -> None:
    torch.manual_seed(0)
    model = LanguageModel(Llama(LlamaConfig.tiny()), Tokens.train(["The lips rise."], 300))
    found = samples(model, EMOTIONS[:3], 3, seed=2, temperature=1.0)
    assert found == samples(model, EMOTIONS[:3], 3, seed=2, temperature=1.0)
    assert {sample.facts.emotion for sample in found} <= set(EMOTIONS[:3])
    quality = measure(
        found, [found[0].text], lambda texts: [text != found[1].text for text in texts]
    )
    assert quality.copied == pytest.approx(1 / 3)
    assert quality.ungrammatical == (found[1].text,)
    assert 0 <= quality.agreeing <= 1
