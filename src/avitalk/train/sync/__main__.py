"""Train the sync expert: `python -m avitalk.train.sync --data DIR --out FILE`.

Data is the folder of the corpora with GRID's face tracks and FACEGOOD's curves; only their training
parts are used. `--only` leaves one corpus out, to see how the other speaker is judged. An
interrupted training continues from its checkpoint in `--run`.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

from avitalk.evaluate.sync_expert import SyncExpertConfig
from avitalk.train.loop import Computing, Run
from avitalk.train.sync.clips import animated, filmed
from avitalk.train.sync.lessons import Lesson, lessons
from avitalk.train.sync.recipe import Recipe, train

COPIES = {"grid_s1": 3, "facegood": 8}
"""Voices and rooms in which each recording is heard."""


def heard(data: Path, config: SyncExpertConfig, only: str | None = None) -> list[Lesson]:
    """Lessons of the training parts of both corpora, or of one."""
    found: list[Lesson] = []
    if only in (None, "grid_s1"):
        clips = filmed(data, "grid_s1", "train")
        found += lessons(clips, config, copies=COPIES["grid_s1"], seed=1)
    if only in (None, "facegood"):
        found += lessons(animated(data, "train"), config, copies=COPIES["facegood"], seed=2)
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds grid_s1 and facegood")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    parser.add_argument("--run", type=Path, help="folder of the checkpoint")
    parser.add_argument("--only", choices=tuple(COPIES), help="train on one corpus")
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.run is not None:
        given.run.mkdir(parents=True, exist_ok=True)

    def told(step: int, loss: float) -> None:
        if step % 50 == 0:
            sys.stderr.write(f"step {step} of {given.steps}: loss {loss:.3f}\n")

    config = SyncExpertConfig()
    run = Run(Computing(save_every=100), given.run, told)
    recipe = replace(Recipe(), steps=given.steps)
    train(config, recipe, heard(given.data, config, given.only), run).save(given.out)


if __name__ == "__main__":
    main()
