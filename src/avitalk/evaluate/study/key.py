"""The key of a study: which neutral name is whose, and what each rater was shown; to and from JSON.

It stays with whoever runs the study and is never handed to raters.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from avitalk.errors import InputError

FORMAT: Final = "avitalk-study-1"
Kind = Literal["rated", "again", "twin"]
Mode = Literal["pairs", "grid"]


@dataclass(frozen=True, slots=True)
class Page:
    """One screen of one rater: videos of one clip side by side."""

    id: str
    """Neutral, and a rater's own."""
    kind: Kind
    """Counted, or a check: an earlier page `again`, or a `twin`, one video in two panels."""
    panels: tuple[str, ...]
    """Neutral names of the videos, from the left."""
    first: str | None = None
    """The page that this one shows again."""


@dataclass(frozen=True, slots=True)
class Video:
    """Whose video a neutral name is."""

    system: str
    clip: str


@dataclass(frozen=True, slots=True)
class Key:
    """All that the pages do not say."""

    study: str
    """Names the study, in pages and ratings files, too."""
    seed: int
    mode: Mode
    systems: tuple[str, ...]
    truth: str | None
    """The system that is a recording of a real face."""
    clips: tuple[str, ...]
    videos: Mapping[str, Video]
    raters: Mapping[str, tuple[Page, ...]]


def export_key(key: Key) -> bytes:
    """As JSON."""
    return (json.dumps({"format": FORMAT, **asdict(key)}, indent=1) + "\n").encode()


def read_key(path: Path) -> Key:
    """Raises InputError if the file is no key that `export_key` wrote."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot read this key ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"{path}: not a key: no JSON ({error})") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"{path}: not a key of format '{FORMAT}'; give the study's key.json")
    try:
        key = _key(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: broken key ({type(error).__name__}: {error})") from error
    for rater, pages in key.raters.items():
        for page in pages:
            unknown = [name for name in page.panels if name not in key.videos]
            if unknown or page.kind not in get_args(Kind):
                raise InputError(f"{path}: broken key (page {page.id} of rater {rater})")
    return key


def _key(found: Mapping[str, Any]) -> Key:
    videos = {name: Video(**video) for name, video in found["videos"].items()}
    raters = {
        rater: tuple(Page(**{**page, "panels": tuple(page["panels"])}) for page in pages)
        for rater, pages in found["raters"].items()
    }
    return Key(
        study=str(found["study"]),
        seed=int(found["seed"]),
        mode=cast(Mode, found["mode"]),
        systems=tuple(found["systems"]),
        truth=found["truth"],
        clips=tuple(found["clips"]),
        videos=videos,
        raters=raters,
    )
