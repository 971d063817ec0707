"""A MEAD-like folder in, its clips out: audio, FLAME's parameters, who acts what, and texts.

A clip is a recording with an .npz or .flame.npz of the same name beside it:

    M003/front/angry/level_3/014.wav      any format that is read elsewhere
    M003/front/angry/level_3/014.npz      expression (F, K), jaw (F, 3) axis-angle in radians, fps

The arrays go by any name that `avitalk.export.flame` knows, so that files of EMOCA, DECA and
`avitalk flame to` are read as they are. Emotion, intensity (1 to 3) and speaker are arrays of these
names in the .npz; where they are missing, a path like MEAD's tells them. Texts, one or more for a
clip, are in `annotations.tsv` (`avitalk.data.instructions.mead_text`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from avitalk.data.instructions.mead_text import EMOTIONS, read_mead_text
from avitalk.errors import InputError
from avitalk.export.flame import KEYS, SUFFIX, FlameTrack, load_flame_track
from avitalk.types.motion import DAMAGED

RECORDED: Final = (".wav", ".flac", ".ogg", ".m4a", ".mp3", ".mp4")
ANNOTATIONS: Final = "annotations.tsv"
FEELINGS: Final = tuple(sorted(set(EMOTIONS.values())))
INTENSITIES: Final = (1, 2, 3)
PARTS: Final = ("train", "validation", "test")
LABELS: Final = ("emotion", "intensity", "speaker")
_MEAD: Final = re.compile(r"([MW]\d{3})/(?:\w+/){0,2}(\w+)/level_(\d)/[^/]+")


@dataclass(frozen=True, slots=True)
class FilmedClip:
    """One clip of somebody filmed."""

    clip_id: str
    """Path in the folder without suffix."""
    audio: Path
    track: Path
    emotion: str
    """Of FEELINGS."""
    intensity: int
    """Of INTENSITIES."""
    speaker: str
    texts: tuple[str, ...] = ()

    def read(self, expressions: int) -> FlameTrack:
        """Its parameters. Raises InputError with fewer expression coefficients than wanted."""
        track = load_flame_track(self.track)
        found = track.expression.shape[1]
        if found < expressions:
            raise InputError(
                f"{self.track}: {found} expression coefficients; {expressions} are needed"
            )
        return track


def filmed_clips(folder: Path) -> list[FilmedClip]:
    """All clips of a folder, sorted by path. Raises InputError naming what is missing of which."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of filmed clips")
    found = sorted(folder.rglob("*.npz"))
    if not found:
        raise InputError(f"{folder}: no .npz of FLAME parameters in it")
    texts = _texts(folder)
    return [_clip(folder, path, texts) for path in found]


def parts_by_speaker(speakers: Sequence[str], share: float = 0.15, seed: int = 0) -> dict[str, str]:
    """Speaker -> part, as EMOTE splits MEAD: nobody is in two. `share` of them (at least one) are
    for validation, as many for the test; 0 trains on all. Raises InputError for too few.
    """
    names = sorted(set(speakers))
    each = 0 if share == 0 else max(1, round(share * len(names)))
    if 2 * each >= len(names):
        raise InputError(
            f"{len(names)} speakers; a split by speaker needs {2 * each + 1} or more, or held_out 0"
        )
    order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    parts = ("validation",) * each + ("test",) * each
    return dict(zip(order, parts + ("train",) * (len(names) - 2 * each), strict=True))


def _clip(folder: Path, path: Path, texts: dict[tuple[str, str], tuple[str, ...]]) -> FilmedClip:
    name = path.name.removesuffix(SUFFIX if path.name.endswith(SUFFIX) else ".npz")
    beside = [path.with_name(name + suffix) for suffix in RECORDED]
    audio = next((found for found in beside if found.is_file()), None)
    if audio is None:
        raise InputError(f"{path}: no recording beside it; looked for {name} with"
                         f" {', '.join(RECORDED)}")  # fmt: skip
    clip_id = path.with_name(name).relative_to(folder).as_posix()
    told = _told(path, clip_id)
    emotion = EMOTIONS.get(told["emotion"], told["emotion"])
    if emotion not in FEELINGS:
        raise InputError(
            f"{path}: unknown emotion '{emotion}'; available: {', '.join((*FEELINGS, *EMOTIONS))}"
        )
    if told["intensity"] not in map(str, INTENSITIES):
        raise InputError(f"{path}: intensity '{told['intensity']}'; allowed: 1, 2, 3")
    return FilmedClip(
        clip_id, audio, path, emotion, int(told["intensity"]), told["speaker"],
        texts.get(_key(clip_id), ()),
    )  # fmt: skip


def _told(path: Path, clip_id: str) -> dict[str, str]:
    """Labels in the file or its path. Raises InputError naming what neither tells."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            names = {name.lower(): name for name in stored.files}
            labels = {label: _word(stored[names[label]]) for label in LABELS if label in names}
    except DAMAGED as error:
        raise InputError(f"{path}: not a file of FLAME parameters ({error})") from error
    for what, others in (("expression", ()), ("jaw", KEYS["pose"]), ("fps", ())):
        if not names.keys() & {*KEYS[what], *others}:
            raise InputError(f"{path}: no {what}; looked for {', '.join((*KEYS[what], *others))}")
    match = _MEAD.fullmatch(clip_id)
    if match is not None:
        speaker, emotion, level = match.groups()
        labels = {"speaker": speaker, "emotion": emotion, "intensity": level} | labels
    missing = [label for label in LABELS if label not in labels]
    if missing:
        raise InputError(
            f"{path}: no {missing[0]}; give it in the file, or lay the folder out as"
            " M003/front/angry/level_3/014"
        )
    return labels


def _word(value: Any) -> str:
    """A label, however it is stored: text, bytes or a number."""
    item = np.asarray(value).reshape(-1)[0]
    if isinstance(item, bytes):
        return item.decode("utf-8", "replace")
    return str(int(item)) if isinstance(item, np.integer | np.floating) else str(item)


def _texts(folder: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    path = folder / ANNOTATIONS
    rows = read_mead_text(path) if path.is_file() else []
    return {_key(row.clip): row.texts for row in rows}


def _key(clip_id: str) -> tuple[str, str]:
    """Actor, and emotion to number: the same for all views, and for audio beside video."""
    parts = clip_id.split("/")
    return parts[0], "/".join(parts[-3:])
