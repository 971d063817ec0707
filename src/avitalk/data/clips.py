"""The internal clip format: one recording with its speaker, words' text and phone times."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from avitalk.files import write_bytes


@dataclass(frozen=True, slots=True)
class PhoneTime:
    """One phone of a recording; times in seconds from its start."""

    phone: str
    """A member of `avitalk.speech.phones.PHONES`."""
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of a corpus."""

    corpus: str
    """Folder name of the prepared corpus, such as 'grid_s1'."""
    id: str
    speaker: str
    audio: str
    """Path of the audio file."""
    text: str | None = None
    """Words spoken, lower case, or None if not known."""
    phones: tuple[PhoneTime, ...] | None = None
    """Phone times over the whole clip, silence included, or None if not known."""
    language: str = "en"


def write_clips(path: Path, clips: Iterable[Clip]) -> None:
    """Write clips as JSON lines, atomically."""
    lines = [json.dumps(asdict(clip), separators=(",", ":")) for clip in clips]
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def read_clips(path: Path) -> list[Clip]:
    """Read what `write_clips` wrote."""
    clips = []
    for line in path.read_text().splitlines():
        fields = json.loads(line)
        if fields["phones"] is not None:
            fields["phones"] = tuple(PhoneTime(**phone) for phone in fields["phones"])
        clips.append(Clip(**fields))
    return clips
