"""The table of faces and words: what it says, and what it refuses to load."""

import pytest

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.facs.reading import read
from avitalk.facs.table import EMOTIONS, PATH, Words, action_unit, emotion, read_table, table

TEXT = PATH.read_text(encoding="utf-8")


def test_prototypes_are_those_of_the_literature() -> None:
    core = {name: {p.number for p in emotion(name).parts if p.core} for name in EMOTIONS}
    assert core["happiness"] == {6, 12}
    assert {4, 7} <= core["anger"]
    assert {1, 2, 5, 26} <= core["surprise"]
    assert {1, 4, 15} <= core["sadness"]
    assert {9, 10} <= core["disgust"]
    assert {1, 2, 4, 5, 20} <= core["fear"]
    assert core["neutral"] == set()
    dimple = next(part for part in emotion("contempt").parts if part.number == 14)
    assert dimple.one_sided


def test_every_emotion_has_words_of_all_kinds_weak_and_strong() -> None:
    for name in EMOTIONS:
        known = emotion(name)
        words = {**known.adjectives, **known.after_verb, **known.nouns}
        assert len(words) >= 12
        assert known.adverbs
        assert known.scenes
        if name != "neutral":
            assert min(words.values()) <= 0.35
            assert max(words.values()) >= 0.6


def test_strength_has_many_grades_and_no_word_two_meanings() -> None:
    levels = [degree.level for degree in table().degrees]
    assert len(levels) >= 7
    seen: dict[str, float] = {}
    for degree in table().degrees:
        for words in (degree.before, degree.after, degree.adjective, degree.modifier):
            for word in words:
                assert abs(seen.setdefault(word, degree.level) - degree.level) < 0.15, word


def test_units_become_shapes_on_one_side_or_both() -> None:
    both = action_unit(12).weights(0.5)
    assert both == {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}
    assert action_unit(12).weights(side="left") == {"mouthSmileLeft": 1.0}
    assert action_unit(26).weights(side="right") == {"jawOpen": 0.45}
    for unit in table().units.values():
        assert all(name in INDEX and 0 < weight <= 1 for name, weight in unit.shapes)
        moves = any((*unit.head, *unit.eyes, unit.lean_m))
        assert bool(unit.shapes) or moves or len(unit.numbers) > 1, unit.name


def test_head_and_eyes_turn_by_the_conventions() -> None:
    assert action_unit(51).head[0] > 0  # to the character's left
    assert action_unit(53).head[1] < 0  # up
    assert action_unit(56).head[2] > 0  # to the right shoulder
    assert action_unit(64).eyes[1] > 0  # down


def _phrases(words: Words) -> list[str]:
    link = "are" if words.plural else "is"
    return [
        *(f"the {body} {link} {state}" for body in words.bodies for state in words.state),
        *(f"the {body} {verb}" for body in words.bodies for verb in words.does),
        *words.do,
        *(thing.replace("~ ", "") for thing in words.thing),
    ]


@pytest.mark.parametrize("key", list(table().units))
def test_the_reader_knows_every_phrase_of_a_unit(key: str) -> None:
    unit = table().units[key]
    for words in filter(None, (unit.words, unit.one_side)):
        for phrase in _phrases(words):
            assert set(unit.numbers) <= set(read(phrase).action_units), phrase


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("browInnerUp: 1.0", "browInsideUp: 1.0", r"action_units.1.shapes: unknown shape"),
        ("12: [D, 1.0], 6", "12: [F, 1.0], 6", r"emotions.happiness.core.12"),
        ("12: [D, 1.0], 6", "12: [D, 1.5], 6", r"'1.5'; allowed: 0 to 1"),
        ("12: [D, 1.0], 6", "99: [D, 1.0], 6", r"unknown action unit 99"),
        ("furious: 0.9", "furious: fierce", r"emotions.anger.adjectives.furious"),
        ("region: cheeks", "region: ears", r"unknown region 'ears'"),
        ("level: 0.33", "level: 0.03", r"degrees: levels must rise"),
        ("  calm:\n    source", "  calmness:\n    source", r"emotions: must be exactly"),
    ],
)
def test_a_wrong_table_is_refused_by_name(wrong: str, right: str, message: str) -> None:
    assert wrong in TEXT
    with pytest.raises(InputError, match=message):
        read_table(TEXT.replace(wrong, right, 1), "table.yaml")


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="must hold"):
        read_table("- 1", "x.yaml")
    with pytest.raises(InputError, match=r"x\.yaml"):
        read_table("a: [", "x.yaml")
    with pytest.raises(InputError, match="unknown emotion 'joy'"):
        emotion("joy")
    with pytest.raises(InputError, match="unknown action unit 99"):
        action_unit(99)
