"""table.yaml in, frozen facts out: emotions, action units, ARKit weights, graded words.

Everything is checked once, when loaded: shapes are ARKit's, levels 0 to 1, units known.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from avitalk.arkit import INDEX
from avitalk.errors import InputError

EMOTIONS: Final[tuple[str, ...]] = (
    "neutral", "happiness", "sadness", "anger", "fear", "disgust", "surprise", "boredom", "calm",
    "contempt",
)  # fmt: skip
REGIONS: Final[tuple[str, ...]] = ("brows", "eyes", "cheeks", "nose", "mouth", "head")
VOICE: Final[tuple[str, ...]] = ("pitch", "liveliness", "loudness", "rate", "breath")
PATH: Final = Path(__file__).with_name("table.yaml")

Side = Literal["both", "left", "right"]
Graded = MappingProxyType[str, float]
"""Words and the strength, 0 to 1, that each suggests."""
Rule = tuple[tuple[str, ...], ...]
"""A word or phrase of each group must stand in the clause; '*' stands for any ending. Of a group
that begins with '!' none may stand."""


@dataclass(frozen=True, slots=True)
class Words:
    """The ways to say one movement, as phrases for a grammar."""

    plural: bool
    """Whether the bodies are plural."""
    bodies: tuple[str, ...]
    """What moves, without article: 'inner brows'."""
    state: tuple[str, ...]
    """How it is, after 'are' or after the body: 'pulled together'."""
    does: tuple[str, ...]
    """What it does, plural verb: 'pull together'."""
    do: tuple[str, ...]
    """What the actor does, base form with 'the': 'pull the brows together'."""
    thing: tuple[str, ...]
    """What one sees; '~' where an adjective of degree may stand: 'a ~ frown'."""


@dataclass(frozen=True, slots=True)
class ActionUnit:
    """One action unit of FACS, or a blend of several that has words of its own."""

    numbers: tuple[int, ...]
    """FACS numbers: one, or several for a blend such as 1+2."""
    name: str
    region: str
    """A member of REGIONS."""
    shapes: tuple[tuple[str, float], ...]
    """ARKit shape -> weight at level 1, both sides listed; empty for blends and head movements."""
    head: tuple[float, float, float]
    """Head turn at level 1: yaw, pitch, roll in radians."""
    lean_m: float
    """Head movement toward the viewer at level 1, metres."""
    eyes: tuple[float, float]
    """Turn of both eyes at level 1: yaw, pitch in radians."""
    words: Words
    one_side: Words | None
    """Words for one side of the face only, or None."""
    slack: bool
    """Whether it is a letting go, which words of force do not suit."""
    rules: tuple[Rule, ...]
    """How a reader knows it; any rule suffices."""

    def weights(self, level: float = 1.0, *, side: Side = "both") -> dict[str, float]:
        """ARKit weights of the unit at `level` 0..1, on both sides or one."""
        other = {"both": "", "left": "Right", "right": "Left"}[side]
        return {
            name: level * weight
            for name, weight in self.shapes
            if not (other and name.endswith(other))
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A unit's part in an emotion."""

    number: int
    level: float
    """Typical level, 0 to 1, of a full performance."""
    share: float
    """Share of performances in which it shows, 0 to 1."""
    core: bool
    one_sided: bool


@dataclass(frozen=True, slots=True)
class Emotion:
    """One emotion: its units, its usual voice, its words."""

    name: str
    source: str
    parts: tuple[Part, ...]
    rest: float
    """Share of performances in which part of the face is said to be at rest."""
    voice: MappingProxyType[str, float]
    """VOICE name -> usual deviation from a speaker's normal voice, -1 to 1."""
    adjectives: Graded
    after_verb: Graded
    """Adjectives and phrases that cannot stand before a noun."""
    nouns: Graded
    adverbs: Graded
    scenes: Graded
    """Phrases that follow 'like someone'."""
    also: Graded
    """Words a reader knows beside these, that the grammar does not write."""


@dataclass(frozen=True, slots=True)
class Degree:
    """One grade of strength and its words, by place in the sentence (see table.yaml)."""

    level: float
    before: tuple[str, ...]
    after: tuple[str, ...]
    adjective: tuple[str, ...]
    modifier: tuple[str, ...]
    amount: tuple[str, ...]
    manner: tuple[str, ...]
    also: tuple[str, ...]
    """Words a reader knows beside these, that the grammar does not write."""
    percent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """A region at rest: its words and how to know them."""

    region: str
    words: Words
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Everyday:
    """An everyday word for one movement or several: 'wink', 'pout'."""

    name: str
    units: tuple[tuple[int, float | None], ...]
    """FACS number -> level of it; None where the word states none."""
    one_side: bool
    """Whether it shows on one side of the face only."""
    denied: bool
    """Whether it says that the units do not show: 'mouth closed'."""
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All of table.yaml."""

    emotions: MappingProxyType[str, Emotion]
    units: MappingProxyType[str, ActionUnit]
    """By key: '4', or '1+2' for blends."""
    degrees: tuple[Degree, ...]
    """Weakest first."""
    rest: tuple[Rest, ...]
    synonyms: tuple[tuple[str, ...], ...]
    """Sets of words that may stand for each other."""
    everyday: tuple[Everyday, ...]
    figurative: tuple[str, ...]
    """Phrases that name parts of the face and mean none: 'raise the voice'."""


@cache
def table() -> Table:
    """The shipped table, loaded once."""
    return read_table(PATH.read_text(encoding="utf-8"), PATH.name)


def emotion(name: str) -> Emotion:
    """An emotion by name. Raises InputError for an unknown one."""
    if name not in table().emotions:
        raise InputError(f"unknown emotion '{name}'; available: {', '.join(EMOTIONS)}")
    return table().emotions[name]


def action_unit(number: int) -> ActionUnit:
    """An action unit by its FACS number. Raises InputError for one the table does not hold."""
    found = table().units.get(str(number))
    if found is None:
        held = ", ".join(key for key in table().units if "+" not in key)
        raise InputError(f"unknown action unit {number}; available: {held}")
    return found


def read_table(text: str, source: str) -> Table:
    """Parse and check a table. Raises InputError naming the entry that is wrong."""
    import yaml  # noqa: PLC0415  slow to import, and only needed here

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        rows = yaml.load(text, loader)
    except yaml.YAMLError as error:
        raise InputError(f"{source}: {error}") from error
    if not isinstance(rows, dict):
        raise InputError(f"{source}: must hold emotions, degrees, action_units and rest")
    return _Reader(source, rows).read()


class _Reader:
    """Turns the parsed YAML into a Table; every complaint names its place."""

    def __init__(self, source: str, rows: dict[str, Any]) -> None:
        self.source, self.rows = source, rows
        self.letters: dict[str, float] = {}

    def read(self) -> Table:
        self.letters = self.mapping(self.rows, "levels", "")
        for letter in self.letters:
            self.share(self.letters[letter], f"levels.{letter}")
        units = {}
        for key, row in self.mapping(self.rows, "action_units", "").items():
            units[str(key)] = self.unit(str(key), row)
        emotions = self.mapping(self.rows, "emotions", "")
        if set(emotions) != set(EMOTIONS):
            raise self.wrong("emotions", f"must be exactly {', '.join(EMOTIONS)}")
        degrees = [self.degree(i, row) for i, row in enumerate(self.rows.get("degrees", []))]
        levels = [degree.level for degree in degrees]
        if not levels or levels != sorted(set(levels)):
            raise self.wrong("degrees", "levels must rise from grade to grade")
        rest = [self.rest(name, row) for name, row in self.mapping(self.rows, "rest", "").items()]
        return Table(
            MappingProxyType(
                {name: self.emotion(name, emotions[name], units) for name in EMOTIONS}
            ),
            MappingProxyType(units),
            tuple(degrees),
            tuple(rest),
            tuple(self.texts(words, "synonyms") for words in self.rows.get("synonyms", [])),
            tuple(
                self.everyday(str(name), row, units)
                for name, row in self.mapping(self.rows, "everyday", "", optional=True).items()
            ),
            tuple(self.rows.get("figurative", [])),
        )

    def unit(self, key: str, row: dict[str, Any]) -> ActionUnit:
        where = f"action_units.{key}"
        if not all(number.isdigit() for number in key.split("+")):
            raise self.wrong(where, "must be FACS numbers such as 4 or 1+2")
        region = row.get("region")
        if region not in REGIONS:
            raise self.wrong(where, f"unknown region '{region}'; available: {', '.join(REGIONS)}")
        yaw, pitch, roll = self.numbers(row, "head", 3, where)
        eye_yaw, eye_pitch = self.numbers(row, "eyes", 2, where)
        one_side = row.get("one_side")
        return ActionUnit(
            numbers=tuple(int(number) for number in key.split("+")),
            name=str(row.get("name", "")),
            region=region,
            shapes=self.shapes(row, where),
            head=(yaw, pitch, roll),
            lean_m=float(row.get("lean", 0.0)),
            eyes=(eye_yaw, eye_pitch),
            words=self.words(row, where),
            one_side=None if one_side is None else self.words(one_side, f"{where}.one_side"),
            slack=row.get("slack") is True,
            rules=self.rules(row, where),
        )

    def shapes(self, row: dict[str, Any], where: str) -> tuple[tuple[str, float], ...]:
        found = []
        for name, weight in self.mapping(row, "shapes", where, optional=True).items():
            sided = (name,) if name in INDEX else (f"{name}Left", f"{name}Right")
            if sided[0] not in INDEX:
                raise self.wrong(f"{where}.shapes", f"unknown shape '{name}'; ARKit's 52 names, "
                                 "without Left or Right for both sides")  # fmt: skip
            level = self.share(weight, f"{where}.shapes.{name}")
            found += [(side, level) for side in sided]
        return tuple(found)

    def words(self, row: dict[str, Any], where: str) -> Words:
        bodies = row.get("bodies")
        plural = not isinstance(bodies, dict)
        named = bodies.get("one") if isinstance(bodies, dict) else bodies
        texts = {key: self.texts(row.get(key), f"{where}.{key}") for key in _SAID}
        return Words(plural, self.texts(named, f"{where}.bodies"), **texts)

    def rules(self, row: dict[str, Any], where: str) -> tuple[Rule, ...]:
        rules = row.get("read")
        if not isinstance(rules, list) or not rules:
            raise self.wrong(f"{where}.read", "must be a list of rules")
        return tuple(tuple(self.texts(g, f"{where}.read") for g in rule) for rule in rules)

    def emotion(self, name: str, row: dict[str, Any], units: dict[str, ActionUnit]) -> Emotion:
        where = f"emotions.{name}"
        sided = row.get("one_side", [])
        parts = []
        for kind in ("core", "optional"):
            for number, given in self.mapping(row, kind, where).items():
                place = f"{where}.{kind}.{number}"
                if str(number) not in units:
                    raise self.wrong(place, f"unknown action unit {number}")
                if not isinstance(given, list) or len(given) != 2 or given[0] not in self.letters:
                    raise self.wrong(place, f"'{given}'; needed: [level A to E, share 0 to 1]")
                if number in sided and units[str(number)].one_side is None:
                    raise self.wrong(place, "shown on one side, but the unit has no such words")
                share = self.share(given[1], place)
                level = self.letters[given[0]]
                parts.append(Part(number, level, share, kind == "core", number in sided))
        voice = self.mapping(row, "voice", where)
        if set(voice) != set(VOICE):
            raise self.wrong(f"{where}.voice", f"must name {', '.join(VOICE)}")
        graded = {key: self.graded(row, key, where) for key in _GRADED}
        graded["also"] = self.graded({"also": {}, **row}, "also", where)
        rest = self.share(row.get("rest"), f"{where}.rest")
        return Emotion(
            name, str(row.get("source", "")), tuple(parts), rest, MappingProxyType(voice), **graded
        )

    def degree(self, i: int, row: dict[str, Any]) -> Degree:
        where = f"degrees.{i + 1}"
        level = self.share(row.get("level"), f"{where}.level")
        texts = {key: self.texts(row.get(key), f"{where}.{key}") for key in _PLACES}
        return Degree(level=level, percent=tuple(int(p) for p in row["percent"]), **texts)

    def rest(self, region: str, row: dict[str, Any]) -> Rest:
        where = f"rest.{region}"
        if region not in REGIONS:
            raise self.wrong(where, f"unknown region; available: {', '.join(REGIONS)}")
        return Rest(region, self.words(row, where), self.rules(row, where))

    def everyday(self, name: str, row: dict[str, Any], units: dict[str, ActionUnit]) -> Everyday:
        where = f"everyday.{name}"
        levels = []
        for number, level in self.mapping(row, "units", where).items():
            if str(number) not in units:
                raise self.wrong(f"{where}.units.{number}", f"unknown action unit {number}")
            stated = None if level is None else self.share(level, f"{where}.units.{number}")
            levels.append((int(number), stated))
        sided, denied = row.get("one_side") is True, row.get("denied") is True
        return Everyday(name, tuple(levels), sided, denied, self.rules(row, where))

    def graded(self, row: dict[str, Any], key: str, where: str) -> Graded:
        words = self.mapping(row, key, where)
        return MappingProxyType(
            {str(w): self.share(level, f"{where}.{key}.{w}") for w, level in words.items()}
        )

    def mapping(
        self, row: dict[str, Any], key: str, where: str, *, optional: bool = False
    ) -> dict[Any, Any]:
        found = row.get(key, {} if optional else None)
        if not isinstance(found, dict):
            raise self.wrong(f"{where}.{key}".lstrip("."), "must be a table of names and values")
        return found

    def numbers(self, row: dict[str, Any], key: str, count: int, where: str) -> list[float]:
        found = row.get(key, [0.0] * count)
        if not isinstance(found, list) or len(found) != count:
            raise self.wrong(f"{where}.{key}", f"must be {count} angles in radians")
        return [float(value) for value in found]

    def texts(self, found: Any, where: str) -> tuple[str, ...]:
        if not isinstance(found, list) or not found or not all(isinstance(t, str) for t in found):
            raise self.wrong(where, f"'{found}'; needed: a list of phrases")
        return tuple(found)

    def share(self, value: Any, where: str) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= 1:
            raise self.wrong(where, f"'{value}'; allowed: 0 to 1")
        return float(value)

    def wrong(self, where: str, what: str) -> InputError:
        return InputError(f"{self.source}: {where}: {what}")


_SAID: Final = ("state", "does", "do", "thing")
_GRADED: Final = ("adjectives", "after_verb", "nouns", "adverbs", "scenes")
_PLACES: Final = ("before", "after", "adjective", "modifier", "amount", "manner", "also")
