"""The grammar: what it writes says the facts, varies, parses, and keeps held-out words apart."""

import re
import shutil
from itertools import pairwise

import numpy as np
import pytest

from avitalk.data.instructions import frames, parsing
from avitalk.data.instructions.describing import REQUESTS, describe
from avitalk.data.instructions.facts import COURSES, Facts, draw_facts
from avitalk.data.instructions.grammar import phrase
from avitalk.data.instructions.synonyms import augment
from avitalk.data.instructions.wording import is_held_out, with_articles
from avitalk.errors import InputError
from avitalk.facs.reading import read
from avitalk.facs.table import EMOTIONS, emotion

DRAWS = 400
EMODB = ("anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral")


def _drawn(seed: int, count: int, *, held_out: bool = False) -> list[tuple[Facts, str]]:
    rng = np.random.default_rng(seed)
    facts = [draw_facts(rng) for _ in range(count)]
    return [(each, phrase(each, rng, held_out=held_out)) for each in facts]


def _bigrams(texts: list[str]) -> list[tuple[str, str]]:
    words = [re.findall(r"[a-z0-9'-]+", text.lower()) for text in texts]
    return [pair for each in words for pair in pairwise(each)]


@pytest.mark.parametrize("held_out", [False, True])
def test_a_reader_recovers_emotion_and_strength(held_out: bool) -> None:
    drawn = _drawn(1, DRAWS, held_out=held_out)
    readings = [read(text) for _, text in drawn]
    right = [facts.emotion == r.emotion for (facts, _), r in zip(drawn, readings, strict=True)]
    missed = [
        abs(facts.strength - r.strength) for (facts, _), r in zip(drawn, readings, strict=True)
    ]
    assert np.mean(right) > 0.97
    assert np.mean(missed) < 0.08
    assert np.quantile(missed, 0.95) < 0.2


def test_texts_are_sentences_of_readable_length() -> None:
    for _, text in _drawn(2, DRAWS):
        assert 14 <= len(text.split()) <= 48, text
        assert 1 <= len(re.findall(r"[.](?:\s|$)", text)) <= 3, text
        assert text[0].isupper()
        assert "  " not in text
        assert "{" not in text
        assert " ," not in text
        assert not re.search(r"\ba [aeio]", text), text


def test_units_named_belong_to_the_emotion() -> None:
    for facts, text in _drawn(3, DRAWS):
        own = {part.number for part in emotion(facts.emotion).parts}
        strange = set(read(text).action_units) - own
        assert len(strange) <= 1, (strange, text)


def test_texts_vary() -> None:
    rng = np.random.default_rng(4)
    texts = [phrase(draw_facts(rng, emotions=EMODB), rng) for _ in range(200)]
    bigrams = _bigrams(texts)
    assert len(set(bigrams)) / len(bigrams) >= 0.42
    many = [text for _, text in _drawn(5, 1000)]
    assert len(set(many)) > 0.995 * len(many)
    same = Facts("anger", 0.6, loudness=0.8, energy_course="rising", pronoun="he")
    assert len({phrase(same, rng) for _ in range(100)}) > 97


def test_the_same_seed_writes_the_same() -> None:
    facts = Facts("fear", 0.4, pitch=0.7, pronoun="she")
    first, second = (phrase(facts, np.random.default_rng(6)) for _ in range(2))
    assert first == second


def test_the_course_follows_the_facts() -> None:
    rng = np.random.default_rng(7)
    facts = Facts("anger", 0.7, energy_course="rising")
    texts = " ".join(phrase(facts, rng) for _ in range(100))
    assert re.search(r"swells|louder|volume climbs|volume rises", texts)
    assert not re.search(r"dies away|quieter|fades out|volume drops", texts)


def test_the_voice_and_pronoun_follow_the_facts() -> None:
    rng = np.random.default_rng(8)
    texts = [phrase(Facts("sadness", 0.5, rate=-0.9, pronoun="she"), rng) for _ in range(100)]
    joined = " ".join(texts)
    assert re.search(r"\b(?:slow|slowly|unhurried|leisurely|drawn-out)\b", joined)
    assert not re.search(r"\b(?:fast|rapid|quick|his|he)\b", joined)
    silent = " ".join(phrase(Facts("sadness", 0.5), rng) for _ in range(50))
    assert "The voice is" not in silent


def test_held_out_frames_and_words_never_show_otherwise() -> None:
    for kind in frames.KINDS.values():
        assert kind.held_out
        assert not set(kind.held_out) & set(kind.usual)
        assert 0.1 < len(kind.held_out) / (len(kind.usual) + len(kind.held_out)) < 0.5
    usual = " ".join(text for _, text in _drawn(9, 800))
    held_out = " ".join(text for _, text in _drawn(9, 800, held_out=True))
    kept = [word for word in emotion("anger").adjectives if is_held_out(word)]
    assert kept
    for word in kept:
        assert not re.search(rf"\b{word}\b", usual), word
    assert any(re.search(rf"\b{word}\b", held_out) for word in kept)


def test_synonyms_keep_what_is_said() -> None:
    rng = np.random.default_rng(10)
    changed = 0
    for _, text in _drawn(11, 300):
        other = augment(text, rng)
        before, after = read(text), read(other)
        changed += text != other
        assert before.emotion == after.emotion, (text, other)
        assert before.strength == pytest.approx(after.strength, abs=0.12), (text, other)
        assert set(before.action_units) == set(after.action_units), (text, other)
    assert changed > 200


def test_synonyms_bring_no_held_out_word_and_can_be_left_alone() -> None:
    rng = np.random.default_rng(12)
    kept = {word for name in EMOTIONS for word in emotion(name).adjectives if is_held_out(word)}
    for _, text in _drawn(13, 200):
        new = set(augment(text, rng, share=1.0).lower().split()) - set(text.lower().split())
        assert not new & kept
        assert augment(text, rng, share=0.0) == text


def test_descriptions_come_in_several_forms_and_name_the_voice() -> None:
    rng = np.random.default_rng(14)
    facts = Facts("anger", 0.9, pitch=0.9, loudness=0.9, rate=0.8, pronoun="he")
    described = [describe(facts, rng) for _ in range(200)]
    assert len(set(described)) > 190
    assert any("emotion: anger" in text for text in described)
    assert any(text.endswith(".") for text in described)
    assert any("loud" in text for text in described)
    assert len(REQUESTS) == len(set(REQUESTS)) == 10


def test_articles() -> None:
    assert with_articles("a angry look, an hurried voice") == "an angry look, a hurried voice"
    assert with_articles("A unhappy line") == "An unhappy line"
    assert with_articles("a uniform") == "a uniform"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"emotion": "joy"}, "unknown emotion 'joy'; available: neutral"),
        ({"strength": 1.2}, "strength 1.2; allowed: 0 to 1"),
        ({"pitch": -2.0}, "pitch -2.0; allowed: -1 to 1"),
        ({"energy_course": "up"}, "unknown energy_course 'up'"),
        ({"pronoun": "it"}, "unknown pronoun 'it'"),
    ],
)
def test_wrong_facts_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Facts(**{"emotion": "anger", "strength": 0.5, **change})  # type: ignore[arg-type]


def test_equal_facts_have_equal_keys() -> None:
    first = Facts("anger", 0.52, pronoun="he")
    assert first.key() == Facts("anger", 0.48, pitch=0.5, pronoun="she").key()
    assert first.key() != Facts("anger", 0.9).key()
    assert first.key() != Facts("fear", 0.52).key()
    assert {draw_facts(np.random.default_rng(i)).energy_course for i in range(50)} == set(COURSES)


def test_parts_that_must_parse() -> None:
    parts = parsing.parts("He is sad: his brows rise. The voice, 4.5 high; so be it")
    assert parts == ["He is sad.", "His brows rise.", "The voice, 4.5 high.", "So be it."]


def test_without_the_parser_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match="link-grammar-dictionaries-en"):
        parsing.parsed(["He is sad."])


@pytest.mark.skipif(shutil.which(parsing.PROGRAM) is None, reason="link-parser is not installed")
def test_draws_parse_and_word_salad_does_not() -> None:
    parsed = parsing.parsed(["The brows rise: he is sad.", "Brow the up of he raise."])
    assert parsed == [True, False]
    texts = [text for _, text in _drawn(15, 40)]
    assert np.mean(parsing.parsed(texts)) > 0.97
