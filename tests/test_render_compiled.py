"""Kernels: stored machine code follows the sources; no cache folder is not an error."""

from pathlib import Path

import numpy as np
import pytest
from numba.core import caching

from avitalk.render import compiled


def double(values):
    for k in range(values.shape[0]):
        values[k] *= 2.0


def test_without_any_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    implementation = getattr(caching, "CacheImpl", None) or caching._CacheImpl
    monkeypatch.setattr(implementation, "_locator_classes", [])
    values = np.ones(3, np.float32)
    compiled.kernel(double)(values)
    np.testing.assert_array_equal(values, 2.0)


def test_stored_code_is_renewed_with_any_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    values = np.ones(3, np.float32)
    hits = []
    for sources in ("as now", "as now", "changed"):
        monkeypatch.setattr(compiled, "SOURCES", sources)
        kernel = compiled.kernel(double)
        kernel(values)
        hits.append(sum(kernel.stats.cache_hits.values()))
    assert hits == [0, 1, 0]


def test_stored_code_is_renewed_with_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "cache"))
    found = []
    for factor in ("2.0", "2.0", "3.0"):
        module = tmp_path / "elsewhere.py"
        module.write_text(f"def scaled(values):\n    values[0] *= {factor}\n")
        names: dict[str, object] = {}
        exec(compile(module.read_text(), str(module), "exec"), names)
        values = np.ones(1, np.float32)
        compiled.kernel(names["scaled"])(values)  # type: ignore[type-var]
        found.append(float(values[0]))
    assert found == [2.0, 2.0, 3.0]
