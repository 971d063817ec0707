"""Clips, systems and raters in, the pages of every rater out: balanced orders, and checks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from avitalk.chance import Draw
from avitalk.evaluate.study.design import balanced_rows, below, groups, shuffled
from avitalk.evaluate.study.key import Kind, Page


@dataclass(frozen=True, slots=True)
class Design:
    """What the one who runs the study decides."""

    raters: int
    """Pages are made for so many."""
    pairs: bool
    """Two systems side by side, else all of a clip."""
    pages: int | None = None
    """Pages with new videos for each rater at most; all of them if None."""
    checks: int | None = None
    """Pages shown again, and as many with one video twice; one of each in ten if None."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page shows, before it has a name."""

    kind: Kind
    panels: tuple[str, ...]
    first: int | None = None
    """Which page is shown again, counted in order of `Screen`s that are rated."""


def plan(
    study: str,
    names: Mapping[tuple[int, int], str],
    clips: int,
    systems: int,
    design: Design,
) -> dict[str, tuple[Page, ...]]:
    """The pages of each rater; `names` gives the video of (clip, system).

    Raters take rows of balanced squares, for the order of pages and for places within a page. With
    fewer pages than there are, each rater takes the next ones, so that all are seen equally often
    to one.
    """
    sets = groups(systems, design.pairs)
    items = shuffled(
        [(clip, number) for clip in range(clips) for number in range(len(sets))],
        Draw(design.seed, "study items"),
    )
    count = min(design.pages or len(items), len(items))
    orders = balanced_rows(count)
    width = max(2, len(str(design.raters)))
    raters = {}
    for r in range(design.raters):
        mine = [items[(r * count + k) % len(items)] for k in range(count)]
        rated = []
        for k in orders[r % len(orders)]:
            clip, number = mine[k]
            places = balanced_rows(len(sets[number]))
            place = places[(r + clip + number) % len(places)]
            panels = tuple(names[clip, sets[number][at]] for at in place)
            rated.append(Screen("rated", panels))
        name = f"{r + 1:0{width}d}"
        screens = with_checks(rated, design.checks, Draw(design.seed, f"study checks {name}"))
        raters[name] = _named(screens, f"{study} {name}")
    return raters


def with_checks(rated: list[Screen], checks: int | None, draw: Draw) -> list[Screen]:
    """Add pages shown again, half of the pages later, and pages with one video in two panels.

    A page shown again has its videos in reverse, so that what is remembered is not the place.
    """
    count = len(rated)
    wanted = min(max(1, round(count / 10)) if checks is None else checks, count)
    early = (count + 1) // 2
    after: dict[int, list[Screen]] = {}
    for first in shuffled(range(early if wanted <= early else count), draw)[:wanted]:
        latest = min(first + max(1, count // 2), count)
        place = latest + below(count - latest + 1, draw)
        after.setdefault(place, []).append(Screen("again", rated[first].panels[::-1], first))
    for source in shuffled(range(count), draw)[:wanted]:
        panels = list(rated[source].panels)
        one, other = shuffled(range(len(panels)), draw)[:2]
        panels[other] = panels[one]
        place = 1 + below(count, draw)
        after.setdefault(place, []).append(Screen("twin", tuple(panels)))
    screens: list[Screen] = []
    for place in range(count + 1):
        screens += after.get(place, [])
        screens += rated[place : place + 1]
    return screens


def _named(screens: list[Screen], salt: str) -> tuple[Page, ...]:
    """Give each page a name that says nothing."""
    ids = [hashlib.sha256(f"{salt} {at}".encode()).hexdigest()[:10] for at in range(len(screens))]
    rated = [name for name, screen in zip(ids, screens, strict=True) if screen.kind == "rated"]
    return tuple(
        Page(
            name, screen.kind, screen.panels, None if screen.first is None else rated[screen.first]
        )
        for name, screen in zip(ids, screens, strict=True)
    )
