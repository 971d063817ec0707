"""Train the speech encoder, as docs/voices.md describes, in two stages:

python -m avitalk.train.speech first --clips DIR --out DIR
python -m avitalk.train.speech grown --clips DIR --out DIR --start FIRST/encoder.safetensors

DIR of clips is what `python -m avitalk.train.speech.prepare` wrote. Without further options it is
the recipe of the shipped encoder. A run that was stopped continues when the same command is given
again; --minutes counts all of it. At the end `speech-encoder.safetensors` is what ships.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import torch

from avitalk.data.clips import read_clips
from avitalk.data.split import select
from avitalk.errors import InputError
from avitalk.nn.checkpoint import save_module
from avitalk.speech.encoder import KIND
from avitalk.train.speech.examples import load_recordings
from avitalk.train.speech.loop import Recipe, Trainer
from avitalk.train.speech.stages import STAGES

SHIPPED: Final = "speech-encoder.safetensors"
"""The averaged weights in half precision."""


def read_share(text: str) -> tuple[str, float]:
    """'emodb=0.18' to ('emodb', 0.18)."""
    corpus, _, share = text.partition("=")
    return corpus, float(share)


def changed(recipe: Recipe, given: argparse.Namespace) -> Recipe:
    """The recipe with what was given on the command line."""
    names = ("minutes", "seed", "max_steps", "learning_rate", "warm_up_steps", "lips", "warp")
    told = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    chances = recipe.chances
    if given.voices is not None:
        chances = replace(chances, voices=given.voices)
    if given.speeds is not None:
        chances = replace(chances, speeds=tuple(given.speeds))
    shares = {**recipe.shares, **dict(given.share)}
    return replace(recipe, **told, shares=shares, chances=chances)


def parsed(words: Sequence[str] | None) -> argparse.Namespace:
    """Command line; what is left out is the stage's own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=tuple(STAGES))
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--start", type=Path, help="encoder to grow from; not for a resumed run")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--warm-up-steps", type=int)
    parser.add_argument("--lips", type=float, help="weight of the loss on lip classes")
    parser.add_argument("--warp", type=float, help="how far the frequency axis is stretched")
    parser.add_argument("--voices", type=float, help="chance of others talking behind")
    parser.add_argument("--speeds", type=float, nargs=2, metavar=("SLOW", "FAST"))
    parser.add_argument(
        "--share", type=read_share, action="append", default=[], metavar="CORPUS=SHARE",
        help="how often a corpus is drawn; may be repeated",
    )  # fmt: skip
    parser.add_argument("--attend-after", type=int, nargs="*", metavar="BLOCK")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Command line; raises InputError if a stage lacks what it needs."""
    given = parsed(words)
    stage = STAGES[given.stage]
    torch.set_num_threads(given.threads)
    config = stage.config
    if given.attend_after is not None:
        config = replace(config, attend_after=tuple(given.attend_after))
    trainer = Trainer(config, changed(stage.recipe, given), given.out)
    if not trainer.resume():
        if stage.grows and given.start is None:
            raise InputError(f"stage '{given.stage}' grows from an encoder: give --start")
        if given.start is not None:
            trainer.grow_from(given.start)
    listings = sorted(given.clips.glob("*.jsonl"))
    clips = [clip for path in listings for clip in select(read_clips(path), "train")]
    if not clips:
        raise InputError(f"{given.clips}: no clips to train on; run avitalk.train.speech.prepare")
    trainer.run(load_recordings(clips))
    save_module(given.out / SHIPPED, trainer.averaged, KIND, asdict(config))


if __name__ == "__main__":
    main()
