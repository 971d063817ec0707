"""`avitalk study`: videos of several systems in, blind rating pages out; ratings in, scores out."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.cli.options import Json, Quiet
from avitalk.cli.report import Report
from avitalk.errors import InputError

study = typer.Typer(
    help="A user study: blind pages to rate videos of several systems, and what was found.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
MODES = ("pairs", "grid")


@study.command()
def build(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="A folder with one subfolder of .mp4 files for each system, or the subfolders.",
            metavar="FOLDER...",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Folder for pages/ and key.json.", metavar="DIR", show_default=False
        ),
    ],
    truth: Annotated[
        str | None,
        typer.Option(
            help="Which system is the recording of a real face.",
            metavar="NAME",
            show_default="(none)",
        ),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="pairs: two systems side by side; grid: all of a clip in a row.", metavar="NAME"
        ),
    ] = "pairs",
    raters: Annotated[int, typer.Option(help="Pages are made for so many, 1 to 999.")] = 15,
    pages: Annotated[
        int | None,
        typer.Option(
            help="Pages of new videos for each rater at most; together they see all.",
            min=1,
            show_default="all",
        ),
    ] = None,
    checks: Annotated[
        int | None,
        typer.Option(
            help="Pages shown twice, and as many with one video twice; 0 is off.",
            min=0,
            show_default="1 in 10",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all orders.", min=0)] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a study: hand out DIR/pages, keep DIR/key.json.

    Each rater has a page, rater-01.html and so on, that needs no server and no network. Systems
    are named nowhere in it.
    """
    from avitalk.evaluate.study.build import build as write
    from avitalk.evaluate.study.plan import Design

    if mode not in MODES:
        raise InputError(f"unknown mode '{mode}'; available: {', '.join(MODES)}")
    if not 1 <= raters <= 999:
        raise InputError(f"raters {raters}; allowed: 1 to 999")
    design = Design(raters, mode == "pairs", pages, checks, seed)
    report = Report(as_json, quiet)
    made = write(folders, out, design, truth=truth)
    key = made.key
    shown = max(len(mine) for mine in key.raters.values())
    report.done(
        f"{len(key.systems)} systems, {len(key.clips)} clips, {len(key.raters)} raters with up to "
        f"{shown} pages each, about {made.minutes} min -> {made.pages} (hand out), "
        f"{made.key_path} (keep)",
        study=key.study,
        systems=list(key.systems),
        clips=list(key.clips),
        raters=len(key.raters),
        pages_each=shown,
        minutes=made.minutes,
        pages=str(made.pages),
        key=str(made.key_path),
    )
    raise typer.Exit(report.finish())


@study.command("report")
def report_command(
    ratings: Annotated[
        list[Path],
        typer.Argument(
            help="Files that raters saved.", metavar="RATINGS.csv...", show_default=False
        ),
    ],
    key: Annotated[
        Path, typer.Option(help="The study's key.json.", metavar="FILE", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for study.md and study.json.", metavar="DIR")
    ] = Path(),
    tolerance: Annotated[
        float,
        typer.Option(help="Leave out raters whose answers to checks differ by more, 0 to 4."),
    ] = 1.0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Join ratings with the key: mean opinion scores, paired tests, agreement, attention."""
    from dataclasses import asdict

    from avitalk.evaluate.study.key import read_key
    from avitalk.evaluate.study.ratings import read_ratings
    from avitalk.evaluate.study.report import evaluate, export_findings
    from avitalk.evaluate.study.tables import export_page, mos_table
    from avitalk.files import write_bytes

    if not 0 <= tolerance <= 4:
        raise InputError(f"tolerance {tolerance:g}; allowed: 0 to 4")
    report = Report(as_json, quiet)
    known = read_key(key)
    sheets = read_ratings(ratings, known)
    for problem in sheets.problems:
        report.failed(problem)
    if not sheets.problems:
        found = evaluate(sheets.ratings, known, tolerance=tolerance)
        page, facts = out / "study.md", out / "study.json"
        write_bytes(facts, export_findings(found))
        write_bytes(page, export_page(found))
        left_out = [one.rater for one in found.conduct if one.excluded]
        report.done(
            f"{mos_table(found)}\n{found.raters} raters counted, left out: "
            f"{', '.join(left_out) or 'none'} -> {page}, {facts}",
            page=str(page),
            facts=str(facts),
            scores=[asdict(score) for score in found.scores],
            left_out=left_out,
        )
    raise typer.Exit(report.finish())
