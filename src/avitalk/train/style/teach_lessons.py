"""Scripts in, lessons out: texts, keys, and several performances of each as vectors.

Scripts take milliseconds to draw and to check, so that many are drawn once and kept in a file.
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.performances.drawing import draw_expression
from avitalk.data.performances.scripts import Script, draw_script, hard_negative
from avitalk.errors import InputError
from avitalk.facs.expression import MANNER, POSE, UNITS
from avitalk.files import atomic_path

TAKES: Final = 4
"""Performances kept of each script."""
SHARES: Final = {"grammar": 0.5}
"""How often a kind of script is kept when drawn; the grammar's are long, and all of one manner."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Texts with what they mean, row by row."""

    texts: tuple[str, ...]
    keys: NDArray[np.int64]
    """(N,) equal where scripts ask for the same."""
    vectors: NDArray[np.float16]
    """(N, TAKES, P) expressions."""
    kinds: tuple[str, ...]
    beside: NDArray[np.int64] | None = None
    """(N,) row of the lesson that says something else in almost the same words, -1 for none."""

    def others(self) -> NDArray[np.int64]:
        """(N,) `beside`, -1 throughout where there are none."""
        return np.full(len(self), -1) if self.beside is None else self.beside

    def __len__(self) -> int:
        return len(self.texts)


def lessons_of(
    scripts: Sequence[Script], seed: int, *, takes: int = TAKES, paired: float = 0.0
) -> Lessons:
    """Perform each script `takes` times, and for a share `paired` a hard negative of it, too."""
    chance = np.random.default_rng((seed, 4))
    scripts, count = list(scripts), len(scripts)
    beside = np.full(count, -1)
    for row in np.flatnonzero(chance.random(count) < paired):
        beside[row] = len(scripts)
        scripts.append(hard_negative(scripts[row], chance))
    beside = np.concatenate([beside, np.full(len(scripts) - count, -1)])
    rng = np.random.default_rng((seed, 3))
    vectors = np.stack([[draw_expression(s, rng).vector for _ in range(takes)] for s in scripts])
    keys = [hashlib.sha256(repr(s.key()).encode()).digest()[:8] for s in scripts]
    return Lessons(
        tuple(script.text for script in scripts),
        np.array([int.from_bytes(key, "little", signed=True) for key in keys]),
        vectors.astype(np.float16),
        tuple(script.kind for script in scripts),
        beside,
    )


def drawn(count: int, seed: int, *, held_out: bool = False) -> list[Script]:
    """`count` scripts; those of `held_out` are as they come, for measuring."""
    rng = np.random.default_rng((seed, int(held_out)))
    found: list[Script] = []
    while len(found) < count:
        script = draw_script(rng, held_out=held_out)
        if held_out or rng.random() < SHARES.get(script.kind, 1.0):
            found.append(script)
    return found


def joined(parts: Sequence[Lessons]) -> Lessons:
    """One after the other."""
    first = np.cumsum([0, *map(len, parts)])
    beside = [
        np.where(part.others() < 0, -1, part.others() + start)
        for part, start in zip(parts, first[:-1], strict=True)
    ]
    return Lessons(
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.vectors for part in parts]),
        tuple(kind for part in parts for kind in part.kinds),
        np.concatenate(beside),
    )


def write_lessons(path: Path, lessons: Lessons) -> None:
    """Write an .npz that `read_lessons` reads."""
    words = json.dumps([lessons.texts, lessons.kinds]).encode()
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file, keys=lessons.keys, vectors=lessons.vectors, beside=lessons.others(),
            words=np.frombuffer(words, np.uint8),
        )  # fmt: skip


def read_lessons(path: Path) -> Lessons:
    """What `write_lessons` wrote. Raises InputError for another file."""
    try:
        with np.load(path) as file:
            texts, kinds = json.loads(file["words"].tobytes())
            return Lessons(
                tuple(texts), file["keys"], file["vectors"], tuple(kinds), file["beside"]
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not lessons of styles ({error})") from error


def mirrored(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Expressions (..., P) with left and right exchanged."""
    turned = np.array(vectors)
    units = 2 * len(UNITS)
    turned[..., 0:units:2], turned[..., 1:units:2] = (
        vectors[..., 1:units:2],
        vectors[..., 0:units:2],
    )
    for name in ("yaw", "roll", "gaze_yaw"):
        turned[..., units + POSE.index(name)] *= -1
    turned[..., units + len(POSE) + MANNER.index("lead")] *= -1
    return turned
