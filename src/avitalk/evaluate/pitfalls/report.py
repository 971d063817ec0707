"""Saved JSON -> docs/results/pitfalls.md."""

from collections.abc import Mapping
from typing import Any, Final

from avitalk.evaluate.metrics.catalogue import METRICS, POINTS
from avitalk.evaluate.pitfalls import texts
from avitalk.evaluate.pitfalls.damages import EXPLAINED

MARKS: Final = {"sees": "·", "misses": "=", "praises": "**▲**", "refuses": "—"}
_HEAD: Final = """\
# Which metric improves when the output gets worse

Held-out filmed faces ({clips} test sentences of GRID, 82 tracked points: lips, chin, brows, lids,
nose) are truth. A prediction is truth mixed with smooth noise on its 12 principal movements, as
much movement as truth has: *close* with noise of 0.3 of the spread, *rough* with 0.8. Each is
then made worse in a known way, and every metric of [metrics.md](../metrics.md) is taken before and
after, clip by clip (distances between sets: by tens of clips).

**▲** the metric says it got **better** · `=` it cannot tell · `·` it sees the damage · `—` it
refuses to give a number. Better and worse: the 95 % bootstrap interval of the paired difference
leaves out 0. Sync distances are of a linear audio-lip embedding learnt on training clips
(CCA), a stand-in for a trained expert; style features are means and spreads of the 12 movements.

Written by `python -m avitalk.evaluate.pitfalls --data DIR --out docs/results`; the numbers are in
`pitfalls.json`.
"""
_TEXTS: Final = """\
## Texts

{texts} instructions of drawn facts, written by the grammar's usual words; {references} references
each by its held-out words, of the same facts. BLEU is of corpora of ten.
"""


def page(saved: Mapping[str, Any], notes: str) -> str:
    """The results page; `notes` is text by hand, put after the head."""
    names = list(EXPLAINED)
    parts = [_HEAD.format(clips=saved["clips"])]
    if notes:
        parts.append(notes)
    parts.append(f"## Damages\n\n{_explained(EXPLAINED)}")
    for prediction, found in saved["predictions"].items():
        title = f"## A {prediction} prediction"
        parts.append(f"{title}\n\n{_table(found['damages'], saved['truth'], names)}")
    parts.append(f"## Praised damages\n\n{_praised(saved, names)}")
    told = saved["texts"]
    head = _TEXTS.format(texts=told["texts"], references=told["references"])
    table = _text_table(told["damages"], list(texts.EXPLAINED))
    parts.append(f"{head}\n{_explained(texts.EXPLAINED)}\n{table}")
    return "\n".join(parts)


def _explained(damages: Mapping[str, str]) -> str:
    rows = "\n".join(f"| {name} | {text} |" for name, text in damages.items())
    return f"| name | what is done |\n|---|---|\n{rows}\n"


def _text_table(damages: Mapping[str, Any], names: list[str]) -> str:
    lines = ["| metric | before | " + " | ".join(names) + " |", "|---" * (2 + len(names)) + "|"]
    for metric, first in damages[names[0]].items():
        row = [damages[name][metric] for name in names]
        cells = [f"{cell['after']:.3g} {MARKS[cell['verdict']]}" for cell in row]
        lines.append("| " + " | ".join([f"`{metric}`", f"{first['before']:.3g}", *cells]) + " |")
    return "\n".join(lines) + "\n"


def _table(damages: Mapping[str, Any], truth: Mapping[str, float], names: list[str]) -> str:
    lines = [
        "| metric | | truth | before | " + " | ".join(names) + " |",
        "|---" * (4 + len(names)) + "|",
    ]
    for metric in damages[names[0]]:
        row = [damages[name][metric] for name in names]
        before = next(cell["before"] for cell in row if "before" in cell)
        real = f"{truth[metric]:.3g}" if metric in truth else ""
        cells = [f"`{metric}`", POINTS[METRICS[metric].better], real, f"{before:.3g}"]
        cells += [MARKS[cell["verdict"]] for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _praised(saved: Mapping[str, Any], names: list[str]) -> str:
    lines = ["| damage | prediction | metrics that improve (before → after) |", "|---|---|---|"]
    for name in names:
        for prediction, found in saved["predictions"].items():
            rows = found["damages"][name].items()
            praising = [
                f"`{metric}` {row['before']:.3g} → {row['after']:.3g}"
                for metric, row in rows
                if row["verdict"] == "praises"
            ]
            lines.append(f"| {name} | {prediction} | {', '.join(praising) or 'none'} |")
    return "\n".join(lines) + "\n"
