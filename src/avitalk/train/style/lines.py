"""WordNet and the grammar in, the words and the lines that the text tower learns from out.

Everything is written here from WordNet's dictionary files (wndb(5)) and our own grammar: no corpus
of other people's texts. Short lines about people, feelings and situations come most.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from avitalk.errors import InputError
from avitalk.style.words import pieces
from avitalk.train.instruct.text import COARSE, PARTS, SPECIES, instructions
from avitalk.train.style import lines_people as people
from avitalk.train.style.lines_people import MOODS, PEOPLE, SITUATIONS

PERSON, FEELING = "18", "12"
TOLD: Final = ("00", "01", "02", "04", "07", "08", "10", "12", "16", "18", "26", "29", "30", "31",
               "32", "37", "39", "41", "42", "44")  # fmt: skip
"""Lexicographer files (lexnames(5)) about people: adjectives, adverbs, acts, traits, body, talk,
feelings, motives, persons, states, and verbs of body, change, mind, talk, emotion and company."""
NEEDED: Final = {"00": 1, "02": 1, PERSON: 2, FEELING: 6, "29": 4, "37": 6}
"""Lexicographer files whose words a vocabulary should rather know, and by how many mentions."""
LONGEST: Final = 20
"""Words of a gloss or an example that is taken."""
FACES: Final = ("face", "look", "smile", "expression", "voice", "gaze", "frown", "grin", "mood",
                "stare", "glance", "laugh", "manner", "tone", "eyes")  # fmt: skip
FRAMES: Final = {
    "adjective person": ("{a} {p}", "a {a} {p}", "like a {a} {p}", "the look of a {a} {p}",
                         "you are a {a} {p}"),
    "person": ("{p}", "a {p}", "like a {p}", "speak like a {p}", "as a {p} would",
               "with the face of a {p}", "the {p} in a film"),
    "adjective": ("{a}", "very {a}", "slightly {a}", "not {a}", "looks {a}", "she is {a}",
                  "he feels {a}", "a {a} {f}", "{a} and {b}", "{a} but {b}", "more {a} than {b}",
                  "{a}, almost {b}", "someone {a}", "a bit {a}", "extremely {a}", "not {a} but {b}",
                  "act {a}", "say it {a}", "a {a}, {b} {f}", "she looks {a} and a little {b}"),
    "feeling": ("{n}", "full of {n}", "with {n}", "feeling {n}", "a hint of {n}", "overcome by {n}",
                "without {n}", "no {n} at all", "{n} mixed with {m}", "hiding {n}",
                "trying not to show {n}", "{n} turning into {m}", "a face of {n}"),
    "verb": ("{v}", "about to {v}", "trying not to {v}", "as if to {v}", "he wants to {v}",
             "she tries to {v}", "do not {v}", "refusing to {v}", "as if you had to {v}",
             "like someone who would {v}", "just before you {v}"),
    "situation": ("as if {e}", "because {e}", "{e}", "when {e}", "like when {e}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning of WordNet."""

    part: str
    """Noun, verb, adj or adv."""
    file: str
    """Number of its lexicographer file."""
    words: tuple[str, ...]
    meaning: str
    examples: tuple[str, ...]


def synsets(folder: Path) -> Iterator[Synset]:
    """Meanings in WordNet's `data.*`, names, species and what is marked coarse left out.

    Raises InputError if a file is not there.
    """
    for part in PARTS:
        path = folder / f"data.{part}"
        if not path.exists():
            raise InputError(
                f"{path}: not found; give WordNet's dict folder (Debian: wordnet-base)"
            )
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith(" "):
                yield from _synset(part, line)


def _synset(part: str, line: str) -> Iterator[Synset]:
    facts, _, gloss = line.partition(" | ")
    fields = facts.split()
    count = int(fields[3], 16)
    words = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * i]).replace("_", " ") for i in range(count)]
    if COARSE.search(gloss) or fields[1] in SPECIES or any(w != w.lower() for w in words):
        return
    examples = tuple(re.findall(r'"([^"]+)"', gloss))
    meaning = re.sub(r"[;:]?\s*\"[^\"]*\"[^;\"]*", "", gloss)
    meaning = re.sub(r"\([^)]*\)", "", meaning).split(";")[0].strip(" ,:")
    yield Synset(part, fields[1], tuple(words), " ".join(meaning.split()), examples)


def senses(folder: Path) -> Counter[str]:
    """How often each lemma was met in the texts that WordNet counted (`cntlist.rev`)."""
    found: Counter[str] = Counter()
    for line in (folder / "cntlist.rev").read_text(encoding="utf-8").splitlines():
        key, _, count = line.split(" ")
        found[key.partition("%")[0].replace("_", " ")] += int(count)
    return found


def ranked(folder: Path, more: Iterable[str] = ()) -> list[str]:
    """Single words by how often they stand in WordNet's glosses and examples, were counted there,
    or stand in `more`, the most frequent first.
    """
    found: Counter[str] = Counter()
    for text in more:
        found.update(3 * pieces(text))
    for synset in synsets(folder):
        weight = 2 if synset.file in TOLD else 1
        for text in (synset.meaning, *synset.examples):
            found.update(weight * pieces(text))
        for word in synset.words if synset.file in NEEDED else ():
            found.update(NEEDED[synset.file] * pieces(word))
    for phrase in (*PEOPLE, *MOODS, *SITUATIONS):
        found.update(50 * pieces(phrase))
    for lemma, count in senses(folder).items():
        if lemma.isalpha():
            found[lemma] += 2 * min(count, 500)
    return [word for word, _ in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]


def lines(folder: Path, words: Sequence[str], *, told: int, phrases: int, asked: int,
          seed: int = 0) -> list[str]:  # fmt: skip
    """Lines in the order in which they are worth learning: single words, `phrases` short ones,
    `told` glosses and examples, `asked` instructions of the grammar. None comes twice.
    """
    rng = np.random.default_rng((seed, 1))
    known = [synset for synset in synsets(folder) if synset.file in TOLD]
    sentences = [
        text
        for synset in known
        for text in (synset.meaning, *synset.examples)
        if 1 < len(text.split()) <= LONGEST and text.count("(") == text.count(")")
    ]
    taken = [sentences[int(at)] for at in rng.permutation(len(sentences))[:told]]
    writer = _Phrases(known, senses(folder), rng)
    short = [writer.draw() for _ in range(phrases)]
    grammar = [document.text for document in instructions(asked, seed)]
    return list(dict.fromkeys((*words, *short, *taken, *grammar)))


class _Phrases:
    """Short phrases from WordNet's words by part of speech."""

    def __init__(
        self, known: Sequence[Synset], counts: Counter[str], rng: np.random.Generator
    ) -> None:
        self.rng = rng
        places = {
            "p": [w for s in known if s.file == PERSON for w in s.words if len(w.split()) < 4],
            "a": [w for s in known if s.part == "adj" for w in s.words],
            "n": [w for s in known if s.file == FEELING for w in s.words],
            "v": [w for s in known if s.part == "verb" for w in s.words],
        }
        felt = {w for s in known if s.file in (FEELING, "37") for w in s.words}
        self.places, self.chances = {}, {}
        for name, found in places.items():
            entries = list(dict.fromkeys(found))
            weight = np.array([(counts[w] + 0.3) ** 0.5 * (3 if w in felt else 1) for w in entries])
            self.places[name], self.chances[name] = entries, weight / weight.sum()
        self.glosses = [s.meaning for s in known if s.part == "verb" and len(s.meaning.split()) < 9]
        self.examples = [
            example
            for s in known
            for example in s.examples
            if 2 < len(example.split()) < 11
            and re.match(r"(he|she|they|it|the|his|her) ", example.lower())
        ]

    def draw(self) -> str:
        """One phrase, as often of the hand-written lists as of WordNet."""
        return self._directed() if self.rng.random() < 0.5 else self._listed()

    def _directed(self) -> str:
        kind = ("people", "moods", "situations")[int(self.rng.choice(3, p=(0.3, 0.45, 0.25)))]
        frame = self._of(people.FRAMES[kind])
        mood = self._of(MOODS) if self.rng.random() < 0.75 else self._word("a")
        person = self._of(PEOPLE) if self.rng.random() < 0.75 else self._word("p")
        return frame.format(
            p=person, q=self._of(PEOPLE), m=mood, n=self._of(MOODS), s=self._of(SITUATIONS)
        )

    def _listed(self) -> str:
        kinds = list(FRAMES)
        kind = kinds[int(self.rng.choice(len(kinds), p=(0.16, 0.16, 0.24, 0.1, 0.14, 0.2)))]
        frame = FRAMES[kind][int(self.rng.integers(len(FRAMES[kind])))]
        verb = self._word("v") if self.rng.random() < 0.5 else self._of(self.glosses)
        return frame.format(
            p=self._word("p"), a=self._word("a"), b=self._word("a"), n=self._word("n"),
            m=self._word("n"), v=verb, f=self._of(FACES), e=self._of(self.examples),
        )  # fmt: skip

    def _word(self, place: str) -> str:
        at = np.searchsorted(np.cumsum(self.chances[place]), self.rng.random())
        return self.places[place][min(int(at), len(self.places[place]) - 1)]

    def _of(self, entries: Sequence[str]) -> str:
        return entries[int(self.rng.integers(len(entries)))]
