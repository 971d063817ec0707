"""Saved JSON -> `docs/results/style.md`: `python -m avitalk.train.style.measure report`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from avitalk.train.style.measure import report_sections as sections
from avitalk.train.style.measure.following import FULL
from avitalk.train.style.measure.lips import POOLED, WRITTEN
from avitalk.train.style.measure.masks import POOLED as CAPTURED
from avitalk.train.style.measure.realism import OVER
from avitalk.train.talker.gates import Bar, exactly
from avitalk.train.talker.marks import table

Rows = Mapping[str, Any]
COMMANDS: Final = """\
```
python -m avitalk.train.style.measure masks follow film ablation retrieval lips wild realism \\
    swap examples free sheets --data FOLDER --clips FOLDER --landmarker face_landmarker.task \\
    --films FOLDER --ablation without\\ augmentation=FILE ...
python benchmarks/style.py --write
python -m avitalk.train.style.measure report
```
"""
NO_DIFFUSION: Final = "without diffusion"
MOST_MB: Final = 60


def bars(saved: Rows) -> Iterator[Bar]:
    """Everything issue 6 asks that has been measured."""
    makers = {
        "masks": _masks, "follow": _follow, "film": _film, "ablation": _ablation,
        "retrieval": _retrieval, "lips": _lips, "wild": _wild, "realism": _realism, "time": _time,
    }  # fmt: skip
    for name, make in makers.items():
        if name in saved:
            yield from make(saved[name])


def _masks(row: Rows) -> Iterator[Bar]:
    for kind, regions in row["ratios"].items():
        for region, value in regions.items():
            if region == "all" or kind == CAPTURED:
                what = f"variation of brows, lids and cheeks over captured, {kind}"
                what += "" if region == "all" else f": {region}"
                yield Bar(what, value, 0.6, 1.4)
    least = row["least"]
    what = f"least variation ({least['region']}, {least['emotion']}) over captured"
    yield Bar(what, exactly(least["share"]), 0.1)


def _both(what: str, row: Rows) -> Iterator[Bar]:
    for name, text, gate, target in (
        ("named", "named units rise", 0.80, 0.90),
        ("unnamed", "unnamed units stay", 0.75, 0.85),
    ):
        yield Bar(f"{what}: {text}", row[name], gate, shares=True)
        yield Bar(f"{what}: {text}", row[name], target, shares=True, target=True)


def _follow(row: Rows) -> Iterator[Bar]:
    sets = exactly(row["unit sets"])
    yield Bar(f"distinct sets of units in {row['instructions']} instructions", sets, 100)
    yield from _both("on the Motion", row["rows"][FULL])


def _film(row: Rows) -> Iterator[Bar]:
    yield from _both("rendered and tracked", row["rows"][FULL])


def _ablation(row: Rows) -> Iterator[Bar]:
    for name, found in row["rows"].items():
        if name == NO_DIFFUSION:
            yield Bar(
                f"style diversity, {name}", found["diversity"]["within a text"], most=0.0
            )  # fmt: skip


def _retrieval(row: Rows) -> Iterator[Bar]:
    what = f"retrieval R@1 of {row['sets']}, median of {row['draws']} draws"
    yield Bar(what, exactly(row["median R@1"]), 0.5, target=True)


def _lips(row: Rows) -> Iterator[Bar]:
    for name in (POOLED, WRITTEN):
        if name not in row["rows"]:
            continue
        found = row["rows"][name]
        yield Bar(f"GRID, {name}: fall of aperture r", found["fall of r"], most=0.03)
        worst = max((r["fall"] for r in found["closures"].values()), key=lambda v: v["mean"])
        what = f"GRID, {name}: fall of p b m closure, worst rate"
        yield Bar(what, worst, most=0.03, shares=True)
    felt = {n: r for n, r in row["rows"].items() if n not in (POOLED, WRITTEN)}
    if felt:
        name = max(felt, key=lambda n: felt[n]["fall of r"]["mean"])
        yield Bar(
            f"GRID, worst emotion ({name}): fall of aperture r", felt[name]["fall of r"], most=0.03
        )  # fmt: skip


def _wild(row: Rows) -> Iterator[Bar]:
    what = "in the wild, all emotions: fall of aperture r"
    yield Bar(what, row["fall of r"][POOLED], most=0.03)


def _realism(row: Rows) -> Iterator[Bar]:
    for name, found in row["rows"].items():
        if OVER in name:
            yield Bar(f"realism: {name}", found, 0.6, target=True)


def _time(row: Rows) -> Iterator[Bar]:
    yield Bar("stage 2 over the audio's length", exactly(row["stage 2"]), most=0.05)
    yield Bar("animate to Motion over the audio's length", exactly(row["animate"]), most=0.25)
    yield Bar("all weights, MB", exactly(row["megabytes"]), most=MOST_MB)


def page(saved: Rows, notes: str = "") -> str:
    """The whole page, of the parts that there are."""
    parts: Sequence[tuple[str, str, Any]] = (
        ("masks", "No masks", sections.masks_section),
        ("follow", "Instructions followed, on the Motion", sections.follow_section),
        ("film", "Instructions followed, rendered and tracked", sections.film_section),
        ("free", "Sixty texts in free words (figure 10)", sections.free_section),
        ("ablation", "What each part brings (table 4)", sections.ablation_section),
        ("retrieval", "From words to styles", sections.retrieval_section),
        ("lips", "What expression costs the lips", sections.lips_section),
        ("wild", "Lips in the wild", sections.wild_section),
        ("swap", "Content and style exchanged (figure 4)", sections.swap_section),
        ("realism", "A judge who learnt from filmed faces", sections.realism_section),
        ("examples", "Style from examples", sections.examples_section),
        ("sheets", "Seen", sections.sheets_section),
        ("time", "Time", sections.time_section),
    )
    asked = table(["", "measured", "asked", "reached"], [bar.line() for bar in bars(saved)])
    made = [f"## {title}\n\n{make(saved[name])}" for name, title, make in parts if name in saved]
    if notes.strip():
        made.append(f"## Notes\n\n{notes.strip()}\n")
    return (
        "# Stage 2: what the face does of what the words say\n\n"
        "Generated from `style.json` beside this page. Intervals are 95 %, by bootstrap over "
        "instructions, recordings or performances. Everything is measured on recordings and texts "
        f"that nothing was trained on. Each part is made by:\n\n{COMMANDS}\n"
        f"## Gates and targets\n\n{asked}\n" + "\n".join(made)
    )
