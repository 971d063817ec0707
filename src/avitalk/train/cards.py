"""Model cards of the shipped encoder and talker: weights and saved results in, JSON cards out.

python -m avitalk.train.cards      rewrites the cards beside the shipped weights
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from avitalk import weights
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker

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
}
CONDITIONS: Final = ("clean", "white noise, 10 dB")


def encoder_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the encoder at `path`; `results` is what `train.speech.evaluate` wrote."""
    encoder = SpeechEncoder.load(path)
    metrics = {
        f"{corpus}, {condition}": {
            "frame accuracy, 40 phones": round(found["phone"], 3),
            "within speech": round(found["phone_in_speech"], 3),
            "10 classes": round(found["class"], 3),
        }
        for corpus, row in results.items()
        for condition, found in row.items()
        if condition in CONDITIONS
    }
    sizes = {
        **asdict(encoder.config),
        "look_ahead_s": encoder.config.look_ahead_s,
        "parameters": sum(p.numel() for p in encoder.network.parameters()),
    }
    return _card(
        "speech-encoder",
        "Audio at 16 kHz to phone posteriors and 64 bottleneck features at 50 Hz: log-mel over a "
        "running level, dilated convolutions, causal attention; behind them six of prosody.",
        "docs/voices.md: avitalk.train.speech.prepare, then avitalk.train.speech first and grown",
        ("speechocean762", "kathleen", "librispeech", "grid_s1", "emodb", "flite"),
        sizes,
        metrics,
        (
            "Phone times of all corpora but emodb and flite come from forced alignment; the words "
            "of most LibriSpeech readers from pocketsphinx.",
            "About a third of the speechocean762 clips have labels that the sound contradicts.",
            "English and a little German; other languages are heard through English phones.",
            "Trained for 7,280 steps of 12 x 4 s, then grown by attention and trained for 11,319 "
            "more in 124 minutes on one to two shared cores, interrupted and resumed: a new run "
            "gives other weights of like quality, far below a large self-supervised encoder.",
        ),
    )


def talker_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the talker at `path`; `results` is what `train.talker.evaluate` wrote."""
    talker = Talker.load(path)
    tracking, sets = results["tracking"], results["closure"]["sets"]
    metrics = {
        "held-out GRID sentences": tracking["clips"],
        "aperture r": _interval(tracking["aperture r"]),
        "aperture r, shuffled audio": _interval(tracking["aperture r, shuffled audio"]),
        "width r": _interval(tracking["width r"]),
        "aperture spread over truth's": _interval(tracking["spread ratio"]),
        **{
            f"{name}: {group} closed, sampled at 25 fps": _interval(
                row["contacts"][group]["sampled"]["25 fps"]
            )
            for name, row in sets.items()
            for group in ("p b m", "vowels")
        },
        "pauses closed": round(sets["GRID"]["pauses"]["mean"], 3),
        "in the wild, aperture r (evaluation only)": _interval(results["wild"]["aperture r"]),
    }
    sizes = {
        **asdict(talker.config),
        "look_ahead_s": talker.config.ahead_frames / 50,
        "parameters": sum(p.numel() for p in talker.network.parameters()),
    }
    return _card(
        "talker",
        "Features of speech-encoder at 50 Hz and a speaker's style to 17 mouth shapes (left and "
        "right together) at 50 Hz, non-autoregressive dilated convolutions.",
        "docs/voices.md: avitalk.train.talker",
        ("grid_s1", "facegood", "speechocean762", "kathleen", "librispeech", "emodb", "flite"),
        sizes,
        metrics,
        (
            "Lips are filmed from one British English speaker of 51 words; phones those words lack "
            "borrow the lips of their nearest kin.",
            "Only GRID holds filmed lips and FACEGOOD animated ones; the other corpora are "
            "supervised through phones, with coarticulation learned on GRID and the opening of "
            "vowels set by their energy between 1 and 3 kHz.",
            "Left and right move alike; the tongue only comes out a little for th: a camera cannot "
            "see it, and ARKit has one shape for it.",
            "Audio-video offset of GRID, from closures in p b m: 0 ms when a video frame is taken "
            "at the middle of its exposure. FACEGOOD's curves trail its sound by 40 ms and are "
            "read that much later.",
        ),
    )


def _interval(found: Mapping[str, float]) -> str:
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _card(
    name: str,
    summary: str,
    recipe: str,
    corpora: tuple[str, ...],
    config: Fields,
    metrics: Fields,
    limits: tuple[str, ...],
) -> Fields:
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


def shipped_cards(results: Path) -> dict[Path, bytes]:
    """Path and content of both cards; `results` holds encoder.json and lips.json."""
    cards = {}
    for name, file, make in (
        ("speech-encoder", "encoder.json", encoder_card),
        ("talker", "lips.json", talker_card),
    ):
        path = weights.find(name).path
        fields = make(path, json.loads((results / file).read_text(encoding="utf-8")))
        text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
        cards[path.with_suffix(".json")] = text.encode()
    return cards


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    for path, content in shipped_cards(parser.parse_args().results).items():
        write_bytes(path, content)


if __name__ == "__main__":
    main()
