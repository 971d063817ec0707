"""Train the talker: `python -m avitalk.train.talker --clips --grid --encoder --out`.

Clips are what `python -m avitalk.train.speech.prepare` wrote, GRID the prepared folder with the
face tracks. Fitting takes half a minute, hearing and training about five minutes each.
"""

import argparse
from pathlib import Path

import torch

from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.train.talker.basis import basis_of
from avitalk.train.talker.course import Course, lessons
from avitalk.train.talker.loop import Recipe, train


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--grid", type=Path, required=True, help="folder of the tracked GRID clips")
    parser.add_argument("--encoder", type=Path, required=True, help="the encoder's safetensors")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    encoder, basis = SpeechEncoder.load(given.encoder), basis_of(load_head())
    heard = list(lessons(given.clips, given.grid, encoder, basis, Course()))
    config = TalkerConfig(encoder.width)
    network, _ = train(config, Recipe(steps=given.steps), heard, basis)
    Talker(config, network).save(given.out)


if __name__ == "__main__":
    main()
