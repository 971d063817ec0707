"""Texts in, out whether a grammar of English can parse each whole: Debian's link-grammar.

A text counts as grammatical when every sentence of it, and every part between colons and
semicolons, has a complete linkage: no word left over (null count 0), no rule broken after the
parse. Link grammar: Sleator & Temperley, Parsing English with a link grammar, 1991.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

from avitalk.errors import InputError

PROGRAM: Final = "link-parser"
LINKAGES: Final = (1000, 20000)
"""Linkages looked at, at random where there are more; the second number where none was whole."""
PATIENCE_S: Final = 30
"""Longest time for one part; a part that takes longer counts as not parsed."""
_ENDS: Final = re.compile(r"[.!?:;]+(?=\s|$)")
_FOUND: Final = re.compile(r"Found \d+ linkages?(?: \((\d+) )?")


def parts(text: str) -> list[str]:
    """The stretches of a text that must each parse, as sentences of their own."""
    pieces = [piece.strip() for piece in _ENDS.split(text)]
    return [f"{piece[0].upper()}{piece[1:]}." for piece in pieces if piece]


def parsed(texts: Sequence[str]) -> list[bool]:
    """Whether each text parses. Raises InputError where the parser is not installed."""
    each = [parts(text) for text in texts]
    distinct = sorted({part for text_parts in each for part in text_parts})
    known = dict(zip(distinct, _parse(distinct, LINKAGES[0]), strict=True))
    again = [part for part in distinct if not known[part]]
    known.update(zip(again, _parse(again, LINKAGES[1]), strict=True))
    return [all(known[part] for part in text_parts) for text_parts in each]


def _parse(sentences: Sequence[str], linkages: int) -> list[bool]:
    if shutil.which(PROGRAM) is None:
        raise InputError(
            f"{PROGRAM} not found; install Debian's packages link-grammar and "
            "link-grammar-dictionaries-en"
        )
    if not sentences:
        return []
    options = {
        "verbosity": 1,
        "graphics": 0,
        "null": 0,
        "echo": 1,
        "limit": linkages,
        "timeout": PATIENCE_S,
    }
    command = [PROGRAM, "en", *(f"-{name}={value}" for name, value in options.items())]
    done = subprocess.run(
        command, input="\n".join(sentences) + "\n", capture_output=True, text=True, check=False
    )
    answers = _answers(done.stdout, set(sentences))
    if len(answers) != len(set(sentences)):
        raise InputError(
            f"{PROGRAM} answered {len(answers)} of {len(sentences)} sentences: {done.stderr[-200:]}"
        )
    return [answers[sentence] for sentence in sentences]


def _answers(output: str, sentences: set[str]) -> dict[str, bool]:
    """The first line after each echoed sentence says how many linkages break no rule."""
    answers: dict[str, bool] = {}
    asked = ""
    for line in output.splitlines():
        if line in sentences:
            asked = line
            answers[asked] = False
        elif asked and (found := _FOUND.match(line)):
            answers[asked] = found[1] is None or int(found[1]) > 0
            asked = ""
        elif line.startswith("No complete"):
            asked = ""
    return answers
