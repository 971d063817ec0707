"""`avitalk preview`: a recording or a motion in, one picture of its telling moments out."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avitalk.cli.export import stem_of
from avitalk.cli.manner import (
    Articulation,
    Blinks,
    Brows,
    Gaze,
    HeadMotion,
    Offset,
    Seed,
    Smoothing,
    Speaker,
    Text,
    read_text,
)
from avitalk.cli.options import Background, BindingFile, FaceName, Json, Quiet
from avitalk.cli.report import Report
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.face import Head
    from avitalk.speech.phones import PhoneSegment
    from avitalk.talker import Controls, Idle
    from avitalk.types import Motion


def preview(
    source: Annotated[
        Path,
        typer.Argument(
            help="A recording, or motion: .motion.npz, .csv, .glb, .usdz.",
            metavar="SOURCE",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .png to write.", show_default="NAME.preview.png"),
    ] = None,
    camera: Annotated[
        str,
        typer.Option(
            help="'both' (face and mouth), front, three-quarter, profile or close.", metavar="NAME"
        ),
    ] = "both",
    size: Annotated[int, typer.Option(help="Width of one picture in pixels.")] = 160,
    columns: Annotated[
        int | None, typer.Option(help="Pictures side by side.", show_default="8")
    ] = None,
    most: Annotated[int, typer.Option(help="Pictures at most.")] = 32,
    every: Annotated[
        float | None,
        typer.Option(help="A picture each so many seconds.", show_default="chosen by the phones"),
    ] = None,
    start: Annotated[float, typer.Option("--from", help="First second to show.")] = 0.0,
    end: Annotated[
        float | None, typer.Option("--to", help="Last second to show.", show_default="the end")
    ] = None,
    seed: Seed = 0,
    blinks: Blinks = 17.0,
    gaze: Gaze = 1.0,
    head: HeadMotion = 1.0,
    brows: Brows = 1.0,
    articulation: Articulation = 1.0,
    smoothing: Smoothing = 0.0,
    offset: Offset = 0.0,
    text: Text = None,
    speaker: Speaker = None,
    face: FaceName = "default",
    binding: BindingFile = None,
    background: Background = "studio",
    view: Annotated[bool, typer.Option("--open", help="Show it with the system's viewer.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw telling moments of a recording or a motion on one sheet, quickly.

    For speech: p b m, f v, rounded and open sounds first, and below them how far the lips open
    over time, with every p, b or m that does not close in red.
    """
    from avitalk.files import write_bytes
    from avitalk.render.preview import Preview
    from avitalk.render.still import png_bytes
    from avitalk.talker import Controls, Idle

    target = out or Path(f"{stem_of(source)}.preview.png")
    if target.suffix.lower() != ".png":
        raise InputError(f"{target}: cannot write '{target.suffix}'; available: .png")
    settings = Preview(camera, size, columns, most, every, (start, end), background)
    performance = _Performance(
        seed,
        Idle(blinks_per_min=blinks, gaze=gaze, head=head, brows=brows),
        Controls(articulation=articulation, smoothing=smoothing, offset_ms=offset),
        text,
        speaker,
    )
    performer, motion, phones, notes = performance.of(source, face, binding)
    drawn = settings.draw(performer, motion, phones)
    write_bytes(target, png_bytes(drawn.sheet))
    left_out = drawn.moments - len(drawn.shown)
    apart = drawn.open_closures
    said = f"{source} -> {target} ({len(drawn.shown)} pictures"
    said += f", {left_out} moments left out: --from, --to or --most)" if left_out else ")"
    if drawn.closures:
        said += f"; p b m closed: {len(drawn.closures) - len(apart)} of {len(drawn.closures)}"
    if apart:
        said += "; apart at " + ", ".join(f"{c.time_s:.2f} s" for c in apart[:8])
        said += " ..." if len(apart) > 8 else ""
    said += "".join(f"\n  note: {note}" for note in notes)
    report = Report(as_json, quiet)
    report.done(
        said,
        input=str(source),
        output=str(target),
        shown_s=[round(moment.time_s, 4) for moment in drawn.shown],
        left_out=left_out,
        notes=list(notes),
        closures=len(drawn.closures),
        not_closed=[
            {"phone": c.phone.phone, "time_s": round(c.time_s, 4), "gap_mm": round(c.gap_mm, 3)}
            for c in apart
        ],
    )
    if view and typer.launch(str(target)) != 0:
        report.failed(InputError(f"{target}: no viewer found to open it with"))
    raise typer.Exit(report.finish())


@dataclass(frozen=True)
class _Performance:
    """How a source is performed, as given on the command line."""

    seed: int
    idle: "Idle"
    controls: "Controls"
    text: str | None
    speaker: str | None = None

    def of(
        self, source: Path, face: str, binding: Path | None
    ) -> "tuple[Head, Motion, tuple[PhoneSegment, ...], tuple[str, ...]]":
        """Head and motion; for a recording also the phones heard and notes for people.

        A motion that was saved keeps its blinks, gaze, brows and head; the controls apply.
        """
        from avitalk.export import EXPORTERS, read_motion
        from avitalk.face.library import find_face
        from avitalk.talker import Idle

        suffixes = (*(exporter.suffix for exporter in EXPORTERS.values()), ".vrm")
        if source.name.lower().endswith(suffixes):
            if self.text is not None or self.speaker is not None or self.idle != Idle():
                raise InputError(
                    f"{source}: holds motion; --text, --speaker, --blinks, --gaze, --head and "
                    "--brows are for recordings"
                )
            motion = self.controls.apply(read_motion(source))
            return find_face(face, binding), motion, (), ()
        from avitalk.pipeline import Animator
        from avitalk.types import Instruction

        words = None if self.text is None else read_text(self.text)
        animation = Animator(face, binding).animate(
            source,
            instruction=Instruction(),  # nothing is to be written
            seed=self.seed,
            idle=self.idle,
            controls=self.controls,
            text=words,
            speaker=self.speaker,
        )
        return animation.head, animation.motion, animation.phones, animation.notes
