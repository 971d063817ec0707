"""Options about instructions, shared by the commands that write and perform them."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.cli.manner import names_file

Asked = Annotated[
    str | None,
    typer.Option(
        "--instruction",
        help="What the face is to do: words for the whole recording, or a file (see 'avitalk "
        "instruct').",
        show_default="written from the voice",
        metavar="WORDS|FILE",
    ),
]
AnyAudio = Annotated[
    bool,
    typer.Option("--any-audio", help="Take an instruction file written for another recording."),
]
Fresh = Annotated[
    bool,
    typer.Option("--fresh", help="Write the instruction anew, even where people edited the file."),
]


def asked_words(given: str) -> Path | str:
    """A file or words, as given on the command line.

    Raises InputError if neither can be performed, whatever the recording.
    """
    from avitalk.instruct.document import read_instruction
    from avitalk.instruct.writing import YAML, words_in
    from avitalk.types import Segment

    if names_file(given):
        path = Path(given)
        if path.suffix.lower() in YAML:
            read_instruction(path)
        else:
            Segment(0.0, 1.0, words_in(path))
        return path
    Segment(0.0, 1.0, given)
    return given


def edited_before(target: Path, fresh: bool) -> bool:
    """Whether a file is there that people edited and that is to be used."""
    from avitalk.instruct.writing import edited_file

    return not fresh and edited_file(target) is not None
