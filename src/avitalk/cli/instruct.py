"""`avitalk instruct`: recordings in, what the face is to do over time out, as text to edit."""

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from avitalk.cli.animate import refuse_shared_names
from avitalk.cli.manner import FILE_ENDINGS
from avitalk.cli.options import Json, Quiet
from avitalk.cli.report import Report
from avitalk.cli.words import AnyAudio
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.types import Instruction, Segment, Speech


def instruct(
    recordings: Annotated[
        list[Path],
        typer.Argument(
            help="Recordings (wav flac ogg mp3 m4a ...), videos with sound, or folders of them.",
            metavar="VOICE...",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A .yaml file to write, or a folder.", metavar="FILE|DIR"),
    ] = Path(),
    seed: Annotated[int, typer.Option(help="Seed of the words: another take.", min=0)] = 0,
    temperature: Annotated[
        float, typer.Option(help="How freely words are chosen, 0 (likeliest) to 2.")
    ] = 0.6,
    candidates: Annotated[
        int, typer.Option(help="Texts to choose the best of, 1 to 32, for each segment.")
    ] = 4,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Replace the file, with what people edited in it.")
    ] = False,
    any_audio: AnyAudio = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Listen to voices and write what the face should do, in words over time, as YAML to edit.

    Writes NAME.instruction.yaml. What people changed in such a file, they find again: only the
    time that is left is written anew. Perform it with 'avitalk animate VOICE --instruction FILE'.
    """
    from avitalk.audio import find_recordings, load
    from avitalk.files import write_bytes
    from avitalk.instruct.document_text import export_instruction
    from avitalk.instruct.writing import load_writer

    if not 0 <= temperature <= 2:
        raise InputError(f"temperature {temperature:g}; allowed: 0 to 2")
    if not 1 <= candidates <= 32:
        raise InputError(f"candidates {candidates}; allowed: 1 to 32")
    paths = find_recordings(recordings)
    refuse_shared_names(paths)
    targets = _targets(paths, out)
    report = Report(as_json, quiet)
    writer, encoder = load_writer(), _encoder()
    for path, target in zip(paths, targets, strict=True):
        try:
            speech = load(path)
            old = None if fresh else _old(target, speech, any_audio)
            words = writer.write(
                speech,
                encoder.encode(speech),
                seed=seed,
                temperature=temperature,
                candidates=candidates,
                keep=old,
            )
            write_bytes(target, export_instruction(words))
        except InputError as error:
            report.failed(error)
            continue
        report.done(
            f"{path} ({speech.duration_s:.2f} s) -> {target}\n{_table(words)}",
            input=str(path),
            output=str(target),
            duration_s=round(speech.duration_s, 4),
            seed=seed,
            segments=[_as_json(segment) for segment in words.segments],
        )
    raise typer.Exit(report.finish())


def _encoder() -> Any:
    from avitalk import weights
    from avitalk.speech import SpeechEncoder

    return SpeechEncoder.load(weights.find("speech-encoder").path)


def _targets(paths: list[Path], out: Path) -> list[Path]:
    """The file to write for each recording."""
    from avitalk.instruct.writing import SUFFIX, YAML

    ending = out.suffix.lower()
    if out.is_dir() or ending.lstrip(".") not in FILE_ENDINGS:
        return [out / f"{path.stem}{SUFFIX}" for path in paths]
    if ending not in YAML:
        raise InputError(f"{out}: cannot write '{out.suffix}'; name a .yaml file or a folder")
    if len(paths) > 1:
        raise InputError(f"{out}: one file for {len(paths)} recordings; name a folder")
    return [out]


def _old(target: Path, speech: "Speech", any_audio: bool) -> "Instruction | None":
    """What lies there already, if people worked on it."""
    from avitalk.instruct.document import read_instruction

    if not target.exists():
        return None
    try:
        found = read_instruction(target, speech, any_audio=any_audio)
    except InputError as error:
        raise InputError(f"{error}; or give --fresh to replace the file") from error
    return found if found.edited else None


def _table(words: "Instruction") -> str:
    """The segments for people: time, emotion or author, text."""
    if not words.segments:
        return "  nobody speaks; the face stays neutral"
    width = max(60, min(shutil.get_terminal_size().columns, 120))
    lines = []
    for segment in words.segments:
        heard = "yours" if segment.author == "person" else _heard(segment)
        head = f"  {segment.start_s:7.2f} - {segment.end_s:7.2f}  {heard:<14} "
        lines += textwrap.wrap(
            segment.text, width, initial_indent=head, subsequent_indent=" " * len(head)
        )
    return "\n".join(lines)


def _heard(segment: "Segment") -> str:
    name = segment.likeliest
    return "" if name is None else f"{name} {dict(segment.emotion)[name]:.2f}"


def _as_json(segment: "Segment") -> dict[str, Any]:
    return {
        "start_s": segment.start_s,
        "end_s": segment.end_s,
        "text": segment.text,
        "author": segment.author,
        "emotion": {name: round(share, 4) for name, share in segment.emotion},
        "intensity": segment.intensity,
    }
