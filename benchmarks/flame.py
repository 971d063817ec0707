"""Residuals of the solver: ARKit weights to ICT-FaceKit and to a FLAME-format model, and back.

    python benchmarks/flame.py                        the synthetic model of the tests
    python benchmarks/flame.py --facekit ICT-FaceKit  also a checkout of ICT-FaceKit (or its npz)
    python benchmarks/flame.py --model FLAME.pkl      also a FLAME file of yours
    ... --write                                       writes docs/results/flame.md and .json
    ... --pictures FILE.png                           draws the heads side by side

The motion is what the program makes of the example recording. No FLAME file comes with it, so the
numbers of the synthetic model tell how well the solver works, not how well FLAME's expressions
cover ARKit's shapes; for that, run it with --model.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
RESULTS = ROOT / "docs" / "results" / "flame"
OTHER_PERSON = (1.4, -1.0, 0.8, 1.2, -0.6)


def speech_weights() -> np.ndarray:
    """(F, 52) at 50 frames a second, as files carry them."""
    from avitalk.export import file_weights
    from avitalk.pipeline import Animator

    motion = Animator().animate(ROOT / "examples" / "dashwood.wav").motion
    return file_weights(motion)[0].astype(np.float64)


def mixtures() -> np.ndarray:
    """(200, 52) random mixtures of all shapes but the tongue, most of them weak."""
    weights = np.random.default_rng(0).uniform(0, 1, (200, 52)) ** 4
    weights[:, 51] = 0
    return weights


def table_of(residual: Any, back: np.ndarray) -> list[dict[str, float]]:
    """One row a shape: what it moves, what is left, and what comes back of its weight."""
    return [
        {
            "moved_rms_mm": residual.moved_mm[i],
            **{f"face_{n}_mm": residual.face_mm[i, k] for k, n in enumerate(("rms", "p95", "max"))},
            **{f"lips_{n}_mm": residual.lips_mm[i, k] for k, n in enumerate(("rms", "p95", "max"))},
            "own_weight_back": back[i, i],
            "largest_other_back": np.delete(back[i], i).max(),
        }
        for i in range(52)
    ]


def motion_of(there: Any, back: np.ndarray, given: np.ndarray, directions: np.ndarray) -> Any:
    """A motion's residual there, and the round trip's in weights and millimetres."""
    gap = np.concatenate([
        1e6 * (np.tensordot(part, directions, 1) ** 2).sum(axis=2)
        for part in np.array_split(back - given, max(1, len(given) // 64))
    ])  # fmt: skip
    return there.summary() | {
        "round_trip_weight_rms": float(np.sqrt(((back - given) ** 2).mean())),
        "round_trip_rms_mm": float(np.sqrt(gap.mean())),
    }


def of_head(other: Any, motions: dict[str, np.ndarray]) -> dict[str, Any]:
    """Our head's weights on another head and back."""
    from avitalk.face import load_head
    from avitalk.face.solve import Retarget

    started = time.perf_counter()
    pair = Retarget.between(load_head(), other)
    together_s = time.perf_counter() - started
    each, residual = pair.forward(np.eye(52))
    found: dict[str, Any] = {
        "points": len(pair.points.rows),
        "bring_together_s": together_s,
        "shapes": table_of(residual, pair.back(each)[0]),
    }
    for name, weights in motions.items():
        solved, there = pair.forward(weights)
        found[name] = motion_of(there, pair.back(solved)[0], weights, pair.first)
    return found


def of_flame(model: Any, motions: dict[str, np.ndarray]) -> dict[str, Any]:
    """Our head's weights on a FLAME model and back."""
    from avitalk.face import load_head
    from avitalk.face.flame import FlameSolver

    started = time.perf_counter()
    solver = FlameSolver(load_head(), model)
    together_s = time.perf_counter() - started
    each = np.eye(52)
    solved = solver.to_flame(each)
    found: dict[str, Any] = {
        "points": len(solver.points.rows),
        "expressions": model.expressions,
        "bring_together_s": together_s,
        "shapes": table_of(solver.residual(each, solved), solver.to_weights(solved, each)),
        "jaw_open_rad": float(solved.jaw[17, 0]),
    }
    for name, weights in motions.items():
        started = time.perf_counter()
        solved = solver.to_flame(weights)
        middle = time.perf_counter()
        back = solver.to_weights(solved, weights)
        ended = time.perf_counter()
        there = solver.residual(weights, solved)
        found[name] = motion_of(there, back, weights, solver.carried) | {
            "to_flame_frames_per_s": len(weights) / (middle - started),
            "from_flame_frames_per_s": len(weights) / (ended - middle),
        }
    return found


def synthetic_model() -> Any:
    """The model of the tests, read from the published form; and the truth about its points."""
    from avitalk.face.flame import load_flame
    from synthetic_flame import published_pickle, synthetic_flame

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.pkl"
        path.write_bytes(published_pickle(synthetic_flame(3000).arrays))
        return load_flame(path)


def as_markdown(results: dict[str, Any]) -> str:
    """Summary table, then one table of shapes for each model."""
    from avitalk.arkit import ARKIT_52

    lines = ["| model | motion | moved | face RMS / p95 / max | lips RMS / p95 / max |"
             " round trip, weights | round trip |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for model, found in results.items():
        for name in ("speech", "mixtures"):
            m = found[name]
            face, lips = (
                " / ".join(f"{m[f'{where}_{k}_mm']:.2f}" for k in ("rms", "p95", "max"))
                for where in ("face", "lips")
            )
            lines.append(
                f"| {model} | {name} | {m['moved_rms_mm']:.2f} | {face} | {lips} | "
                f"{m['round_trip_weight_rms']:.3f} | {m['round_trip_rms_mm']:.2f} |"
            )
    for model, found in results.items():
        lines += ["", f"## {model}", "",
                  "| shape | moves | face RMS / p95 / max | lips RMS / p95 / max | back |",
                  "|---|---|---|---|---|"]  # fmt: skip
        for name, row in zip(ARKIT_52, found["shapes"], strict=True):
            face, lips = (
                " / ".join(f"{row[f'{where}_{k}_mm']:.2f}" for k in ("rms", "p95", "max"))
                for where in ("face", "lips")
            )
            lines.append(
                f"| {name} | {row['moved_rms_mm']:.2f} | {face} | {lips} | "
                f"{row['own_weight_back']:.2f} |"
            )
    return "\n".join(lines)


def speeds(results: dict[str, Any]) -> str:
    lines = []
    for model, found in results.items():
        said = f"{model}: brought together in {found['bring_together_s']:.1f} s"
        if "expressions" in found:
            said += (
                f"; {found['speech']['to_flame_frames_per_s']:.0f} frames a second to FLAME "
                f"({found['expressions']} expression coefficients), "
                f"{found['speech']['from_flame_frames_per_s']:.0f} back"
            )
        lines.append(f"- {said}")
    return "\n".join(lines)


def draw(path: Path, heads: dict[str, Any]) -> None:
    """Moments of a short motion, a row a head."""
    from avitalk.arkit import INDEX
    from avitalk.files import write_bytes
    from avitalk.render import Renderer, contact_sheet, png_bytes

    moments = {
        "rest": {}, "jaw open": {"jawOpen": 0.7},
        "blink, smile": {f"{n}{s}": 0.9 for n in ("eyeBlink", "mouthSmile") for s in
                         ("Left", "Right")},
        "pucker, brows": {"mouthPucker": 0.9, "browInnerUp": 0.8},
        "oh": {"mouthFunnel": 0.8, "jawOpen": 0.2},
        "one side": {"mouthRight": 0.6, "noseSneerLeft": 0.8, "browDownLeft": 1.0},
    }  # fmt: skip
    pictures, captions = [], []
    for name, head in heads.items():
        renderer = Renderer(head, size=(320, 320))
        for what, shapes in moments.items():
            weights = np.zeros(52, np.float32)
            for shape, amount in shapes.items():
                weights[INDEX[shape]] = amount
            turn = np.array([0.25 * (what == "jaw open"), 0, 0], np.float32)
            pictures.append(renderer.frame(head.pose_frame(weights, turn)))
            captions.append(f"{name}: {what}")
    write_bytes(path, png_bytes(contact_sheet(pictures, captions, columns=len(moments))))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--facekit", type=Path, help="ICT-FaceKit checkout or prepared npz")
    parser.add_argument("--model", type=Path, help="a FLAME file of yours")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    from avitalk.face import load_head
    from avitalk.face.flame import flame_head, load_flame
    from avitalk.face.ict import load_ict

    motions = {"speech": speech_weights(), "mixtures": mixtures()}
    results, heads = {}, {"default": load_head()}
    if options.facekit:
        heads["ICT-FaceKit"] = load_ict(options.facekit)
        results["ICT-FaceKit"] = of_head(heads["ICT-FaceKit"], motions)
        heads["ICT-FaceKit, another person"] = load_ict(options.facekit, identity=OTHER_PERSON)
        results["ICT-FaceKit, another person"] = of_head(
            heads["ICT-FaceKit, another person"], motions
        )
    models = {"synthetic FLAME": synthetic_model()}
    if options.model:
        models["FLAME"] = load_flame(options.model)
    for name, model in models.items():
        results[name] = of_flame(model, motions)
        if options.pictures:
            heads[name] = flame_head(model)
    table = as_markdown(results)
    print(table, speeds(results), sep="\n\n")
    if options.pictures:
        draw(options.pictures, heads)
    if options.write:
        RESULTS.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
        summary, *rest = table.split("\n\n")
        RESULTS.with_suffix(".md").write_text(
            "# ARKit to ICT-FaceKit and FLAME, and back\n\n"
            "Made by `python benchmarks/flame.py --facekit ICT-FaceKit --write`. Distances in "
            "millimetres over the moving skin of the face; p95 is the root mean square of the "
            "frames' 95th percentiles; `moved` is how far the points were to go. `mixtures` are "
            "200 random mixtures of all shapes at once, much beyond what a face does.\n\n"
            f"{summary}\n\n{speeds(results)}\n\n" + "\n\n".join(rest) + "\n"
        )


if __name__ == "__main__":
    main()
