"""What is measured on: the held-out recordings of every corpus, each encoded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from avitalk.data.clips import Clip, read_clips
from avitalk.data.split import Part, select
from avitalk.errors import InputError
from avitalk.face import Head
from avitalk.speech import SpeechEncoder
from avitalk.train.talker.measure import german
from avitalk.train.talker.measure.chain import Heard, Mouth, hear
from avitalk.train.talker.measure.closures import (
    Contact,
    chance_rows,
    closure_rows,
    contacts,
    pause_row,
    truth_rows,
)
from avitalk.train.talker.measure.elsewhere import Animated, Wild, hear_facegood, hear_wild
from avitalk.train.talker.measure.filmed import Film, Filmed
from avitalk.train.talker.measure.labels import trusted
from avitalk.types import Motion

ENGLISH: Final = ("speechocean762", "librispeech", "kathleen")
STRANGERS: Final = ("speechocean762", "librispeech")
"""English corpora of which whole speakers are held out."""
POOLED: Final = "English, unheard speakers"


@dataclass(frozen=True)
class Places:
    """Where things are."""

    clips: Path
    """Folder of clip lists with phone times, one `corpus.jsonl` each."""
    data: Path
    """Folder of the prepared corpora."""

    def listed(self, corpus: str, part: Part) -> list[Clip]:
        """The clips of one part. Raises InputError if there is no such list."""
        path = self.clips / f"{corpus}.jsonl"
        if not path.is_file():
            raise InputError(f"{path}: not found; train.speech.prepare writes clip lists")
        return select(read_clips(path), part)


@dataclass(frozen=True)
class Corpora:
    """All recordings with their features; what the talkers are run on."""

    film: Film
    filmed: list[Filmed]
    """GRID's held-out sentences."""
    spoken: dict[str, list[Heard]]
    """Corpora without lips, by the name of their row; clips whose labels the sound contradicts are
    left out."""
    left_out: dict[str, int]
    """How many clips that is."""
    berlin: dict[str, list[Heard]]
    """EmoDB, by the part its speakers are in."""
    labels: Mapping[str, german.Labels]
    """EmoDB's own marks."""
    animated: list[Animated]
    wild: list[Wild]

    @classmethod
    def gather(
        cls,
        encoder: SpeechEncoder,
        head: Head,
        places: Places,
        part: Part,
        *,
        whole_facegood: bool = False,
    ) -> "Corpora":
        """Encode everything. In the test part, EmoDB's validation speakers are a row of their
        own; `whole_facegood` takes all of FACEGOOD, for talkers that were not trained on it.
        """
        film = Film.read(places.data / "grid_s1", head)
        grid = hear(encoder, places.listed("grid_s1", part))
        english = {name: places.listed(name, part) for name in ENGLISH}
        kept = {name: trusted(found) for name, found in english.items()}
        parts: tuple[Part, ...] = ("test", "validation") if part == "test" else (part,)
        berlin = {f"German, {p} speakers": places.listed("emodb", p) for p in parts}
        return cls(
            film,
            [film.filmed(item) for item in grid],
            {name: hear(encoder, found) for name, found in kept.items() if found},
            {name: len(english[name]) - len(found) for name, found in kept.items()},
            {name: hear(encoder, found) for name, found in berlin.items() if found},
            german.read_labels(places.data / "emodb"),
            hear_facegood(encoder, places.data / "facegood", None if whole_facegood else part),
            hear_wild(encoder, places.data / "wild_dev"),
        )

    @property
    def grid(self) -> list[Heard]:
        """GRID's sentences as recordings."""
        return [item.heard for item in self.filmed]

    def german_contacts(self, recordings: Sequence[Heard], limit_mm: float) -> dict[str, Contact]:
        """As in English, with p b m by the marks: whole phones, and their closures alone."""
        groups = contacts(recordings, limit_mm)
        for name, spans in (
            ("p b m", german.phone_spans),
            ("p b m, closure marks", german.closure_spans),
        ):
            found = [spans(self.labels[x.clip.id], x.duration_s) for x in recordings]
            groups[name] = Contact(found, limit_mm)
        return groups


def closure_sets(corpora: Corpora, mouth: Mouth) -> dict[str, Any]:
    """Closures and pauses of every set, and of GRID's film."""
    limit_mm = corpora.film.limit_mm()
    grid = contacts(corpora.grid, limit_mm)
    sets = {"GRID": (corpora.grid, grid)}
    for name, found in corpora.spoken.items():
        sets[name] = (found, contacts(found, limit_mm))
    strangers = [x for name in STRANGERS for x in corpora.spoken.get(name, ())]
    if strangers:
        sets[POOLED] = (strangers, contacts(strangers, limit_mm))
    for name, found in corpora.berlin.items():
        sets[name] = (found, corpora.german_contacts(found, limit_mm))
    rows = {name: _set_row(mouth, found, groups) for name, (found, groups) in sets.items()}
    truth = [item.target.tracked_gap for item in corpora.filmed]
    return {
        "limit mm": limit_mm,
        "left out": corpora.left_out,
        "mean face mm": float(np.mean(np.concatenate(truth))),
        "sets": rows,
        "film": {
            "contacts": truth_rows(corpora.filmed, grid),
            "pauses": pause_row(truth, corpora.grid, limit_mm),
        },
    }


def _set_row(
    mouth: Mouth, recordings: Sequence[Heard], groups: Mapping[str, Contact]
) -> dict[str, Any]:
    motions: list[Motion] = mouth.motions(recordings)
    limit_mm = groups["p b m"].limit_mm
    return {
        "clips": len(recordings),
        "speakers": len({item.clip.speaker for item in recordings}),
        "contacts": closure_rows(mouth, motions, groups),
        "shuffled audio, 25 fps": chance_rows(mouth, motions, groups),
        "pauses": pause_row([mouth.gap(m) for m in motions], recordings, limit_mm),
    }
