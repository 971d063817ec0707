"""`python -m avitalk.train.head --facekit PATH --out FILE`: build the default head.

PATH is a checkout of ICT-FaceKit (github.com/ICT-VGL/ICT-FaceKit, MIT) or a folder with its data as
`ict_facekit.npz`. Beside FILE a card of the same name, .json, is written.
"""

import argparse
import json
import sys
from pathlib import Path

from avitalk.face.store import pack, unfold
from avitalk.face.wardrobe import dressed
from avitalk.files import write_bytes
from avitalk.train.head.build import build_half
from avitalk.train.head.finish import finish
from avitalk.train.head.measure import fit_of_file
from avitalk.train.head.report import as_table
from avitalk.train.head.scans import load_scans
from avitalk.train.head.wardrobe import wardrobe

SOURCE = {
    "name": "ICT-FaceKit (Face Model Light)",
    "url": "https://github.com/ICT-VGL/ICT-FaceKit",
    "licence": "MIT",
    "copyright": "Copyright (c) 2020 USC Institute for Creative Technologies",
    "citation": "Li et al., Learning Formation of Physically-Based Face Attributes, CVPR 2020",
    "use": "positions and displacements are sampled from its surface; no vertex or face list of "
    "it is contained",
}


def main() -> None:
    """Read the scans, build, compare, write."""
    parser = argparse.ArgumentParser(prog="avitalk.train.head", description=__doc__)
    parser.add_argument("--facekit", type=Path, required=True, help="ICT-FaceKit checkout")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    options = parser.parse_args()
    scans = load_scans(options.facekit)
    arrays = finish(build_half(scans), scans)
    head = unfold("default", arrays)
    fit = fit_of_file(arrays, scans)
    arrays |= wardrobe(head)
    whole = dressed(head, head.vertices, arrays, "short")
    card = {
        "name": "default",
        "kind": "head",
        "licence": "Apache-2.0",
        "recipe": "python -m avitalk.train.head --facekit ICT-FaceKit --out FILE",
        "data": [SOURCE],
        "metrics": {
            "vertices": len(whole.vertices),
            "triangles": len(whole.triangles),
            "surface_median_mm": round(fit.median_mm, 3),
            "surface_p95_mm": round(fit.p95_mm, 3),
            "shape_correlation_min": round(min(fit.correlation.values()), 3),
            "identity_modes": len(fit.modes),
            "identity_variance_share": round(scans.modes_share, 3),
            "identity_correlation_min": round(min(fit.modes.values()), 3),
        },
    }
    data = pack(arrays, card)
    write_bytes(options.out, data)
    write_bytes(options.out.with_suffix(".json"), json.dumps(card, indent=2).encode() + b"\n")
    sys.stdout.write(as_table(fit) + "\n")


if __name__ == "__main__":
    main()
