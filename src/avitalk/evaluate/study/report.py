"""Ratings and the key in, what the study found out: scores, tests, agreement, conduct; JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from avitalk.errors import InputError
from avitalk.evaluate.study.agreement import krippendorff
from avitalk.evaluate.study.checks import TOLERANCE, Conduct, conduct
from avitalk.evaluate.study.key import Key, Mode
from avitalk.evaluate.study.paired import Contrast, contrasts
from avitalk.evaluate.study.questions import QUESTIONS
from avitalk.evaluate.study.ratings import Rating
from avitalk.evaluate.study.scores import Mean, cells, mean


@dataclass(frozen=True, slots=True)
class Score:
    """One cell of the table: a system in one question."""

    system: str
    question: str
    mos: Mean


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found."""

    study: str
    mode: Mode
    systems: tuple[str, ...]
    """In order of the table: the recorded face last."""
    truth: str | None
    clips: int
    raters: int
    """Raters that count."""
    ratings: int
    """Videos rated that count, checks and excluded raters left out."""
    tolerance: float
    scores: tuple[Score, ...]
    contrasts: tuple[Contrast, ...]
    alpha: tuple[tuple[str, float], ...]
    """Krippendorff's alpha of each question."""
    conduct: tuple[Conduct, ...]

    def score(self, system: str, question: str) -> Mean:
        """The mean opinion score of a system in a question."""
        return next(
            score.mos
            for score in self.scores
            if (score.system, score.question) == (system, question)
        )


def evaluate(ratings: Sequence[Rating], key: Key, *, tolerance: float = TOLERANCE) -> Findings:
    """Leave out raters who fail the checks, then score and compare.

    Raises InputError if nobody is left, or scipy is not there.
    """
    behaved = conduct(ratings, key, tolerance)
    out = {one.rater for one in behaved if one.excluded}
    kept = [rating for rating in ratings if rating.rater not in out]
    systems = tuple(sorted(key.systems, key=lambda name: (name == key.truth, name)))
    found = cells(kept, replace(key, systems=systems))
    if not found.raters:
        why = f"all raters ({len(out)}) are left out" if out else "there are no ratings"
        raise InputError(f"study {key.study}: nothing to report, {why}")
    scores = tuple(
        Score(system, question.id, mean(found.values[:, :, s, q]))
        for s, system in enumerate(systems)
        for q, question in enumerate(QUESTIONS)
    )
    alpha = tuple(
        (question.id, krippendorff(found.values[..., q].reshape(len(found.raters), -1)))
        for q, question in enumerate(QUESTIONS)
    )
    return Findings(
        study=key.study,
        mode=key.mode,
        systems=systems,
        truth=key.truth,
        clips=len(key.clips),
        raters=len(found.raters),
        ratings=sum(rating.page.kind == "rated" for rating in kept),
        tolerance=tolerance,
        scores=scores,
        contrasts=contrasts(found),
        alpha=alpha,
        conduct=behaved,
    )


def export_findings(found: Findings) -> bytes:
    """As JSON; what is not known is null."""
    return (json.dumps(_known(asdict(found)), indent=1) + "\n").encode()


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_known(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
