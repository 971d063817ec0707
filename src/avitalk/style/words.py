"""A text in, the word numbers of a closed vocabulary out, whatever the spelling.

Case goes; contractions, hyphens and possessives come apart; whole numbers up to 100 keep their
value, as percentages and action units need; what is not known goes to the speller.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from avitalk.errors import InputError
from avitalk.facs.moods import moods
from avitalk.facs.table import table
from avitalk.style.speller import Speller

PAD, UNKNOWN, NUMBER = "<pad>", "<unknown>", "<number>"
SPECIAL: Final = (PAD, UNKNOWN, NUMBER)
MARKS: Final = (",", ".", ";", ":", "!", "?", "%", "&", "+")
NUMERALS: Final = tuple(str(number) for number in range(101))
ALWAYS: Final = (*SPECIAL, *MARKS, *NUMERALS)
"""What every vocabulary begins with."""
MOST_WORDS: Final = 96
"""Words of a text that are read; the rest of a longer one is left out."""

_PIECE: Final = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|[,.;:!?%&+]")
_CONTRACTED: Final = {
    "can't": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not",
    "let's": "let us", "cannot": "can not", "i'm": "i am",
}  # fmt: skip
_ENDINGS: Final = {"n't": "not", "'re": "are", "'ll": "will", "'ve": "have", "'d": "would"}
_LATIN: Final = str.maketrans("àáâäãåçèéêëìíîïñòóôöõùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")


def pieces(text: str) -> list[str]:
    """Words, numbers and marks of a text in order, lower case."""
    plain = text.lower().replace("’", "'").replace("‘", "'").translate(_LATIN)
    plain = re.sub(r"\bau(?=\d)", "au ", plain)
    found: list[str] = []
    for piece in _PIECE.findall(plain):
        found.extend(_apart(piece) if "'" in piece or piece == "cannot" else (piece,))
    return found


def _apart(word: str) -> tuple[str, ...]:
    if word in _CONTRACTED:
        return tuple(_CONTRACTED[word].split())
    for ending, meaning in _ENDINGS.items():
        if word.endswith(ending):
            return (word[: -len(ending)], meaning)
    return (word.partition("'")[0],)  # possessives, 'she's'


class Vocabulary:
    """Known words by number, the most frequent first."""

    def __init__(self, words: Sequence[str]) -> None:
        """`words` begin with ALWAYS. Raises InputError if they do not, or one comes twice."""
        if tuple(words[: len(ALWAYS)]) != ALWAYS:
            raise InputError(f"a vocabulary begins with {', '.join(ALWAYS[:4])}, ...")
        self.words = tuple(words)
        self.numbers = {word: number for number, word in enumerate(self.words)}
        if len(self.numbers) != len(self.words):
            raise InputError("a word stands twice in the vocabulary")
        self._speller = Speller(self.words[len(ALWAYS) :], liked_words())
        self._found: dict[str, tuple[str, ...]] = {}

    @classmethod
    def of(cls, ranked: Iterable[str], size: int) -> "Vocabulary":
        """The first words of a ranking, after ALWAYS and those of the table of faces."""
        always = set(ALWAYS)
        rows = dict.fromkeys(w for w in ranked if w.isalpha() and w.isascii() and w not in always)
        short = size - len(ALWAYS) - len(liked_words() - rows.keys())
        kept = [word for at, word in enumerate(rows) if at < short or word in liked_words()]
        kept += sorted(liked_words() - set(kept))
        return cls((*ALWAYS, *kept))

    def __len__(self) -> int:
        return len(self.words)

    def read(self, text: str) -> list[str]:
        """The text in known words."""
        found: list[str] = []
        for piece in pieces(text):
            if piece in self.numbers:
                found.append(piece)
            elif piece[0].isdigit():
                found.append(self._numeral(piece))
            else:
                found.extend(self._known(piece))
        return found[:MOST_WORDS]

    def encode(self, text: str) -> list[int]:
        """Word numbers of a text, at least one. Raises InputError if it holds no word."""
        found = [self.numbers[word] for word in self.read(text)]
        if not any(number >= len(SPECIAL) + len(MARKS) or number == 1 for number in found):
            raise InputError(f"text '{text[:40]}' holds no word; say what the face does")
        return found

    def _known(self, word: str) -> tuple[str, ...]:
        if word not in self._found:
            self._found[word] = self._speller.known(word) or (UNKNOWN,)
        return self._found[word]

    @staticmethod
    def _numeral(piece: str) -> str:
        """'0.5' is read as a share: '50'."""
        value = float(piece)
        if "." in piece and value <= 1:
            value *= 100
        return str(round(value)) if value <= 100 else NUMBER


@cache
def liked_words() -> frozenset[str]:
    """Single words that the table of faces and the moods know."""
    found: set[str] = set()
    known = table()
    for emotion in known.emotions.values():
        places = (emotion.adjectives, emotion.after_verb, emotion.nouns, emotion.adverbs)
        for place in (*places, emotion.scenes, emotion.also, (emotion.name,)):
            found.update(_letters(place))
    for degree in known.degrees:
        for words in (degree.before, degree.after, degree.adjective, degree.modifier,
                      degree.amount, degree.manner, degree.also):  # fmt: skip
            found.update(_letters(words))
    for unit in known.units.values():
        for part in (unit.words, unit.one_side):
            for words in () if part is None else (part.bodies, part.state, part.does, part.do):
                found.update(_letters(words))
        found.update(_letters((unit.name,)))
    for words in known.synonyms:
        found.update(_letters(words))
    for mood in moods().values():
        for phrases in mood.said.values():
            found.update(_letters(phrases))
    return frozenset(found)


def _letters(phrases: Iterable[str]) -> set[str]:
    return {w for phrase in phrases for w in pieces(phrase) if w.isalpha() and w.isascii()}
