"""Folders of videos in, checked: the same clips from every system, playable, and in copies that
say nothing of where they come from.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av

from avitalk.errors import InputError

PICTURES: Final = ("h264", "av1", "vp9")
PIXELS: Final = ("yuv420p", "yuvj420p")
SOUNDS: Final = ("aac", "mp3", "opus")
REMEDY: Final = "ffmpeg -i IN.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac OUT.mp4 makes one"
APART_S: Final = 1.0
"""Videos of one clip may differ in length by so much."""


@dataclass(frozen=True, slots=True)
class Footage:
    """The videos of a study."""

    systems: tuple[str, ...]
    clips: tuple[str, ...]
    files: Mapping[tuple[int, int], Path]
    """The file of (clip, system)."""


def find_footage(folders: Sequence[Path]) -> Footage:
    """Systems are subfolders with .mp4 files, or the folders given where they hold .mp4 themselves.

    Raises InputError if there are fewer than two systems, if two have one name, or if a clip is
    missing from one.
    """
    found: dict[str, dict[str, Path]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
        for place in [folder] if _clips(folder) else [path for path in inside if _clips(path)]:
            name = place.resolve().name
            if name in found:
                raise InputError(f"{place}: there are two systems '{name}'; rename one folder")
            found[name] = _clips(place)
    where = ", ".join(map(str, folders))
    if len(found) < 2:
        given = f"only '{next(iter(found))}'" if found else "none"
        raise InputError(
            f"{where}: {given} found; give one folder of .mp4 files for each of two or more systems"
        )
    systems = tuple(sorted(found))
    clips = tuple(sorted({clip for of_system in found.values() for clip in of_system}))
    for system in systems:
        missing = [clip for clip in clips if clip not in found[system]]
        if missing:
            holder = next(other for other in systems if missing[0] in found[other])
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise InputError(
                f"system '{system}' lacks {missing[0]}.mp4{more}, which '{holder}' has; "
                "every system needs the same clips"
            )
    files = {(c, s): found[systems[s]][clips[c]] for c in range(len(clips))
             for s in range(len(systems))}  # fmt: skip
    return Footage(systems, clips, files)


def _clips(folder: Path) -> dict[str, Path]:
    """Visible .mp4 files of a folder by name."""
    return {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix.lower() == ".mp4" and not path.name.startswith(".")
    }


def copy_plain(source: Path, target: Path) -> float:
    """Copy picture and sound into an mp4 without any notes; return its length in seconds.

    Nothing is encoded again. Raises InputError if browsers would not play it, or it has no sound.
    """
    try:
        with av.open(str(source)) as given:
            picture, sound = _streams(source, given)
            options = {"movflags": "+faststart", "fflags": "+bitexact"}
            with av.open(str(target), "w", format="mp4", options=options) as out:
                tracks = {}
                for stream in (picture, sound):
                    tracks[stream.index] = out.add_stream_from_template(stream)
                    tracks[stream.index].metadata.clear()
                out.metadata.clear()
                for packet in given.demux(picture, sound):
                    if packet.dts is not None:
                        packet.stream = tracks[packet.stream.index]
                        out.mux(packet)
            return float((given.duration or 0) / 1_000_000)
    except av.FFmpegError as error:
        raise InputError(f"{source}: cannot be read as a video ({error.strerror})") from error


def _streams(source: Path, given: Any) -> tuple[Any, Any]:
    """The picture and the sound, both of kinds that browsers play."""
    if not given.streams.video:
        raise InputError(f"{source}: has no picture")
    if not given.streams.audio:
        raise InputError(f"{source}: has no sound; lip sync cannot be judged without it")
    picture, sound = given.streams.video[0], given.streams.audio[0]
    kind, pixels = picture.codec_context.name, str(picture.codec_context.pix_fmt)
    kind = {"libdav1d": "av1", "libaom-av1": "av1", "libvpx-vp9": "vp9"}.get(kind, kind)
    if kind not in PICTURES or pixels not in PIXELS:
        raise InputError(
            f"{source}: {kind} in {pixels}, which not every browser plays; "
            f"allowed: {', '.join(PICTURES)} in yuv420p; {REMEDY}"
        )
    heard = sound.codec_context.name
    heard = {"mp3float": "mp3", "libopus": "opus"}.get(heard, heard)
    if heard not in SOUNDS:
        raise InputError(
            f"{source}: {heard} sound, which not every browser plays; "
            f"allowed: {', '.join(SOUNDS)}; {REMEDY}"
        )
    return picture, sound


def digest(path: Path, seed: int) -> str:
    """A neutral name made of the bytes, not of the names."""
    seen = hashlib.sha256(f"avitalk study {seed} ".encode())
    seen.update(path.read_bytes())
    return seen.hexdigest()[:16]
