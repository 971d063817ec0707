"""What the language model is pretrained on: the grammar's instructions, WordNet's sentences."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from avitalk.data.instructions.describing import REQUESTS, describe
from avitalk.data.instructions.facts import Facts, draw_facts
from avitalk.data.instructions.grammar import phrase
from avitalk.data.instructions.synonyms import augment
from avitalk.data.instructions.wording import allowed
from avitalk.errors import InputError
from avitalk.facs.table import VOICE, emotion
from avitalk.files import atomic_path

MEANING: Final = "What does this word mean?"
EXAMPLE: Final = "Use this word in a sentence."
COARSE: Final = re.compile(r"offensive|vulgar|slur|obscene|derogatory|disparag|insulting term")
NAMING: Final = "Name the feeling in a few words."
AGAIN: Final = "Describe this voice in other words."
AUGMENTED: Final = 0.3
"""Share of instructions with synonyms in place of some words."""
SHORTEST, LONGEST = 4, 40  # words of a gloss or an example worth reading
PARTS: Final = ("noun", "verb", "adj", "adv")
SPECIES: Final = ("05", "20")  # lexicographer files of animals and plants, mostly Latin names


@dataclass(frozen=True, slots=True)
class Document:
    """One document of pretraining: `<bos> description <ask> request <say> text <eos>`."""

    kind: str
    """"instruction", "naming", "again", "gloss" or "example"."""
    description: str
    """What the text is about, in words."""
    request: str
    """What is asked for."""
    text: str
    """What the model learns to write."""


def broad_facts(rng: np.random.Generator) -> Facts:
    """Plausible facts; every other time with a voice that has nothing to do with the emotion."""
    facts = draw_facts(rng)
    if rng.random() < 0.5:
        return facts
    voice = {name: float(rng.uniform(-1, 1)) if rng.random() < 0.7 else None for name in VOICE}
    return replace(facts, **voice)  # type: ignore[arg-type]


def instructions(count: int, seed: int) -> Iterator[Document]:
    """`count` instructions of the grammar, each from facts of its own; none held out."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        facts = broad_facts(rng)
        text = phrase(facts, rng)
        if rng.random() < AUGMENTED:
            text = augment(text, rng)
        request = REQUESTS[int(rng.integers(len(REQUESTS)))]
        yield Document("instruction", describe(facts, rng), request, text)


def namings(count: int, seed: int) -> Iterator[Document]:
    """Descriptions with the feeling named in three words, or described once more.

    Every token of these hangs on what is described: from them the model learns to listen, which
    the few such tokens of an instruction teach slowly.
    """
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        facts = broad_facts(rng)
        described = describe(facts, rng)
        if rng.random() < 0.5:
            yield Document("again", described, AGAIN, sentence(describe(facts, rng)))
            continue
        graded = emotion(facts.emotion).adjectives
        words = allowed(tuple(graded), held_out=False)
        far = np.array([abs(graded[word] - facts.strength) for word in words])
        near = np.argsort(far + rng.uniform(0, 0.3, len(words)))[:3]
        first, second, third = (words[int(at)] for at in near)
        text = sentence(f"{facts.emotion}: {first}, {second}, {third}")
        yield Document("naming", described, NAMING, text)


def sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    text = " ".join(text.split()).strip(" ;,:-")
    if text and text[-1] not in ".!?":
        text += "."
    return text[:1].upper() + text[1:]


def wordnet(folder: Path) -> Iterator[Document]:
    """Glosses and example sentences of WordNet's `data.*` files (wndb(5) describes them)."""
    for part in PARTS:
        path = folder / f"data.{part}"
        if not path.exists():
            raise InputError(
                f"{path}: not found; give WordNet's dict folder (Debian: wordnet-base)"
            )
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if not line.startswith(" "):  # the licence stands before the data
                    yield from _entry(line)


def _entry(line: str) -> Iterator[Document]:
    facts, _, gloss = line.partition(" | ")
    fields = facts.split()
    count = int(fields[3], 16)
    words = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * i]).replace("_", " ") for i in range(count)]
    if COARSE.search(gloss) or fields[1] in SPECIES or any(word != word.lower() for word in words):
        return  # neither names nor species: a small model has better use for its weights
    examples = re.findall(r'"([^"]+)"', gloss)
    meaning = re.sub(r"[;:]?\s*\"[^\"]*\"[^;\"]*", "", gloss).strip(" ;\n")
    described = ", ".join(words[:3])
    if SHORTEST <= len(meaning.split()) <= LONGEST and '"' not in meaning:
        yield Document("gloss", described, MEANING, sentence(meaning))
    for example in examples:
        if SHORTEST <= len(example.split()) <= LONGEST and example.count("(") == example.count(")"):
            yield Document("example", described, EXAMPLE, sentence(example))


def thinned(description: str, rng: np.random.Generator) -> str:
    """The description without some of its parts (between commas, semicolons or full stops)."""
    parts = [part.strip() for part in re.split(r"[,;.]", description) if part.strip()]
    kept = [part for part in parts if rng.random() < 0.6]
    return ", ".join(kept)


def write_documents(path: Path, documents: Iterable[Document]) -> int:
    """Write one JSON object a line; returns how many."""
    count = 0
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(asdict(document), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_documents(path: Path) -> list[Document]:
    """What `write_documents` wrote; InputError names the line that is something else."""
    documents = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            documents.append(Document(**json.loads(line)))
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}:{number}: not a document ({error})") from error
    return documents


def parted(documents: Sequence[Document], share: float, seed: int) -> tuple[list[Document], ...]:
    """Documents to learn from, and a random `share` kept for measuring."""
    kept = np.random.default_rng(seed).random(len(documents)) < share
    learn = [d for d, away in zip(documents, kept, strict=True) if not away]
    return learn, [d for d, away in zip(documents, kept, strict=True) if away]
