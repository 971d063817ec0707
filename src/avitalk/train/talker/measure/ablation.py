"""Talkers trained on this or that, on the same recordings, in one table:

python -m avitalk.train.talker.measure.ablation --encoder FILE --talker full=FILE --talker grid=FILE
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from avitalk.errors import InputError
from avitalk.evaluate.metrics.lips import Rule
from avitalk.face import load_head
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker
from avitalk.train.talker.measure.chain import Mouth
from avitalk.train.talker.measure.closures import contacts, share
from avitalk.train.talker.measure.corpora import STRANGERS, Corpora, Places
from avitalk.train.talker.measure.elsewhere import facegood_rows, wild_rows
from avitalk.train.talker.measure.filmed import tracking_rows

FPS = 25.0
RULE: Rule = "sampled"


def ablation_row(mouth: Mouth, corpora: Corpora) -> dict[str, Any]:
    """One talker: following GRID, FACEGOOD and faces in the wild; closures at 25 fps, sampled."""
    limit_mm = corpora.film.limit_mm()
    tracking = tracking_rows(mouth, corpora.filmed, mouth.motions(corpora.grid))
    facegood, wild = facegood_rows(mouth, corpora.animated), wild_rows(mouth, corpora.wild)
    row = {
        "GRID, aperture r": tracking["aperture r"],
        "GRID, width r": tracking["width r"],
        "GRID, spread": tracking["spread ratio"],
        "FACEGOOD, aperture r": facegood["aperture r"],
        "FACEGOOD, width r": facegood["width r"],
        "in the wild, aperture r": wild["aperture r"],
        "in the wild, width r": wild["width r"],
    }
    english = [x for name in STRANGERS for x in corpora.spoken.get(name, ())]
    berlin = [x for found in corpora.berlin.values() for x in found]
    for name, found, groups in (
        ("English", english, contacts(english, limit_mm)),
        ("German", berlin, corpora.german_contacts(berlin, limit_mm)),
    ):
        gaps = [mouth.gap(motion.resample(FPS)) for motion in mouth.motions(found)]
        for group, contact in groups.items():
            if any(contact.spans):
                row[f"{name}, {group}"] = share(gaps, FPS, contact, RULE)
    return row


def named_files(given: Sequence[str]) -> dict[str, Path]:
    """NAME=FILE, each name once. Raises InputError for anything else."""
    files: dict[str, Path] = {}
    for text in given:
        name, separator, file = text.partition("=")
        if not (name and separator and file):
            raise InputError(f"--talker '{text}': give NAME=FILE")
        if name in files:
            raise InputError(f"--talker '{name}' is given twice")
        files[name] = Path(file)
    return files


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--talker", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--part", choices=("validation", "test"), default="validation")
    parser.add_argument(
        "--whole-facegood", action="store_true", help="for talkers that were not trained on it"
    )
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    given = parser.parse_args()
    files, head = named_files(given.talker), load_head()
    places = Places(given.clips, given.data)
    encoder = SpeechEncoder.load(given.encoder)
    corpora = Corpora.gather(encoder, head, places, given.part, whole_facegood=given.whole_facegood)
    rows = {
        "part": given.part,
        "facegood clips": [item.heard.clip.id for item in corpora.animated],
        "talkers": {
            name: ablation_row(Mouth(Talker.load(file), head), corpora)
            for name, file in files.items()
        },
    }
    write_bytes(given.out, (json.dumps(rows, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
