"""Model cards of the shipped networks: weights and saved results in, JSON cards out.

python -m avitalk.train.cards      rewrites the cards beside the shipped weights
"""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from avitalk import weights
from avitalk.animation import PERFORMER
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.style.parts import ENCODER, PRIOR
from avitalk.talker import Talker
from avitalk.train.card_fields import Fields, card, interval
from avitalk.train.instruct.cards import ear_card, language_card, projection_card
from avitalk.train.style.cards import performer_card, style_encoder_card, style_prior_card
from avitalk.train.sync.cards import sync_expert_card

Maker = Callable[[Path, Mapping[str, Any]], Fields]

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
    return card(
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
        "aperture r": interval(tracking["aperture r"]),
        "aperture r, shuffled audio": interval(tracking["aperture r, shuffled audio"]),
        "width r": interval(tracking["width r"]),
        "aperture spread over truth's": interval(tracking["spread ratio"]),
        **{
            f"{name}: {group} closed, sampled at 25 fps": interval(
                row["contacts"][group]["sampled"]["25 fps"]
            )
            for name, row in sets.items()
            for group in ("p b m", "vowels")
        },
        "pauses closed": round(sets["GRID"]["pauses"]["mean"], 3),
        "in the wild, aperture r (evaluation only)": interval(results["wild"]["aperture r"]),
    }
    sizes = {
        **asdict(talker.config),
        "look_ahead_s": talker.config.ahead_frames / 50,
        "parameters": sum(p.numel() for p in talker.network.parameters()),
    }
    return card(
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


def shipped_cards(results: Path) -> dict[Path, bytes]:
    """Path and content of all cards; `results` holds the JSON files of the measurements."""
    makers: tuple[tuple[str, str, Maker], ...] = (
        ("speech-encoder", "encoder.json", encoder_card),
        ("talker", "lips.json", talker_card),
        ("affect-ear", "instruct.json", ear_card),
        ("prompt-projection", "instruct.json", projection_card),
        ("language-model", "instruct.json", language_card),
        (PERFORMER, "style.json", performer_card),
        (ENCODER, "style.json", style_encoder_card),
        (PRIOR, "style.json", style_prior_card),
        ("sync-expert", "sync_expert.json", sync_expert_card),
    )
    cards = {}
    for name, file, make in makers:
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
