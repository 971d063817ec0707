"""FaceFormer (Fan et al. 2022, arXiv 2112.05329): speech -> vertices, one frame after another."""

from avitalk.zoo.faceformer.config import FaceFormerConfig
from avitalk.zoo.faceformer.model import FaceFormer

__all__ = ["FaceFormer", "FaceFormerConfig"]
