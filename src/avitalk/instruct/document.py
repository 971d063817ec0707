"""Instruction files: bytes of YAML in, an Instruction out, each error with its line; and back.

format: avitalk-instruction-1
audio: {name: "talk.wav", sha256: ..., duration_s: 12.340}    # left out: for any recording
seed: 0
segments:
- start_s: 0.400
  end_s: 2.350
  text: >-
    He presses his lips together, brows drawn low.
  author: model
  strength: 1.2                     # these three only where they differ from the usual
  regions: {mouth: 0.5}
  features: {browInnerUp: 0.4}
  emotion: {anger: 0.72, neutral: 0.28}
  intensity: {value: 0.62, confidence: 0.80}
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.instruct.document_nodes import Node, Tree, read_tree
from avitalk.instruct.document_segments import LONGEST_S, read_segments
from avitalk.instruct.document_text import FORMAT, HEADER, fingerprint_of_all
from avitalk.types import Instruction, Speech
from avitalk.types.instruction import MOST_SEED

KEYS: Final = ("format", "audio", "seed", "fingerprint", "segments")
AUDIO_KEYS: Final = ("name", "sha256", "duration_s")


def read_instruction(
    path: Path | str, speech: Speech | None = None, *, any_audio: bool = False
) -> Instruction:
    """Read an instruction file; with `speech`, check that it is for that recording.

    A segment of the model that was changed by hand comes back as a person's. `any_audio` takes a
    file that was written for another recording: what lies after the end is left out, and the
    result is tied to `speech`. Raises InputError as `parse_instruction` does, if the file cannot
    be read, and if it is for another recording.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such instruction file") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return parse_instruction(data, str(path), speech, any_audio=any_audio)


def parse_instruction(
    data: bytes, source: str, speech: Speech | None = None, *, any_audio: bool = False
) -> Instruction:
    """Read the bytes of an instruction file; see `read_instruction`.

    Raises InputError, with `source` and the line, for what is not UTF-8, not YAML, too large, of
    another version, or has unknown or repeated keys, values of the wrong kind or size, segments
    without text, with times that overlap or lie outside the audio, unknown shapes, regions or
    emotions.
    """
    tree = read_tree(data, source)
    table = tree.root.entries("an instruction file", KEYS)
    version = table.get("format")
    if version is None or version.scalar != FORMAT:
        given = "no format" if version is None else f"format '{version.scalar}'"
        raise (version or tree.root).error(f"{given}; readable: {FORMAT}")
    told = _audio(table.get("audio"))
    if speech is not None and told.audio_sha256 not in ("", speech.sha256) and not any_audio:
        digest = table["audio"].entries("'audio'", AUDIO_KEYS)["sha256"]
        raise digest.error(_other_recording(told, speech))
    if "segments" not in table:
        raise tree.root.error("no 'segments'; write 'segments: []' for none")
    nodes = table["segments"].listed("'segments'")
    end_s = speech.duration_s if speech is not None and not any_audio else told.duration_s
    segments = read_segments(nodes, end_s)
    top, beside = _notes_by_segment(tree, nodes)
    noted = tuple(
        replace(segment, notes=tuple(lines)) if lines else segment
        for segment, lines in zip(segments, beside, strict=True)
    )
    seed = table["seed"].whole("seed", MOST_SEED) if "seed" in table else 0
    read = replace(told, segments=noted, seed=seed, notes=tuple(top))
    mark = table.get("fingerprint")
    as_written = mark is not None and mark.scalar == fingerprint_of_all(read)
    read = replace(read, edited=not as_written)
    return read if speech is None else read.fitted(speech)


def _audio(node: Node | None) -> Instruction:
    """An instruction without segments, for the audio that a file names."""
    if node is None or node.empty:
        return Instruction()
    table = node.entries("'audio'", AUDIO_KEYS)
    duration_s = None
    if "duration_s" in table:
        duration_s = table["duration_s"].number("duration_s", 0.001, LONGEST_S)
    digest = table["sha256"].text("sha256").lower() if "sha256" in table else ""
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise table["sha256"].error("sha256 is not one of 64 hexadecimal digits; or leave it out")
    name = table["name"].text("name") if "name" in table else ""
    return Instruction(audio_sha256=digest, audio_name=name, duration_s=duration_s)


def _other_recording(told: Instruction, speech: Speech) -> str:
    of = f"'{told.audio_name}'" if told.audio_name else "another recording"
    length = f" of {told.duration_s:.3f} s" if told.duration_s else ""
    return (
        f"written for {of}{length} with sha256 {told.audio_sha256[:12]}..., not for "
        f"{speech.source} of {speech.duration_s:.3f} s with {speech.sha256[:12]}...; "
        "give --any-audio to use it anyway, or remove its line 'sha256'"
    )


def _notes_by_segment(tree: Tree, nodes: Sequence[Node]) -> tuple[list[str], list[list[str]]]:
    """Comments of people: those outside of the segments, and those at or within each."""
    top: list[str] = []
    beside: list[list[str]] = [[] for _ in nodes]
    begin = tree.root.table["segments"][0].line if tree.root.table else 0
    ours = {line.removeprefix("#") for line in HEADER}
    for line, text in tree.comments:
        if text in ours or not text.strip():
            continue
        after = [i for i, node in enumerate(nodes) if line <= node.last_line]
        (beside[after[0]] if line > begin and after else top).append(text)
    return top, beside
