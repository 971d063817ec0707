"""Options of how somebody speaks and moves, shared by the commands that perform recordings."""

from pathlib import Path
from typing import Annotated

import typer

from avitalk.errors import InputError

Seed = Annotated[int, typer.Option(help="Seed of blinks, gaze, brows and head.", min=0)]
Take = Annotated[
    int | None,
    typer.Option(
        "--seed",
        help="Seed of everything drawn at random: another seed, another take.",
        min=0,
        show_default="that of the instruction file, or 0",
    ),
]
Neutral = Annotated[
    bool, typer.Option("--neutral", help="Lips, blinks, gaze and head only: no words, no acting.")
]
Guidance = Annotated[float, typer.Option(help="How strongly the words lead the face, 0 to 10.")]
StyleFiles = Annotated[
    str | None,
    typer.Option(
        "--style",
        help="Carry the face as in an example instead of by words: .motion.npz, Live Link .csv, or "
        "a video. Several are mixed: a.npz:0.3,b.csv:0.7.",
        show_default="from the words",
        metavar="FILE[:SHARE],...",
    ),
]
Takes = Annotated[
    int,
    typer.Option(
        help="This many takes of each recording, 1 to 24, with seeds counting up, and a sheet."
    ),
]
Blinks = Annotated[float, typer.Option(help="Blinks a minute, 0 to 60; 0 is off.")]
Gaze = Annotated[float, typer.Option(help="Size of idle eye movements, 0 to 2; 0 is off.")]
HeadMotion = Annotated[float, typer.Option(help="Size of idle head movements, 0 to 2; 0 is off.")]
Brows = Annotated[float, typer.Option(help="Size of idle brow accents, 0 to 2; 0 is off.")]
Articulation = Annotated[
    float, typer.Option(help="Size of the mouth's movements, 0 to 2; closures stay closed.")
]
Smoothing = Annotated[float, typer.Option(help="Softer speech, 0 to 1.")]
Offset = Annotated[
    float, typer.Option(help="Face later (+) or earlier (-) than the sound, ms.", metavar="MS")
]
Speaker = Annotated[
    str | None,
    typer.Option(
        help="Whose way of moving the lips: grid_s1 (filmed) or facegood (animated).",
        show_default="neutral",
        metavar="NAME",
    ),
]
Text = Annotated[
    str | None,
    typer.Option(
        help="What is said, in English: words, or a text file. Sharpens closures.",
        metavar="WORDS|FILE",
    ),
]

FILE_ENDINGS = frozenset((
    "csv", "doc", "docx", "htm", "html", "json", "lab", "lrc", "md", "odt", "pdf", "rst", "rtf",
    "srt", "text", "tsv", "txt", "vtt", "xml", "yaml", "yml",
))  # fmt: skip


def read_text(given: str) -> str:
    """The words given, or those in the file of that name.

    Raises InputError if what looks like a file is missing or no UTF-8 text, if there are no words
    in Latin letters, or if the aligner is not installed.
    """
    from avitalk.data.align import require_aligner
    from avitalk.data.reading import written_words

    words, source = given, ""
    if names_file(given):
        source = f"{given}: "
        try:
            words = Path(given).read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            raise InputError(f"{given}: no such text file") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{given}: not text in UTF-8") from error
        except OSError as error:
            raise InputError(f"{given}: cannot be read ({error.strerror})") from error
    try:
        written_words(words)
    except InputError as error:
        raise InputError(f"{source}{error}") from error
    require_aligner()
    return words


def names_file(given: str) -> bool:
    """Whether it names a file: one that is there, or words that look like nothing but a path."""
    line = given.strip()
    if not line or len(line) > 1000 or "\n" in line:
        return False
    if len(line) < 255 and Path(given).is_file():
        return True
    _, dot, ending = line.rpartition(".")
    one_word = len(line.split()) == 1
    path_like = one_word and ("/" in line or "\\" in line)
    return path_like or (bool(dot) and ending.lower() in FILE_ENDINGS)
