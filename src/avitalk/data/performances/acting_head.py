"""How the head and the gaze are carried: pose that comes and goes, sway, nods on stress."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.performances import figures
from avitalk.data.performances.acting_swell import USUAL, Swell
from avitalk.data.performances.acting_voice import Voice
from avitalk.facs.expression import MANNER, Expression
from avitalk.facs.variation import TRACK

Floats = NDArray[np.float64]

NOD_RAD: Final = 0.03
"""A full accent at manner 0.5: the head goes down by this much."""
STILL_SHARE: Final = 0.5
"""Share of the sway that is left while nobody speaks."""
POSE_SWING: Final = 0.5
"""How far the pose follows the swelling of the face."""


def carried(
    expression: Expression, found: dict[str, Swell], voice: Voice, tracks: Floats, fps: float
) -> tuple[Floats, Floats, Floats]:
    """Head (F, 3) in radians, lean (F,) in metres, gaze (F, 2) in radians against the head.

    The eyes make up for sway and nods, so that they stay with the viewer.
    """
    manner = dict(zip(MANNER, expression.manner, strict=True))
    swelling = np.mean([swell.level.mean(axis=1) for swell in found.values()], axis=0) / USUAL
    held = USUAL * (1 + POSE_SWING * (swelling - 1))
    pose = held[:, None] * expression.pose
    activity = STILL_SHARE + (1 - STILL_SHARE) * (1 - voice.pause)
    turns = [TRACK[name] for name in ("yaw", "pitch", "roll")]
    sway = 2 * manner["sway"] * np.array(figures.HEAD_SWAY_RAD) * tracks[:, turns]
    sway = sway * activity[:, None]
    sway[:, 2] += 0.25 * sway[:, 0]
    sway[:, 1] += 2 * manner["nods"] * NOD_RAD * voice.accent
    return pose[:, :3] + sway, pose[:, 3], pose[:, 4:6] - sway[:, :2]
