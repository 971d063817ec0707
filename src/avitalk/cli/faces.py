"""`avitalk faces`: which faces there are, what an avatar's file can do, adding and removing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from avitalk.cli.options import BindingFile, Json, Quiet
from avitalk.cli.report import Report
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.face import Head
    from avitalk.face.avatar.check import Inspection
    from avitalk.face.avatar.wiring import Link

faces = typer.Typer(
    help="Faces to animate: built-in ones and your own avatars.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
NameOrFile = Annotated[
    str, typer.Argument(help="Name of a face, or a .glb, .gltf or .vrm.", metavar="NAME|FILE")
]
POSES: dict[str, dict[str, float]] = {
    "rest": {},
    "jawOpen": {"jawOpen": 0.6},
    "mouthPucker": {"mouthPucker": 0.8, "mouthFunnel": 0.2},
    "mouthSmile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8},
    "eyeBlink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "browInnerUp": {"browInnerUp": 1.0, "jawOpen": 0.2},
}


@faces.command("list")
def list_command(as_json: Json = False, quiet: Quiet = False) -> None:
    """List built-in faces and yours."""
    from avitalk.face.library import list_faces

    report = Report(as_json, quiet)
    for entry in list_faces():
        path = None if entry.path is None else str(entry.path)
        report.done(
            f"{entry.name:<16} {entry.about}", name=entry.name, about=entry.about, file=path
        )
    raise typer.Exit(report.finish())


@faces.command()
def show(
    face: NameOrFile,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A .png to draw it into.", metavar="PNG")
    ] = None,
    binding: BindingFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what a face is and whose, and draw it in six poses (--out)."""
    from avitalk.face.library import find_face
    from avitalk.files import write_bytes

    if out is not None and out.suffix.lower() != ".png":
        raise InputError(f"{out}: cannot write '{out.suffix}'; available: .png")
    head = find_face(face, binding)
    report = Report(as_json, quiet)
    facts = _facts(head)
    if out is not None:
        write_bytes(out, _sheet(head))
        facts["picture"] = str(out)
    lines = [f"{key:<10} {value}" for key, value in facts.items() if value not in (None, "")]
    report.done("\n".join(lines), **facts)
    raise typer.Exit(report.finish())


@faces.command()
def add(
    file: Annotated[Path, typer.Argument(help="A .glb, .gltf or .vrm.", metavar="FILE")],
    name: Annotated[
        str | None, typer.Option(help="What to call it.", show_default="the file's name")
    ] = None,
    binding: BindingFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a face of that name.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy an avatar to your faces, so that --face NAME finds it."""
    from avitalk.face.library import add_face

    report = Report(as_json, quiet)
    entry = add_face(file, name=name, binding=binding, force=force)
    report.done(
        f"{file} -> {entry.name} ({entry.path})",
        input=str(file), name=entry.name, file=str(entry.path),
    )  # fmt: skip
    raise typer.Exit(report.finish())


@faces.command()
def remove(
    name: Annotated[str, typer.Argument(help="Name of a face of yours.", metavar="NAME")],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Delete one of your faces from this machine's folder of faces."""
    from avitalk.face.library import remove_face

    report = Report(as_json, quiet)
    folder = remove_face(name)
    report.done(f"{name} removed ({folder})", name=name, folder=str(folder))
    raise typer.Exit(report.finish())


@faces.command()
def fetch(
    to: Annotated[
        Path | None,
        typer.Option(
            help="Where to put it.", show_default="the user's data folder", metavar="FILE"
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where to get it.", show_default="Google's, of MediaPipe")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Download MediaPipe's face landmarker (4 MB, Apache-2.0), which photos and videos need.

    Its checksum is verified; another file is refused. This is the only command that downloads.
    """
    from avitalk.track.fetch import MODEL_BYTES, MODEL_SHA256, MODEL_URL, fetch_model

    report = Report(as_json, quiet)
    with report.progress("face_landmarker.task", MODEL_BYTES) as progress:
        path = fetch_model(to, url=url or MODEL_URL, progress=progress)
    report.done(
        f"{path} (sha256 {MODEL_SHA256})", file=str(path), sha256=MODEL_SHA256,
    )  # fmt: skip
    raise typer.Exit(report.finish())


@faces.command()
def check(
    face: NameOrFile,
    binding: BindingFile = None,
    write_binding: Annotated[
        Path | None,
        typer.Option(help="Write what is bound as a file to edit.", metavar="FILE"),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what of an avatar is bound and what is missing; exit code 1 if its mouth cannot move."""
    from avitalk.face.avatar.avatar import open_avatar
    from avitalk.face.avatar.check import inspect_avatar
    from avitalk.face.avatar.remap import write_remap
    from avitalk.face.gltf import reading
    from avitalk.face.library import find_entry, find_face, remap_of
    from avitalk.files import write_bytes

    report = Report(as_json, quiet)
    entry = find_entry(face)
    if entry.path is None or not _is_avatar(entry.path):
        if binding is not None or write_binding is not None:
            raise InputError(f"face '{entry.name}' needs no binding; it has the 52 ARKit shapes")
        head = find_face(face)
        report.done(
            f"{entry.name}: all 52 ARKit shapes, head and eyes", name=entry.name, speaks=True,
            missing=[n for n, s in _shapes_by_name(head) if not s.any()], unused=[], warnings=[],
        )  # fmt: skip
        raise typer.Exit(report.finish())
    avatar = open_avatar(entry.path, remap_of(entry, binding))
    with reading(str(entry.path)):
        found = inspect_avatar(avatar)
    if write_binding is not None:
        write_bytes(write_binding, write_remap(avatar.wiring, found.nodes, avatar=entry.path.name))
    report.done("\n".join(_lines(face, found)), **_as_json(face, found))
    raise typer.Exit(report.finish() or (0 if found.speaks else 1))


def _is_avatar(path: Path) -> bool:
    from avitalk.face.gltf.container import SUFFIXES

    return path.suffix.lower() in SUFFIXES


def _shapes_by_name(head: "Head") -> list[tuple[str, Any]]:
    from avitalk.arkit import ARKIT_52

    return list(zip(ARKIT_52, head.shapes, strict=True))


def _facts(head: "Head") -> dict[str, Any]:
    facts: dict[str, Any] = {"name": head.name}
    source = head.source
    facts["file"] = None if source is None else str(source.path)
    facts["kind"] = "built in" if source is None else source.kind
    facts["licence"] = "Apache-2.0" if source is None else source.licence
    facts["credit"] = "" if source is None else source.credit
    facts["sha256"] = None if source is None else source.sha256
    facts["drawn"] = f"{len(head.vertices)} vertices, {len(head.triangles)} triangles"
    facts["driven"] = f"{len(head.shapes)} targets"
    if head.texture is not None:
        sizes = ", ".join(f"{i.shape[1]} x {i.shape[0]}" for i in head.texture.images)
        facts["pictures"] = sizes or "none"
    if head.binding is not None and head.binding.fit is not None:
        facts["driven"] += ", mouth by visemes"
    return facts


def _sheet(head: "Head") -> bytes:
    import numpy as np

    from avitalk.arkit import ARKIT_52, INDEX
    from avitalk.render import Renderer, contact_sheet, png_bytes
    from avitalk.render.camera import camera_named

    draw = Renderer(head, size=(384, 384), camera=camera_named("three-quarter"))
    pictures = []
    for pose in POSES.values():
        weights = np.zeros(len(ARKIT_52), np.float32)
        for name, weight in pose.items():
            weights[INDEX[name]] = weight
        pictures.append(draw.frame(head.pose_frame(weights)))
    return png_bytes(contact_sheet(pictures, list(POSES), columns=3))


def _lines(face: str, found: "Inspection") -> list[str]:
    lines = [
        f"{row.name:<20} {', '.join(map(_wire, row.links)) or '-'}"
        for row in found.rows
    ]  # fmt: skip
    lines += [f"{key + ' turns':<20} {name or '-'}" for key, name in found.nodes.items()]
    if found.missing:
        lines.append(f"missing ({len(found.missing)}): {', '.join(found.missing)}")
    if found.unused:
        lines.append(f"not used ({len(found.unused)}): {', '.join(found.unused)}")
    lines += [f"note: {warning}" for warning in found.warnings]
    bound = sum(bool(row.links) for row in found.rows)
    can = "its mouth can be driven" if found.speaks else "ITS MOUTH CANNOT BE DRIVEN"
    return [*lines, f"{face}: {bound} of {len(found.rows)} bound; {can}"]


def _wire(link: "Link") -> str:
    text = link.target if link.gain == 1 else f"{link.gain:g} x {link.target}"
    return text if not link.offset else f"{text} {link.offset:+g}"


def _as_json(face: str, found: "Inspection") -> dict[str, Any]:
    bound = {
        row.name: [
            {"target": link.target, "gain": link.gain, "offset": link.offset} for link in row.links
        ]
        for row in found.rows
    }
    return {
        "name": face, "speaks": found.speaks, "bound": bound, "missing": list(found.missing),
        "unused": list(found.unused), "nodes": found.nodes, "warnings": list(found.warnings),
    }  # fmt: skip
