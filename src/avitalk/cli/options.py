"""Options that several commands share, and how their text is read."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder for the files; made if missing.", metavar="DIR")
]
Size = Annotated[str, typer.Option(help="Picture size in pixels, for example 512 or 1280x720.")]
Fps = Annotated[int, typer.Option(help="Frames a second of the video: 24, 25, 30, 50 or 60.")]
CameraName = Annotated[
    str, typer.Option(help="front, three-quarter, profile or close.", metavar="NAME")
]
Background = Annotated[
    str,
    typer.Option(
        help="'studio', a colour '#rrggbb', two for a gradient '#rrggbb/#rrggbb', "
        "'transparent' (png only), or a picture file.",
        metavar="WHAT",
    ),
]
FaceName = Annotated[
    str,
    typer.Option(
        "--face", help="Whose face: a name of 'avitalk faces list', or a file.", metavar="NAME|FILE"
    ),
]
BindingFile = Annotated[
    Path | None,
    typer.Option("--binding", help="Remap-and-gain file of an avatar.", metavar="FILE"),
]
LandmarkerFile = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="MediaPipe's face_landmarker.task (see 'avitalk faces fetch').",
        show_default="$AVITALK_FACE_LANDMARKER or the user's data folder",
    ),
]
Draft = Annotated[bool, typer.Option("--draft", help="Draw faster and plainer.")]


def parse_size(text: str) -> tuple[int, int]:
    """'512' or '640x480' to (width, height) pixels; InputError otherwise."""
    width, _, height = text.lower().replace("×", "x").partition("x")
    try:
        return int(width), int(height or width)
    except ValueError as error:
        raise InputError(f"size '{text}'; write 512 or 1280x720") from error


def parse_names(text: str, allowed: tuple[str, ...], what: str) -> tuple[str, ...]:
    """'mp4,glb' to a tuple in the given order, without doubles; InputError on others."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in allowed]
    if unknown or not names:
        given = unknown[0] if unknown else text
        raise InputError(f"unknown {what} '{given}'; available: {', '.join(allowed)}")
    return names
