"""Kernels: stored machine code follows the sources; no cache folder is not an error."""

import importlib
import sys
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


def test_stored_code_is_renewed_with_the_files_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for own, beside in ((2.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 5.0)):
        text = f"FACTOR = {beside}\n"
        (tmp_path / "beside_kernel.py").write_text(text)
        text = f"from beside_kernel import FACTOR\n\n\ndef scaled(x):\n    x[0] *= {own} * FACTOR\n"
        (tmp_path / "elsewhere_kernel.py").write_text(text)
        for name in ("elsewhere_kernel", "beside_kernel"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        values = np.ones(1, np.float32)
        compiled.kernel(importlib.import_module("elsewhere_kernel").scaled)(values)
        found.append(float(values[0]))
    assert found == [2.0, 2.0, 3.0, 15.0]
