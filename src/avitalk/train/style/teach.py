"""Teach the style writer: `python -m avitalk.train.style.teach --out FOLDER --text FOLDER --styles
FILE`.

`--text` is the folder of `avitalk.train.style.text_main`, FILE the .npz with W (E, P) that the
motion prior wrote: an expression's style is W times its vector. The folder gets the lessons, a
checkpoint, a log and `style-prior.safetensors`; a second call continues.
"""

import argparse
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from avitalk.data.performances.clips import read_spoken
from avitalk.errors import InputError
from avitalk.style.encoder import StyleEncoder
from avitalk.style.parts import PRIOR
from avitalk.style.prior import PriorConfig
from avitalk.style.tower import HuggingFaceTower, Tower
from avitalk.style.writer import StyleWriter, WriterNetwork
from avitalk.train.loop import Computing, Draw, Run, learn
from avitalk.train.style.teach_lessons import (
    Lessons,
    drawn,
    joined,
    lessons_of,
    read_lessons,
    write_lessons,
)
from avitalk.train.style.teach_loss import Teaching, TeachRecipe
from avitalk.train.style.teach_meant import meant
from avitalk.train.style.teach_measure import follow
from avitalk.train.style.teach_seen import Seen, law_of, pairs
from avitalk.train.style.text import Distilling, DistilRecipe
from avitalk.train.style.text_main import load_tower, read_numbers, read_vectors

LESSONS, CHECKED, SEEN = 40_000, 800, 1_500
PAIRED = 0.4
"""Share of lessons drawn with a hard negative beside them."""
REVISED = 48
"""Lines a step that keep the tower to what it learned before."""
WITHOUT = ("augmentation", "diffusion", "alignment")


def prepare(
    folder: Path, wordnet: Path | None, count: int, seed: int, *, checked: int = CHECKED
) -> None:
    """Draw lessons and those to check with, if they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size, first in (("lessons", count, seed), ("checked", checked, seed + 1000)):
        path = folder / f"{name}.npz"
        if not path.exists():
            learnt = name == "lessons"
            parts = [lessons_of(drawn(size, first), first, paired=PAIRED * learnt)]
            if learnt:
                parts.append(lessons_of(meant(wordnet, size // 12, first), first + 1))
            write_lessons(path, joined(parts))


def read_styles(path: Path) -> Tensor:
    """W (E, P). Raises InputError for a file without."""
    try:
        with np.load(path) as file:
            return torch.from_numpy(np.asarray(file["W"], np.float32))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: holds no W, expressions to styles ({error})") from error


def recipe_without(recipe: TeachRecipe, without: Sequence[str]) -> TeachRecipe:
    """The recipe of an ablation."""
    if "augmentation" in without:
        recipe = replace(recipe, augmented=0.0, twins=0.0)
    return replace(recipe, contrast=0.0) if "alignment" in without else recipe


def build(tower: Tower, without: Sequence[str], style: int) -> WriterNetwork:
    """The writer to train, new but for its tower."""
    config = PriorConfig(
        text=tower.width, style=style, aligned="alignment" not in without,
        diffusion="diffusion" not in without,
    )  # fmt: skip
    return WriterNetwork(tower, config)


def teach(
    folder: Path, network: WriterNetwork, lessons: Lessons, checked: Lessons, styles_of: Tensor,
    recipe: TeachRecipe, before: Distilling | None, computing: Computing,
    tell: Callable[[int, float], None] | None = None, seen: Seen | None = None,
) -> None:  # fmt: skip
    """Train, and save the writer with each checkpoint; what was measured goes to the log."""
    teaching = Teaching(
        network, lessons, styles_of, recipe, None if before is None else before.loss, seen
    )
    extra = [] if before is None else [*before.head.parameters()]
    draws: list[Draw] = [
        teaching.draws,
        teaching.noise,
        *([] if before is None else [before.draws]),
    ]
    log = folder / "log.jsonl"

    def told(step: int, loss: float) -> None:
        if tell is not None:
            tell(step, loss)
        if step % computing.save_every and step != recipe.steps:
            return
        teaching.swap()
        row = {"step": step, "loss": round(loss, 3), **asdict(follow(network, checked, styles_of))}
        if before is not None:
            row |= before.measure(500)
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        StyleWriter(network).save(folder / f"{PRIOR}.safetensors")
        teaching.swap()
        network.train()

    network.train()
    learn(
        [*teaching.parameters, *extra], teaching.loss, draws, steps=recipe.steps,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay,
        run=Run(computing, folder, told),
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--text", type=Path, required=True, help="folder of the distilled tower")
    parser.add_argument("--styles", type=Path, required=True, help="npz with W (E, P)")
    parser.add_argument("--encoder", type=Path, help="style encoder whose view is learned, too")
    parser.add_argument("--spoken", type=Path, help="the prepared clips, for --encoder")
    parser.add_argument("--lessons", type=Path, help="folder with lessons, if not the run's own")
    parser.add_argument("--begin", type=Path, help="a style-prior file to go on from")
    parser.add_argument("--backbone", help="text encoder of Hugging Face in place of our tower")
    parser.add_argument("--without", choices=WITHOUT, action="append", default=[])
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--count", type=int, default=LESSONS, help="lessons to draw")
    parser.add_argument("--steps", type=int, default=TeachRecipe().steps)
    parser.add_argument("--batch", type=int, default=TeachRecipe().batch)
    parser.add_argument("--learning-rate", type=float, default=TeachRecipe().learning_rate)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save-every", type=int, default=200)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tensorboard", action="store_true")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    source = given.lessons or given.out
    prepare(source, given.wordnet, given.count, given.seed)
    recipe = TeachRecipe(
        steps=given.steps, batch=given.batch, learning_rate=given.learning_rate, seed=given.seed
    )
    computing = Computing(
        given.device, given.precision, save_every=given.save_every, tensorboard=given.tensorboard
    )
    styles_of = read_styles(given.styles)
    network, before = _begun(given, len(styles_of))
    device = Run(computing).device
    lessons = read_lessons(source / "lessons.npz")
    seen = None
    if given.encoder is not None and given.spoken is not None:
        clips = read_spoken(given.spoken, "train")
        encoder = StyleEncoder.load(given.encoder).network
        seen = law_of(*pairs(encoder, clips, lessons, SEEN, given.seed))
    teach(
        given.out, network.to(device), lessons, read_lessons(source / "checked.npz"), styles_of,
        recipe_without(recipe, given.without), before, computing, seen=seen,
    )  # fmt: skip


def _begun(given: argparse.Namespace, style: int) -> tuple[WriterNetwork, Distilling | None]:
    """The writer to train, and what keeps its tower to what it learned before."""
    if given.backbone:
        return build(HuggingFaceTower(given.backbone, style=style), given.without, style), None
    if given.begin is not None:
        network = StyleWriter.load(given.begin).network
    else:
        network = build(load_tower(given.text), given.without, style)
    tower = network.tower
    assert not isinstance(tower, HuggingFaceTower)
    recipe = DistilRecipe(batch=REVISED, seed=given.seed)
    before = Distilling(tower, read_numbers(given.text), read_vectors(given.text), recipe)
    before.fit_head()
    return network, before


if __name__ == "__main__":
    main()
