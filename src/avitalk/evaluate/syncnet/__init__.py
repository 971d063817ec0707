"""LSE-D and LSE-C by the original SyncNet, whose weights users bring."""

from avitalk.evaluate.syncnet.faces import (
    Crop,
    around,
    crops_of_motion,
    crops_of_video,
    face_camera,
    lse_of_motion,
    lse_of_video,
)
from avitalk.evaluate.syncnet.loading import load
from avitalk.evaluate.syncnet.mfcc import mfcc
from avitalk.evaluate.syncnet.network import SyncNet
from avitalk.evaluate.syncnet.score import Lse, lse

__all__ = [
    "Crop",
    "Lse",
    "SyncNet",
    "around",
    "crops_of_motion",
    "crops_of_video",
    "face_camera",
    "load",
    "lse",
    "lse_of_motion",
    "lse_of_video",
    "mfcc",
]
