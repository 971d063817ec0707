"""A folder in; faces, a motion and posed vertices out, for looking at the stage and for its tests.

`python make_data.py FOLDER [--speech WAV]`: with `--speech` also the motion that the page plays.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np

from avitalk.export import export_glb
from avitalk.export.glb_mesh import EYES, FACE
from avitalk.face import Head
from avitalk.face.library import find_face
from avitalk.types import Motion

POSES = 10


def channels(seed: int) -> np.ndarray:
    """(64,) a face in an extreme mixture: weights, a turned head, eyes apart, a step aside."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(-0.1, 1.1, 52) * (rng.uniform(size=52) < 0.4)
    if seed % 2:
        weights[[0, 7]] = rng.uniform(0.5, 1, 2)
    turns, eyes = rng.normal(0, 0.2, 3), rng.normal(0, 0.15, 6)
    return np.concatenate([weights, turns, eyes, rng.normal(0, 0.01, 3)]).astype(np.float32)


def posed(head: Head, row: np.ndarray) -> np.ndarray:
    """(n, 3) vertices in the order of the .glb's meshes: the face's pieces, then the eyeballs."""
    vertices = head.pose_frame(row[:52], row[52:55], row[55:61].reshape(2, 3), row[61:64])
    used = [np.unique(head.triangles[s.worn_by(head)]) for s in (*FACE, *EYES)]
    return vertices[np.concatenate(used)]


def motion_bytes(motion: Motion) -> bytes:
    """The wire form that the studio's server sends."""
    rows = np.ascontiguousarray(motion.channels(), "<f4")
    header = {"fps": motion.fps, "frames": len(rows), "first": 0, "count": len(rows)}
    text = json.dumps(header | {"revision": 1, "channels": 64}).encode()
    text += b" " * (-(8 + len(text)) % 4)
    return b"AVM1" + struct.pack("<I", len(text)) + text + rows.tobytes()


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--faces", nargs="+", default=["default"])
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    rows = np.stack([channels(seed) for seed in range(POSES)])
    (given.folder / "poses.f32").write_bytes(rows.tobytes())
    for name in given.faces:
        head = find_face(name)
        (given.folder / f"{name}.glb").write_bytes(export_glb(Motion.still(1, 50.0), head).data)
        if head.binding is None:
            vertices = np.stack([posed(head, row) for row in rows])
            (given.folder / f"{name}.f32").write_bytes(vertices.astype("<f4").tobytes())
    if given.speech:
        from avitalk import Animator  # noqa: PLC0415 - loads torch, which the tests do not need

        motion = Animator().animate(given.speech).motion
        (given.folder / "dashwood.avm").write_bytes(motion_bytes(motion))


main()
