"""Model cards: what a shipped model was trained on, how, and how well it does -> JSON beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from avitalk.files import write_bytes

CORPORA: Final[dict[str, dict[str, str]]] = {
    "speechocean762": {
        "name": "speechocean762",
        "licence": "free for commercial and non-commercial use (OpenSLR 101)",
        "attribution": "Zhang et al., speechocean762: An Open-Source Non-native English Speech "
        "Corpus For Pronunciation Assessment, Interspeech 2021",
    },
    "kathleen": {
        "name": "kathleen (CMU ARCTIC prompts)",
        "licence": "CC0",
        "attribution": "Kathleen, US English voice donated to the public domain",
    },
    "librispeech": {
        "name": "LibriSpeech (74 utterances)",
        "licence": "CC BY 4.0",
        "attribution": "Panayotov, Chen, Povey, Khudanpur, LibriSpeech: an ASR corpus based on "
        "public domain audio books, ICASSP 2015; re-encoded and cut",
    },
    "grid_s1": {
        "name": "GRID audiovisual sentence corpus, speaker 1",
        "licence": "CC BY 4.0",
        "attribution": "Cooke, Barker, Cunningham, Shao, An audio-visual corpus for speech "
        "perception and automatic speech recognition, JASA 2006; re-encoded, face-tracked",
    },
    "emodb": {
        "name": "Berlin Database of Emotional Speech",
        "licence": "CC0",
        "attribution": "Burkhardt, Paeschke, Rolfes, Sendlmeier, Weiss, A Database of German "
        "Emotional Speech, Interspeech 2005",
    },
}


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of a shipped model."""

    name: str
    kind: str
    summary: str
    recipe: str
    corpora: Sequence[str]
    """Keys of CORPORA."""
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]
    limits: Sequence[str]
    """What it is known to do badly."""


def write_card(path: Path, card: Card) -> None:
    """Write the card as JSON."""
    fields = {
        "name": card.name,
        "kind": card.kind,
        "licence": "Apache-2.0",
        "summary": card.summary,
        "recipe": card.recipe,
        "data": [CORPORA[corpus] for corpus in card.corpora],
        "config": dict(card.config),
        "metrics": dict(card.metrics),
        "limits": list(card.limits),
    }
    write_bytes(path, (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode())
