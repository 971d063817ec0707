"""Architectures side by side, each trained from nothing for the same computing time:
`python -m avitalk.train.speech.compare --clips DIR --out DIR --minutes 10`.

Time is the training process's own, so that other work on the machine does not decide. A comparison
that was stopped continues when the same command is given again. Judged on validation speakers.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any, Final

import torch

from avitalk.data.clips import read_clips
from avitalk.files import write_bytes
from avitalk.speech.network import EncoderConfig, PhoneNetwork
from avitalk.train.speech.evaluate import evaluate
from avitalk.train.speech.examples import load_recordings
from avitalk.train.speech.loop import Recipe, Trainer
from avitalk.train.speech.split import select

RIVALS: Final = {
    "dilated convolutions": EncoderConfig(),
    "wider convolutions": EncoderConfig(width=288),
    "convolutions and attention": EncoderConfig(attend_after=(4, 8)),
}


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Markdown: frame accuracy of each architecture, by corpus and by class of phone."""
    corpora = list(next(iter(rows.values()))["heard"])
    head = [
        "architecture",
        "M weights",
        "steps",
        "look-ahead",
        *(f"{c}, 40 phones" for c in corpora),
    ]
    lines = [head, ["---"] * len(head)]
    for name, row in rows.items():
        clean = [f"{100 * row['heard'][c]['clean']['phone_in_speech']:.1f} %" for c in corpora]
        size = [f"{row['weights'] / 1e6:.1f}", str(row["steps"]), f"{row['look_ahead_s']:.2f} s"]
        lines.append([name, *size, *clean])
    classes = list(rows[next(iter(rows))]["heard"][corpora[0]]["clean"]["by_class"])
    lines += [[], ["recall, " + ", ".join(corpora), *rows], ["---"] * (1 + len(rows))]
    for group in classes:
        cells = [
            " / ".join(
                f"{100 * row['heard'][c]['clean']['by_class'][group]['recall']:.0f} %"
                for c in corpora
            )
            for row in rows.values()
        ]
        lines.append([group, *cells])
    return "\n".join("| " + " | ".join(line) + " |" if line else "" for line in lines) + "\n"


def compare(clips: Path, out: Path, minutes: float) -> dict[str, dict[str, Any]]:
    """Train and judge each rival; its checkpoint is kept in a folder of `out`."""
    listings = sorted(clips.glob("*.jsonl"))
    chosen = [clip for path in listings for clip in select(read_clips(path), "train")]
    recordings = load_recordings(chosen)
    rows = {}
    for name, config in RIVALS.items():
        folder = out / name.replace(" ", "_")
        trainer = Trainer(config, Recipe(minutes=minutes), folder, clock=time.process_time)
        trainer.resume()
        if trainer.elapsed_s < 60 * minutes:
            trainer.run(recordings)
        rows[name] = {
            "weights": sum(p.numel() for p in PhoneNetwork(config).parameters()),
            "steps": trainer.step,
            "look_ahead_s": config.look_ahead_s,
            "heard": evaluate(folder / "encoder.safetensors", clips, "validation"),
        }
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10.0, help="of computing, for each")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = compare(given.clips, given.out, given.minutes)
    write_bytes(given.out / "compare.json", (json.dumps(rows, indent=1) + "\n").encode())
    write_bytes(given.out / "compare.md", table(rows).encode())


if __name__ == "__main__":
    main()
