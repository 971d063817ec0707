"""Suites by name: what `avitalk evaluate --suite` can run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from avitalk.errors import InputError
from avitalk.evaluate.corpus.take import Corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import instruct, lips, robustness, silence, speed, style
from avitalk.evaluate.suites.options import Options
from avitalk.evaluate.suites.result import Result
from avitalk.evaluate.systems import System

Measure = Callable[[Corpus, Sequence[System], Run], Result]


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite."""

    name: str
    measure: Measure
    phones: bool
    """Whether phone times are needed: words are aligned first."""


SUITES: Final = {
    suite.name: suite
    for suite in (
        Suite(lips.NAME, lips.measure, phones=True),
        Suite(silence.NAME, silence.measure, phones=True),
        Suite(robustness.NAME, robustness.measure, phones=True),
        Suite(style.NAME, style.measure, phones=False),
        Suite(instruct.NAME, instruct.measure, phones=True),
        Suite(speed.NAME, speed.measure, phones=False),
    )
}


def find_suite(name: str, options: Options | None = None) -> Suite:
    """A suite by name, with options where it knows any. Raises InputError for an unknown one."""
    if name not in SUITES:
        raise InputError(f"unknown suite '{name}'; available: {', '.join(SUITES)}")
    if options is not None and name == style.NAME:
        return replace(SUITES[name], measure=partial(style.measure, options=options))
    return SUITES[name]
