"""Measure it: `python -m avitalk.evaluate.pitfalls --data DIR --out docs/results`.

DIR holds the prepared folder grid_s1; texts need `pip install 'avitalk[measure]'`. Writes
pitfalls.json and pitfalls.md (with pitfalls_notes.md, if there is one); two minutes on one core.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import torch

from avitalk.evaluate.pitfalls import experiment, report, texts
from avitalk.evaluate.pitfalls.faces import read_takes
from avitalk.evaluate.pitfalls.measures import Scene
from avitalk.files import write_bytes

TRAIN, TEST = 80, 1000  # every test clip
DIGITS: Final = 5


def rounded(value: Any) -> Any:
    """The same with numbers to DIGITS places, so that another machine writes the same file."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return round(value, DIGITS) + 0.0 if isinstance(value, float) else value


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds grid_s1")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    takes = read_takes(given.data, {"train": TRAIN, "test": TEST})
    found = experiment.run(takes["test"], Scene.of(takes["train"]))
    found = rounded(found | {"texts": texts.run()})
    given.out.mkdir(parents=True, exist_ok=True)
    write_bytes(given.out / "pitfalls.json", (json.dumps(found, indent=1) + "\n").encode())
    notes = given.out / "pitfalls_notes.md"
    words = notes.read_text(encoding="utf-8") if notes.is_file() else ""
    write_bytes(given.out / "pitfalls.md", report.page(found, words).encode())


if __name__ == "__main__":
    main()
