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
from avitalk.train.track.measure import Response, measure

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
    write_bytes(options.out.with_suffix(".json"), card_of(seen).encode())
    json.dump({"out": str(options.out)}, sys.stdout)


def card_of(seen: Response) -> str:
    """The card beside the file: what it rests on and how steady the measurement was."""
    noise_mm = np.median(seen.noise, axis=0) * 1e3
    card = {
        "name": "face_landmarks",
        "kind": "tracker's face model",
        "licence": "Apache-2.0",
        "recipe": "python -m avitalk.train.track --model face_landmarker.task",
        "data": [
            {
                "name": "ICT-FaceKit (Face Model Light)",
                "url": "https://github.com/ICT-VGL/ICT-FaceKit",
                "licence": "MIT",
                "use": "through the default head, whose drawings were looked at",
            }
        ],
        "measured_with": "MediaPipe Face Landmarker (Apache-2.0), not contained",
        "metrics": {
            "points": POINTS,
            "view_to_view_mm": [round(float(value), 2) for value in noise_mm],
        },
    }
    return json.dumps(card, indent=2) + "\n"


if __name__ == "__main__":
    main()
