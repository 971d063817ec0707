"""Model cards of stage 1: its three networks and what was measured in, their fields out."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from avitalk.instruct.language import LanguageModel
from avitalk.instruct.projection import Projection
from avitalk.instruct.qformer import QFormer
from avitalk.train.card_fields import CORPORA, Fields, card, interval
from avitalk.train.instruct.measure.calm import READERS as AS_IT_SHIPS
from avitalk.train.instruct.readers import READERS

RECIPE: Final = "docs/training.md: avitalk train instruct"
READ: Final = {
    "librispeech": "LibriSpeech (a recording each of {} readers, heard as neutral)",
    "speechocean762": "speechocean762 (a recording each of {} readers, heard as neutral)",
    "kathleen": "kathleen (CMU ARCTIC prompts; {} recordings, heard as neutral)",
}
"""What was heard of each corpus of READERS."""


def ear_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the affect ear at `path`; `results` is what `train.instruct.measure` wrote."""
    former = QFormer.load(path)
    known, abroad = results["recall"]["rows"], results["ravdess"]["rows"]
    metrics = {
        "EmoDB, one speaker left out, windows of 1.6 s at most": {
            name: interval(known[name])
            for name in ("audio", "length only", "mean loudness and mean pitch")
        },
        "RAVDESS (evaluation only), 6 emotions": {
            name: interval(found) for name, found in abroad.items() if name.endswith("audio")
        },
        "intensity against measured effort, r": round(results["recall"]["intensity r"], 3),
        "calm readers of English, held out: share heard as neutral": _calm(results, "heard"),
    }
    fields = card(
        "affect-ear",
        "Statistics of a voice (mel, pitch, loudness, quality, phones) by windows of 1.6 s to 8 "
        "queries aligned with sentences, probabilities of 7 emotions, and intensity: a Q-Former.",
        RECIPE,
        ("emodb", "grammar"),
        {**asdict(former.config), "parameters": _count(former)},
        metrics,
        (
            "Emotions were learned from acted German of ten speakers; acted emotion is plainer "
            "than everyday emotion, and other languages and microphones are heard less well.",
            "In English it has heard calm readers only, as neutral, and often takes emotional "
            "English for neutral: fitted without them it reaches 0.391 on raw RAVDESS.",
            "It estimates how a voice sounds, not what somebody feels; do not judge people by it.",
            "Surprise, calm and contempt are not among its emotions.",
            "Intensity is taught by measured vocal effort, pitch, range and rate: EmoDB has no "
            "labels of it.",
            "The text side of the alignment is all-MiniLM-L6-v2 (Apache-2.0), needed in training "
            "only; none of its weights are here but a linear layer onto its sentences.",
        ),
    )
    return _with_readers(fields)


def projection_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the projection."""
    projection = Projection.load(path)
    known = results["recall"]["rows"]
    metrics = {
        "EmoDB, one speaker left out, emotion read from the text": interval(known["text"]),
        "strength read from the text against measured effort, r": round(
            results["recall"]["strength r, text"], 3
        ),
        "calm readers of English, held out: text neutral or calm": _calm(results, "text"),
    }
    fields = card(
        "prompt-projection",
        "Queries of affect-ear to 8 soft-prompt vectors of language-model: one linear layer.",
        RECIPE,
        ("emodb", "grammar"),
        {**asdict(projection.config), "parameters": _count(projection)},
        metrics,
        ("Fitted by ridge regression to prompts that were learned from text alone.",),
    )
    return _with_readers(fields)


def language_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the language model."""
    language = LanguageModel.load(path)
    found = results["generations"]
    metrics = {
        "unpicked texts": found["texts"],
        "found word for word in the training text": round(found["copied"]["mean"], 3),
        "distinct-2": round(found["distinct-2"], 3),
        "parsed whole by link-grammar": round(found["grammatical"], 3),
    }
    return card(
        "language-model",
        "A small LLaMA-architecture model with its own 4,096 tokens that writes directions for "
        "faces, after a description in words or after soft prompts.",
        "python -m avitalk.train.instruct.language_main",
        ("grammar", "wordnet"),
        {**asdict(language.network.config), "parameters": _count(language.network)},
        metrics,
        (
            "It knows very little of the world: it has read directions for faces, words that name "
            "feelings, and glosses of WordNet, nothing else. It is no assistant.",
            "It sometimes names a neighbouring emotion, repeats a movement, or says two things of "
            "a voice that do not go together; the instructor chooses among several texts.",
            "Trained for 2,143 steps of 64 documents (10 million places) in 58.7 minutes of one "
            "shared core, resumed several times with the grammar and the share of other text "
            "changed in between: a new run of the recipe gives another model of like quality.",
        ),
    )


def _calm(results: Mapping[str, Any], how: str) -> str:
    return interval(results["readers"]["systems"][AS_IT_SHIPS][how]["rows"]["all"])


def _with_readers(fields: Fields) -> Fields:
    """A card that names the readers among its data, after EmoDB."""
    emodb, *others = fields["data"]
    read = [CORPORA[key] | {"name": READ[key].format(READERS[key])} for key in READERS]
    return {**fields, "data": [emodb, *read, *others]}


def _count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
