"""`avitalk flame to | from`: motion to FLAME's parameters and back, with a model of the user's."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from avitalk.cli.options import Json, Quiet
from avitalk.cli.report import Report
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.face.solve_residual import Residual

flame = typer.Typer(
    name="flame",
    help="Convert motion to FLAME parameters and back, with your own FLAME model file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Model = Annotated[
    Path,
    typer.Option(
        "--model",
        "-m",
        help="FLAME model: .pkl as published (read without executing it) or .npz.",
        show_default=False,
    ),
]
Identity = Annotated[
    int | None,
    typer.Option(
        "--identity-modes",
        help="How many of the model's first directions are identity.",
        show_default="300 of 400, 100 of 150",
        min=0,
    ),
]
Expressions = Annotated[
    int, typer.Option(help="Use so many of the first expression coefficients.", min=1)
]
Smooth = Annotated[
    float,
    typer.Option(help="Price of change from frame to frame; 0 solves each frame alone.", min=0),
]


@flame.command("to")
def to_flame(
    motion_file: Annotated[
        Path,
        typer.Argument(
            help="Motion: .motion.npz, Live Link Face .csv, or .glb made by this program.",
            metavar="MOTION",
            show_default=False,
        ),
    ],
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File to write.", show_default="MOTION's name + .flame.npz"
        ),
    ] = None,
    expressions: Expressions = 100,
    rotate: Annotated[
        str, typer.Option("--head", help="Joint that turns the head: neck or global.")
    ] = "neck",
    smooth: Smooth = 0.0,
    identity_modes: Identity = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a motion as FLAME expression, jaw, neck and eye poses (.flame.npz)."""
    _one_thread()
    from avitalk.cli.export import stem_of
    from avitalk.export import read_motion
    from avitalk.export.flame import SUFFIX, export_flame
    from avitalk.face import load_head
    from avitalk.face.flame import FlameSolver, load_flame
    from avitalk.face.solve import Setting
    from avitalk.files import write_bytes

    if rotate not in ("neck", "global"):
        raise InputError(f"--head {rotate}; available: neck, global")
    target = out or Path(f"{stem_of(motion_file)}{SUFFIX}")
    if target.resolve() == motion_file.resolve():
        raise InputError(f"{target}: would replace its source; use another --out")
    motion = read_motion(motion_file)
    loaded = load_flame(model, identity_modes=identity_modes).truncated(expressions)
    solver = FlameSolver(load_head(), loaded, setting=Setting(smooth=smooth))
    joint = cast('Literal["neck", "global"]', rotate)
    result = export_flame(motion, solver, rotate=joint)
    write_bytes(target, result.data)
    report = Report(as_json, quiet)
    report.done(
        f"{motion_file} -> {target} ({motion.frames} frames; {_words(result.residual)})",
        input=str(motion_file),
        output=str(target),
        frames=motion.frames,
        fps=motion.fps,
        expressions=loaded.expressions,
        clamped=result.report.clamped,
        residual=result.residual.summary(),
    )
    raise typer.Exit(report.finish())


@flame.command("from")
def from_flame(
    parameters: Annotated[
        Path,
        typer.Argument(
            help="FLAME parameters: .npz of this program's or another's.",
            metavar="FLAME",
            show_default=False,
        ),
    ],
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File to write.", show_default="FLAME's name + .motion.npz"
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(help="Frames a second.", show_default="as the file tells"),
    ] = None,
    smooth: Smooth = 0.0,
    identity_modes: Identity = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn FLAME parameters into a motion of the 52 ARKit weights (.motion.npz)."""
    _one_thread()
    from avitalk.export.flame import SUFFIX, flame_to_motion, load_flame_track
    from avitalk.face import load_head
    from avitalk.face.flame import FlameSolver, load_flame
    from avitalk.face.solve import Setting

    name = parameters.name.removesuffix(SUFFIX).removesuffix(".npz")
    target = out or Path(f"{name}.motion.npz")
    if target.resolve() == parameters.resolve():
        raise InputError(f"{target}: would replace its source; use another --out")
    if not target.name.endswith(".npz"):
        raise InputError(f"{target}: motion is written as .motion.npz")
    track = load_flame_track(parameters, fps=fps)
    loaded = load_flame(model, identity_modes=identity_modes)
    if len(track.betas) > len(loaded.identity):
        raise InputError(
            f"{parameters}: {len(track.betas)} identity coefficients; the model has "
            f"{len(loaded.identity)}"
        )
    # Identity moves the jaw's joint; coefficients that no frame uses need no time.
    loaded = loaded.with_identity(track.betas)
    loaded = loaded.truncated(min(loaded.expressions, max(1, track.expression.shape[1])))
    solver = FlameSolver(load_head(), loaded, setting=Setting(smooth=smooth))
    motion, residual = flame_to_motion(track, solver)
    motion.save(target)
    report = Report(as_json, quiet)
    report.done(
        f"{parameters} -> {target} ({motion.frames} frames; {_words(residual)})",
        input=str(parameters),
        output=str(target),
        frames=motion.frames,
        fps=motion.fps,
        residual=residual.summary(),
    )
    raise typer.Exit(report.finish())


def _one_thread() -> None:
    """Before numpy is imported: its products are small here, and on a busy machine the waiting
    threads of OpenBLAS make them ten times slower than one thread is."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _words(residual: "Residual") -> str:
    found = residual.summary()
    parts = [
        f"{where} {found[f'{where}_rms_mm']:.2f} mm RMS, 95 % under {found[f'{where}_p95_mm']:.2f},"
        f" at most {found[f'{where}_max_mm']:.2f}"
        for where in ("face", "lips")
    ]
    return f"left over of {found['moved_rms_mm']:.2f} mm RMS: " + "; ".join(parts)
