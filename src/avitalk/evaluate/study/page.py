"""Pages of one rater in, one HTML file out, which loads nothing but the videos beside it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files

from avitalk.evaluate.study.key import Page
from avitalk.evaluate.study.questions import COLUMNS, HIGHEST, LOWEST, QUESTIONS


def export_page(study: str, rater: str, pages: Sequence[Page], clip_s: float) -> bytes:
    """The rating page. It says neither which system a video is of nor which pages are checks."""
    data = {
        "study": study,
        "rater": rater,
        "minutes": minutes(pages, clip_s),
        "columns": COLUMNS,
        "scale": list(range(LOWEST, HIGHEST + 1)),
        "questions": [asdict(question) for question in QUESTIONS],
        "pages": [{"id": page.id, "videos": page.panels} for page in pages],
    }
    assets = files("avitalk.evaluate.study") / "assets"
    html = (assets / "page.html").read_text(encoding="utf-8")
    for mark, name in (
        ("/*STYLE*/", "page.css"),
        ("/*PLAYER*/", "player.js"),
        ("/*APP*/", "app.js"),
    ):
        html = html.replace(mark, (assets / name).read_text(encoding="utf-8"))
    # "<" would let a closing tag end the script element early.
    return html.replace("/*DATA*/", json.dumps(data).replace("<", "\\u003c")).encode()


def minutes(pages: Sequence[Page], clip_s: float) -> int:
    """About how long it takes: each page is watched twice, and an answer takes 3 s."""
    answers = sum(len(page.panels) for page in pages) * len(QUESTIONS)
    return max(1, round((2 * clip_s * len(pages) + 3 * answers) / 60))
