"""What raters are asked: the three questions of the AVI-Talking paper's Table 2."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Question:
    """One scale of 1 to 5."""

    id: str
    """Column of the ratings file."""
    title: str
    """Its name in the paper."""
    text: str
    """What the rater reads."""
    low: str
    """What 1 means."""
    high: str
    """What 5 means."""


QUESTIONS: Final = (
    Question(
        "lip_sync_quality",
        "Lip Sync Quality",
        "Does the mouth move with what is being said?",
        "never in sync",
        "always in sync",
    ),
    Question(
        "movement_expressiveness",
        "Movement Expressiveness",
        "How much detail is there in the movement of the whole face?",
        "stiff, plain",
        "rich, alive",
    ),
    Question(
        "expression_consistency",
        "Expression Consistency",
        "Does the expression fit the way the words are spoken?",
        "does not fit",
        "fits fully",
    ),
)
LOWEST: Final = 1
HIGHEST: Final = 5
COLUMNS: Final = (
    "study",
    "rater",
    "page",
    "panel",
    "video",
    *(question.id for question in QUESTIONS),
    "seconds",
)
"""Columns of a ratings file; `panel` counts from 0 at the left, `seconds` is time on the page."""
