"""What keeps a face alive beside the voice: a seed in, slow noise by name out, 50 values a second.

An expression that is held never stands still: it swells and ebbs, brows and lids drift, one side
leads the other. Everything that performs takes the same tracks, so that what a network learned of
them it can be given again.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.chance import Draw, sway

PERIODS_S: Final = {
    "surge": 2.2,  # the whole expression swells and ebbs
    "surge_quick": 0.8,
    "brows": 1.3,
    "brows_quick": 0.45,
    "lids": 1.1,
    "lids_quick": 0.4,
    "cheeks": 1.2,
    "mouth": 1.0,
    "side": 3.0,  # left against right
    "yaw": 1.7,
    "pitch": 1.5,
    "roll": 2.1,
    "tremor": 0.13,
    "choice": 4.0,  # which of two ways
}
"""Name of a track -> seconds between its heights; about that is how long it keeps going one way."""
TRACKS: Final = tuple(PERIODS_S)
TRACK: Final = {name: i for i, name in enumerate(TRACKS)}


def variation(frames: int, fps: float, seed: int) -> NDArray[np.float64]:
    """(F, TRACKS) smooth noise, zero mean and about unit variance; the same for the same seed."""
    return np.stack(
        [sway(frames, fps, period_s, Draw(seed, name)) for name, period_s in PERIODS_S.items()],
        axis=1,
    )
