"""Everyday words for what is none of the ten emotions, or more than one."""

import pytest

from avitalk.errors import InputError
from avitalk.facs.moods import moods, read_moods
from avitalk.facs.reading import read


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("as if she had just won the lottery", "happiness"),
        ("you won the lottery", "happiness"),
        ("he is trying not to cry", "sadness"),
        ("she tries not to cry", "sadness"),
        ("bored teenager", "boredom"),
        ("not angry, just disappointed", "sadness"),
        ("fake smile", "happiness"),
        ("about to burst into tears", "sadness"),
        ("sarcastic game show host", "contempt"),
        ("like a proud grandmother", "happiness"),
        ("sleepy", "boredom"),
        ("worried mother", "fear"),
        ("drill sergeant", "anger"),
        ("in love", "happiness"),
        ("holding back laughter", "happiness"),
        ("gritting her teeth", "anger"),
        ("speechless", "surprise"),
        ("deer in the headlights", "fear"),
        ("poker face", "neutral"),
        ("stoic", "neutral"),
        ("not angry", "neutral"),
        ("the opposite of happy", "neutral"),
        ("How dare you!", "anger"),
        ("as if he saw a ghost", "surprise"),
        ("never been happier", "happiness"),
        ("as if nothing had happened", "neutral"),
    ],
)
def test_words_that_nobody_templated(text: str, emotion: str) -> None:
    assert read(text).emotion == emotion


def test_a_mood_brings_its_units_along() -> None:
    assert read("he is trying not to cry").action_units == (1, 4, 17, 24)
    assert read("she is not flirty").action_units == ()


def test_words_of_degree_change_a_mood() -> None:
    strengths = [read(f"{word} suspicious").strength for word in ("slightly", "very", "utterly")]
    assert strengths == sorted(strengths)


def test_figures_of_speech_are_no_moods() -> None:
    assert read("on every stressed syllable").action_units == ()


def test_every_mood_is_read_as_itself() -> None:
    wrong = []
    for mood in moods().values():
        for place in ("words", "doing", "people"):
            for phrase in mood.said[place]:
                text = phrase.replace("~", "her")
                wrong += [(mood.name, text)] if read(text).emotion != mood.main else []
    assert len(wrong) < 12, wrong  # 'sarcastic teenager' and the like name another feeling first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "must be a table of moods"),
        ("a: {emotions: {joy: 1}}", "a.emotions: must be some of neutral, happiness"),
        ("a: {emotions: {anger: 0.8, fear: 0.8}}", "shares must sum to at most 1"),
        ("a: {emotions: {anger: 1}, units: {99: 0.5}}", "unknown action unit 99"),
        ("a: {emotions: {anger: 1}, words: {cross: 3}}", "a.words.cross: '3'; allowed: 0 to 1"),
        ("a: {feelings: {}}", "'feelings'; allowed: emotions"),
        ("a: {", "moods"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        read_moods(text, "moods.yaml")
