"""Train the speech encoder: `python -m avitalk.train.speech --clips DIR --out DIR`.

DIR of clips is what `python -m avitalk.train.speech.prepare` wrote. A run that was stopped
continues when the same command is given again.
"""

import argparse
from pathlib import Path

import torch

from avitalk.data.clips import read_clips
from avitalk.speech.network import EncoderConfig
from avitalk.train.speech.examples import load_recordings
from avitalk.train.speech.loop import Recipe, Trainer
from avitalk.train.speech.split import select


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="encoder to grow from; not for a resumed run")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    clips = [
        clip
        for listing in sorted(given.clips.glob("*.jsonl"))
        for clip in select(read_clips(listing), "train")
    ]
    trainer = Trainer(EncoderConfig(), Recipe(minutes=given.minutes, seed=given.seed), given.out)
    if not trainer.resume() and given.start:
        trainer.grow_from(given.start)
    trainer.run(load_recordings(clips))


if __name__ == "__main__":
    main()
