"""Train the motion prior: `python -m avitalk.train.style --spoken FILE --out FOLDER`.

FILE is what `python -m avitalk.train.style.prepare` wrote. Writes performer.safetensors,
style-encoder.safetensors and teacher.npz (W: expression -> style), a checkpoint to go on from, and
a line of losses every so often. About 25 minutes on one core.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

from avitalk.data.performances.clips import read_spoken
from avitalk.files import atomic_path
from avitalk.style.encoder import StyleEncoder
from avitalk.style.encoder_network import EncoderConfig
from avitalk.style.parts import ENCODER
from avitalk.talker.performer import Performer
from avitalk.talker.performer_network import PerformerConfig
from avitalk.train.instruct.loop import Computing, Run
from avitalk.train.style.perform import MotionPrior, PerformRecipe, train_motion


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spoken", type=Path, required=True, help="the prepared clips")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--steps", type=int, default=PerformRecipe().steps)
    parser.add_argument("--without", choices=("exchange", "distil"), action="append", default=[])
    parser.add_argument("--begin", type=Path, help="folder of a run whose networks to go on from")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    recipe = PerformRecipe(
        steps=given.steps,
        exchange_weight=0 if "exchange" in given.without else PerformRecipe().exchange_weight,
        distil_weight=0 if "distil" in given.without else PerformRecipe().distil_weight,
    )
    clips = read_spoken(given.spoken, "train")
    started = time.monotonic()
    losses: list[float] = []

    def told(step: int, loss: float) -> None:
        losses.append(loss)
        if step % 50 == 0:
            passed_s = time.monotonic() - started
            sys.stderr.write(f"{step} {np.mean(losses[-50:]):.5f} {passed_s:.0f} s\n")

    given.out.mkdir(parents=True, exist_ok=True)
    begun = None if given.begin is None else begun_in(given.begin)
    run = Run(Computing(), given.out, told)
    prior = train_motion(clips, recipe, run=run, begun=begun)
    Performer(PerformerConfig(), prior.performer).save(given.out / "performer.safetensors")
    StyleEncoder(EncoderConfig(), prior.encoder).save(given.out / f"{ENCODER}.safetensors")
    with atomic_path(given.out / "teacher.npz") as partial, partial.open("wb") as file:
        np.savez(file, W=prior.performer.teacher.weight.detach().numpy())


def begun_in(folder: Path) -> MotionPrior:
    """The networks that an earlier run wrote. Raises InputError if they cannot be read."""
    prior = MotionPrior(PerformerConfig(), EncoderConfig())
    performer = Performer.load(folder / "performer.safetensors").network
    prior.performer.load_state_dict(performer.state_dict())
    encoder = StyleEncoder.load(folder / f"{ENCODER}.safetensors").network
    prior.encoder.load_state_dict(encoder.state_dict())
    return prior


if __name__ == "__main__":
    main()
