"""The catalogue lists every metric and is what docs/metrics.md says."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import avitalk.evaluate.metrics as package
from avitalk.evaluate.metrics import catalogue
from avitalk.evaluate.metrics.catalogue import METRICS, POINTS

# Public functions that are no metrics but what metrics are made of.
PARTS = {
    "bootstrap", "bootstrap_share", "pauses", "distances_at", "loudness", "smoothed",
    "derivative_path", "local_extrema", "motion_beats", "audio_onsets", "words_of", "grams",
    "facts_read", "contract", "main", "page", "plain",
}  # fmt: skip


def test_every_metric_of_the_package_is_listed() -> None:
    public = set()
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                public.add(name)
    listed = {metric.function.__name__ for metric in METRICS.values()}
    assert public == listed | PARTS
    assert not listed & PARTS


def test_entries_are_whole() -> None:
    for name, metric in METRICS.items():
        assert name == metric.name
        assert metric.better in POINTS
        assert all((metric.formula, metric.unit, metric.source, metric.pitfall))
        assert metric.function.__doc__


def test_the_page_is_what_the_command_writes(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "metrics.md"
    monkeypatch.setattr("sys.argv", ["catalogue", "--out", str(path)])
    catalogue.main()
    kept = Path(__file__).parents[1] / "docs" / "metrics.md"
    assert path.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")
    assert all(f"`{name}`" in path.read_text(encoding="utf-8") for name in METRICS)
