"""Any folder of recordings -> Takes: what lies beside a recording under its name goes with it."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from avitalk import audio
from avitalk.audio.load import AUDIO_SUFFIXES, VIDEO_SUFFIXES
from avitalk.data.align import Aligner
from avitalk.data.clips import Clip
from avitalk.data.instructions.ravdess import label
from avitalk.errors import InputError
from avitalk.evaluate.corpus.lips import at_50, contour_of
from avitalk.evaluate.corpus.take import Take, Truth
from avitalk.footage import read_footage

MOTIONS: Final = (".motion.npz", ".csv")
LANGUAGES: Final = ("en",)
"""Languages whose words can be aligned."""


def takes(folder: Path) -> tuple[list[Take], list[str]]:
    """Recordings anywhere under the folder; the folder that one lies in names its speaker."""
    suffixes = (*AUDIO_SUFFIXES, *VIDEO_SUFFIXES)
    paths = sorted(
        path for path in folder.rglob("*")
        if path.suffix.lower() in suffixes and not path.name.startswith(".")
    )  # fmt: skip
    if not paths:
        raise InputError(f"{folder}: no recording in it ({' '.join(suffixes)})")
    found, seen = [], set[str]()
    for path in paths:
        name = "_".join(path.relative_to(folder).with_suffix("").parts)
        if name in seen:
            raise InputError(f"{path}: another recording has the same name but for its ending")
        seen.add(name)
        found.append(_take(folder, path, name))
    return found, ["truth from files beside the recordings, taken to be in sync"]


def _take(folder: Path, path: Path, name: str) -> Take:
    emotion = intensity = None
    speaker = path.parent.name if path.parent != folder else name
    try:
        acted = label(path)
        emotion, intensity, speaker = acted.emotion, acted.intensity, acted.speaker
    except InputError:
        pass  # a name of another make says nothing
    words = path.with_suffix(".txt")
    text = words.read_text(encoding="utf-8").lower() if words.is_file() else None
    text = None if text is None else " ".join(w.strip('.,;:!?"()') for w in text.split())
    clip = Clip(folder.resolve().name, name, speaker, str(path), text)
    beside = [path.with_name(path.stem + suffix) for suffix in MOTIONS]
    there = next((other for other in beside if other.is_file()), None)
    face = None if there is None else partial(_shown, there, "captured")
    return Take(clip, face, emotion=emotion, intensity=intensity)


def _shown(path: Path, kind: str) -> Truth:
    motion = at_50(read_footage(path).motion)
    return Truth(contour_of(motion), kind, motion)


def filmed(take: Take) -> Take:
    """The take with the face in its own video as truth, which needs the tracker once it is asked
    for.
    """
    return replace(take, face=partial(_shown, Path(take.clip.audio), "filmed"), in_sync=False)


def with_phones(found: list[Take]) -> list[Take]:
    """Takes with phone times wherever the words are known and can be aligned.

    Needs the extra `text` where there are words without times, and raises InputError without.
    """
    wanting = [t for t in found if _alignable(t)]
    if not wanting:
        return found
    aligner = Aligner()
    return [_aligned(aligner, take) if _alignable(take) else take for take in found]


def _alignable(take: Take) -> bool:
    clip = take.clip
    whole = take.start_s == 0 and take.end_s is None
    return clip.phones is None and bool(clip.text) and clip.language in LANGUAGES and whole


def _aligned(aligner: Aligner, take: Take) -> Take:
    clip = take.clip
    samples = audio.load(Path(clip.audio)).samples
    phones = aligner.align(samples, clip.text or "")
    if phones is None:
        return take
    return replace(take, clip=replace(clip, phones=phones))
