"""Lips on held-out recordings: `python -m avitalk.train.talker.evaluate` -> JSON.

What is measured is the whole chain, audio to Motion to the lips of the default head.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from avitalk.data.align import Aligner
from avitalk.face import load_head
from avitalk.files import write_bytes
from avitalk.speech import SpeechEncoder
from avitalk.talker import Talker
from avitalk.train.talker.measure.chain import Heard, Mouth
from avitalk.train.talker.measure.closures import contacts
from avitalk.train.talker.measure.corpora import Corpora, Places, closure_sets
from avitalk.train.talker.measure.cost import cost_rows
from avitalk.train.talker.measure.diagnosis import diagnosis, said
from avitalk.train.talker.measure.elsewhere import facegood_rows, wild_rows
from avitalk.train.talker.measure.filmed import tracking_rows
from avitalk.train.talker.measure.robustness import robustness_rows, speechless_rows
from avitalk.train.talker.measure.transcripts import transcript_row, transcript_tracking


def evaluate(encoder: SpeechEncoder, mouth: Mouth, corpora: Corpora) -> dict[str, Any]:
    """All rows but the cost."""
    motions = mouth.motions(corpora.grid)
    return {
        "tracking": tracking_rows(mouth, corpora.filmed, motions),
        "closure": closure_sets(corpora, mouth),
        "robustness": robustness_rows(encoder, mouth, corpora.filmed, motions),
        "speechless": speechless_rows(encoder, mouth, corpora.film.limit_mm()),
        "facegood": facegood_rows(mouth, corpora.animated),
        "wild": wild_rows(mouth, corpora.wild),
        "transcript": transcript_rows(mouth, corpora),
    }


def transcript_rows(mouth: Mouth, corpora: Corpora) -> dict[str, Any]:
    """What a transcript adds, on every set whose words are known."""
    aligner, limit_mm = Aligner(), corpora.film.limit_mm()
    motions = mouth.motions(corpora.grid)
    rows = {"GRID": transcript_tracking(mouth, corpora.filmed, motions, aligner)}
    for name, found in corpora.spoken.items():
        worded = [item for item in found if item.clip.text]
        if worded:
            groups = contacts(worded, limit_mm)
            motions = mouth.motions(worded)
            rows[name] = transcript_row(mouth, worded, motions, groups, aligner)
    return rows


def diagnosed(mouth: Mouth, corpora: Corpora) -> str:
    """Tables of which p b m stay open and which vowels close, without GRID."""
    sets: list[list[Heard]] = [*corpora.spoken.values(), *corpora.berlin.values()]
    every = [one for found in sets for one in said(mouth, found, mouth.motions(found))]
    return diagnosis(every, corpora.film.limit_mm())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--talker", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--part", choices=("validation", "test"), default="validation")
    parser.add_argument(
        "--whole-facegood", action="store_true", help="for talkers that were not trained on it"
    )
    parser.add_argument("--diagnosis", type=Path, help="also write which phones fail and where")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    given = parser.parse_args()
    encoder, talker = SpeechEncoder.load(given.encoder), Talker.load(given.talker)
    mouth = Mouth(talker, load_head())
    places = Places(given.clips, given.data)
    corpora = Corpora.gather(
        encoder, mouth.head, places, given.part, whole_facegood=given.whole_facegood
    )
    rows = {"part": given.part, **evaluate(encoder, mouth, corpora)}
    rows["cost"] = cost_rows(encoder, talker, given.encoder, given.talker)
    write_bytes(given.out, (json.dumps(rows, indent=1) + "\n").encode())
    if given.diagnosis:
        write_bytes(given.diagnosis, diagnosed(mouth, corpora).encode())


if __name__ == "__main__":
    main()
