"""What all cards share: the corpora with their licences, and the fields of a card."""

from collections.abc import Mapping
from typing import Any, Final

Fields = dict[str, Any]

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
        "name": "LibriSpeech (297 utterances of 216 readers)",
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
    "facegood": {
        "name": "FACEGOOD Audio2Face, animated curves of one Mandarin speaker",
        "licence": "MIT",
        "attribution": "Copyright (c) 2021 FACEGOOD; channels refitted to ARKit weights",
    },
    "flite": {
        "name": "Flite voices (awb, rms, slt), 1,200 sentences spoken for training",
        "licence": "CMU Flite licence (permissive)",
        "attribution": "Black, Lenzo, Flite: a small fast run-time synthesis engine, Carnegie "
        "Mellon University",
    },
    "wordnet": {
        "name": "WordNet 3.0, glosses and example sentences",
        "licence": "WordNet License (permissive)",
        "attribution": "Copyright 2006 Princeton University; Fellbaum (ed.), WordNet: An "
        "Electronic Lexical Database, 1998",
    },
    "grammar": {
        "name": "avitalk's grammar of instructions",
        "licence": "Apache-2.0",
        "attribution": "The avitalk authors; sources of the facts are named in facs/table.yaml",
    },
}


def interval(found: Mapping[str, float]) -> str:
    """A mean with its interval, as cards write it."""
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def card(
    name: str,
    summary: str,
    recipe: str,
    corpora: tuple[str, ...],
    config: Fields,
    metrics: Fields,
    limits: tuple[str, ...],
) -> Fields:
    """All fields of a card; `corpora` are keys of CORPORA."""
    return {
        "name": name,
        "kind": name,
        "licence": "Apache-2.0",
        "summary": summary,
        "recipe": recipe,
        "data": [CORPORA[corpus] for corpus in corpora],
        "config": config,
        "metrics": metrics,
        "limits": list(limits),
    }
