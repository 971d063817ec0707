"""One page of all results: who leads is read from differences clip by clip."""

import json
from pathlib import Path

import pytest

from avitalk.errors import InputError
from avitalk.evaluate.summary import Asked, page_of

ROOT = Path(__file__).resolve().parent.parent


def saved(folder: Path, values: dict[str, list[float]], better: str) -> None:
    """A result of suite lips with one metric, clip by clip."""
    rows = {
        row: {"x": {"mean": sum(v) / len(v), "low": min(v), "high": max(v), "clips": len(v)}}
        for row, v in values.items()
    }
    clips = {row: {f"c{i}": {"x": x} for i, x in enumerate(v)} for row, v in values.items()}
    found = {
        "command": "avitalk evaluate DIR/made --suite lips",
        "tables": [{"columns": {"x": {"title": "x", "unit": "mm", "better": better}},
                    "rows": rows, "clips": clips}],
    }  # fmt: skip
    (folder / "lips-made.json").write_text(json.dumps(found))


ASKED = (Asked("lips-made", "x", "made: x"), Asked("lips-nowhere", "x", "nowhere: x"))


def test_the_leader_is_the_better_one_and_doubt_is_told(tmp_path: Path) -> None:
    ours, theirs = [1.0, 2.0, 3.0, 4.0] * 5, [1.5, 2.5, 3.5, 4.5] * 5
    saved(tmp_path, {"avitalk": ours, "faceformer": theirs, "mean face": theirs}, "lower")
    page = page_of(tmp_path, ASKED)
    assert "made: x: **avitalk**; avitalk less faceformer: -0.500" in page
    assert "not sure" not in page
    assert "| made: x (mm, lower) |" in page
    assert "`avitalk evaluate DIR/made --suite lips`" in page
    saved(tmp_path, {"avitalk": ours, "faceformer": theirs}, "higher")
    assert "made: x: **faceformer**" in page_of(tmp_path, ASKED)
    saved(tmp_path, {"avitalk": ours, "faceformer": theirs[1:] + theirs[:1]}, "lower")
    assert "not sure" in page_of(tmp_path, ASKED)


def test_folders_without_results(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of lips-made, lips-nowhere in it"):
        page_of(tmp_path, ASKED)
    (tmp_path / "lips-made.json").write_text('{"tables": []}')
    with pytest.raises(InputError, match="not a result of avitalk evaluate"):
        page_of(tmp_path, ASKED)


def test_the_page_in_the_house_is_what_its_results_say() -> None:
    folder = ROOT / "docs" / "results" / "evaluate"
    assert (folder / "summary.md").read_text(encoding="utf-8") == page_of(folder)
