"""Filmed performances: folders of MEAD and RAVDESS as published -> which clip shows what.

    MEAD     M003/video/front/angry/level_3/014.mp4 with M003/audio/angry/level_3/014.m4a
    RAVDESS  Actor_12/01-01-05-02-01-01-12.mp4 (picture and sound; 02-... is picture alone) with
             Actor_12/03-01-05-02-01-01-12.wav or the sound of the film itself

Both may be used for research only: what is learned from them never ships.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avitalk.data.instructions import mead_text, ravdess
from avitalk.errors import InputError

FRONT: Final = "front"
INTENSITIES: Final = {"normal": 0.5, "strong": 0.9}
"""RAVDESS's intensities as strength."""
_MEAD: Final = re.compile(r"([MW]\d{3})/video/(\w+)/(\w+)/level_(\d)/(\d{3})\.mp4")
_SOUNDS: Final = (".m4a", ".wav", ".ogg", ".flac")


@dataclass(frozen=True, slots=True)
class Film:
    """One filmed clip."""

    clip_id: str
    """Unique in its corpus and fit for a file name, such as 'M003-angry-3-014'."""
    audio: Path
    """A file with the sound; the video itself where it has sound of its own."""
    video: Path
    emotion: str
    """A member of `avitalk.facs.table.EMOTIONS`."""
    intensity: float
    """0 to 1."""
    actor: str


def filmed(folder: Path, *, view: str = FRONT) -> Iterator[Film]:
    """Clips of a folder of MEAD or RAVDESS, found by its layout, in order of their names.

    view: MEAD's camera, such as 'front' or 'left_30'. Raises InputError for a missing folder, one
    of neither layout, an unknown emotion, or a clip whose sound is missing; it names the file.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: not a folder")
    videos = sorted(folder.rglob("*.mp4"))
    mead = [found for path in videos if (found := _MEAD.search(path.as_posix()))]
    if mead:
        yield from _mead(folder, [video for video in mead if video[2] == view], view)
        return
    spoken = [path for path in videos if re.fullmatch(r"0[12]-01(-\d{2}){5}", path.stem)]
    if not spoken:
        raise InputError(
            f"{folder}: no videos of MEAD (M003/video/front/angry/level_3/014.mp4) "
            "or of RAVDESS's speech (Actor_12/01-01-05-02-01-01-12.mp4)"
        )
    yield from _ravdess(spoken)


def _mead(folder: Path, found: list[re.Match[str]], view: str) -> Iterator[Film]:
    if not found:
        raise InputError(f"{folder}: no videos of MEAD from '{view}'")
    for match in found:
        actor, _, emotion, level, number = match.groups()
        video = Path(match.string)
        if emotion not in mead_text.EMOTIONS:
            known = ", ".join(mead_text.EMOTIONS)
            raise InputError(f"{video}: unknown emotion '{emotion}'; available: {known}")
        if level not in mead_text.STRENGTHS:
            known = ", ".join(mead_text.STRENGTHS)
            raise InputError(f"{video}: level '{level}'; allowed: {known}")
        sounds = video.parents[4] / "audio" / emotion / f"level_{level}"
        yield Film(
            f"{actor}-{emotion}-{level}-{number}",
            _sound_of(sounds / number, video),
            video,
            mead_text.EMOTIONS[emotion],
            mead_text.STRENGTHS[level],
            actor,
        )


def _ravdess(videos: list[Path]) -> Iterator[Film]:
    whole = {path.stem[2:] for path in videos if path.stem.startswith("01")}
    for video in videos:
        silent = video.stem.startswith("02")
        if silent and video.stem[2:] in whole:
            continue  # the same take, once with and once without sound
        said = ravdess.label(video)
        sound = video.with_name("03" + video.stem[2:])
        audio = _sound_of(sound, video) if silent or _sound(sound) else video
        yield Film(
            video.stem, audio, video, said.emotion, INTENSITIES[said.intensity], said.speaker
        )


def _sound(stem: Path) -> Path | None:
    found = (stem.with_name(stem.name + suffix) for suffix in _SOUNDS)
    return next((path for path in found if path.is_file()), None)


def _sound_of(stem: Path, video: Path) -> Path:
    found = _sound(stem)
    if found is None:
        raise InputError(f"{stem}{_SOUNDS[0]}: not found; it is the sound of {video}")
    return found
