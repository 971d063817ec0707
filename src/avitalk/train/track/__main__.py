"""`python -m avitalk.train.track`: measure the landmarks' response, write the tracker's model."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from avitalk.face import load_head
from avitalk.files import write_bytes
from avitalk.track.landmarker import Landmarker
from avitalk.track.mesh import POINTS
from avitalk.track.model import ASSET, FaceModel
from avitalk.train.track.measure import measure

ASSETS = Path(__file__).parents[2] / "track" / "assets"


def main() -> None:
    """Measure on the default head; again whenever that head changes ."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", type=Path, help="face_landmarker.task")
    parser.add_argument("--out", type=Path, default=ASSETS / ASSET)
    options = parser.parse_args()
    with Landmarker(options.model) as landmarker:
        seen = measure(load_head(), landmarker)
    model = FaceModel(
        np.arange(POINTS), seen.rest, seen.shapes, seen.look, seen.turned, seen.scores
    )
    write_bytes(options.out, model.to_bytes())
    noise_mm = {axis: round(1e3 * float(np.median(seen.noise[:, i])), 2)
                for i, axis in enumerate("xyz")}  # fmt: skip
    json.dump({"out": str(options.out), "view_to_view_mm": noise_mm}, sys.stdout)


if __name__ == "__main__":
    main()
