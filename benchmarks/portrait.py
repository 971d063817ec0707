"""Portraits measured: photos and own renders talk, and the video is looked at again.

python benchmarks/portrait.py --model face_landmarker.task --photo astronaut.png --photo other.jpg

Writes docs/results/portrait.json and portrait.md. Photos are given by path; scikit-image's
`skimage.data.astronaut()` is taken along where it is installed. Own renders: named faces drawn by
our renderer. Gates and what each number means: docs/portrait.md.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avitalk import audio
from avitalk.face import lip_gap, load_head
from avitalk.files import write_bytes
from avitalk.pipeline import Animator
from avitalk.portrait import Canvas, Controls, Portrait, find_face, frame_photo, read_photo
from avitalk.portrait.portrait import CRF
from avitalk.render import Renderer
from avitalk.render.video import Sound, write_mp4
from avitalk.track import Landmarker, track, video_landmarks
from avitalk.track.video import read_frames
from avitalk.types import Motion

RENDERS = ("ada", "kenji", "amara")
SIZE = (512, 512)
FPS = 25.0
GATES = {
    "rest_px": (1.5, "most"),
    "drawn": (0.0, "most"),
    "background": (1.0, "most"),
    "flicker": (0.5, "most"),
    "aperture_r": (0.9, "least"),
    "ratio": (3.0, "most"),
}
MEANING = {
    "fit_px": "face points from the fitted head before it is bent, root mean square, 512 px",
    "rest_px": "points found again in the picture at rest, mean distance at 512 px",
    "drawn": "largest change outside the zone before it is compressed, grey levels",
    "background": "mean change outside the zone, grey levels, against the photo as a still mp4",
    "flicker": "mean change from frame to frame outside the zone, grey levels, in the mp4",
    "aperture_r": "opening of the lips, tracked again, against the Motion",
    "ratio": "seconds to draw and write a second of video at 512 and 25 fps, two threads",
    "cpu": "the same in processor seconds",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="face_landmarker.task")
    parser.add_argument("--photo", type=Path, action="append", default=[])
    parser.add_argument("--voice", type=Path, default=Path("examples/dashwood.wav"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--keep", type=Path, help="folder for the videos made")
    parser.add_argument("--only", help="measure names that contain this")
    given = parser.parse_args()
    motion = Animator().animate(given.voice, neutral=True, seed=1).motion.resample(FPS)
    rows: dict[str, dict[str, float]] = {}
    with Landmarker(given.model) as looks, tempfile.TemporaryDirectory() as scratch:
        for name, picture in pictures(given.photo):
            if given.only and given.only not in name:
                continue
            folder = given.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            rows[name] = measure(name, picture, motion, given.voice, looks, folder)
            print(name, {key: round(value, 3) for key, value in rows[name].items()}, flush=True)
    if not given.only:
        write_bytes(given.out / "portrait.json", (json.dumps(rows, indent=1) + "\n").encode())
        write_bytes(given.out / "portrait.md", page(rows).encode())
    return 0 if all(passes(key, row[key]) for row in rows.values() for key in GATES) else 1


def pictures(photos: list[Path]) -> list[tuple[str, NDArray[np.uint8]]]:
    """Names and pictures: scikit-image's astronaut, the photos given, our own renders."""
    found: list[tuple[str, NDArray[np.uint8]]] = []
    try:
        from skimage.data import astronaut

        found.append(("astronaut", astronaut()))
    except ImportError:
        print("scikit-image is not installed; its astronaut is left out", file=sys.stderr)
    found += [(path.stem, read_photo(path)) for path in photos]
    for name in RENDERS:
        head = load_head(name)
        found.append((f"render {name}", Renderer(head, size=(768, 768)).frame(head.vertices)))
    return found


def measure(
    name: str,
    picture: NDArray[np.uint8],
    motion: Motion,
    voice: Path,
    looks: Landmarker,
    folder: Path,
) -> dict[str, float]:
    """All numbers of one portrait."""
    face = find_face(picture, looks, which=None, source=name)
    canvas = frame_photo(picture, face, "crop", SIZE, name)
    portrait = Portrait.of(canvas)
    still = portrait.drive(Motion.still(1, FPS), Controls(motion="relative"))
    rest = portrait.frame(still, 0)
    driven = portrait.drive(motion)
    portrait.frame(driven, 0)
    target = folder / f"{name.replace(' ', '-')}.mp4"
    start, busy = time.perf_counter(), time.process_time()
    sound = Sound(*audio.sound_blocks(voice))
    frames_drawn = portrait.frames(driven, workers=2)
    write_mp4(target, frames_drawn, fps=FPS, sound=sound, crf=CRF)
    ratio = (time.perf_counter() - start) / motion.duration_s
    cpu = (time.process_time() - busy) / motion.duration_s
    plain = folder / f"{target.stem}-still.mp4"
    write_mp4(plain, (canvas.pixels for _ in range(25)), fps=FPS, crf=CRF)
    photo = [frame for _, frame in read_frames(plain)][-1].astype(np.int16)
    frames = np.stack([frame for _, frame in read_frames(target)]).astype(np.int16)
    outside = portrait.around.still()
    middle = portrait.frame(driven, driven.frames // 2).astype(np.int16)
    tracked = track(video_landmarks(target, looks))
    return {
        "fit_px": portrait.person.fit.residual_px,
        "rest_px": rest_error(canvas, rest, looks),
        "drawn": float(np.abs(middle - canvas.pixels)[outside].max()),
        "background": float(np.abs(frames - photo)[:, outside].mean()),
        "flicker": float(np.abs(np.diff(frames, axis=0))[:, outside].mean()),
        "aperture_r": aperture_r(motion, tracked.motion),
        "ratio": ratio,
        "cpu": cpu,
        "outside_share": float(outside.mean()),
    }


def rest_error(canvas: Canvas, rest: NDArray[np.uint8], looks: Landmarker) -> float:
    """Mean distance of the face's points in the picture at rest from those in the photo."""
    before, after = looks.faces(canvas.pixels), looks.faces(rest)
    if not before or not after:
        return float("nan")
    away = np.linalg.norm(before[0].points[:468, :2] - after[0].points[:468, :2], axis=1)
    return float(away.mean() * 512 / SIZE[0])


def aperture_r(truth: Motion, found: Motion) -> float:
    """Correlation over time of the default head's lip opening under both motions."""
    head = load_head()
    slopes = lip_gap(head.shapes, head).astype(np.float64)
    count = min(truth.frames, found.frames)
    a = np.clip(truth.weights[:count], 0, 1) @ slopes
    b = np.clip(found.weights[:count], 0, 1) @ slopes
    return float(np.corrcoef(a, b)[0, 1])


def passes(key: str, value: float) -> bool:
    bound, kind = GATES[key]
    return value <= bound if kind == "most" else value >= bound


def page(rows: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    keys = list(MEANING)
    lines = [
        "# Portraits", "",
        "`python benchmarks/portrait.py --model face_landmarker.task --photo ...` (numbers in "
        "[portrait.json](portrait.json)); what is measured: [portrait.md](../portrait.md).", "",
        "| portrait | " + " | ".join(keys) + " |", "|---|" + "---:|" * len(keys),
    ]  # fmt: skip
    for name, row in rows.items():
        cells = [f"{row[key]:.2f}" if row[key] >= 0.005 else f"{row[key]:.3f}" for key in keys]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    gates = [f"{key} at {kind} {bound:g}" for key, (bound, kind) in GATES.items()]
    lines += ["", f"Gates: {', '.join(gates)}.", ""]
    lines += [f"- **{key}**: {text}" for key, text in MEANING.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
