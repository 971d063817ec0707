"""`avitalk train instruct|style|zoo`: trainings from recipes."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from avitalk.cli.options import Quiet

train = typer.Typer(
    help="Train models of your own from recipes.", no_args_is_help=True, rich_markup_mode=None
)


@train.callback()
def training() -> None:
    """Train models of your own from recipes."""


@train.command()
def instruct(
    stage: Annotated[
        str,
        typer.Argument(
            help="language, hear, words, align, project, or all of them in this order.",
            metavar="STAGE",
            show_default=False,
        ),
    ],
    recipe: Annotated[
        str,
        typer.Option("--recipe", help="embedded, paper, tiny, or a file.", metavar="NAME|FILE"),
    ] = "embedded",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change a value: align.steps=600. Can be repeated.", metavar="KEY=VALUE"
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of the recordings.", metavar="DIR"),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the run.", metavar="DIR")
    ] = Path("runs/instruct"),
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh/--resume", help="Make what is there anew, or go on where it stopped."
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train what listens to a voice and writes what the face should do.

    A stage that is done is left alone, one that was interrupted goes on from its last checkpoint.
    The folder is then one that Instructor.load reads.
    """
    from avitalk.train.instruct.recipe import find_recipe
    from avitalk.train.instruct.stages import STAGES, Job
    from avitalk.train.instruct.stages import train as run

    quiet = quiet or os.environ.get("RANK", "0") != "0"  # of several processes one speaks
    found = find_recipe(recipe, changes or ())
    job = Job(found, out, data, fresh, None if quiet else _teller())
    for name in STAGES if stage == "all" else (stage,):
        said = run(job, name)
        if not quiet:
            typer.echo(f"{name}: {said}")


@train.command()
def style(
    stage: Annotated[
        str,
        typer.Argument(
            help="prepare, motion, distil, words, or all of them in this order.",
            metavar="STAGE",
            show_default=False,
        ),
    ],
    recipe: Annotated[
        str,
        typer.Option("--recipe", help="embedded, paper, tiny, or a file.", metavar="NAME|FILE"),
    ] = "embedded",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change a value: motion.steps=600. Can be repeated.", metavar="KEY=VALUE"
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Folder of the corpora or of filmed clips, or a file of prepared clips.",
            metavar="PATH",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the run.", metavar="DIR")
    ] = Path("runs/style"),
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh/--resume", help="Make what is there anew, or go on where it stopped."
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train what turns words into a performance: performer, style encoder and style prior.

    A stage that is done is left alone, one that was interrupted goes on from its last checkpoint.
    """
    from avitalk.train.style.job import Job
    from avitalk.train.style.recipe import find_recipe
    from avitalk.train.style.stages import STAGES
    from avitalk.train.style.stages import train as run

    quiet = quiet or os.environ.get("RANK", "0") != "0"
    found = find_recipe(recipe, changes or ())
    job = Job(found, out, data, fresh, None if quiet else _teller())
    for name in STAGES if stage == "all" else (stage,):
        said = run(job, name)
        if not quiet:
            typer.echo(f"{name}: {said}")


@train.command()
def zoo(
    method: Annotated[
        str,
        typer.Argument(
            help="meshtalk, faceformer, codetalker, emotalk.", metavar="METHOD", show_default=False
        ),
    ],
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            help="Sequences that 'python -m avitalk.train.zoo.prepare' wrote.",
            metavar="FILE",
            show_default=False,
        ),
    ],
    recipe: Annotated[
        str,
        typer.Option("--recipe", help="small, published, tiny, or a file.", metavar="NAME|FILE"),
    ] = "small",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change a value: steps=600. Can be repeated.", metavar="KEY=VALUE"
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the run.", metavar="DIR")
    ] = Path("runs/zoo"),
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh/--resume", help="Make what is there anew, or go on where it stopped."
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Train a published method on our frozen speech features, for comparison."""
    from avitalk.train.zoo.methods import train_method

    told = None if quiet else _teller()
    path = train_method(method, recipe, changes or (), data, out, fresh=fresh, told=told)
    if not quiet:
        typer.echo(f"{method}: {path}")


def _teller() -> Callable[[str, int, int, float], None]:
    """Says how far a stage is, on stderr, every few seconds and at its end."""
    last = time.monotonic()

    def tell(stage: str, done: int, steps: int, loss: float) -> None:
        nonlocal last
        if done == steps or time.monotonic() - last > 5:
            last = time.monotonic()
            sys.stderr.write(f"{stage} {done}/{steps} loss {loss:.3f}\n")

    return tell
