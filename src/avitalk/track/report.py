"""Tracked in, `.track-report.json` out: what was seen, how well it fits, what to doubt."""

import json
from typing import Any, Final

import numpy as np

from avitalk.track.landmarks import Landmarks
from avitalk.track.tracker import Tracked
from avitalk.track.video import joined_spans
from avitalk.version import __version__

FORMAT_VERSION: Final = 1
SMALL_FACE_PX: Final = 90.0
POOR_FIT: Final = 0.02
"""Residuals above this share of the face's width are poor."""


def warnings_of(landmarks: Landmarks, tracked: Tracked) -> list[str]:
    """What a user should know before relying on the motion."""
    found, doubts = tracked.found, []
    if landmarks.faces > 1:
        doubts.append(
            f"up to {landmarks.faces} faces in a frame; the largest and steadiest is used"
        )
    if not found.all():
        doubts.append(f"no face in {int((~found).sum())} of {len(found)} frames; bridged by lines")
    if tracked.face_px < SMALL_FACE_PX:
        doubts.append(f"the face is {tracked.face_px:.0f} pixels wide; lips need about 90")
    if not tracked.neutral.lips_closed:
        doubts.append("the lips never close in this clip; their resting place is a guess")
    if np.sqrt(np.square(tracked.error_px[found]).mean()) > POOR_FIT * tracked.face_px:
        doubts.append("the face fits poorly; look at the result before using it")
    return doubts


def export_report(landmarks: Landmarks, tracked: Tracked, name: str) -> bytes:
    """Write the report; `name` is the video's file name."""
    found = tracked.found

    def spread(values: Any) -> dict[str, float]:
        low, high = np.percentile(values[found], [50, 95])
        return {"median": round(float(low), 3), "p95": round(float(high), 3)}

    document = {
        "format": "avitalk track report",
        "format_version": FORMAT_VERSION,
        "avitalk": __version__,
        "video": name,
        "size": list(landmarks.size),
        "fps": landmarks.fps,
        "frames": landmarks.frames,
        "frames_with_face": int(found.sum()),
        "frames_without_face": [list(span) for span in joined_spans(~found)],
        "faces_at_once": landmarks.faces,
        "face_width_px": round(tracked.face_px, 1),
        "focal_px": round(tracked.focal_px, 1),
        "residual_px": spread(tracked.error_px),
        "residual_mm": spread(tracked.error_mm),
        "residual_mm_by_region": {
            region: round(error, 3) for region, error in tracked.region_error_mm.items()
        },
        "residual_px_by_frame": [round(float(error), 2) for error in tracked.error_px],
        "warnings": warnings_of(landmarks, tracked),
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
