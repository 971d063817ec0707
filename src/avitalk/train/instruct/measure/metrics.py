"""Texts against several references, recording by recording: BLEU, METEOR, ROUGE-L, CIDEr, facts.

Words are lower-case without punctuation. Definitions: BLEU by Papineni et al. 2002 over the corpus
(closest reference length, no smoothing); METEOR by nltk, which is Lavie and Agarwal 2007 with
exact, stem and WordNet matches (it looks synonyms up by their stems); ROUGE-L (Lin 2004) as the F
of the longest common subsequence with beta 1.2, best reference; CIDEr-D by Vedantam et al. 2015
(sigma 6, times 10), document frequencies from the references. SPICE needs a scene-graph parser and
is replaced by the F1 of facts read (`facs.reading`): emotion, action units and grade of strength,
best reference.
"""

import importlib.util
import io
import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.evaluate.metrics.lips import Interval
from avitalk.facs.reading import read
from avitalk.train.instruct.language_measure import words_of
from avitalk.train.instruct.measure.baselines import NEEDS

Floats = NDArray[np.float64]
References = Sequence[Sequence[str]]
WORDNET: Final = Path("/usr/share/wordnet")
BETA: Final = 1.2
SIGMA: Final = 6.0
LONGEST: Final = 4
GRADES: Final = 4
DRAWS: Final = 1000


def grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    """Runs of `size` words and how often each occurs."""
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def bleu(texts: Sequence[str], references: References, size: int) -> Interval:
    """BLEU-`size` over the corpus, with its interval over recordings drawn with return."""
    rows = np.array([_bleu_counts(t, r, size) for t, r in zip(texts, references, strict=True)])
    draw = np.random.default_rng(0).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), DRAWS)
    low, high = np.percentile(_bleu(draw @ rows, size), [2.5, 97.5])
    return Interval(float(_bleu(rows.sum(0)[None], size)[0]), float(low), float(high), len(rows))


def _bleu_counts(text: str, references: Sequence[str], size: int) -> list[float]:
    """Words, words of the closest reference, then matched and all runs of each size."""
    words = words_of(text)
    others = [words_of(reference) for reference in references]
    closest = min((abs(len(o) - len(words)), len(o)) for o in others)[1]
    found = [float(len(words)), float(closest)]
    for n in range(1, size + 1):
        most: Counter[tuple[str, ...]] = Counter()
        for other in others:
            most |= grams(other, n)
        own = grams(words, n)
        found += [float((own & most).total()), float(own.total())]
    return found


def _bleu(sums: NDArray[Any], size: int) -> Floats:
    """(draws, 2 + 2 size) -> (draws,)."""
    matched, every = sums[:, 2::2], sums[:, 3::2]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.log(matched / every).mean(1)
        brevity = np.minimum(0.0, 1 - sums[:, 1] / sums[:, 0])
    found: Floats = np.nan_to_num(np.exp(mean + brevity))
    return found


def rouge_l(texts: Sequence[str], references: References) -> Floats:
    """(clips,) F of the longest common subsequence with the best reference."""
    return np.array(
        [
            max(_rouge(words_of(text), words_of(other)) for other in others)
            for text, others in zip(texts, references, strict=True)
        ]
    )


def _rouge(words: Sequence[str], other: Sequence[str]) -> float:
    row = [0] * (len(other) + 1)
    for word in words:
        before = row[:]
        for j, match in enumerate(other):
            row[j + 1] = before[j] + 1 if word == match else max(row[j], before[j + 1])
    if not row[-1]:
        return 0.0
    precision, recall = row[-1] / len(words), row[-1] / len(other)
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def cider(texts: Sequence[str], references: References) -> Floats:
    """(clips,) CIDEr-D."""
    others = [[words_of(reference) for reference in row] for row in references]
    found = np.zeros(len(texts))
    for n in range(1, LONGEST + 1):
        seen: Counter[tuple[str, ...]] = Counter()
        for row in others:
            seen.update(set().union(*(grams(words, n) for words in row)))
        rare = {gram: math.log(len(texts) / count) for gram, count in seen.items()}
        most = math.log(len(texts))
        for i, (text, row) in enumerate(zip(texts, others, strict=True)):
            words = words_of(text)
            near = [_cosine(words, other, n, rare, most) for other in row]
            found[i] += 10 * float(np.mean(near)) / LONGEST
    return found


def _cosine(
    words: Sequence[str],
    other: Sequence[str],
    n: int,
    rare: dict[tuple[str, ...], float],
    most: float,
) -> float:
    """Clipped cosine of weighted runs, less where lengths differ."""
    a = {g: c * rare.get(g, most) for g, c in grams(words, n).items()}
    b = {g: c * rare.get(g, most) for g, c in grams(other, n).items()}
    size = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    shared = sum(min(value, b[gram]) * b[gram] for gram, value in a.items() if gram in b)
    gap = len(words) - len(other)
    return shared / size * math.exp(-(gap**2) / (2 * SIGMA**2)) if size else 0.0


def meteor(texts: Sequence[str], references: References) -> Floats:
    """(clips,) METEOR with the best reference. Raises InputError without nltk or WordNet."""
    if importlib.util.find_spec("nltk") is None:
        raise InputError(NEEDS)
    from nltk.translate.meteor_score import meteor_score  # noqa: PLC0415 - takes a second

    words = _wordnet()
    return np.array(
        [
            meteor_score([words_of(o) for o in row], words_of(text), wordnet=words)
            for text, row in zip(texts, references, strict=True)
        ]
    )


class Synonyms:
    """What METEOR asks of WordNet, each word looked up once."""

    def __init__(self, reader: Any) -> None:
        self.synsets = cache(reader.synsets)


@cache
def _wordnet() -> Synonyms:
    """WordNet from Debian's files, which lack `lexnames`; nothing here needs those names."""
    if not (WORDNET / "data.noun").is_file():
        raise InputError(f"{WORDNET} not found; install Debian's package wordnet-base")
    import nltk.data  # noqa: PLC0415
    from nltk.corpus.reader.wordnet import WordNetCorpusReader  # noqa: PLC0415

    nltk.data.path.append(str(WORDNET))  # nltk opens files in its own folders only

    class Debian(WordNetCorpusReader):  # type: ignore[misc]
        """nltk's reader, for files as Debian lays them."""

        def open(self, file: str) -> Any:
            """A file of WordNet."""
            if file == "lexnames":
                return io.StringIO("".join(f"{i:02} kind{i} 1\n" for i in range(45)))
            return super().open(file)

        def map_wn(self, version: str = "wordnet") -> None:
            """No mapping to other versions."""

    return Synonyms(Debian(str(WORDNET), _NoOther()))


class _NoOther:
    """Stands for multilingual wordnets, of which there are none."""


def facts_read(text: str) -> frozenset[str]:
    """What a text says: its emotion, its action units, its grade of strength."""
    reading = read(text)
    units = (f"AU{number}" for number in reading.action_units)
    return frozenset({reading.emotion, f"grade {round(reading.strength * GRADES)}", *units})


def facts_f1(texts: Sequence[str], references: References) -> Floats:
    """(clips,) F1 of facts read from the text and from the best reference."""
    return np.array(
        [
            max(_f1(facts_read(text), facts_read(other)) for other in row)
            for text, row in zip(texts, references, strict=True)
        ]
    )


def _f1(own: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(own & other) / (len(own) + len(other))
