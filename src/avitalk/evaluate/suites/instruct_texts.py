"""Written instructions against texts of the recordings' labels: BLEU, METEOR, ROUGE-L, CIDEr,
facts.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.instructions.corpus import Instructed
from avitalk.errors import InputError
from avitalk.evaluate.metrics import text
from avitalk.evaluate.metrics.lips import Interval
from avitalk.evaluate.suites.instruct_words import REFERENCES, Written
from avitalk.evaluate.suites.result import SHUFFLED, TRUTH, Block, others
from avitalk.evaluate.tables import Column

Floats = NDArray[np.float64]
References = Sequence[Sequence[str]]

COLUMNS: Final = (
    Column("bleu-1", "BLEU-1", "", "higher"),
    Column("bleu-4", "BLEU-4", "", "higher"),
    Column("meteor", "METEOR", "", "higher"),
    Column("rouge-l", "ROUGE-L", "", "higher"),
    Column("cider", "CIDEr-D", "", "higher"),
    Column("facts", "facts F1", "", "higher"),
)
SIBLING: Final = "another clip of the same emotion"
BY_CLIP: Final[dict[str, Callable[[Sequence[str], References], Floats]]] = {
    "meteor": text.meteor, "rouge-l": text.rouge_l, "cider": text.cider, "facts": text.facts_f1,
}  # fmt: skip


def measure(
    told: Mapping[str, Mapping[str, Written]],
    labels: Mapping[str, Instructed],
    groups: Mapping[str, str],
) -> tuple[Block | None, list[str]]:
    """The table, None without labels or writers; and notes on metrics whose libraries are missing.

    `told`: system -> take -> what it wrote.
    """
    names = [n for n in labels if all(n in texts and texts[n].text for texts in told.values())]
    if not told or len(names) < 2:
        return None, []
    systems = {row: [texts[n].text for n in names] for row, texts in told.items()}
    first = next(iter(systems.values()))
    place = {name: i for i, name in enumerate(names)}
    systems[TRUTH] = [labels[name].held_out[REFERENCES] for name in names]
    systems[SHUFFLED] = [first[place[other]] for other in map(others(names).__getitem__, names)]
    siblings = [_sibling(labels, name) for name in names]
    if all(siblings):
        systems[SIBLING] = siblings
    references = [labels[name].held_out[:REFERENCES] for name in names]
    rows: dict[str, dict[str, dict[str, float]]] = {}
    whole: dict[str, dict[str, Interval]] = {}
    missing: dict[str, str] = {}
    for row in (TRUTH, *told, SHUFFLED, SIBLING):
        if row in systems:
            rows[row], whole[row] = _scored(names, systems[row], references, missing)
    note = (
        f"{REFERENCES} references a recording, from its label and measured voice in phrasings of "
        f"the grammar that were kept from training. {TRUTH.capitalize()}: one more of them. "
        f"{SHUFFLED.capitalize()}: {next(iter(told))}'s words for another recording. SPICE needs "
        "CoreNLP; the F1 of facts read stands in for it."
    )
    return Block("Written instructions", COLUMNS, rows, groups, note, whole), list(missing.values())


def _scored(
    names: Sequence[str], texts: Sequence[str], references: References, missing: dict[str, str]
) -> tuple[dict[str, dict[str, float]], dict[str, Interval]]:
    """Values by clip, values of the corpus; what is missing is noted once."""
    rows: dict[str, dict[str, float]] = {name: {} for name in names}
    whole: dict[str, Interval] = {}
    try:
        whole = {f"bleu-{n}": text.bleu(texts, references, n) for n in (1, 4)}
    except InputError as error:
        missing["bleu"] = f"no BLEU: {error}"
    for key, score in BY_CLIP.items():
        try:
            found = score(texts, references)
        except InputError as error:
            missing[key] = f"no {key}: {error}"
            continue
        for name, value in zip(names, found, strict=True):
            rows[name][key] = float(value)
    return rows, whole


def _sibling(labels: Mapping[str, Instructed], name: str) -> str:
    """A text of another speaker's recording of the same emotion; '' where there is none."""
    own = labels[name]
    alike = [
        other for other in labels.values()
        if other.facts.emotion == own.facts.emotion and other.speaker != own.speaker
    ]  # fmt: skip
    return alike[len(name) % len(alike)].held_out[0] if alike else ""
