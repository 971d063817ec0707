"""Ratings files of raters in, checked ratings out, with every bad row named by file and line."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.evaluate.study.key import Key, Page
from avitalk.evaluate.study.questions import COLUMNS, HIGHEST, LOWEST, QUESTIONS

ALLOWED: Final = tuple(str(value) for value in range(LOWEST, HIGHEST + 1))


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater said of one video on one page."""

    rater: str
    page: Page
    panel: int
    video: str
    scores: tuple[int, ...]
    """One of 1 to 5 for each question."""
    seconds: float
    """Time spent on the page."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """All ratings files together."""

    ratings: tuple[Rating, ...]
    problems: tuple[InputError, ...]
    """Rows that cannot be used; with any, the ratings are not complete."""


def read_ratings(paths: Sequence[Path], key: Key) -> Sheets:
    """Read files as the pages save them. Rows in any order; a byte order mark is fine."""
    ratings: list[Rating] = []
    problems: list[InputError] = []
    seen: dict[tuple[str, str, int], str] = {}
    pages = {(rater, page.id): page for rater, mine in key.raters.items() for page in mine}
    for path in paths:
        try:
            rows = list(_rows(path, key.study))
        except InputError as error:
            problems.append(error)
            continue
        for line, row in rows:
            where = f"{path}:{line}"
            try:
                rating = _rating(where, row, key, pages)
                place = (rating.rater, rating.page.id, rating.panel)
                if place in seen:
                    raise InputError(f"{where}: rated in {seen[place]} already; give each once")
                seen[place] = where
                ratings.append(rating)
            except InputError as error:
                problems.append(error)
    return Sheets(tuple(ratings), tuple(problems))


def _rows(path: Path, study: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a file with the right columns and of this study."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = tuple(name.strip() for name in next(reader, []))
            if header != COLUMNS:
                given = ",".join(header) or "nothing"
                raise InputError(f"{path}:1: columns are {given}; allowed: {','.join(COLUMNS)}")
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(COLUMNS):
                    raise InputError(
                        f"{path}:{reader.line_num}: {len(cells)} columns; allowed: {len(COLUMNS)}"
                    )
                row = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
                if row["study"] != study:
                    raise InputError(
                        f"{path}:{reader.line_num}: of study '{row['study']}'; "
                        f"this key is of '{study}'"
                    )
                yield reader.line_num, row
    except OSError as error:
        raise InputError(f"{path}: cannot read these ratings ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV file in UTF-8 ({error})") from error


def _rating(
    where: str, row: dict[str, str], key: Key, pages: dict[tuple[str, str], Page]
) -> Rating:
    rater = row["rater"]
    if rater not in key.raters:
        raise InputError(f"{where}: unknown rater '{rater}'; allowed: {', '.join(key.raters)}")
    page = pages.get((rater, row["page"]))
    if page is None:
        raise InputError(f"{where}: unknown page '{row['page']}' of rater {rater}")
    places = tuple(str(panel) for panel in range(len(page.panels)))
    if row["panel"] not in places:
        raise InputError(f"{where}: panel is '{row['panel']}'; allowed: {', '.join(places)}")
    panel = int(row["panel"])
    if row["video"] != page.panels[panel]:
        raise InputError(
            f"{where}: unknown item '{row['video']}'; panel {panel} of page {page.id} "
            f"shows {page.panels[panel]}"
        )
    for question in QUESTIONS:
        if row[question.id] not in ALLOWED:
            raise InputError(
                f"{where}: {question.id} is '{row[question.id]}'; "
                f"allowed: {LOWEST} to {HIGHEST}, whole"
            )
    try:
        seconds = float(row["seconds"])
    except ValueError as error:
        raise InputError(f"{where}: seconds is '{row['seconds']}'; give a number") from error
    scores = tuple(int(row[question.id]) for question in QUESTIONS)
    return Rating(rater, page, panel, row["video"], scores, seconds)
