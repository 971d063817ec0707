"""How far one face is from another, in millimetres: by frame, over the face and over the lips."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Residual:
    """Distances of F frames."""

    face_mm: Floats
    """(F, 3) root mean square, 95th percentile and maximum over the points of the face."""
    lips_mm: Floats
    """(F, 3) the same over those of the lips."""
    moved_mm: Floats
    """(F,) root mean square of how far the points were to move: what the residual is part of."""

    @classmethod
    def of(cls, gap: Floats, moved: Floats, lips: NDArray[np.bool_]) -> "Residual":
        """From differences and wanted displacements (F, N, 3) in metres, and which are lips."""
        distance = 1000 * np.linalg.norm(gap, axis=2)
        lip = distance[:, lips] if lips.any() else distance
        wanted = 1000 * np.sqrt((moved**2).sum(axis=2).mean(axis=1))
        return cls(_three(distance), _three(lip), wanted)

    @classmethod
    def joined(cls, parts: "list[Residual]") -> "Residual":
        """One after the other."""
        return cls(
            *(
                np.concatenate([getattr(p, name) for p in parts])
                for name in ("face_mm", "lips_mm", "moved_mm")
            )
        )

    def summary(self) -> dict[str, float]:
        """Over all frames: RMS, the frames' 95th percentiles' mean square, and the maximum."""
        found = {"moved_rms_mm": _rms(self.moved_mm)}
        for name, table in (("face", self.face_mm), ("lips", self.lips_mm)):
            found[f"{name}_rms_mm"] = _rms(table[:, 0])
            found[f"{name}_p95_mm"] = _rms(table[:, 1])
            found[f"{name}_max_mm"] = round(float(table[:, 2].max()), 3)
        return found


def _three(distance: Floats) -> Floats:
    rms = np.sqrt((distance**2).mean(axis=1))
    return np.stack([rms, np.quantile(distance, 0.95, axis=1), distance.max(axis=1)], axis=1)


def _rms(values: Floats) -> float:
    return round(float(np.sqrt((values**2).mean())), 3)
