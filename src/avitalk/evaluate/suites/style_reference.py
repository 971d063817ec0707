"""A folder of faces -> Motions to compare sets with: captures, motions, videos, prepared tracks."""

from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.evaluate.corpus.filmed import Filmed, focal_of, read_filmed
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites.style_faces import straight
from avitalk.footage import CAPTURES, VIDEOS, read_footage
from avitalk.track import resting_face, track
from avitalk.types import Motion

NO_ACTING: Final = "_rom_"
"""In names of captures of ranges of motion, which nobody acts."""


def reference_faces(folder: Path, run: Run) -> dict[str, Motion]:
    """Name -> face at 50 Hz, head and gaze neutral. What is tracked is kept in the run's folder.

    Raises InputError for a folder without faces, and as `read_footage` does.
    """
    if (folder / "tracks.npz").is_file():
        found = _tracked(folder, run)
    else:
        suffixes = (".motion.npz", *CAPTURES, *VIDEOS)
        paths = [
            p for p in sorted(folder.rglob("*"))
            if p.name.lower().endswith(suffixes) and NO_ACTING not in p.name
        ]  # fmt: skip
        found = {path.name: read_footage(path).motion for path in paths}
    if not found:
        raise InputError(f"{folder}: no faces in it (.motion.npz, .csv, videos, tracks.npz)")
    return {name: straight(motion) for name, motion in found.items()}


def _tracked(folder: Path, run: Run) -> dict[str, Motion]:
    clips = read_filmed(folder)
    found = {}
    for speaker in sorted({clip.speaker for clip in clips}):
        own = [clip for clip in clips if clip.speaker == speaker]
        for clip in own:
            path = run.folder / "reference" / folder.name / f"{clip.clip_id}.motion.npz"
            if not path.is_file() or run.fresh:
                _solved(clip, own, folder).save(path)
            found[clip.clip_id] = Motion.load(path)
    return found


def _solved(clip: Filmed, own: list[Filmed], folder: Path) -> Motion:
    """Against the speaker's resting face: of the clips called neutral, or of all."""
    calm = [other for other in own if "neutral" in other.clip_id] or own
    focal_px = focal_of(folder, clip.landmarks)
    neutral = resting_face([other.landmarks for other in calm], focal_px=focal_px)
    return track(clip.landmarks, neutral=neutral, focal_px=focal_px).motion
