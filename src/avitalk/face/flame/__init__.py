"""FLAME models that users bring: read without executing pickles, posed, and worn as a face."""

from avitalk.face.flame.file import load_flame
from avitalk.face.flame.head import flame_head
from avitalk.face.flame.model import JOINTS, FlameModel, axis_angles, rotations
from avitalk.face.flame.solver import FlameMotion, FlameSolver

__all__ = [
    "JOINTS",
    "FlameModel",
    "FlameMotion",
    "FlameSolver",
    "axis_angles",
    "flame_head",
    "load_flame",
    "rotations",
]
