"""What was asked of the lips, beside what was measured: the first table of the results page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avitalk.evaluate.metrics.lips import RULES
from avitalk.train.talker.marks import interval, percents, table

Rows = Mapping[str, Any]
Value = Mapping[str, float]


def exactly(value: float) -> dict[str, float]:
    """A value without an interval."""
    return {"mean": value, "low": value, "high": value}


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing asked: between `least` and `most`, as a gate or as a target."""

    what: str
    value: Value
    """mean, low, high."""
    least: float | None = None
    most: float | None = None
    shares: bool = False
    """Shown in per cent."""
    target: bool = False
    """A target instead of a gate."""

    @property
    def holds(self) -> bool:
        """Whether the mean keeps within the bounds."""
        mean = self.value["mean"]
        return (self.least is None or mean >= self.least) and (
            self.most is None or mean <= self.most
        )

    @property
    def asked(self) -> str:
        """gate: at least 90 %"""
        if self.least is not None and self.most is not None:
            bounds = f"{self._shown(self.least)} to {self._shown(self.most)}"
        elif self.least is not None:
            bounds = f"at least {self._shown(self.least)}"
        else:
            bounds = f"at most {self._shown(self.most or 0.0)}"
        return f"{'target' if self.target else 'gate'}: {bounds}"

    def _shown(self, bound: float) -> str:
        return f"{100 * bound:g} %" if self.shares else f"{bound:g}"

    def line(self) -> list[str]:
        """Cells of the table."""
        value = percents(self.value) if self.shares else interval(self.value)
        return [self.what, value, self.asked, "yes" if self.holds else "**no**"]


ENGLISH: Final = ("English, unheard speakers", "speechocean762", "librispeech", "kathleen", "GRID")
CLOSED_ENGLISH, CLOSED_GERMAN, CLOSED_VOWELS, CONTACT_TEETH = 0.90, 0.85, 0.12, 0.85


def bars(lips: Rows) -> Iterator[Bar]:
    """Everything issue 4 asks that can be measured on the recordings at hand."""
    tracking, wild = lips["tracking"], lips["wild"]
    yield from _twice("aperture r, GRID sentences", tracking["aperture r"], 0.84, 0.88)
    yield from _twice("width r, GRID sentences", tracking["width r"], 0.60, 0.65)
    yield from _twice("aperture r, in the wild", wild["aperture r"], 0.45, 0.55)
    yield Bar("spread of the aperture over truth's", tracking["spread ratio"], 0.8, 1.2)
    opening = "opening of open vowels mm"
    yield Bar(f"{opening} over truth's", _over(tracking, opening), 0.8, 1.2)
    yield from contact_bars(lips["closure"]["sets"])
    for name, row in lips["closure"]["sets"].items():
        if row["pauses"]:
            yield Bar(f"{name}: frames closed in pauses", row["pauses"], 0.97, shares=True)
    for name in ("white noise, 10 dB", "room, T60 0.5 s"):
        fall = lips["robustness"][name]["fall of r"]
        yield Bar(f"fall of r, {name}", fall, most=0.10)
        yield Bar(f"fall of r, {name}", fall, most=0.06, target=True)
    for name in ("level x0.5", "level x2"):
        most = lips["robustness"][name]["largest change mm"]
        yield Bar(f"{name}: largest change of the gap in mm", _exactly(most), most=0.01)
    yield Bar("jitter over smoothed truth's", tracking["jitter ratio"], 0.7, 1.2)
    yield Bar("encoder and talker in MB", _exactly(lips["cost"]["megabytes"]), most=15)


def section(lips: Rows) -> str:
    """The table. Contacts are taken at the video rate at which they are worst."""
    head = ["", "measured", "asked", "holds"]
    return (
        "Contacts stand at their worst of 24, 25, 30, 50 and 60 fps; the rules are explained "
        f"under Closures.\n\n{table(head, [bar.line() for bar in bars(lips)])}"
    )


def worst(found: Rows, *, highest: bool = False) -> Value:
    """The row of the video rate with the lowest, or highest, mean."""
    choose = max if highest else min
    row: Value = choose(found.values(), key=lambda value: value["mean"])
    return row


def contact_bars(sets: Rows) -> Iterator[Bar]:
    """What is asked of closures, set by set."""
    names: Sequence[str] = [name for name in ENGLISH if name in sets]
    names = [*names, *(name for name in sets if name not in ENGLISH)]
    for name in names:
        contacts = sets[name]["contacts"]
        closed = CLOSED_ENGLISH if name in ENGLISH else CLOSED_GERMAN
        for rule in RULES:
            for group, found in contacts.items():
                what = f"{name}: {group}, {rule}"
                if not found[rule]:
                    continue
                if group == "vowels":
                    most = worst(found[rule], highest=True)
                    yield Bar(what, most, most=CLOSED_VOWELS, shares=True)
                elif group == "f v":
                    yield Bar(what, worst(found[rule]), CONTACT_TEETH, shares=True, target=True)
                else:
                    yield Bar(what, worst(found[rule]), closed, shares=True)


def _twice(what: str, value: Value, gate: float, target: float) -> Iterator[Bar]:
    yield Bar(what, value, gate)
    yield Bar(what, value, target, target=True)


def _exactly(value: float) -> Value:
    return {"mean": value, "low": value, "high": value}


def _over(rows: Rows, name: str) -> Value:
    """A measure over the mean of truth's."""
    truth = rows[f"{name}, truth"]["mean"]
    return {key: rows[name][key] / truth for key in ("mean", "low", "high")}
