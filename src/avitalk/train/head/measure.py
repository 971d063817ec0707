"""`python -m avitalk.train.head.measure --facekit PATH [--write]`: the shipped head's numbers.

Fit to the scans, closing lips and lids, and what pokes through at single shapes and at 200
speech-like mixtures of the default head and of every face of the cast. With --write they go to
docs/results/head.md and head.json.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52, INDEX, MIRROR
from avitalk.face.cast import CAST
from avitalk.face.head import Array, Head
from avitalk.face.identity import MODES, Identity
from avitalk.face.store import half_head, load_head, unfold
from avitalk.files import write_bytes
from avitalk.train.head.pokes import pokes, speech_like
from avitalk.train.head.report import Fit, as_table, fit_of
from avitalk.train.head.scans import Scans, load_scans

RESULTS: Final = Path("docs/results/head")
MIXTURES: Final = 200


@dataclass(frozen=True)
class Soundness:
    """How one face holds together."""

    lips_rest_mm: float
    """Largest distance of paired lip vertices at rest."""
    lips_closed_mm: float
    """The same at jawOpen 0.8 with mouthClose 0.8."""
    lids_closed_mm: float
    """The same of lid vertices over blinks mixed with squints, gaze, cheeks and smiles."""
    eye_clearance_mm: float
    """Least distance of skin from the eyeball, in the same mixtures at every stage of the blink."""
    shapes_through: tuple[str, ...]
    """Shapes, each alone and with its mirror image, at which something pokes through."""
    mixtures_through: int
    """Of `mixtures` speech-like mixtures, those at which something pokes through."""
    mixtures: int
    """How many were tried."""


def fit_of_file(arrays: dict[str, NDArray[Any]], scans: Scans) -> Fit:
    """Fit to the scans of the head, and of each identity mode, in a head's file."""
    head = unfold("default", arrays)
    modes = {
        name: unfold(name, arrays, Identity({name: 1.0})).vertices - head.vertices for name in MODES
    }
    return fit_of(head, modes, scans)


def soundness(head: Head, mixtures: int = MIXTURES, seed: int = 0) -> Soundness:
    """Try single shapes and mixtures on `head`, a head of ours."""
    apart = np.linalg.norm(head.vertices[head.lip_upper] - head.vertices[head.lip_lower], axis=1)
    shut = head.pose_frame(weights_of(jawOpen=0.8, mouthClose=0.8))
    lips = np.linalg.norm(shut[head.lip_upper] - shut[head.lip_lower], axis=1)
    closed, clearance = _blinks(head, seed)
    alone = tuple(name for name in ARKIT_52 if _single(head, name))
    bad = sum(
        pokes(head, head.pose_frame(weights, eyes=eyes)).any
        for weights, eyes in speech_like(mixtures, seed)
    )
    return Soundness(
        1e3 * float(apart.max()), 1e3 * float(lips.max()), closed, clearance, alone, bad, mixtures
    )


def weights_of(**given: float) -> Array:
    """(52,) weights; a name without its side sets both."""
    weights = np.zeros(len(INDEX), np.float32)
    for name, value in given.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                weights[INDEX[full]] = value
    return weights


def single(name: str) -> Array:
    """(52,) weights that show one shape: with the jaw open where it makes sense only so."""
    weights = np.zeros(len(INDEX), np.float32)
    weights[INDEX[name]] = 1
    if name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        weights[MIRROR[INDEX[name]]] = 1
    if name in ("mouthClose", "tongueOut"):
        weights[INDEX["jawOpen"]] = 1.0 if name == "mouthClose" else 0.35
    return weights


def _single(head: Head, name: str) -> bool:
    posed = head.pose_frame(single(name))
    return pokes(head, posed, tongue=name != "tongueOut").any


def _blinks(head: Head, seed: int, count: int = 60) -> tuple[float, float]:
    """Largest lid gap at full blinks and least clearance of the eyeballs, mm."""
    rng = np.random.default_rng(seed)
    radius = [
        np.linalg.norm(head.vertices[rows] - pivot, axis=1).max()
        for rows, pivot in zip(head._eye_rows, head.eye_pivots, strict=True)
    ]
    skin = np.flatnonzero(head.part == 0)
    gap, clearance = 0.0, np.inf
    for _ in range(count):
        mixture = {name: rng.uniform() * (rng.random() < 0.5) for name in WITH_BLINKS}
        for blink in (1.0, rng.uniform()):
            eyes = np.zeros((2, 3), np.float32)
            eyes[:, :2] = rng.uniform([-0.5, -0.35], [0.5, 0.55])
            posed = head.pose_frame(weights_of(**mixture, eyeBlink=blink), eyes=eyes)
            if blink == 1:
                apart = np.linalg.norm(posed[head.lid_upper] - posed[head.lid_lower], axis=-1)
                gap = max(gap, float(apart.max()))
            for pivot, ball in zip(head.eye_pivots, radius, strict=True):
                away = np.linalg.norm(posed[skin] - pivot, axis=1).min() - ball
                clearance = min(clearance, float(away))
    return 1e3 * gap, 1e3 * clearance


WITH_BLINKS: Final = (
    "eyeSquint", "cheekSquint", "browDown", "browOuterUp", "noseSneer", "mouthSmile", "eyeWide",
)  # fmt: skip


def as_markdown(found: dict[str, Any], fit: Fit) -> str:
    """The results page."""
    lines = [
        "# The head, measured", "",
        "    python -m avitalk.train.head.measure --facekit ICT-FaceKit --write", "",
        f"{found['vertices']:,} vertices, {found['triangles']:,} triangles, "
        f"{found['bytes'] / 1e6:.2f} MB; identity modes span "
        f"{100 * found['modes_share']:.0f} % of the variance among the scanned people.", "",
        "Closing and poking through. Lips: largest distance of paired vertices at rest and "
        "at jawOpen with mouthClose, both 0.8. Lids: the same at a full blink mixed with squints, "
        "gaze, cheeks, brows and smiles, and the least distance of skin from the eyeball in such "
        f"mixtures. Through: how many of the 52 shapes and of {MIXTURES} speech-like mixtures "
        "with gaze let an eyeball, tooth, gum or the tongue be seen outside lids or lips, from the "
        "front and from 35 degrees on either side (more than one pixel of 0.4 mm).", "",
        "| face | load, ms | lips at rest, mm | lips closed, mm | lids closed, mm | "
        "eye clearance, mm | shapes through | mixtures through |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, row in found["faces"].items():
        lines.append(
            f"| {name} | {row['load_ms']:.0f} | {row['lips_rest_mm']:.4f} | "
            f"{row['lips_closed_mm']:.4f} | {row['lids_closed_mm']:.4f} | "
            f"{row['eye_clearance_mm']:.2f} | {', '.join(row['shapes_through']) or 0} | "
            f"{row['mixtures_through']} of {row['mixtures']} |"
        )
    return "\n".join([*lines, "", as_table(fit), ""])


def _load_ms(name: str) -> float:
    load_head.cache_clear()
    started = time.perf_counter()
    load_head(name)
    return 1e3 * (time.perf_counter() - started)


def main() -> None:
    """Measure, print, and write on demand."""
    parser = argparse.ArgumentParser(prog="avitalk.train.head.measure", description=__doc__)
    parser.add_argument("--facekit", type=Path, required=True, help="ICT-FaceKit checkout")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS}.md and .json")
    options = parser.parse_args()
    scans = load_scans(options.facekit)
    fit = fit_of_file(half_head(), scans)
    head = load_head()
    found: dict[str, Any] = {
        "vertices": len(head.vertices),
        "triangles": len(head.triangles),
        "bytes": sum(array.nbytes for array in half_head().values()),
        "modes_share": scans.modes_share,
        "surface_median_mm": fit.median_mm,
        "surface_p95_mm": fit.p95_mm,
        "shape_correlation": fit.correlation,
        "shape_error_mm": fit.error_mm,
        "mode_correlation": fit.modes,
        "faces": {},
    }
    for name in ("default", *CAST):
        loading = min(_load_ms(name) for _ in range(5))
        found["faces"][name] = {"load_ms": loading, **vars(soundness(load_head(name)))}
    page = as_markdown(found, fit)
    sys.stdout.write(page)
    if options.write:
        write_bytes(RESULTS.with_suffix(".md"), page.encode())
        rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 4))
        write_bytes(RESULTS.with_suffix(".json"), json.dumps(rounded, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main()
