"""What a transcript adds: closures with and without `--text`, and what it costs the aperture."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from avitalk.data.align import Aligner
from avitalk.data.transcript import align_text
from avitalk.errors import InputError
from avitalk.evaluate.metrics import lips
from avitalk.talker.contacts import sharpened
from avitalk.train.talker.measure.chain import Heard, Mouth, read_wave
from avitalk.train.talker.measure.closures import Contact, closure_rows
from avitalk.train.talker.measure.filmed import Filmed
from avitalk.train.talker.measure.robustness import correlations
from avitalk.types import Motion, Speech


@dataclass(frozen=True)
class Told:
    """Motions as the pipeline gives them with a transcript."""

    motions: list[Motion]
    left_aside: int
    """Clips whose text could not be used; their motion is what it was."""


def told(recordings: Sequence[Heard], motions: Sequence[Motion], aligner: Aligner) -> Told:
    """Sharpen the closures of each clip by its text; clips without one stay as they are."""
    sharp, left = [], 0
    for item, motion in zip(recordings, motions, strict=True):
        changed = motion
        if item.clip.text:
            speech = Speech(read_wave(item.clip), source=item.clip.id)
            try:
                phones = align_text(speech, item.clip.text, item.features, aligner)
                changed = sharpened(motion, phones)
            except InputError:  # as in the pipeline, which says so and goes on
                left += 1
        sharp.append(changed)
    return Told(sharp, left)


def transcript_row(
    mouth: Mouth,
    recordings: Sequence[Heard],
    motions: Sequence[Motion],
    groups: Mapping[str, Contact],
    aligner: Aligner,
) -> dict[str, Any]:
    """Closures of one set without and with its texts."""
    with_text = told(recordings, motions, aligner)
    return {
        "clips": len(recordings),
        "left aside": with_text.left_aside,
        "without": closure_rows(mouth, motions, groups),
        "with": closure_rows(mouth, with_text.motions, groups),
    }


def transcript_tracking(
    mouth: Mouth, filmed: Sequence[Filmed], motions: Sequence[Motion], aligner: Aligner
) -> dict[str, Any]:
    """Aperture r of filmed sentences without and with their text, and the change clip by clip."""
    with_text = told([item.heard for item in filmed], motions, aligner)
    truth = [item.target.tracked_gap for item in filmed]
    before, after = (
        correlations([mouth.gap(m) for m in made], truth) for made in (motions, with_text.motions)
    )
    change: np.ndarray = after - before
    return {
        "clips": len(filmed),
        "left aside": with_text.left_aside,
        "aperture r, without": asdict(lips.bootstrap(before)),
        "aperture r, with": asdict(lips.bootstrap(after)),
        "change of r": asdict(lips.bootstrap(change)),
    }
