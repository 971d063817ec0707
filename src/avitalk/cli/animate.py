"""`avitalk animate`: recordings in, all files of each animation out."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.cli.examples import parse_examples, style_of
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
    Takes,
    Text,
    read_text,
)
from avitalk.cli.options import (
    Background,
    BindingFile,
    CameraName,
    Draft,
    FaceName,
    Fps,
    Json,
    Out,
    Quiet,
    Size,
    parse_names,
    parse_size,
)
from avitalk.cli.report import Report
from avitalk.cli.takes import MOST_TAKES, Performance, Saving, told
from avitalk.cli.words import AnyAudio, Asked, Fresh, asked_words, edited_before
from avitalk.errors import InputError


def animate(
    recordings: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings (wav flac ogg mp3 m4a ...), videos with sound, or folders of them.",
            metavar="VOICE...",
            show_default=False,
        ),
    ],
    out: Out = Path(),
    formats: Annotated[
        str,
        typer.Option(
            "--format", "-f", help="Any of mp4,glb,usdz,csv,npz,track,yaml,json.", metavar="LIST"
        ),
    ] = "mp4,glb,csv,npz,track,yaml,json",
    instruction: Asked = None,
    any_audio: AnyAudio = False,
    fresh: Fresh = False,
    neutral: Neutral = False,
    style: StyleFiles = None,
    guidance: Guidance = 2.0,
    takes: Takes = 1,
    seed: Take = None,
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
    size: Size = "512",
    fps: Fps = 25,
    camera: CameraName = "front",
    background: Background = "studio",
    draft: Draft = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn voice recordings into acting faces: video, glTF, Live Link curves and more.

    Listens, writes what the face should do, and performs it. Files are named after the recording
    and written to the folder given with --out. An instruction file there that people edited is
    performed as it is.
    """
    from avitalk.audio import find_recordings
    from avitalk.instruct.writing import SUFFIX
    from avitalk.pipeline import FORMATS, Animator
    from avitalk.render.film import Video
    from avitalk.style.cues import check_guidance
    from avitalk.talker import Controls, Idle

    wanted = parse_names(formats, tuple(FORMATS), "format")
    idle = Idle(blinks_per_min=blinks, gaze=gaze, head=head, brows=brows)
    video = Video(size=parse_size(size), fps=fps, camera=camera, background=background, draft=draft)
    controls = Controls(articulation=articulation, smoothing=smoothing, offset_ms=offset)
    check_guidance(guidance)
    if not 1 <= takes <= MOST_TAKES:
        raise InputError(f"takes {takes}; allowed: 1 to {MOST_TAKES}")
    paths = find_recordings(recordings)
    if text is not None and len(paths) > 1:
        raise InputError(f"--text is for one recording; {len(paths)} were given")
    if neutral and not (instruction is None and style is None):
        raise InputError("--neutral performs neither --instruction nor --style; leave it out")
    said = None if text is None else read_text(text)
    asked = None if instruction is None else asked_words(instruction)
    examples = None if style is None else parse_examples(style)
    wordless = asked is None and (neutral or style is not None)
    wanted = without_words(wanted) if wordless else wanted
    refuse_shared_names(paths)
    report = Report(as_json, quiet)
    animator = Animator(face, binding)
    carried = None if examples is None else style_of(examples, animator)
    performance = Performance(
        seed, idle, controls, said, speaker, neutral, carried, guidance, any_audio
    )
    saving = Saving(out, wanted, video, fresh)
    for path in paths:
        notes = []
        try:
            words, target = asked, out / f"{path.stem}{SUFFIX}"
            if asked is None and not wordless and edited_before(target, fresh):
                words = target
                notes.append(f"performed {target}, which was edited by hand; --fresh writes anew")
            animation = performance.perform(animator, path, words)
            if takes > 1:
                several = performance.takes(animator, animation, takes)
                written = saving.all(several, path.name, report)
            else:
                written = saving.one(animation, path.name, report)
        except InputError as error:
            report.failed(error)
            continue
        notes += animation.notes
        report.done(
            f"{path} ({animation.speech.duration_s:.2f} s) -> "
            + ", ".join(str(file) for file in written)
            + f"\n  performed: {told(animation)}"
            + "".join(f"\n  note: {note}" for note in notes),
            input=str(path),
            duration_s=round(animation.speech.duration_s, 4),
            seed=animation.seed,
            takes=takes,
            performed=told(animation),
            notes=notes,
            outputs=[str(file) for file in written],
        )
    raise typer.Exit(report.finish())


def without_words(formats: tuple[str, ...]) -> tuple[str, ...]:
    """The formats to write where no words are performed: an instruction file would hold none.

    Raises InputError if it was the only one.
    """
    left = tuple(name for name in formats if name != "yaml")
    if not left:
        raise InputError("no words are performed with --neutral or --style; there is no yaml")
    return left


def refuse_shared_names(paths: list[Path]) -> None:
    """Raise InputError if two recordings would write to the same files."""
    first: dict[str, Path] = {}
    for path in paths:
        other = first.setdefault(path.stem, path)
        if other != path:
            raise InputError(f"{other} and {path} would both write {path.stem}.*; rename one")
