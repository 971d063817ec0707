"""FLAME models that users bring: read without executing pickles, posed, and worn as a face."""

from avitalk.face.flame.file import load_flame
from avitalk.face.flame.model import JOINTS, FlameModel, axis_angles, rotations

__all__ = ["JOINTS", "FlameModel", "axis_angles", "load_flame", "rotations"]
