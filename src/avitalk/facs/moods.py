"""moods.yaml in, frozen moods out: everyday words for what is none of the ten emotions, or several.

'Flirty', 'like a drill sergeant', 'as if she had just won the lottery', 'trying not to cry': each
tells shares of emotions and the action units that it brings along or leaves out.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from avitalk.errors import InputError
from avitalk.facs.table import EMOTIONS, Graded, table

PATH: Final = Path(__file__).with_name("moods.yaml")
PLACES: Final = ("words", "nouns", "people", "doing", "had", "cries")
"""Where words can stand: see moods.yaml."""
OWNERS: Final = ("his", "her", "their", "your", "my", "the", "a", "one's")
"""What '~' in a phrase may be."""
FELT: Final = 0.25
"""Moods with less emotion than this are neutral."""
_DOUBLED: Final = "bdgmnprt"
_PAST: Final = {
    "seen": ("saw",), "been": ("was", "were"), "won": ("win", "wins"),
    "fallen": ("fell",), "bitten": ("bit", "bite", "bites"), "broken": ("broke",),
    "forgotten": ("forgot",), "heard": ("hear", "hears"), "lost": ("lose",), "met": ("meet",),
    "become": ("became",), "said": ("say",), "watched": ("watch",), "felt": ("feel",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mood:
    """One mood."""

    name: str
    emotions: tuple[tuple[str, float], ...]
    """Emotion -> share, the largest first; what is missing to 1 is neutral."""
    units: tuple[tuple[int, float], ...]
    """FACS number -> level at strength 0.5."""
    one_side: tuple[int, ...]
    """Units of those that show on one side only."""
    lacking: tuple[int, ...]
    """Units that its emotions have and this mood does not."""
    said: MappingProxyType[str, Graded]
    """PLACES -> phrases with the strength that each suggests."""

    @property
    def main(self) -> str:
        """The emotion that it shows most of; neutral where it shows next to none."""
        return self.emotions[0][0] if sum(share for _, share in self.emotions) > FELT else "neutral"


@cache
def moods() -> MappingProxyType[str, Mood]:
    """The shipped moods by name, loaded once."""
    return read_moods(PATH.read_text(encoding="utf-8"), PATH.name)


@cache
def mood_words() -> MappingProxyType[str, tuple[Mood, float]]:
    """Every phrase of every mood as it may be written -> mood and strength."""
    words: dict[str, tuple[Mood, float]] = {}
    for mood in moods().values():
        for place in PLACES:
            for phrase, strength in mood.said[place].items():
                for way in _ways(phrase.lower(), place):
                    words[way] = (mood, strength)
    return MappingProxyType(words)


def _ways(phrase: str, place: str) -> list[str]:
    """A phrase in the forms of its verb, with each owner."""
    verb, space, rest = phrase.partition(" ")
    ways = [phrase]
    if place == "doing" and verb.endswith("ing"):
        ways += [f"{form}{space}{rest}" for form in _finite(verb)]
    if place == "had":
        forms = _PAST.get(verb, (verb.removesuffix("ed"),))
        ways += [f"{form}{space}{rest}" for form in forms]
    return [way.replace("~", owner) for way in ways for owner in OWNERS[: 99 if "~" in way else 1]]


def _finite(verb: str) -> list[str]:
    """Forms that an -ing form may come from; some are no words, which does no harm."""
    stem = verb.removesuffix("ing")
    bases = [stem, f"{stem}e"]
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] in _DOUBLED:
        bases.append(stem[:-1])
    third = [f"{base}s" for base in bases]
    if stem.endswith("y"):
        third.append(f"{stem[:-1]}ies")
    return [*bases, *third, f"{stem}es"]


def read_moods(text: str, source: str) -> MappingProxyType[str, Mood]:
    """Parse and check moods. Raises InputError naming the entry that is wrong."""
    import yaml  # noqa: PLC0415  slow to import, and only needed here

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        rows = yaml.load(text, loader)
    except yaml.YAMLError as error:
        raise InputError(f"{source}: {error}") from error
    if not isinstance(rows, dict):
        raise InputError(f"{source}: must be a table of moods")
    return MappingProxyType(
        {str(name): _mood(str(name), row, source) for name, row in rows.items()}
    )


def _mood(name: str, row: dict[str, Any], source: str) -> Mood:
    where = f"{source}: {name}"
    if not isinstance(row, dict) or (strange := set(row) - {*_FACTS, *PLACES}):
        given = ", ".join(sorted(strange)) if isinstance(row, dict) else row
        raise InputError(f"{where}: '{given}'; allowed: {', '.join((*_FACTS, *PLACES))}")
    emotions = sorted(row.get("emotions", {}).items(), key=lambda entry: -entry[1])
    if not emotions or any(key not in EMOTIONS for key, _ in emotions):
        raise InputError(f"{where}.emotions: must be some of {', '.join(EMOTIONS)} with shares")
    if not 0 < sum(share for _, share in emotions) <= 1.001:
        raise InputError(f"{where}.emotions: shares must sum to at most 1")
    units = row.get("units", {})
    named = [*units, *row.get("one_side", []), *row.get("lacking", [])]
    for number in named:
        if str(number) not in table().units:
            raise InputError(f"{where}: unknown action unit {number}")
    said = {}
    for place in PLACES:
        for phrase, strength in row.get(place, {}).items():
            if not isinstance(strength, int | float) or not 0 <= strength <= 1:
                raise InputError(f"{where}.{place}.{phrase}: '{strength}'; allowed: 0 to 1")
        said[place] = MappingProxyType({str(p): float(v) for p, v in row.get(place, {}).items()})
    return Mood(
        name, tuple(emotions), tuple((int(n), float(v)) for n, v in units.items()),
        tuple(row.get("one_side", [])), tuple(row.get("lacking", [])), MappingProxyType(said),
    )  # fmt: skip


_FACTS: Final = ("emotions", "units", "one_side", "lacking")
