"""Prepared face tracks of a corpus in, the tracker's Motion of each clip and its residuals out.

python -m avitalk.train.track.grid --data DIR/grid_s1 --part test --out DIR

Writes <clip>.motion.npz and residuals.json. Frame i of a motion is the picture whose exposure's
middle is (i + 0.5) / fps of the sound (GRID: in sync, see docs/results/tracking.md).
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.tracks import read_tracks
from avitalk.errors import InputError
from avitalk.evaluate.corpus.filmed import Filmed, focal_of, of_parts, read_filmed
from avitalk.evaluate.metrics.lips import correlation
from avitalk.face import lip_gap, load_head
from avitalk.files import write_bytes
from avitalk.track import Tracked, resting_face, track
from avitalk.track.neutral import Neutral
from avitalk.track.pose import angles_of
from avitalk.track.video import joined_spans

Array = NDArray[np.float64]

RESTING: Final = 24
"""Clips that a speaker's resting face is learned from."""


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """One clip, tracked."""

    clip: Filmed
    tracked: Tracked
    gap_mm: Array
    """(F,) opening of the default head's lips."""
    seen_mm: Array
    """(F,) opening between the filmed inner lips, eyes 63 mm apart."""

    @property
    def gap_r(self) -> float:
        """Correlation of the two over the frames with a face."""
        seen = self.tracked.found
        return correlation(self.gap_mm[seen], self.seen_mm[seen])

    @property
    def head_r(self) -> tuple[float, float, float]:
        """Correlation of yaw, pitch and roll with MediaPipe's own matrices."""
        matrix = self.clip.head_matrix
        scale = np.linalg.norm(matrix, axis=1, keepdims=True)
        angles = angles_of(matrix / np.where(scale > 0, scale, 1))
        seen = self.tracked.found & (scale.min(axis=(1, 2)) > 0)
        yaw, pitch, roll = (
            correlation(angles[seen, i], self.tracked.motion.head[seen, i]) for i in range(3)
        )
        return yaw, pitch, roll

    def residuals(self) -> dict[str, Any]:
        """What is written of a clip."""
        found = self.tracked.found
        return {
            "clip": self.clip.clip_id,
            "part": self.clip.part,
            "frames": len(found),
            "frames_without_face": [list(span) for span in joined_spans(~found)],
            "fit_px": round(_rms(self.tracked.error_px[found]), 3),
            "fit_mm": round(_rms(self.tracked.error_mm[found]), 3),
            "fit_mm_by_region": {
                name: round(value, 3) for name, value in self.tracked.region_error_mm.items()
            },
            "lip_opening_r": round(self.gap_r, 3),
        }


def speaker_face(folder: Path, clips: Sequence[Filmed]) -> Neutral:
    """The resting face from training clips spread over all of them (all clips if none train)."""
    pool = of_parts(clips, ("train",)) or list(clips)
    some = [clip.landmarks for clip in pool[:: max(1, len(pool) // RESTING)]]
    return resting_face(some, focal_px=focal_of(folder, some[0]))


def apply(
    folder: Path,
    clips: Iterable[Filmed],
    neutral: Neutral | None,
    say: Callable[[str], None] = lambda line: None,
) -> list[Applied]:
    """Track clips of the prepared `folder`; without `neutral` each clip by itself."""
    head = load_head()
    opens_mm = 1e3 * np.asarray(lip_gap(head.shapes, head), np.float64)
    raw_mm = {clip.clip_id: 1e3 * clip.gap_m for clip in read_tracks(folder)}
    done = []
    for clip in clips:
        focal_px = focal_of(folder, clip.landmarks)
        tracked = track(clip.landmarks, neutral=neutral, focal_px=focal_px)
        gap_mm = tracked.motion.weights.astype(np.float64) @ opens_mm
        done.append(Applied(clip, tracked, gap_mm, raw_mm[clip.clip_id]))
        say(f"{clip.clip_id}: {tracked.error_px[tracked.found].mean():.2f} px")
    return done


def summary(applied: Sequence[Applied]) -> dict[str, Any]:
    """Means over the clips."""
    regions = applied[0].tracked.region_error_mm
    head_r = np.array([clip.head_r for clip in applied])
    return {
        "clips": len(applied),
        "frames": int(sum(len(clip.gap_mm) for clip in applied)),
        "frames_without_face": int(sum((~clip.tracked.found).sum() for clip in applied)),
        "face_px": round(float(np.mean([clip.tracked.face_px for clip in applied])), 1),
        "fit_px": _mean(_rms(clip.tracked.error_px[clip.tracked.found]) for clip in applied),
        "fit_mm": _mean(_rms(clip.tracked.error_mm[clip.tracked.found]) for clip in applied),
        "fit_mm_by_region": {
            name: _mean(clip.tracked.region_error_mm[name] for clip in applied) for name in regions
        },
        "lip_opening_r": _mean(clip.gap_r for clip in applied),
        "lip_opening_scale": _mean(clip.gap_mm.std() / clip.seen_mm.std() for clip in applied),
        "head_r": [round(float(value), 3) for value in head_r.mean(axis=0)],
    }


def _rms(values: Array) -> float:
    return float(np.sqrt(np.square(values).mean()))


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 3)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="prepared folder, for example GRID"
    )
    parser.add_argument("--part", default="test", choices=("train", "validation", "test", "all"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    clips = read_filmed(options.data)
    wanted = clips if options.part == "all" else of_parts(clips, (options.part,))
    if not wanted:
        raise InputError(f"{options.data}: no clips in part '{options.part}'")
    neutral = speaker_face(options.data, clips)
    applied = apply(options.data, wanted, neutral, _say)
    for clip in applied:
        write_bytes(options.out / f"{clip.clip.clip_id}.motion.npz", clip.tracked.motion.to_bytes())
    written = {"summary": summary(applied), "clips": [clip.residuals() for clip in applied]}
    write_bytes(options.out / "residuals.json", (json.dumps(written, indent=1) + "\n").encode())
    _say(json.dumps(written["summary"]))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
