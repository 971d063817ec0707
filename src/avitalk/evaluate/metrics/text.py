"""Texts against several references, recording by recording: BLEU, METEOR, ROUGE-L, CIDEr, facts.

Words are lower-case without punctuation. BLEU (Papineni et al. 2002) over the corpus from
sacrebleu: closest reference length, no smoothing. METEOR from nltk (Lavie and Agarwal 2007: exact,
stem and WordNet matches; it looks synonyms up by their stems). ROUGE-L (Lin 2004): precision and
recall from rouge-score, their F with beta 1.2 as in captioning (rouge-score's own F has beta 1),
best reference. CIDEr-D (Vedantam et al. 2015: sigma 6, times 10, document frequencies from the
references) is written out here: pycocoevalcap agrees to rounding, but brings 104 MB of Java
archives that CIDEr does not use. SPICE needs CoreNLP, a download; the F1 of facts read
(`facs.reading`: emotion, action units, grade of strength, best reference) stands in for it.

All but `bleu` give a number a clip; `lips.bootstrap` makes an interval of them.
Raises ValueError without texts, without references, or with other numbers of both, and InputError
where a library is missing.
"""

import importlib.util
import io
import math
import re
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

Floats = NDArray[np.float64]
References = Sequence[Sequence[str]]
WORDNET: Final = Path("/usr/share/wordnet")
BETA: Final = 1.2
SIGMA: Final = 6.0
LONGEST: Final = 4
GRADES: Final = 4
DRAWS: Final = 1000


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[a-z0-9'-]+", text.lower())


def _needed(module: str, package: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise InputError(f"{package} is not installed: pip install 'avitalk[measure]'")


def _checked(texts: Sequence[str], references: References) -> None:
    if not texts or len(texts) != len(references) or not all(references):
        raise ValueError(
            f"{len(texts)} texts and {len(references)} rows of references, "
            f"{sum(not row for row in references)} of them empty; allowed: as many of both, at "
            "least one, none empty"
        )


def bleu(texts: Sequence[str], references: References, size: int) -> Interval:
    """BLEU-`size`, 0 to 1, higher is better, over the corpus, with its interval over recordings
    drawn with return.
    """
    _checked(texts, references)
    if not 1 <= size <= LONGEST:
        raise ValueError(f"BLEU-{size}; allowed: 1 to {LONGEST}")
    _needed("sacrebleu", "sacrebleu")
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - on use

    # effective_order only silences a warning here: what is read are counts.
    scorer = BLEU(tokenize="none", smooth_method="none", max_ngram_order=size, effective_order=True)
    rows = []
    for text, row in zip(texts, references, strict=True):
        found = scorer.sentence_score(_spaced(text), [_spaced(other) for other in row])
        rows.append([found.sys_len, found.ref_len, *found.counts, *found.totals])
    counts = np.array(rows, np.float64)
    draw = np.random.default_rng(0).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), DRAWS)
    low, high = np.percentile(_bleu(draw @ counts, size), [2.5, 97.5])
    mean = float(_bleu(counts.sum(0)[None], size)[0])
    return Interval(mean, float(low), float(high), len(rows))


def _spaced(text: str) -> str:
    return " ".join(words_of(text))


def _bleu(sums: Floats, size: int) -> Floats:
    """(draws, 2 + 2 size): own words, words of the closest reference, runs matched, runs."""
    matched, every = sums[:, 2 : 2 + size], sums[:, 2 + size :]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.log(matched / every).mean(1)
        brevity = np.minimum(0.0, 1 - sums[:, 1] / sums[:, 0])
    found: Floats = np.nan_to_num(np.exp(mean + brevity))
    return found


class _Words:
    """Our words, for rouge-score."""

    def tokenize(self, text: str) -> list[str]:
        """Lower-case words without punctuation."""
        return words_of(text)


def rouge_l(texts: Sequence[str], references: References) -> Floats:
    """(clips,) ROUGE-L, 0 to 1, higher is better: F of the longest common subsequence with the
    best reference.
    """
    _checked(texts, references)
    _needed("rouge_score", "rouge-score")
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415 - on use

    scorer = RougeScorer(["rougeL"], tokenizer=_Words())

    def score(text: str, other: str) -> float:
        found = scorer.score(other, text)["rougeL"]
        below = found.recall + BETA**2 * found.precision
        return float((1 + BETA**2) * found.precision * found.recall / below) if below else 0.0

    rows = zip(texts, references, strict=True)
    return np.array([max(score(text, other) for other in row) for text, row in rows])


def grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    """Runs of `size` words and how often each occurs."""
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def cider(texts: Sequence[str], references: References) -> Floats:
    """(clips,) CIDEr-D, 0 to 10, higher is better. Rare runs of words are worth more, rare among
    the references given: numbers from other sets of references do not compare.
    """
    _checked(texts, references)
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
    """(clips,) METEOR, 0 to 1, higher is better, with the best reference. Raises InputError without
    nltk or WordNet.
    """
    _checked(texts, references)
    _needed("nltk", "nltk")
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
    """(clips,) F1, 0 to 1, higher is better, of facts read from the text and from the best
    reference.
    """
    _checked(texts, references)
    return np.array(
        [
            max(_f1(facts_read(text), facts_read(other)) for other in row)
            for text, row in zip(texts, references, strict=True)
        ]
    )


def _f1(own: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(own & other) / (len(own) + len(other))
