"""Heads: meshes that the 52 ARKit weights, head rotation and eye rotation move."""

from avitalk.face.head import PARTS, Head, rotation
from avitalk.face.identity import MODES, Identity
from avitalk.face.lips import lip_gap, lip_width
from avitalk.face.mesh import inspect_mesh, vertex_normals
from avitalk.face.store import head_names, head_of, load_head
from avitalk.face.texture import Texture

__all__ = [
    "MODES",
    "PARTS",
    "Head",
    "Identity",
    "Texture",
    "head_names",
    "head_of",
    "inspect_mesh",
    "lip_gap",
    "lip_width",
    "load_head",
    "rotation",
    "vertex_normals",
]
