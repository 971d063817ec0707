"""Filmed clips in; what is heard in them and how their faces move out, frame by frame, in a folder.

Features lie in a file that is mapped, not read: MEAD heard by wav2vec 2.0 takes some 5 GB.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avitalk.audio import load
from avitalk.errors import InputError
from avitalk.face.flame import FlameMotion
from avitalk.face.flame.channels import JAW, packed
from avitalk.files import atomic_path, write_bytes
from avitalk.speech.content import RATES, content, in_between
from avitalk.speech.load import Encoder
from avitalk.train.style.filmed import FEELINGS, INTENSITIES, PARTS, FilmedClip

INDEX, CONTENT, FACES = "clips.json", "content.f16", "faces.npy"


@dataclass(frozen=True, slots=True)
class FilmedPart:
    """How filmed clips are heard, seen and drawn."""

    encoder: str = "facebook/wav2vec2-base-960h"
    """A HuBERT or wav2vec 2.0 by name or folder, or one of our own files."""
    layer: int | None = None
    """Its hidden layer; null takes the last."""
    rate: int = 25
    """Frames a second, 25 or 50."""
    prosody: bool = False
    """Whether prosody is heard beside the encoder's features."""
    expressions: int = 100
    """K: coefficients of expression."""
    held_out: float = 0.15
    """Share of speakers for validation, and as many for the test; 0 trains on all."""
    predicted: int = 25
    """Frames of a window that are predicted."""
    apart: int = 5
    """Frames on either side of them that are no reference either."""
    references: int = 64
    """S: frames that the style encoder sees."""
    flame: str | None = None
    """The user's FLAME file, by which the opening of the lips counts; null leaves that out."""

    def __post_init__(self) -> None:
        if self.rate not in RATES:
            raise InputError(f"rate {self.rate}; allowed: {', '.join(map(str, RATES))}")
        if not 0 <= self.held_out < 0.5:
            raise InputError(f"held_out {self.held_out:g}; allowed: 0 to below 0.5")
        least = {"expressions": 1, "predicted": 1, "apart": 0, "references": 1}
        for name, lowest in least.items():
            if getattr(self, name) < lowest:
                raise InputError(f"{name} {getattr(self, name)}; allowed: {lowest} and more")

    @property
    def channels(self) -> int:
        """C: expression and jaw."""
        return self.expressions + JAW


@dataclass(frozen=True, slots=True)
class Row:
    """Where a clip lies in the files, and who acts what in it."""

    clip_id: str
    first: int
    count: int
    part: str
    emotion: str
    intensity: int
    speaker: str
    texts: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Filmed:
    """Clips, ready to be learned from."""

    content: NDArray[np.float16]
    """(all frames, I)."""
    faces: NDArray[np.float32]
    """(all frames, C) of `avitalk.face.flame.channels`."""
    rows: Sequence[Row]
    labels: tuple[str, ...]
    """What the teacher knows, one-hot each: emotions, intensities, those who train."""

    @classmethod
    def load(cls, folder: Path) -> "Filmed":
        """Read what `write_filmed` wrote."""
        found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        rows = [Row(**{**row, "texts": tuple(row["texts"])}) for row in found["rows"]]
        heard = np.memmap(folder / CONTENT, np.float16, "r").reshape(-1, found["width"])
        return cls(heard, np.load(folder / FACES, mmap_mode="r"), rows, tuple(found["labels"]))

    def of(self, part: str) -> list[int]:
        """Numbers of the clips of a part."""
        return [number for number, row in enumerate(self.rows) if row.part == part]

    def face(self, number: int) -> NDArray[np.float32]:
        """(F, C) of a clip."""
        row = self.rows[number]
        return np.asarray(self.faces[row.first : row.first + row.count])

    def vector(self, number: int) -> NDArray[np.float32]:
        """(P,) one-hot labels of a clip; a speaker who does not train has none."""
        row = self.rows[number]
        wanted = (row.emotion, intensity_name(row.intensity), row.speaker)
        return np.array([label in wanted for label in self.labels], np.float32)


def intensity_name(intensity: int) -> str:
    """What the teacher's label of an intensity is called."""
    return f"level {intensity}"


def write_filmed(
    folder: Path, clips: Sequence[FilmedClip], parts: dict[str, str], encoder: Encoder,
    recipe: FilmedPart,
) -> Filmed:  # fmt: skip
    """Listen to clips and read their faces, into a folder. Raises InputError for one that is too
    short, or has fewer coefficients than wanted.
    """
    rows: list[Row] = []
    faces, total, width = [], 0, 0
    with atomic_path(folder / CONTENT) as partial, partial.open("wb") as file:
        for clip in clips:
            heard = content(load(clip.audio), encoder, rate=recipe.rate, prosody=recipe.prosody)
            face = _face(clip, recipe)
            count, width = min(len(heard), len(face)), heard.shape[1]
            if count < 2 * recipe.rate // 5:
                raise InputError(
                    f"{clip.track}: {count / recipe.rate:.2f} s of face and voice; need 0.4 s"
                )
            file.write(heard[:count].astype(np.float16).tobytes())
            faces.append(face[:count])
            rows.append(Row(clip.clip_id, total, count, parts[clip.speaker], clip.emotion,
                            clip.intensity, clip.speaker, clip.texts))  # fmt: skip
            total += count
    with atomic_path(folder / FACES) as partial, partial.open("wb") as file:
        np.save(file, np.concatenate(faces))
    train = sorted(speaker for speaker, part in parts.items() if part == PARTS[0])
    labels = (*FEELINGS, *map(intensity_name, INTENSITIES), *train)
    listed = [{name: getattr(row, name) for name in Row.__slots__} for row in rows]
    found = {"width": width, "labels": labels, "rows": listed}
    write_bytes(folder / INDEX, json.dumps(found).encode())
    return Filmed.load(folder)


def _face(clip: FilmedClip, recipe: FilmedPart) -> NDArray[np.float32]:
    """(F, C) at the recipe's rate."""
    track = clip.read(recipe.expressions)
    whole = packed(FlameMotion(track.expression[:, : recipe.expressions], track.jaw))
    frames = 1 + int((len(whole) - 1) / track.fps * recipe.rate + 1e-6)
    return in_between(whole, np.arange(frames) * track.fps / recipe.rate)
