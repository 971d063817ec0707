"""`avitalk evaluate` as a user calls it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from avitalk.cli.entry import app, register
from avitalk.errors import InputError
from evaluate_corpora import face, made_corpus

register()


def run(*arguments: str) -> str:
    """Output of a call that has to end well; raises what it raises."""
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_tables_of_a_folder(tmp_path: Path) -> None:
    folder = made_corpus(tmp_path / "my voices", 3)
    for number in range(3):
        face(number).save(tmp_path / "theirs" / f"clip{number}.motion.npz")
    out = tmp_path / "out"
    said = run(
        "evaluate", str(folder), "--suite", "lips,silence", "--out", str(out), "--limit", "2",
        "--models", f"theirs={tmp_path / 'theirs'},avitalk-neutral", "--plots", "--json",
    )  # fmt: skip
    told = json.loads(said)
    assert [row["suite"] for row in told["results"]] == ["lips", "silence"]
    page = (out / "lips-my voices.md").read_text()
    for row in ("ground truth", "theirs", "avitalk-neutral", "mean face", "shuffled audio"):
        assert row in page
    assert "--limit 2" in page
    assert "theirs=DIR/theirs" in page
    assert str(tmp_path) not in page
    assert (out / "aperture-my voices.png").stat().st_size > 10_000
    stored = json.loads((out / "lips-my voices.json").read_text())
    assert stored["corpus"]["takes"] == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--suite": "beauty"}, "unknown suite 'beauty'; available: lips"),
        ({"--models": "deepfake"}, "unknown model 'deepfake'"),
        ({"--part": "exam"}, "unknown part 'exam'"),
    ],
)
def test_bad_options(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    folder = made_corpus(tmp_path / "made", 1)
    options = {"--suite": "lips", "--models": "avitalk-neutral", "--out": str(tmp_path / "out")}
    call = [x for pair in (options | changed).items() for x in pair]
    with pytest.raises(InputError, match=said):
        run("evaluate", str(folder), *call)
    assert not (tmp_path / "out").exists()
