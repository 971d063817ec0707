"""Model cards of stage 2: its three networks and what was measured in, their fields out."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from avitalk.audio import MOTION_FPS
from avitalk.nn.checkpoint import read_config
from avitalk.style.encoder import StyleEncoder
from avitalk.style.parts import PRIOR
from avitalk.talker.performer import Performer
from avitalk.train.card_fields import Fields, card, interval
from avitalk.train.style.measure.following import FULL
from avitalk.train.style.measure.lips import POOLED

RECIPE: Final = "docs/training.md: avitalk train style"
DRAWN: Final = (
    "Performances are drawn from a table of action units and sized by summary figures of captures; "
    "no filmed emotion was learned from, so that it acts as the table says, not as any person does."
)


def performer_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the performer at `path`; `results` is what `train.style.measure` wrote."""
    performer = Performer.load(path)
    masks, lips = results["masks"]["ratios"], results["lips"]["rows"][POOLED]
    return card(
        "performer",
        "Lips (17 shapes), prosody and seeded slow noise at 50 Hz under a style of 64 numbers to "
        "what a whole face adds: 43 weights, head, gaze; dilated convolutions, styles by frame.",
        RECIPE,
        ("grid_s1", "facegood", "grammar"),
        {
            **asdict(performer.config),
            "reach_s": performer.config.reach_frames / MOTION_FPS,
            "parameters": sum(p.numel() for p in performer.network.parameters()),
        },
        {
            "variation over captured performances (evaluation only)": {
                kind: {region: interval(found) for region, found in regions.items()}
                for kind, regions in masks.items()
            },
            "fall of lip opening's r, all emotions": interval(lips["fall of r"]),
            "named units rise": interval(results["follow"]["rows"][FULL]["named"]),
            "unnamed units stay": interval(results["follow"]["rows"][FULL]["unnamed"]),
        },
        (
            DRAWN,
            "What words name or forbid in so many words is made sure of by rules after it.",
            "A single stretch has one style; a change within it needs a segment of its own.",
            "Trained in four legs of 9,200 steps of 16 x 4 s together, while the acting that it "
            "learns from was being shaped: a clean run of the recipe has not been made.",
        ),
    )


def style_encoder_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the style encoder at `path`."""
    encoder = StyleEncoder.load(path)
    return card(
        "style-encoder",
        "Frames of anybody's Motion, in any order, with their speeds to a style of 64 numbers: a "
        "transformer with attention pooling, distilled to the performer's linear teacher.",
        RECIPE,
        ("grid_s1", "facegood", "grammar"),
        {
            **asdict(encoder.config),
            "parameters": sum(p.numel() for p in encoder.network.parameters()),
        },
        {
            "styles found again in exchanged performances": interval(
                results["swap"]["style of B found"]
            ),
            "captures (evaluation only) performed again, r of mean weights": interval(
                results["examples"]["performed again, r"]
            ),
        },
        (
            DRAWN,
            "Faces unlike ARKit's idea of a rest face pass as expressions: track or calibrate "
            "first.",
        ),
    )


def style_prior_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the text tower and diffusion prior at `path`."""
    retrieval, free = results["retrieval"], results["free"]
    return card(
        "style-prior",
        "Words to styles: a vocabulary with a speller, a transformer over words, c aligned with "
        "styles by contrast, and a diffusion prior that draws a style for them.",
        RECIPE,
        ("wordnet", "grammar", "librispeech", "speechocean762", "kathleen"),
        _sizes(path),
        {
            f"held-out texts to styles, R@1 of {retrieval['sets']}": retrieval["median R@1"],
            "free texts performed as expected": interval(free["right"]),
        },
        (
            "English only. Words it does not know and cannot correct say nothing to it.",
            "Taught by the sentence vectors of all-MiniLM-L6-v2 (Apache-2.0), needed in training "
            "only, on WordNet, the grammar's texts and short phrases made here; of the speech "
            "corpora only their transcripts' words were counted.",
            "Degrees of a feeling lie too near: 'extremely amused' smiles little more than "
            "'slightly amused'.",
            DRAWN,
        ),
    )


def _sizes(path: Path) -> Fields:
    """What a style prior's checkpoint states of itself, its words counted."""
    config = read_config(path, PRIOR)
    return {**config, "words": len(config["words"].split(" "))}
