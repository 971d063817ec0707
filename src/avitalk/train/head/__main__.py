"""`python -m avitalk.train.head --facekit PATH --out FILE`: build the default head."""

import argparse
import json
from pathlib import Path

from avitalk.face.store import pack
from avitalk.files import write_bytes
from avitalk.train.head.build import build_half, finish
from avitalk.train.head.scans import load_scans


def main() -> None:
    """Read the scans, build, write."""
    parser = argparse.ArgumentParser(prog="avitalk.train.head", description=__doc__)
    parser.add_argument("--facekit", type=Path, required=True, help="ICT-FaceKit checkout")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    options = parser.parse_args()
    scans = load_scans(options.facekit)
    half = build_half(scans)
    card = {"name": "default"}
    write_bytes(options.out, pack(finish(half, scans), card))
    write_bytes(options.out.with_suffix(".json"), json.dumps(card, indent=1).encode())


if __name__ == "__main__":
    main()
