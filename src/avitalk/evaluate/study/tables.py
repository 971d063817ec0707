"""Findings in, a Markdown page out: the paper's Table 2 with intervals, tests, agreement."""

import math
from collections.abc import Iterable

from avitalk.evaluate.study.paired import Contrast
from avitalk.evaluate.study.questions import HIGHEST, LOWEST, QUESTIONS
from avitalk.evaluate.study.report import Findings
from avitalk.evaluate.study.scores import Mean

TITLES = {question.id: question.title for question in QUESTIONS}
DASH = "–"


def mos_table(found: Findings) -> str:
    """Rows are systems, columns are questions; the best system of each is bold."""
    rivals = [system for system in found.systems if system != found.truth]
    rows = []
    for system in found.systems:
        row = [f"{_cell(system)} (recorded face)" if system == found.truth else _cell(system)]
        for question in QUESTIONS:
            score = found.score(system, question.id)
            best = max(found.score(rival, question.id).value for rival in rivals)
            mark = "**" if system in rivals and score.value == best else ""
            row.append(_mean(score, mark))
        rows.append(row)
    return _table(["system", *TITLES.values()], rows)


def export_page(found: Findings) -> bytes:
    """The whole report."""
    left_out = sum(one.excluded is not None for one in found.conduct)
    how = "two side by side" if found.mode == "pairs" else "all systems side by side"
    parts = [
        "# User study",
        f"{found.raters} raters, {found.clips} clips, {len(found.systems)} systems, {how}, blind; "
        f"{found.ratings} videos rated. left out: {left_out}. Study `{found.study}`.",
        f"Mean opinion scores, {LOWEST} to {HIGHEST}, higher is better, with 95 % intervals over "
        "raters and clips (both drawn with return):",
        mos_table(found),
        "## Differences",
        "First less second. A difference is bold where Wilcoxon's signed-rank test on means of "
        "each rater and on means of each clip both give p < 0.05: it holds for other people and "
        "for other recordings. P values are two-sided and Holm-corrected over all rows. The "
        "effect is the matched-pairs rank-biserial correlation, -1 to 1.",
        _contrasts(found.contrasts),
        "## Agreement",
        "Krippendorff's alpha, ordinal, over videos: 1 is perfect agreement, 0 is chance.",
        _table(
            ["question", "alpha"], ([TITLES[name], _number(value)] for name, value in found.alpha)
        ),
        "## Raters",
        "Mean difference between answers to a page and to the same page again, and between answers "
        "to one video in two panels. Raters are left out where both together are above "
        f"{found.tolerance:g} (answers at random: 1.6), or where all answers are the same.",
        _raters(found),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _contrasts(contrasts: Iterable[Contrast]) -> str:
    head = ["question", "systems", "difference", "p, raters", "p, clips", "sign test p, raters",
            "sign test p, clips", "effect, raters", "effect, clips"]  # fmt: skip
    rows = []
    for one in contrasts:
        people, clips = one.raters, one.clips
        rows.append(
            [
                TITLES[one.question],
                f"{_cell(one.one)} − {_cell(one.other)}",
                _mean(one.difference, "**" if one.shown else "", sign="+"),
                f"{_p(people.wilcoxon_p)} (n {people.n})",
                f"{_p(clips.wilcoxon_p)} (n {clips.n})",
                f"{_p(people.sign_p)} ({people.wins}:{people.losses})",
                f"{_p(clips.sign_p)} ({clips.wins}:{clips.losses})",
                _number(people.effect, "+"),
                _number(clips.effect, "+"),
            ]
        )
    return _table(head, rows)


def _raters(found: Findings) -> str:
    rows = [
        [
            one.rater,
            f"{one.pages} of {one.shown}",
            _number(one.again),
            _number(one.twin),
            f"{one.median_s:.0f}",
            f"no: {one.excluded}" if one.excluded else "yes",
        ]
        for one in found.conduct
    ]
    return _table(["rater", "pages", "again", "twin", "s a page", "counts"], rows)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _mean(found: Mean, mark: str, sign: str = "") -> str:
    if math.isnan(found.value):
        return DASH
    return f"{mark}{found.value:{sign}.2f}{mark} [{found.low:{sign}.2f}, {found.high:{sign}.2f}]"


def _number(value: float | None, sign: str = "") -> str:
    return DASH if value is None or math.isnan(value) else f"{value:{sign}.2f}"


def _p(value: float) -> str:
    return DASH if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _cell(text: str) -> str:
    """A name that does not break the table."""
    return text.replace("|", "\\|")
