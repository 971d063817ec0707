"""Runs the scripts of tests/node, which judge our files by readers that are not ours."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"


@cache
def install() -> None:
    """Install the packages of tests/node if they are not; skip, or fail in CI, without node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("AVITALK_REQUIRE_NODE") == "1":
            pytest.fail("AVITALK_REQUIRE_NODE is set, but node or npm is missing")
        pytest.skip("node is not installed")
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    if not all((FOLDER / "node_modules" / name).is_dir() for name in wanted):
        command = ["npm", "ci", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, timeout=300)


def answer(script: str, *words: object) -> Any:
    """What a script prints as JSON."""
    install()
    command = ["node", script, *map(str, words)]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
