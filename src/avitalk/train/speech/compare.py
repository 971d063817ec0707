"""Architectures side by side, each trained from nothing for the same computing time:
`python -m avitalk.train.speech.compare --clips DIR --out DIR --minutes 10`.

Time is the training process's own, so that other work on the machine does not decide. A comparison
that was stopped continues when the same command is given again. Judged on validation speakers.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from avitalk.audio import SAMPLE_RATE_HZ
from avitalk.data.clips import read_clips
from avitalk.data.split import select
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.train.speech.evaluate import CONDITIONS, accuracy, held_out
from avitalk.train.speech.examples import Recording, load_recordings
from avitalk.train.speech.loop import Recipe, Trainer
from avitalk.train.speech.rivals import RIVALS, Rival
from avitalk.types import Speech

JUDGES: Final = ("speechocean762", "librispeech", "emodb")
"""Corpora whose parts differ in speakers."""
HEARD: Final = ("clean", "white noise, 10 dB")
TIMED_S: Final = 60


def compare(
    clips: Path, out: Path, recipe: Recipe, rivals: Mapping[str, Rival] = RIVALS
) -> dict[str, dict[str, Any]]:
    """Train and judge each rival; its checkpoint is kept in a folder of `out`."""
    listings = sorted(clips.glob("*.jsonl"))
    chosen = [clip for path in listings for clip in select(read_clips(path), "train")]
    recordings = load_recordings(chosen)
    there = [name for name in JUDGES if (clips / f"{name}.jsonl").is_file()]
    judges = {
        name: load_recordings(found)
        for name, found in held_out(clips, there, "validation").items()
        if found
    }
    return {
        name: _tried(rival, out / name.replace(" ", "_"), recipe, recordings, judges)
        for name, rival in rivals.items()
    }


def _tried(
    rival: Rival,
    folder: Path,
    recipe: Recipe,
    recordings: list[Recording],
    judges: Mapping[str, list[Recording]],
) -> dict[str, Any]:
    trainer = Trainer(rival.config, recipe, folder, clock=time.process_time, make=rival.make)
    trainer.resume()
    if trainer.elapsed_s < 60 * recipe.minutes and trainer.step < recipe.max_steps:
        trainer.run(recordings)
    encoder = SpeechEncoder(rival.config, trainer.averaged)
    return {
        "weights": sum(p.numel() for p in trainer.averaged.parameters()),
        "steps": trainer.step,
        "cpu_minutes": round(trainer.elapsed_s / 60, 2),
        "look_ahead_s": rival.config.look_ahead_s,
        "cpu_ms_per_s": round(1000 * cost(encoder), 2),
        "heard": {
            corpus: {
                "speakers": len({r.clip.speaker for r in found}),
                "clips": len(found),
                **{name: accuracy(encoder, found, CONDITIONS[name]) for name in HEARD},
            }
            for corpus, found in judges.items()
        },
    }


def cost(encoder: SpeechEncoder) -> float:
    """Computing time for one second of audio on one core; the least of three minutes."""
    noise = np.random.default_rng(0).normal(0, 0.1, TIMED_S * SAMPLE_RATE_HZ)
    speech, spent = Speech(np.asarray(noise, np.float32)), []
    for _ in range(3):
        before = time.process_time()
        encoder.encode(speech)
        spent.append(time.process_time() - before)
    return min(spent) / TIMED_S


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown: each architecture's sizes and frame accuracy, by corpus and by class of phone."""
    first = next(iter(rows.values()))
    lines = [
        ["architecture", "M weights", "CPU min", "steps", "look-ahead", "CPU ms for 1 s",
         *(f"{corpus}, {name}" for corpus in first["heard"] for name in HEARD)],
    ]  # fmt: skip
    lines.append(["---"] * len(lines[0]))
    for name, row in rows.items():
        shares = [
            heard[kind]["phone_in_speech"] for heard in row["heard"].values() for kind in HEARD
        ]
        lines.append([
            name, f"{row['weights'] / 1e6:.2f}", f"{row['cpu_minutes']:.1f}", str(row["steps"]),
            f"{row['look_ahead_s']:.2f} s", f"{row['cpu_ms_per_s']:.1f}",
            *(f"{100 * share:.1f} %" for share in shares),
        ])  # fmt: skip
    parts = ["Frames of 20 ms within speech whose phone, of 40, is right.", "", *_cells(lines)]
    for corpus, heard in first["heard"].items():
        lines = [[f"{corpus}, clean: found / right where claimed", "frames", *rows]]
        lines.append(["---"] * len(lines[0]))
        for group, counted in heard["clean"]["by_class"].items():
            found = [row["heard"][corpus]["clean"]["by_class"][group] for row in rows.values()]
            shares = [f"{100 * f['recall']:.0f} / {100 * f['precision']:.0f} %" for f in found]
            lines.append([group, str(counted["frames"]), *shares])
        parts += ["", *_cells(lines)]
    return "\n".join(parts) + "\n"


def _cells(lines: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(line) + " |" for line in lines]


def report(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The page `docs/results/architectures.md`."""
    first = next(iter(rows.values()))
    speakers = ", ".join(f"{row['speakers']} of {name}" for name, row in first["heard"].items())
    return (
        "# Architectures of the speech encoder\n\n"
        "Each trained from nothing on the same clips with the same recipe for the same computing "
        "time of\none core, far from convergence; validation speakers that none has heard "
        f"({speakers}).\nMade by `python -m avitalk.train.speech.compare`.\n\n{table(rows)}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--results", type=Path, default=Path("docs/results"))
    parser.add_argument("--minutes", type=float, default=10.0, help="of computing, for each")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    recipe = replace(Recipe(), minutes=given.minutes, seed=given.seed)
    rows = compare(given.clips, given.out, recipe)
    write_bytes(given.results / "architectures.json", (json.dumps(rows, indent=1) + "\n").encode())
    write_bytes(given.results / "architectures.md", report(rows).encode())


if __name__ == "__main__":
    main()
