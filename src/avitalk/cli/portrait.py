"""`avitalk portrait`: a photo and what moves it in, a video of the photo's face out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from avitalk.cli.manner import (
    Articulation,
    Blinks,
    Brows,
    Gaze,
    Guidance,
    HeadMotion,
    Neutral,
    Offset,
    Smoothing,
    Speaker,
    StyleFiles,
    Take,
    Text,
    read_text,
)
from avitalk.cli.options import Fps, Json, LandmarkerFile, Quiet, Size, parse_size
from avitalk.cli.report import Report
from avitalk.cli.words import AnyAudio, Asked, asked_words
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.cli.portrait_motion import Moved
    from avitalk.portrait import Portrait

Region = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        help="Take a region (mouth, eyes, brows, cheeks, head) from a video, a motion file or "
        "another picture; may be repeated.",
        metavar="REGION=FILE",
    ),
]


def portrait(
    photo: Annotated[Path, typer.Argument(help="A picture that shows a face.", metavar="PHOTO")],
    voice: Annotated[
        Path | None,
        typer.Argument(help="A recording to speak.", metavar="VOICE", show_default="none"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The .mp4 to write.", show_default="PHOTO's name + .mp4"),
    ] = None,
    instruction: Asked = None,
    any_audio: AnyAudio = False,
    neutral: Neutral = False,
    style: StyleFiles = None,
    guidance: Guidance = 2.0,
    seed: Take = None,
    driving: Annotated[
        Path | None,
        typer.Option(
            help="Move as in this video or motion file, or hold another picture's expression.",
            metavar="FILE",
        ),
    ] = None,
    region: Region = None,
    ref_pose: Annotated[
        Path | None,
        typer.Option(help="Move the head as in this video or motion file.", metavar="FILE"),
    ] = None,
    ref_eyeblink: Annotated[
        Path | None,
        typer.Option(help="Move the eyes as in this video or motion file.", metavar="FILE"),
    ] = None,
    ref_expression: Annotated[
        Path | None,
        typer.Option(
            help="Expression of this video, motion file or picture; beside a voice, "
            "above the mouth.",
            metavar="FILE",
        ),
    ] = None,
    duration: Annotated[
        float, typer.Option(help="Length where nothing else gives it, s.", metavar="S")
    ] = 5.0,
    motion: Annotated[
        str,
        typer.Option(
            help="natural (speech replaces the photo's parting of the lips), relative (added to "
            "the photo's expression) or absolute (instead of it).",
            metavar="HOW",
        ),
    ] = "natural",
    still: Annotated[bool, typer.Option("--still", help="Keep the head as in the photo.")] = False,
    yaw: Annotated[float, typer.Option(help="Turn the head, degrees, + to its left.")] = 0.0,
    pitch: Annotated[float, typer.Option(help="Degrees, + down.")] = 0.0,
    roll: Annotated[float, typer.Option(help="Degrees, + to its right shoulder.")] = 0.0,
    expression_scale: Annotated[
        float, typer.Option(help="Factor on all expression, 0 to 2.")
    ] = 1.0,
    blink: Annotated[float, typer.Option(help="Factor on blinks, 0 to 1.")] = 1.0,
    strength: Annotated[
        str | None,
        typer.Option(
            help="Factors by region, for example mouth=1.2,brows=0.5,head=0.",
            metavar="REGION=X,...",
        ),
    ] = None,
    preprocess: Annotated[
        str,
        typer.Option(
            help="crop (round the face), resize (the whole photo at --size) or full (the whole "
            "photo as large as it is, the face pasted back).",
            metavar="HOW",
        ),
    ] = "crop",
    which: Annotated[
        int | None, typer.Option(help="Which of several faces, 1 is furthest left.", min=1)
    ] = None,
    background: Annotated[
        str, typer.Option(help="Colour behind a transparent photo.", metavar="#RRGGBB")
    ] = "#ffffff",
    swap_into: Annotated[
        Path | None,
        typer.Option(
            help="Put the photo's face in place of the one in this video, which moves it.",
            metavar="FILE",
        ),
    ] = None,
    conditions: Annotated[
        Path | None,
        typer.Option(help="Also write what a generator learns from, per frame.", metavar="DIR"),
    ] = None,
    provenance: Annotated[
        bool, typer.Option(help="Write NAME.provenance.json beside the video.")
    ] = True,
    blinks: Blinks = 17.0,
    gaze: Gaze = 1.0,
    head: HeadMotion = 1.0,
    brows: Brows = 1.0,
    articulation: Articulation = 1.0,
    smoothing: Smoothing = 0.0,
    offset: Offset = 0.0,
    text: Text = None,
    speaker: Speaker = None,
    model: LandmarkerFile = None,
    size: Size = "512",
    fps: Fps = 25,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the face in a photo speak, act, or move as another does.

    The video says in its tags, and in a file beside it, that it is synthetic and what it was made
    from. Needs the extra 'track' (MediaPipe) and its model file. Use photos of people who agreed.
    """
    from dataclasses import replace

    from avitalk.cli.portrait_motion import check_drivers, performed, regions_from, shown_in
    from avitalk.cli.takes import Performance
    from avitalk.export import sha256_of
    from avitalk.portrait import Controls, Portrait, find_face, frame_photo, read_photo
    from avitalk.portrait.disclosure import Part
    from avitalk.portrait.drivers import mixed
    from avitalk.portrait.photo import FRAMINGS
    from avitalk.style.cues import check_guidance
    from avitalk.talker import Controls as Manner
    from avitalk.talker import Idle
    from avitalk.track import Landmarker, find_model

    target = _target(out, photo)
    report = Report(as_json, quiet)
    if preprocess not in FRAMINGS:
        raise InputError(f"--preprocess '{preprocess}'; available: {', '.join(FRAMINGS)}")
    controls = Controls(
        motion=motion, still=still, pose=(yaw, pitch, roll), expression=expression_scale,
        blink=blink, strength=_strengths(strength),
    )  # fmt: skip
    check_guidance(guidance)
    words = None if instruction is None else asked_words(instruction)
    regions = regions_from(region, ref_pose, ref_eyeblink, ref_expression, voice is not None)
    if voice is None and driving is None and words is None and regions:
        words = "calm"
    if swap_into is None:
        check_drivers(voice, driving, words, style)
    elif voice or driving or instruction or style or regions or conditions:
        raise InputError(
            "--swap-into moves the face as the video does; a voice, words, drivers and "
            "--conditions do not go with it"
        )
    with Landmarker(model) as looks:
        picture = read_photo(photo, background)
        face = find_face(picture, looks, which=which, source=str(photo))
        parts = [Part.of("photo", photo)]
        if swap_into is not None:
            from avitalk.cli.portrait_swap import swap

            swap(picture, face, photo, swap_into, target, looks, report)
            raise typer.Exit(report.finish())
        canvas = frame_photo(picture, face, preprocess, parse_size(size), str(photo))
        made = Portrait.of(canvas)
        carried = None
        if style is not None:
            from avitalk.cli.examples import parse_examples, style_of
            from avitalk.pipeline import Animator

            carried = style_of(parse_examples(style), Animator())
        performance = Performance(
            seed, Idle(blinks_per_min=blinks, gaze=gaze, head=head, brows=brows),
            Manner(articulation=articulation, smoothing=smoothing, offset_ms=offset),
            None if text is None else read_text(text), speaker, neutral, carried, guidance,
            any_audio,
        )  # fmt: skip
        moved = performed(
            voice, driving, words, performance, still=still, duration_s=duration, fps=fps,
            looks=looks,
        )  # fmt: skip
        base = moved.motion.resample(fps)
        shown = {
            path: shown_in(path, looks, base.frames, base.fps) for path in set(regions.values())
        }
        base = mixed(base, {name: shown[path] for name, path in regions.items()})
        parts += moved.parts
        lent = {path: Part.of("", path) for path in shown}
        parts += [replace(lent[path], role=f"{name} from") for name, path in regions.items()]
        model_file = find_model(model)
    parameters: dict[str, Any] = {
        **moved.parameters, "motion": motion, "still": still, "pose_deg": [yaw, pitch, roll],
        "expression_scale": expression_scale, "blink": blink, "strength": controls.strength,
        "preprocess": preprocess, "size": list(canvas.size), "fps": fps,
        "fit_px": round(made.person.fit.residual_px, 3), "landmarker_sha256": sha256_of(model_file),
    }  # fmt: skip
    written = _write(
        made, made.drive(base, controls), moved, target, parts, parameters, report,
        conditions=conditions, sidecar=provenance,
    )  # fmt: skip
    report.done(
        f"{photo} ({moved.motion.duration_s:.2f} s) -> {', '.join(map(str, written))}"
        f"\n  performed: {moved.told}" + "".join(f"\n  note: {note}" for note in moved.notes),
        input=str(photo), duration_s=round(moved.motion.duration_s, 4), performed=moved.told,
        fit_px=round(made.person.fit.residual_px, 3), notes=list(moved.notes),
        outputs=[str(path) for path in written],
    )  # fmt: skip
    raise typer.Exit(report.finish())


def _target(out: Path | None, photo: Path) -> Path:
    target = out or Path(f"{photo.stem}.mp4")
    if target.suffix.lower() != ".mp4":
        raise InputError(f"{target}: cannot write '{target.suffix}'; available: .mp4")
    return target


def _strengths(given: str | None) -> dict[str, float]:
    """'mouth=1.2,brows=0.5' as numbers by region. Raises InputError on other text."""
    found: dict[str, float] = {}
    for part in (given or "").split(","):
        if not part.strip():
            continue
        region, _, value = part.partition("=")
        try:
            found[region.strip()] = float(value)
        except ValueError as error:
            raise InputError(f"--strength '{given}'; write mouth=1.2,brows=0.5") from error
    return found


def _write(
    made: "Portrait",
    driven: Any,
    moved: "Moved",
    target: Path,
    parts: list[Any],
    parameters: dict[str, Any],
    report: Report,
    *,
    conditions: Path | None,
    sidecar: bool,
) -> list[Path]:
    from avitalk.audio import sound_blocks
    from avitalk.files import write_bytes
    from avitalk.portrait.conditions import Conditions
    from avitalk.portrait.disclosure import SUFFIX, Disclosure
    from avitalk.portrait.portrait import CRF
    from avitalk.render.video import Sound, check_video_size, write_mp4

    check_video_size(made.canvas.size)
    told = Disclosure(tuple(parts), parameters, moved.models)
    sound = None if moved.sound is None else Sound(*sound_blocks(moved.sound))
    frames = made.frames(driven)
    written = [target]
    if conditions is not None:
        frames = Conditions(conditions, made, driven).through(frames)
        written.append(conditions)
    with report.progress(target.name, driven.frames) as progress:
        write_mp4(
            target, frames, fps=driven.fps, sound=sound, crf=CRF, metadata=told.tags(),
            progress=progress,
        )  # fmt: skip
    if sidecar:
        beside = target.with_suffix(SUFFIX)
        write_bytes(beside, told.export([target]))
        written.insert(1, beside)
    return written
