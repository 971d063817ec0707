"""Reading what a text says of a face, in anybody's words."""

import pytest

from avitalk.facs.reading import read
from avitalk.facs.table import EMOTIONS


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("He sounds thoroughly fed up.", "anger"),
        ("Play it over the moon!", "happiness"),
        ("She's close to tears, lips trembling.", "sadness"),
        ("scared stiff", "fear"),
        ("Bored to death, eyelids half closed", "boredom"),
        ("As if someone had served him something that makes him sick to the stomach", "disgust"),
        ("a smug, contemptuous smirk", "contempt"),
        ("taken aback", "surprise"),
        ("at peace with the world", "calm"),
        ("a matter-of-fact reading", "neutral"),
        ("Move the mouth only to speak.", "neutral"),
        ("", "neutral"),
    ],
)
def test_emotion_from_its_words(text: str, emotion: str) -> None:
    assert read(text).emotion == emotion


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("Raise the lip corners and bunch the cheeks up.", "happiness"),
        ("Wrinkle the nose and curl the upper lip.", "disgust"),
        ("Brows knitted, lids tightened, lips pressed together.", "anger"),
        ("Eyebrows up, eyes wide, jaw dropped.", "surprise"),
        ("The inner brows slant upward and the mouth corners turn down.", "sadness"),
        ("One corner of the mouth tucked in.", "contempt"),
        ("AU6 and AU12", "happiness"),
        ("action units 9, 10 and 17", "disgust"),
    ],
)
def test_emotion_from_units_where_no_word_names_it(text: str, emotion: str) -> None:
    assert read(text).emotion == emotion


def test_scores_are_probabilities() -> None:
    scores = read("somewhat worried, perhaps a little sad").scores
    assert set(scores) == set(EMOTIONS)
    assert sum(scores.values()) == pytest.approx(1)
    assert scores["fear"] > 0.3
    assert scores["sadness"] > 0.2


def test_denied_feelings_do_not_count() -> None:
    assert read("She is not angry, but a little sad.").emotion == "sadness"
    assert read("Not angry.").emotion != "anger"
    assert read("He isn't scared; he is amused.").emotion == "happiness"
    assert read("without a trace of disgust").emotion != "disgust"
    assert read("not only annoyed but furious").emotion == "anger"


def test_what_cannot_be_hidden_shows() -> None:
    for text in (
        "she cannot hide a smile",
        "she smiles without hiding it",
        "not quite suppressing a grin",
    ):
        assert 12 in read(text).action_units
    assert 12 not in read("she cannot smile").action_units


def test_denied_movements_do_not_count() -> None:
    assert read("without a smile").action_units == ()
    assert read("No frown, but a smile").action_units == (12,)
    assert read("Don't raise the eyebrows. Widen the eyes.").action_units == (5,)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("eyebrows raised high", (1, 2)),
        ("brows raised and drawn together", (1, 2, 4)),
        ("raise only the left eyebrow", (2,)),
        ("the upper lids drop while the head tilts to one side", (43, 55)),
        ("The lips are pressed together and the chin wrinkles.", (17, 24)),
        ("the brow lowerer and the dimpler", (4, 14)),
        ("a wide grin", (12,)),
        ("his jaw falls open as the voice climbs", (26,)),
    ],
)
def test_units_in_plain_words(text: str, units: tuple[int, ...]) -> None:
    assert read(text).action_units == units


def test_words_about_the_voice_are_not_about_the_face() -> None:
    reading = read("The voice drops and its pitch lowers; he speaks loudly.")
    assert reading.action_units == ()
    assert reading.strength == 0.5


def test_strength_follows_the_words_of_degree() -> None:
    said = [
        "Barely raise the brows.", "Faintly raise the brows.", "Slightly raise the brows.",
        "Raise the brows halfway.", "Noticeably raise the brows.", "Firmly raise the brows.",
        "Strongly raise the brows.", "Raise the brows very hard.", "Raise the brows to the limit.",
    ]  # fmt: skip
    strengths = [read(text).strength for text in said]
    assert strengths == sorted(strengths)
    assert len(set(strengths)) == len(strengths)


def test_strength_follows_graded_feelings() -> None:
    words = ("peeved", "annoyed", "resentful", "angry", "seething", "furious", "enraged")
    strengths = [read(f"She is {word}.").strength for word in words]
    assert strengths == sorted(strengths)
    assert read("a little angry").strength < read("angry").strength < read("very angry").strength
    assert read("at about 80 percent").strength == pytest.approx(0.8)
    assert read("at 20 %").strength == pytest.approx(0.2)
