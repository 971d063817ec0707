"""A video of a face in, the Motion that our head performs in its place out.

video_landmarks(path, landmarker)   what MediaPipe sees: 478 points a frame, in pixels
track(landmarks)                    pose, resting face, gaze, weights: our own solver
export_report(...)                  how well it fits
"""

from avitalk.track.landmarker import Landmarker, find_model
from avitalk.track.landmarks import Landmarks
from avitalk.track.report import export_report, warnings_of
from avitalk.track.tracker import Tracked, resting_face, track
from avitalk.track.video import video_landmarks

__all__ = [
    "Landmarker",
    "Landmarks",
    "Tracked",
    "export_report",
    "find_model",
    "resting_face",
    "track",
    "video_landmarks",
    "warnings_of",
]
