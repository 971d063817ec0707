"""Figures of captured performances: `python -m avitalk.train.style.captures --data DATA`.

DATA holds arkit_captures (nine emotional captures and two of ranges of motion) and grid_s1 (heads).
Both are for evaluation and for the size of movements only: what is printed is all that is used of
them, and `avitalk.data.performances.figures` holds the few numbers that acting is sized by.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avitalk.arkit import ARKIT_52, MIRROR
from avitalk.errors import InputError
from avitalk.evaluate.variation import REGIONS, variation_of, within_windows, without_blinks
from avitalk.export.livelink import read_csv_motion
from avitalk.types import Motion

Floats = NDArray[np.float64]

EMOTIONS: Final = ("angry", "fearful", "sad")
GRID_SIGMA_FRAMES: Final = 1.0
"""Of the smoothing that takes the tracker's jitter from GRID's heads."""


def lasting_s(track: Floats, fps: float) -> float:
    """How long a swell lasts: lag at which the autocorrelation falls below 1/e; nan if still."""
    moved = track - track.mean()
    power = float(moved @ moved)
    if power < 1e-9:
        return float("nan")
    for lag in range(1, len(moved)):
        if float(moved[lag:] @ moved[:-lag]) < power / np.e:
            return lag / fps
    return len(moved) / fps


def read_captures(folder: Path) -> dict[str, Motion]:
    """Captures of a folder by file name; InputError if there is none."""
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise InputError(f"{folder}: no captures (.csv) there")
    return {path.stem: read_csv_motion(path.read_bytes(), path.name) for path in paths}


def shape_figures(motion: Motion) -> dict[str, list[float]]:
    """Shape -> mean, 95th percentile, deviation within 4 s, 95th percentile of speed a second,
    mean difference of left and right, how long a swell lasts in seconds.
    """
    weights = without_blinks(motion.weights, motion.fps)
    spread = within_windows(weights, motion.fps)
    speed = np.percentile(np.abs(np.diff(weights, axis=0)) * motion.fps, 95, axis=0)
    uneven = np.abs(weights - weights[:, MIRROR]).mean(axis=0)
    return {
        name: [
            float(weights[:, i].mean()), float(np.percentile(weights[:, i], 95)),
            float(spread[i]), float(speed[i]), float(uneven[i]),
            lasting_s(weights[:, i], motion.fps),
        ]
        for i, name in enumerate(ARKIT_52)
    }  # fmt: skip


def region_figures(captures: Mapping[str, Motion]) -> dict[str, dict[str, float]]:
    """'angry', 'fearful', 'sad', 'all' (of those nine) -> variation_of, mean over the captures."""
    found = {}
    for kind in (*EMOTIONS, "all"):
        measured = [
            variation_of(motion.weights, motion.fps)
            for name, motion in captures.items()
            if name.startswith(EMOTIONS if kind == "all" else kind)
        ]
        if measured:
            found[kind] = {r: float(np.mean([m[r] for m in measured])) for r in REGIONS}
    return found


def head_figures(folder: Path) -> dict[str, list[float]]:
    """GRID's heads: 'within', 'between' (deviation in and of clips, radians) and 'speed' (95th
    percentile, radians a second), each yaw, pitch, roll.
    """
    path = folder / "tracks.npz"
    if not path.is_file():
        raise InputError(f"{path}: not found")
    with np.load(path) as stored:
        turns, missing = np.array(stored["head_matrix"][:, :3, :3], np.float64), stored["missing"]
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    angles = np.stack([
        np.arctan2(turns[:, 0, 2], turns[:, 2, 2]),
        np.arcsin(np.clip(-turns[:, 1, 2], -1, 1)),
        np.arctan2(turns[:, 1, 0], turns[:, 1, 1]),
    ], axis=1)  # fmt: skip
    within, speed, means = [], [], []
    for line in (folder / "clips.jsonl").read_text().splitlines():
        row = json.loads(line)
        rows = slice(row["first_frame"], row["first_frame"] + row["frames"])
        if missing[rows].any():
            continue
        clip = gaussian_filter1d(angles[rows], GRID_SIGMA_FRAMES, axis=0, mode="nearest")
        within.append(clip.std(axis=0))
        speed.append(np.percentile(np.abs(np.diff(clip, axis=0)) * row["fps"], 95, axis=0))
        means.append(clip.mean(axis=0))
    return {
        "within": np.mean(within, axis=0).tolist(),
        "between": np.std(means, axis=0).tolist(),
        "speed": np.mean(speed, axis=0).tolist(),
    }


def main() -> None:
    """Command line: figures as JSON to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="arkit_captures and grid_s1")
    given = parser.parse_args()
    captures = read_captures(given.data / "arkit_captures")
    figures = {
        "regions": region_figures(captures),
        "heads": head_figures(given.data / "grid_s1"),
        "shapes": {name: shape_figures(motion) for name, motion in captures.items()},
    }
    json.dump(figures, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
