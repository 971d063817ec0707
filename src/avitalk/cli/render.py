"""`avitalk render`: a motion file in, a video, a still or a contact sheet out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avitalk.cli.export import stem_of
from avitalk.cli.options import (
    Background,
    BindingFile,
    CameraName,
    Draft,
    FaceName,
    Fps,
    Json,
    Quiet,
    Size,
    parse_size,
)
from avitalk.cli.report import Report
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.face import Head
    from avitalk.render.film import Video
    from avitalk.types import Motion


def render(
    motion_file: Annotated[
        Path,
        typer.Argument(
            help="Motion: .motion.npz, Live Link Face .csv, or .glb made by this program.",
            metavar="MOTION",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="A .mp4 or .png to write.", show_default="MOTION's name + .mp4"
        ),
    ] = None,
    sound: Annotated[
        Path | None, typer.Option("--audio", help="Recording for the video's sound track.")
    ] = None,
    at: Annotated[
        float | None, typer.Option(help="For .png: the second to show as a still.")
    ] = None,
    sheet: Annotated[
        int, typer.Option(help="For .png: this many frames on a contact sheet.", min=1, max=400)
    ] = 24,
    face: FaceName = "default",
    binding: BindingFile = None,
    size: Size = "512",
    fps: Fps = 25,
    camera: CameraName = "front",
    background: Background = "studio",
    draft: Draft = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw a motion as video (.mp4), as one still (.png with --at) or as a contact sheet (.png)."""
    from avitalk.export import read_motion
    from avitalk.face.library import find_face
    from avitalk.render.film import Video

    target = out or Path(f"{stem_of(motion_file)}.mp4")
    suffix = target.suffix.lower()
    if suffix not in (".mp4", ".png"):
        raise InputError(f"{target}: cannot write '{suffix}'; available: .mp4, .png")
    motion = read_motion(motion_file)
    video = Video(size=parse_size(size), fps=fps, camera=camera, background=background, draft=draft)
    head = find_face(face, binding)
    report = Report(as_json, quiet)
    if suffix == ".mp4":
        with report.progress(target.name, motion.resample(fps).frames) as progress:
            video.write(target, motion, head=head, sound=sound, progress=progress)
    else:
        _write_png(target, motion, video, head, at, sheet)
    report.done(f"{motion_file} -> {target}", input=str(motion_file), output=str(target))
    raise typer.Exit(report.finish())


def _write_png(
    target: Path, motion: "Motion", video: "Video", head: "Head", at: float | None, sheet: int
) -> None:
    from avitalk.files import write_bytes
    from avitalk.render import contact_sheet, png_bytes

    if at is not None:
        if not 0 <= at <= motion.duration_s:
            raise InputError(f"--at {at}: the motion lasts 0 to {motion.duration_s:.3f} s")
        times = [at]
    else:
        times = [(i + 0.5) * motion.duration_s / sheet for i in range(sheet)]
    pictures = video.stills(motion, times, head=head)
    if at is None:
        captions = [f"{time:.2f} s" for time in times]
        write_bytes(target, png_bytes(contact_sheet(pictures, captions)))
    else:
        write_bytes(target, png_bytes(pictures[0]))
