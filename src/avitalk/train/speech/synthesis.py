"""Sentences of the training clips spoken by Debian's flite, with true phone times, as more lessons:
`python -m avitalk.train.speech.synthesis --clips DIR --out DIR`.

The voices awb, rms and slt are part of the package `flite` and under its own permissive licence
(Carnegie Mellon University; free to use, modify and distribute). kal16 is left out: it lasts up to
0.1 s shorter than the phone times that flite states for it.
"""

import argparse
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import soundfile

from avitalk.data.clips import Clip, PhoneTime, read_clips, write_clips
from avitalk.data.split import select
from avitalk.errors import InputError
from avitalk.speech.phones import PHONE_INDEX

CORPUS: Final = "flite"
PITCH_HZ: Final = {"awb": 130.0, "rms": 105.0, "slt": 175.0}
"""Voices and their usual pitch."""
SPOKEN: Final = {"pau": "SIL", "ax": "AH", "brth": "SIL"}
SOURCES: Final = ("kathleen", "speechocean762", "librispeech")
EACH: Final = 400
"""Sentences by each voice."""


def read_durations(printed: str) -> tuple[PhoneTime, ...]:
    """What `flite -psdur` prints, `phone:end_s` after `phone:end_s`, as phone times."""
    phones, start_s = [], 0.0
    for mark in printed.split():
        name, end = mark.rsplit(":", 1)
        phone = SPOKEN.get(name, name.upper())
        if phone not in PHONE_INDEX:
            raise InputError(f"flite says '{name}', which is no phone known here")
        phones.append(PhoneTime(phone, round(start_s, 3), float(end)))
        start_s = float(end)
    return tuple(phones)


def speak(text: str, voice: str, path: Path, *, stretch: float, pitch_hz: float) -> Clip:
    """Speak `text` to a 16 kHz WAV file. Raises InputError if flite is missing or fails."""
    settings = [f"duration_stretch={stretch:.3f}", f"int_f0_target_mean={pitch_hz:.0f}"]
    command = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(path)]
    for setting in settings:
        command += ["--setf", setting]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise InputError("flite is not installed: apt-get install flite") from error
    except subprocess.CalledProcessError as error:
        raise InputError(f"flite failed on '{text}': {error.stderr.strip()}") from error
    return Clip(CORPUS, path.stem, voice, str(path), text, read_durations(done.stdout))


def lessons(texts: Sequence[str], out: Path, *, each: int, seed: int = 4) -> list[Clip]:
    """`each` sentences by each voice at random rates and pitches; audio goes to `out / flite`."""
    draw = random.Random(seed)
    folder = out / CORPUS
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for voice, usual_hz in PITCH_HZ.items():
        for number in range(each):
            clip = speak(
                draw.choice(texts), voice, folder / f"{voice}-{number:04d}.wav",
                stretch=draw.uniform(0.75, 1.35), pitch_hz=usual_hz * draw.uniform(0.8, 1.25),
            )  # fmt: skip
            stated_s = clip.phones[-1].end_s if clip.phones else 0.0
            if abs(soundfile.info(clip.audio).duration - stated_s) < 0.05:
                clips.append(clip)
    return clips


def write_lessons(clips: Path, out: Path, *, each: int = EACH) -> None:
    """Speak training sentences of the lists in `clips`; write `out / flite.jsonl` and the audio.

    Raises InputError if there are no sentences, or flite is missing or fails.
    """
    listings = [path for name in SOURCES if (path := clips / f"{name}.jsonl").is_file()]
    told = select((clip for path in listings for clip in read_clips(path)), "train")
    said = {clip.text for clip in told if clip.text and 4 <= len(clip.text.split()) <= 24}
    if not said:
        raise InputError(f"{clips}: no sentences to speak; needs lists of {', '.join(SOURCES)}")
    write_clips(out / f"{CORPUS}.jsonl", lessons(sorted(said), out, each=each))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--out", type=Path, required=True, help="folder for flite.jsonl and audio")
    parser.add_argument("--each", type=int, default=EACH, help="sentences by each voice")
    given = parser.parse_args()
    write_lessons(given.clips, given.out, each=given.each)


if __name__ == "__main__":
    main()
