"""`avitalk export`: a motion file in, the same motion in other formats out."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.cli.options import BindingFile, FaceName, Json, Out, Quiet, parse_names
from avitalk.cli.report import Report
from avitalk.errors import InputError

Motions = Annotated[
    list[Path],
    typer.Argument(
        help="Motion files: .motion.npz, Live Link Face .csv, or this program's .glb or .usdz.",
        metavar="MOTION...",
        show_default=False,
    ),
]


def stem_of(path: Path) -> str:
    """The name without '.motion.npz', '.csv', '.glb' or '.usdz'."""
    name = path.name
    return name.removesuffix(".motion.npz") if name.endswith(".motion.npz") else path.stem


def export(
    motions: Motions,
    to: Annotated[str, typer.Option(help="Any of glb,usdz,csv,npz.", metavar="LIST")],
    out: Out = Path(),
    fps: Annotated[
        float | None, typer.Option(help="Resample to this rate.", show_default="that of the motion")
    ] = None,
    face: FaceName = "default",
    binding: BindingFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Convert motion between .motion.npz, Live Link Face .csv, .glb and .usdz."""
    from avitalk.export import EXPORTERS, read_motion
    from avitalk.face.library import find_face
    from avitalk.files import write_bytes

    wanted = parse_names(to, tuple(EXPORTERS), "format")
    head = find_face(face, binding)
    report = Report(as_json, quiet)
    for path in motions:
        try:
            motion = read_motion(path)
            if fps is not None:
                motion = motion.resample(fps)
            for name in wanted:
                exporter = EXPORTERS[name]
                target = out / f"{stem_of(path)}{exporter.suffix_for(head)}"
                sources = [path, head.source.path] if head.source else [path]
                if target.resolve() in [source.resolve() for source in sources]:
                    raise InputError(f"{target}: would replace its source; use another --out")
                result = exporter.write(motion, head)
                write_bytes(target, result.data)
                report.done(
                    f"{path} -> {target} ({motion.frames} frames, {result.clamped} values clamped)",
                    input=str(path),
                    output=str(target),
                    frames=motion.frames,
                    fps=motion.fps,
                    clamped=result.clamped,
                )
        except InputError as error:
            report.failed(error)
    raise typer.Exit(report.finish())
