"""Synthesised speech: a text and its language come in, samples at 16 kHz go out.

What is made here is synthesised, by formants, and must be reported as such: it stands in where no
recording is at hand. The program espeak-ng does it (the Debian package of that name).
"""

import subprocess
from io import BytesIO
from typing import Final

import soundfile

from avitalk import audio
from avitalk.errors import InputError
from avitalk.evaluate.conditions.condition import Wave

PROGRAM: Final = "espeak-ng"
MISSING: Final = f"{PROGRAM} is not installed; on Debian: apt-get install {PROGRAM}"
LIMIT_S: Final = 120


def synthesised_speech(text: str, language: str) -> Wave:
    """(N,) the text spoken in `language`, a voice of `espeak-ng --voices` such as 'de' or 'ja'.

    Raises InputError if espeak-ng is missing, does not know the language, or finds nothing to say.
    """
    if not text.strip():
        raise InputError(f"text {text!r}: holds nothing to say")
    if not language.replace("-", "").isalnum():
        raise InputError(f"language {language!r}: not a name; `{PROGRAM} --voices` lists them")
    command = [PROGRAM, "-v", language, "--stdin", "--stdout", "-b", "1"]
    try:
        made = subprocess.run(
            command, input=text.encode(), capture_output=True, check=False, timeout=LIMIT_S
        )
    except FileNotFoundError as error:
        raise InputError(MISSING) from error
    if made.returncode or not made.stdout:
        reason = made.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(
            f"language {language!r}: {reason[-1] if reason else 'no speech came'}; "
            f"`{PROGRAM} --voices` lists those available"
        )
    # written to a pipe, its header says an unknown length
    samples, rate_hz = soundfile.read(BytesIO(made.stdout), dtype="float32")
    return audio.from_array(samples, rate_hz, name=f"{PROGRAM} {language}").samples
