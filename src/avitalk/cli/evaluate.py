"""`avitalk evaluate`: systems over a folder of recordings, as tables with intervals."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from avitalk.cli.options import Json, Quiet
from avitalk.cli.report import Report

PLOTTED: Final = ("lips", "style")
"""Suites with something to draw."""


def evaluate(
    corpus: Annotated[
        Path,
        typer.Argument(
            help="Folder of recordings; NAME.motion.npz or NAME.csv beside one is its true face, "
            "NAME.txt its words. Prepared corpora are known by name.",
            metavar="CORPUS",
            show_default=False,
        ),
    ],
    suite: Annotated[
        list[str],
        typer.Option(
            "--suite",
            "-s",
            help="lips, style, instruct, silence, robustness, speed. Can be repeated.",
            metavar="NAME",
        ),
    ],
    models: Annotated[
        str,
        typer.Option(
            "--models",
            "-m",
            help="avitalk, avitalk-neutral, meshtalk, faceformer, codetalker, emotalk, zoo, "
            "NAME=FOLDER of motions, NAME=module:attribute; with commas between.",
            metavar="NAMES",
        ),
    ] = "avitalk,zoo",
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Folder of the run; it goes on where it stopped.", metavar="DIR"
        ),
    ] = Path("evaluation"),
    part: Annotated[
        str, typer.Option(help="Of corpora that are trained on: test, validation, train, all.")
    ] = "test",
    limit: Annotated[
        int | None, typer.Option(help="So many recordings at most, spread over the corpus.", min=1)
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="A paper's settings for suite style: ravdess (AVI-Talking: first six actors).",
            metavar="NAME",
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Folder of faces that suite style compares sets with: captures, motions, videos.",
            metavar="DIR",
        ),
    ] = None,
    syncnet: Annotated[
        Path | None,
        typer.Option(
            help="SyncNet's weights, for LSE-D and LSE-C of renders; yours to bring.",
            metavar="FILE",
            envvar="AVITALK_SYNCNET",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all performances.", min=0)] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure everything anew.")] = False,
    plots: Annotated[
        bool, typer.Option("--plots", help="Draw plots, too; needs '.[measure]'.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure systems on recordings: ours, the baselines, your own; with ground truth, mean face
    and shuffled audio beside them.

    Writes SUITE-CORPUS.json with the numbers of every clip and SUITE-CORPUS.md with the tables.
    """
    from avitalk.evaluate.corpus import read_corpus
    from avitalk.evaluate.runs import Run
    from avitalk.evaluate.suites.catalogue import find_suite
    from avitalk.evaluate.suites.options import Options
    from avitalk.evaluate.suites.style_protocol import narrowed
    from avitalk.evaluate.systems import find_systems

    settings = Options(protocol, reference, syncnet)
    suites = [find_suite(name, settings) for each in suite for name in each.split(",")]
    systems = find_systems([name for name in models.split(",") if name])
    report = Report(as_json, quiet)
    phones = any(each.phones for each in suites)
    read = read_corpus(corpus, part=part, limit=None if protocol else limit, phones=phones)
    if protocol:
        read = narrowed(read, limit)
    for each in suites:
        with report.progress(each.name, len(systems) * len(read.takes)) as tell:
            done: set[tuple[str, str]] = set()

            def told(system: str, take: str, done: set[tuple[str, str]] = done) -> None:
                done.add((system, take))
                tell(len(done))

            run = Run(out, fresh, seed, told)
            result = each.measure(read, systems, run)
        if plots and each.name in PLOTTED:
            from avitalk.evaluate.plots import draw

            result = replace(result, pictures=draw(read, systems, Run(out, seed=seed)))
        options = ["--suite", each.name, "--models", _retold(models), "--part", part]
        options += [] if limit is None else ["--limit", str(limit)]
        options += [] if protocol is None else ["--protocol", protocol]
        options += [] if reference is None else ["--reference", f"DIR/{reference.name}"]
        options += [] if syncnet is None else ["--syncnet", syncnet.name]
        options += [] if not seed else ["--seed", str(seed)]
        command = shlex.join(["avitalk", "evaluate", f"DIR/{read.name}", *options])
        data, page = result.save(out, command)
        report.done(
            f"{each.name}: {len(read.takes)} recordings, {len(systems)} models -> {page}",
            suite=each.name, corpus=read.name, json=str(data), page=str(page),
        )  # fmt: skip
    raise typer.Exit(report.finish())


def _retold(models: str) -> str:
    """The models without the folders of this machine: NAME=DIR/FOLDER."""
    parts = []
    for name in models.split(","):
        label, equals, place = name.partition("=")
        parts.append(f"{label}=DIR/{Path(place).name}" if equals and Path(place).is_dir() else name)
    return ",".join(parts)
