"""MeshTalk (Richard et al., ICCV 2021): speech -> a categorical latent -> moving vertices."""

from avitalk.zoo.meshtalk.config import Config
from avitalk.zoo.meshtalk.model import MeshTalk

__all__ = ["Config", "MeshTalk"]
