"""Table 3 of AVI-Talking on our corpus: what each part of stage 1 brings to its words.

Every system wrote of the first window of each recording of speakers it never heard; references
are the recording's held-out phrasings, which no training text uses.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from avitalk.data.instructions.corpus import Instructed
from avitalk.evaluate.metrics import recall, text
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.facs.reading import read
from avitalk.train.instruct.measure.texts import FULL, SINGLE, Told

NO_LANGUAGE = "no_language_model"
SYSTEMS = (FULL, "no_augmentation", NO_LANGUAGE, "no_alignment", SINGLE)
SHUFFLED, SAME_EMOTION = "shuffled audio", "another clip of the same emotion"


def measure(
    rows: Sequence[Instructed], first: Sequence[int], told: Mapping[str, Sequence[Told]]
) -> dict[str, Any]:
    """All metrics of the systems, on the recordings that all of them wrote of; `first` is the
    first window of each recording.
    """
    written = {
        name: {row.clip: row.text for row in texts if row.window == first[row.clip]}
        for name, texts in told.items()
        if texts
    }
    clips = sorted(set.intersection(*(set(texts) for texts in written.values())))
    systems = {name: [texts[clip] for clip in clips] for name, texts in written.items()}
    rng = np.random.default_rng(0)
    systems[SHUFFLED] = [written[FULL][clip] for clip in _others(clips, rng)]
    systems[SAME_EMOTION] = [_sibling(rows, clip, rng) for clip in clips]
    references = [rows[clip].held_out for clip in clips]
    truth = [rows[clip].facts.emotion for clip in clips]
    every = sorted(written[FULL])
    return {
        "clips": len(clips),
        "speakers": sorted({rows[clip].speaker for clip in clips}),
        "references": len(references[0]),
        "systems": {n: _scores(texts, references, truth) for n, texts in systems.items()},
        "all clips": len(every),
        "full, all clips": _scores(
            [written[FULL][clip] for clip in every],
            [rows[clip].held_out for clip in every],
            [rows[clip].facts.emotion for clip in every],
        ),
    }


def _scores(
    texts: Sequence[str], references: Sequence[Sequence[str]], truth: Sequence[str]
) -> dict[str, Any]:
    right = [read(told).emotion == name for told, name in zip(texts, truth, strict=True)]
    return {
        "BLEU-1": recall.plain(text.bleu(texts, references, 1)),
        "BLEU-4": recall.plain(text.bleu(texts, references, 4)),
        "METEOR": recall.plain(bootstrap(text.meteor(texts, references))),
        "ROUGE-L": recall.plain(bootstrap(text.rouge_l(texts, references))),
        "CIDEr-D": recall.plain(bootstrap(text.cider(texts, references))),
        "facts F1": recall.plain(bootstrap(text.facts_f1(texts, references))),
        "emotion read": recall.plain(bootstrap(np.array(right, np.float64))),
    }


def _others(clips: list[int], rng: np.random.Generator) -> list[int]:
    """For each recording another one."""
    order = rng.permutation(len(clips)).tolist()
    after = dict(zip(order, order[1:] + order[:1], strict=True))
    return [clips[after[place]] for place in range(len(clips))]


def _sibling(rows: Sequence[Instructed], clip: int, rng: np.random.Generator) -> str:
    """A held-out phrasing of another recording of the same emotion by somebody else."""
    own = rows[clip]
    alike = [
        row for row in rows
        if row.facts.emotion == own.facts.emotion and row.speaker != own.speaker
    ]  # fmt: skip
    return alike[int(rng.integers(len(alike)))].held_out[0]
