"""Words of a text in whatever spelling -> words of the vocabulary."""

import pytest

from avitalk.errors import InputError
from avitalk.style.speller import Speller, distance
from avitalk.style.words import ALWAYS, MOST_WORDS, UNKNOWN, Vocabulary, liked_words, pieces

COMMON = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "is",
    "not",
    "do",
    "she",
    "he",
    "with",
    "very",
    "angry",
    "surprised",
    "happy",
    "smile",
    "eyebrow",
    "left",
    "right",
    "man",
    "friend",
    "friendly",
    "terrified",
    "disappointed",
    "excited",
    "disgusted",
    "furious",
    "half",
    "tea",
    "they",
    "would",
    "can",
    "as",
    "if",
    "just",
    "won",
    "lottery",
    "ecstatic",
    "nervous",
    "annoyed",
    "look",
    "face",
    "raise",
    "only",
    "them",
    "then",
    "hungry",
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.of(COMMON, 5000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("angrey", "angry"),
        ("suprised", "surprised"),
        ("teh hapy man", "the happy man"),
        ("freindly", "friendly"),
        ("exstatic", "ecstatic"),
        ("anoyed", "annoyed"),
        ("disapointed", "disappointed"),
        ("veryangry", "very angry"),
        ("sooo HAPPYYY", "so happy"),
        ("a half-smile", "a half smile"),
        ("she won't smile", "she will not smile"),
        ("Don’t smile!", "do not smile !"),
        ("the man's eyebrows", "the man eyebrow"),
        ("AU12 at 0.5", "au 12 at 50"),
        ("30% angry, 70 % happy", "30 % angry , 70 % happy"),
        ("éxcited", "excited"),
    ],
)
def test_texts_are_read_in_known_words(vocabulary: Vocabulary, text: str, words: str) -> None:
    extra = {"so", "will", "at", "au", "eyebrows"}
    known = Vocabulary.of([*COMMON, *sorted(extra - {"eyebrows"})], 5000)
    read = known.read(text)
    assert [w.replace("eyebrows", "eyebrow") for w in read] == words.split()
    assert all(word in known.numbers for word in read)


def test_what_is_near_nothing_stays_unknown(vocabulary: Vocabulary) -> None:
    assert vocabulary.read("zqxvbn") == [UNKNOWN]
    assert vocabulary.encode("zqxvbn") == [vocabulary.numbers[UNKNOWN]]


def test_words_of_the_table_are_always_known_and_preferred() -> None:
    bare = Vocabulary.of((), 0)
    assert liked_words() <= bare.numbers.keys()
    assert bare.words[: len(ALWAYS)] == ALWAYS
    speller = Speller(("fare", "fury"), {"fury"})
    assert speller.known("furs") == ("fury",)
    assert Speller(("fare", "fury"), ()).known("fary") == ("fare",)


def test_spelling_is_the_same_every_time(vocabulary: Vocabulary) -> None:
    again = Vocabulary(vocabulary.words)
    for text in ("horified", "nerrvous", "smileing", "discusted"):
        assert vocabulary.read(text) == again.read(text)


@pytest.mark.parametrize("text", ["", "   ", "...", "?!"])
def test_a_text_without_words_is_refused(vocabulary: Vocabulary, text: str) -> None:
    with pytest.raises(InputError, match="no word"):
        vocabulary.encode(text)


def test_long_texts_are_cut(vocabulary: Vocabulary) -> None:
    assert len(vocabulary.encode("happy " * 500)) == MOST_WORDS


def test_numbers_beyond_a_hundred_lose_their_value(vocabulary: Vocabulary) -> None:
    assert vocabulary.read("5000 100 7") == ["<number>", "100", "7"]


def test_a_vocabulary_has_its_beginning_and_no_word_twice() -> None:
    with pytest.raises(InputError, match="begins with"):
        Vocabulary(("happy",))
    with pytest.raises(InputError, match="twice"):
        Vocabulary((*ALWAYS, "happy", "happy"))


def test_distance_counts_frequent_slips_for_less() -> None:
    assert distance("teh", "the") < distance("tah", "the")
    assert distance("smille", "smile") < distance("smikle", "smile")
    assert distance("same", "same") == 0
    assert distance("abcdefg", "tuvwxyz") > 2


def test_pieces_come_apart() -> None:
    assert pieces("She'd smile—can't she?") == ["she", "would", "smile", "can", "not", "she", "?"]
