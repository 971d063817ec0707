"""What the talker moves: 17 mouth shapes, left and right together -> the 52 ARKit weights."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX

SHAPES: Final[tuple[str, ...]] = (
    "jawOpen", "jawForward", "mouthClose", "mouthFunnel", "mouthPucker", "mouthSmile",
    "mouthFrown", "mouthDimple", "mouthStretch", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "mouthPress", "mouthLowerDown", "mouthUpperUp",
    "tongueOut",
)  # fmt: skip
"""A name without a side stands for the left and right shape with equal weight."""

COLUMN: Final = {name: i for i, name in enumerate(SHAPES)}


def expansion() -> NDArray[np.float32]:
    """(K, 52) matrix from the weights of SHAPES to all ARKit weights."""
    matrix = np.zeros((len(SHAPES), len(ARKIT_52)), np.float32)
    for name, row in COLUMN.items():
        for full in (name, name + "Left", name + "Right"):
            if full in INDEX:
                matrix[row, INDEX[full]] = 1.0
    return matrix


def contraction() -> NDArray[np.float32]:
    """(52, K) matrix from all ARKit weights to those of SHAPES: left and right are averaged."""
    spread = expansion()
    return np.asarray(spread.T / spread.sum(axis=1), np.float32)
