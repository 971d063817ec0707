"""Who writes instructions, and what else can stand in: words that were typed, or a file of them."""

from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from avitalk.errors import InputError
from avitalk.instruct.document import read_instruction
from avitalk.instruct.turns import typed
from avitalk.types import Instruction, Speech, SpeechFeatures

SUFFIX: Final = ".instruction.yaml"
YAML: Final = (".yaml", ".yml")
CANDIDATES: Final = 4
TEMPERATURE: Final = 0.6

Given = Instruction | Path | str
"""An Instruction, a file, or words for the whole recording."""


class InstructionWriter(Protocol):
    """Listens to a voice and writes what the face should do; `Instructor` is one."""

    def write(
        self,
        speech: Speech,
        features: SpeechFeatures | None = None,
        *,
        seed: int = 0,
        temperature: float = TEMPERATURE,
        candidates: int = CANDIDATES,
        keep: Instruction | None = None,
    ) -> Instruction:
        """The instruction for a recording; segments of people in `keep` stay."""
        ...


def load_writer() -> InstructionWriter:
    """The instructor that comes with the package. Raises InputError if it lacks its weights."""
    from avitalk.instruct.instructor import Instructor  # noqa: PLC0415  (torch, on first use)

    return Instructor.load()


def instruction_for(
    speech: Speech, given: Given, *, seed: int = 0, any_audio: bool = False
) -> Instruction:
    """What is given as an instruction for a recording.

    A file whose name ends with .yaml or .yml is an instruction file; any other holds words, in
    UTF-8, for the whole recording, as a str does: a segment for each turn, if they name an order in
    time (see `avitalk.instruct.turns`). Raises InputError as `read_instruction` does,
    also for an Instruction of another recording.
    """
    if isinstance(given, Path):
        if given.suffix.lower() in YAML:
            return read_instruction(given, speech, any_audio=any_audio)
        given = words_in(given)
    if isinstance(given, str):
        return typed(given, speech, seed=seed)
    if given.audio_sha256 in ("", speech.sha256):
        about = Instruction.about(speech, given.segments, seed=given.seed)
        return replace(about, edited=given.edited, notes=given.notes)
    if not any_audio:
        raise InputError(
            f"instruction written for '{given.audio_name}', not for {speech.source}; "
            "pass any_audio=True to use it anyway"
        )
    return given.fitted(speech)


def words_in(path: Path) -> str:
    """The words in a text file. Raises InputError if there are none, or no UTF-8."""
    try:
        words = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file of words") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if not words.strip():
        raise InputError(f"{path}: holds no words")
    return words


def edited_file(path: Path) -> Instruction | None:
    """The instruction in a file that a person worked on; None if there is no such file.

    Files that are just as the program wrote them can be made again, and give way. Raises
    InputError for a file that cannot be read: a person's work may be in it.
    """
    if not path.exists():
        return None
    found = read_instruction(path)
    return found if found.edited else None
