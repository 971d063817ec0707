"""How much the upper face moves, against truth where there is one; and whether lips are in time."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk import weights
from avitalk.data.performances.figures import SHAPES
from avitalk.evaluate.metrics import dynamics
from avitalk.evaluate.metrics.sync import MOST
from avitalk.evaluate.sync_expert import SyncExpert, sync_of
from avitalk.evaluate.syncnet import SyncNet, lse_of_motion
from avitalk.evaluate.syncnet import load as load_syncnet
from avitalk.evaluate.tables import Column
from avitalk.evaluate.variation import REGIONS, variation_of
from avitalk.face.patch import face_patch
from avitalk.types import Motion, Speech

Array = NDArray[np.float64]

VIDEO_STEP: Final = 2
"""Every second frame at 50 Hz is one of a video at 25 fps."""
EXPERT: Final = "sync-expert"

UPPER: Final = (
    Column("fdd signed", "FDD", "mm²", "zero", 4),
    Column("fdd absolute", "FDD, absolute", "mm²", "lower", 4),
    Column("fdd deeptalk", "FDD of DEEPTalk", "mm²", "zero", 4),
    Column("fdd artalk", "FDD of ARTalk", "mm / 100", "lower", 2),
    *(Column(f"{region} vary", f"{region} vary within 4 s", "weight", "", 4) for region in REGIONS),
    *(Column(f"{region} level", f"{region}, mean weight", "weight", "") for region in REGIONS),
    Column("upper sd", "upper face, deviation over time", "mm", "", 3),
    Column("upper speed", "upper face, mean speed", "mm/s", "", 2),
)
TIMING: Final = (
    Column("expert distance", "sync expert: distance", "", "lower"),
    Column("expert confidence", "sync expert: confidence", "", "higher"),
    Column("lse-d", "LSE-D on renders", "", "lower"),
    Column("lse-c", "LSE-C on renders", "", "higher"),
)


def moving(motion: Motion, truth: Motion | None) -> dict[str, float]:
    """Numbers of UPPER for a face at 50 Hz, and those against truth where there is one."""
    found = amplitudes(motion.weights, motion.fps)
    patch = face_patch()
    upper = np.flatnonzero(patch.upper & ~patch.lips)
    moved = patch.moved(motion.weights)
    found["upper sd"] = float(_apart(moved[:, upper] - moved[:, upper].mean(axis=0)))
    if len(moved) > 1:
        steps = np.linalg.norm(np.diff(moved[:, upper], axis=0), axis=2)
        found["upper speed"] = float(steps.mean() * motion.fps)
    if truth is None:
        return found
    shared = min(motion.frames, truth.frames)
    made, real = moved[:shared], patch.moved(truth.weights)[:shared]
    rest = np.zeros_like(patch.rest_mm)  # both are displacements from rest
    found["fdd signed"] = dynamics.fdd_signed(made, real, rest, upper)
    found["fdd absolute"] = dynamics.fdd_absolute(made, real, rest, upper)
    found["fdd artalk"] = dynamics.fdd_artalk(made, real, upper)
    if shared > 1:
        nose = np.flatnonzero(~patch.lips & (patch.rest_mm[:, 1] > _lip_top()))
        found["fdd deeptalk"] = dynamics.fdd_deeptalk(made, real, rest, nose)
    return found


def amplitudes(tracks: NDArray[np.floating], fps: float) -> dict[str, float]:
    """How far brows, lids and cheeks are up, and how they vary; (F, 52) weights."""
    found = {f"{r} level": float(tracks[:, list(SHAPES[r])].mean()) for r in REGIONS}
    if len(tracks) > 1:
        found |= {f"{r} vary": value for r, value in variation_of(tracks, fps).items()}
    return found


def _apart(moved: Array) -> Array:
    """Mean over vertices of the root mean square distance from the mean place."""
    return np.asarray(np.sqrt(np.square(moved).sum(axis=2).mean(axis=0)).mean())


def _lip_top() -> float:
    """Height of the upper lip's border in mm: above it are nose, cheeks and the upper face."""
    patch = face_patch()
    return float(patch.rest_mm[patch.lips, 1].max())


class Judges:
    """Who says whether lips are in time: those that are at hand, and notes on those that are not.

    Raises InputError if SyncNet's weights are given and cannot be read.
    """

    def __init__(self, syncnet: Path | None) -> None:
        self.expert = SyncExpert.load() if EXPERT in weights.shipped() else None
        self.syncnet: SyncNet | None = None if syncnet is None else load_syncnet(syncnet)
        self.notes: list[str] = []
        if self.expert is None:
            self.notes.append("sync expert: its weights are not at hand")
        if self.syncnet is None:
            self.notes.append("LSE-D, LSE-C: only with SyncNet's weights (--syncnet FILE)")

    @property
    def at_hand(self) -> bool:
        """Whether there is any."""
        return self.expert is not None or self.syncnet is not None

    @property
    def mark(self) -> str:
        """Which of them judge."""
        return f"{int(self.expert is not None)}{int(self.syncnet is not None)}"

    def judged(
        self, speech: Speech, contour: Array, motion: Motion | None = None
    ) -> dict[str, float]:
        """Numbers of TIMING for lips (F, 45, 3) at 50 Hz; LSE where there is a face to draw. Clips
        that are too short for a judge lack its numbers.
        """
        found: dict[str, float] = {}
        seen = contour[1::VIDEO_STEP]
        if self.expert is not None and len(seen) > 2 * MOST:
            heard = self.expert.audio_embeddings(speech)
            sync = sync_of(heard, self.expert.lip_embeddings(seen))
            found = {"expert distance": sync.distance, "expert confidence": sync.confidence}
        if self.syncnet is not None and motion is not None and len(seen) > 2 * MOST:
            lse = lse_of_motion(motion, speech, self.syncnet)
            found |= {"lse-d": lse.distance, "lse-c": lse.confidence}
        return found
