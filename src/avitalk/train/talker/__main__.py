"""Train the talker: `python -m avitalk.train.talker --clips --data --encoder --out`.

Clips are what `python -m avitalk.train.speech.prepare` wrote, data the folder of the corpora with
GRID's face tracks and FACEGOOD's curves. Fitting takes half a minute, hearing and training about
five minutes each. `--without phones` and `--without animated` leave one kind of lesson out.
"""

import argparse
from pathlib import Path

import torch

from avitalk.evaluate.lip_basis import basis_of
from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.train.talker.course import Course, lessons, without
from avitalk.train.talker.loop import Recipe, train


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="holds grid_s1 and facegood")
    parser.add_argument("--encoder", type=Path, required=True, help="the encoder's safetensors")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--without", choices=("phones", "animated", "filmed"), action="append")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    encoder, basis = SpeechEncoder.load(given.encoder), basis_of(load_head())
    course = without(Course(), given.without or ())
    heard = list(lessons(given.clips, given.data, encoder, basis, course))
    sources = {lesson.source for lesson in heard}
    config = TalkerConfig(
        encoder.width, styles=tuple(name for name, _ in Recipe().styled if name in sources)
    )
    network, _ = train(config, Recipe(steps=given.steps), heard, basis)
    Talker(config, network).save(given.out)


if __name__ == "__main__":
    main()
