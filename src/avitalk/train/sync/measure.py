"""How right the sync expert is: `python -m avitalk.train.sync.measure --data --out`.

Writes `sync_expert.json`. `--without-facegood` and `--without-grid` name experts trained on one
speaker alone, who then judge the other. Clips in the wild are measured and nothing else.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.evaluate.sync_expert import Sync, SyncExpert, sync_of
from avitalk.evaluate.sync_expert.expert import SAMPLES_PER_FRAME
from avitalk.files import write_bytes
from avitalk.train.sync.clips import Spoken, animated, filmed
from avitalk.train.sync.offsets import CHANCE, NEAR, offset_of, share, stretches
from avitalk.types import Speech

SHIFTS: Final = range(-10, 11)
SECONDS: Final = (1.0, 2.0, 3.0, 5.0)
PART_S: Final = 10


def shifted(item: Spoken, frames: int) -> Speech:
    """The sound `frames` frames of 40 ms later; silence comes in, or the beginning is lost."""
    samples = frames * SAMPLES_PER_FRAME
    silence = np.zeros(max(0, samples), np.float32)
    return Speech(np.concatenate([silence, item.wave[max(0, -samples) :]]))


def shifted_rows(
    expert: SyncExpert, clips: Sequence[Spoken], *, in_time: bool, still: bool = False
) -> dict[str, Any]:
    """Sound shifted by known amounts: share of stretches of lips, by length, whose offset is right.

    in_time: the clips are known to be; else moves count from the offset of each whole clip as it
    came. still: lips hold their mean, as a control. Intervals are over clips.
    """
    names = [*(f"{seconds:g} s" for seconds in SECONDS), "whole"]
    counts: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    found: dict[str, Any] = {}
    for item in clips:
        seen = expert.lip_embeddings(mean_face(item) if still else item.lips())
        heard = {k: expert.audio_embeddings(shifted(item, k)) for k in SHIFTS}
        base = offset_of(heard[0], seen)
        for name, tally in counts.items():
            frames = len(seen) if name == "whole" else round(float(name[:-2]) * 25)
            right = [
                abs(offset_of(heard[k], seen, first, frames) + k - base * (not in_time)) <= NEAR
                for k in SHIFTS
                for first in stretches(len(seen), frames, 12)
            ]
            tally.append((sum(right), len(right)))
        hits, total = counts["whole"][-1]
        found[item.clip_id] = {
            "seconds": len(seen) / 25, "offset frames": base, "whole": hits / total
        }  # fmt: skip
    rows = {name: share(*map(list, zip(*tally, strict=True))) for name, tally in counts.items()}
    return {"found": {name: row for name, row in rows.items() if row}, "clips": found}


def found_rows(expert: SyncExpert, clips: Sequence[Spoken], *, still: bool = False) -> Any:
    """By length, for clips that are in time; long ones in parts of 10 s."""
    parts = [part for clip in clips for part in cut(clip, PART_S)]
    return shifted_rows(expert, parts, in_time=True, still=still)["found"]


def mean_face(item: Spoken) -> np.ndarray:
    """Lips that hold their mean."""
    lips = item.lips()
    return np.broadcast_to(lips.mean(axis=0), lips.shape)


def cut(item: Spoken, seconds: int) -> list[Spoken]:
    """Whole parts of `seconds`; the clip itself if it is shorter."""
    if len(item.wave) < seconds * 16000:
        return [item]
    sound, seen = seconds * 16000, seconds * round(item.fps)
    return [
        replace(
            item,
            clip_id=f"{item.clip_id}/{i}",
            wave=item.wave[i * sound : (i + 1) * sound],
            contour=item.contour[i * seen : (i + 1) * seen],
        )
        for i in range(len(item.wave) // sound)
    ]


def late(item: Spoken, seconds: float) -> np.ndarray:
    """The lips, that much later."""
    return item.lips(late_s=-seconds)


def separation_rows(expert: SyncExpert, clips: Sequence[Spoken]) -> dict[str, Any]:
    """What the expert says of truth and of lips that are wrong in known ways."""
    parts = [part for clip in clips for part in cut(clip, PART_S)]
    heard = [expert.audio_embeddings(Speech(part.wave)) for part in parts]
    order = np.roll(np.arange(len(parts)), 1)
    makers: dict[str, Callable[[int], np.ndarray]] = {
        "truth": lambda i: parts[i].lips(),
        "lips at half the size": lambda i: parts[i].lips() / 2,
        "lips 80 ms late": lambda i: late(parts[i], 0.08),
        "lips 200 ms late": lambda i: late(parts[i], 0.2),
        "lips of another clip": lambda i: parts[order[i]].lips(),
        "mean face": lambda i: mean_face(parts[i]),
    }
    return {
        name: _row([sync_of(h, expert.lip_embeddings(make(i))) for i, h in enumerate(heard)])
        for name, make in makers.items()
    }


def _row(found: Sequence[Sync]) -> dict[str, Any]:
    """Means with intervals over clips."""
    named = {
        "distance": [s.distance for s in found],
        "confidence": [s.confidence for s in found],
        "distance in time": [s.distance_in_time for s in found],
        "within 40 ms of in time": [float(abs(s.offset_frames) <= NEAR) for s in found],
    }
    rows: dict[str, Any] = {name: asdict(bootstrap(values)) for name, values in named.items()}
    return rows | {"median offset ms": 40 * float(np.median([s.offset_frames for s in found]))}


def results(data: Path, expert: SyncExpert, alone: dict[str, Path]) -> dict[str, Any]:
    """All rows; `alone`: corpus that an expert was not trained on -> its file."""
    grid, face = list(filmed(data, "grid_s1", "test")), list(animated(data, "test"))
    wild = list(filmed(data, "wild_dev", None))
    rows: dict[str, Any] = {
        "chance": CHANCE,
        "held out": {
            "GRID, held-out sentences": found_rows(expert, grid),
            "GRID, mean face": found_rows(expert, grid, still=True),
            "FACEGOOD, held-out clip": found_rows(expert, face),
            "FACEGOOD, mean face": found_rows(expert, face, still=True),
        },
        "wild": shifted_rows(expert, wild, in_time=False),
        "separation": {
            "GRID, held-out sentences": separation_rows(expert, grid),
            "FACEGOOD, held-out clip": separation_rows(expert, face),
        },
        "unseen speaker": {},
        "parameters": sum(p.numel() for p in expert.network.parameters()),
    }
    for corpus, path in alone.items():
        lone = SyncExpert.load(path)
        clips = list(animated(data, None)) if corpus == "facegood" else grid
        rows["unseen speaker"][corpus] = found_rows(lone, clips)
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--expert", type=Path, help="a checkpoint; the shipped one if not given")
    parser.add_argument("--without-facegood", type=Path, help="expert trained on GRID alone")
    parser.add_argument("--without-grid", type=Path, help="expert trained on FACEGOOD alone")
    parser.add_argument("--out", type=Path, default=Path("docs/results/sync_expert.json"))
    given = parser.parse_args()
    named = {"facegood": given.without_facegood, "grid_s1": given.without_grid}
    alone = {corpus: path for corpus, path in named.items() if path is not None}
    rows = results(given.data, SyncExpert.load(given.expert), alone)
    write_bytes(given.out, (json.dumps(rows, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
