"""Blender imports our .glb and .usdz: shape keys, keys in time, bones and deformed vertices.

Slow: needs Blender as a Python module, in an interpreter named by AVITALK_BPY_PYTHON (bpy wants
its own Python and an old numpy) or in this one. AVITALK_BPY_PICTURES names a folder for pictures.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, INDEX, REGIONS
from avitalk.export import export_glb, export_usd, file_weights
from avitalk.export.glb_mesh import EYES, FACE, Surface
from avitalk.face import Head, load_head, rotation
from avitalk.types import Motion
from miniature_head import lively_motion, without_lids

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
JUDGE = ROOT / "tests" / "blender_judge.py"
WRITE = {".glb": export_glb, ".usdz": export_usd, ".usdc": partial(export_usd, suffix=".usdc")}
FPS, FRAMES = 50, (0, 11, 29)


def speaking() -> Motion:
    """A busy face whose mouth rests, but for the jaw: from closed to wide open."""
    motion = lively_motion(30, float(FPS))
    weights = motion.weights.copy()
    weights[:, list(REGIONS["mouth"])] = 0
    weights[:, INDEX["jawOpen"]] = np.linspace(0, 1, motion.frames)
    return motion.with_weights(weights)


def blender_python() -> str:
    python = os.environ.get("AVITALK_BPY_PYTHON")
    if python is None:
        if importlib.util.find_spec("bpy") is None:
            pytest.skip("no Blender: pip install bpy, and name its Python in AVITALK_BPY_PYTHON")
        python = sys.executable
    return python


def ask_blender(path: Path, folder: Path) -> dict:
    frames, answer = folder / "frames.json", folder / "answer.json"
    frames.write_text(json.dumps(FRAMES))
    command = [blender_python(), JUDGE, path, str(FPS), frames, answer]
    pictures = os.environ.get("AVITALK_BPY_PICTURES")
    if pictures:
        command += [Path(pictures) / f"blender_{path.suffix[1:]}.png", str(FRAMES[-1])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr, done.stderr
    return json.loads(answer.read_text())


def rows_of(head: Head, surface: Surface) -> np.ndarray:
    return np.unique(head.triangles[surface.worn_by(head)])


def expected_rows(head: Head, suffix: str) -> dict[str, np.ndarray]:
    """Vertices of the head in the order in which each file holds them."""
    surfaces = [rows_of(head, surface) for surface in FACE]
    face = np.concatenate(surfaces) if suffix == ".glb" else np.unique(np.concatenate(surfaces))
    eyes = {surface.parts[0]: rows_of(head, surface) for surface in EYES}
    return {"face": face, **eyes}


@pytest.mark.parametrize("suffix", [".glb", ".usdz", ".usdc"])
def test_blender_shows_what_head_pose_gives(suffix: str, tmp_path: Path) -> None:
    head, motion = without_lids(load_head()), speaking()
    path = tmp_path / f"take{suffix}"
    path.write_bytes(WRITE[suffix](motion, head).data)
    answer = ask_blender(path, tmp_path)
    assert answer["fps"] == FPS
    assert np.allclose(answer["key_frames"], np.arange(motion.frames), atol=1e-4)
    weights, _ = file_weights(motion)
    rows = expected_rows(head, suffix)
    gaps = []
    for frame, shown in zip(FRAMES, answer["shown"], strict=True):
        assert list(shown["weights"]) == ["Basis", *ARKIT_52]
        values = [shown["weights"][name] for name in ARKIT_52]
        assert np.abs(values - weights[frame]).max() < 1e-5
        assert np.allclose(shown["head"], rotation(motion.head[frame]), atol=1e-4)
        posed = head.pose_frame(
            weights[frame], motion.head[frame], motion.eyes[frame], motion.translation[frame]
        )
        for name, vertices in shown["vertices"].items():
            assert np.abs(vertices - posed[rows[name]]).max() < 2e-4, name
        places = np.full(len(head.vertices), -1)
        places[rows["face"]] = np.arange(len(rows["face"]))
        middle = len(head.lip_upper) // 2
        pair = [places[lip[middle]] for lip in (head.lip_upper, head.lip_lower)]
        upper, lower = (np.array(shown["vertices"]["face"][place]) for place in pair)
        gaps.append(np.linalg.norm(upper - lower))
    assert gaps[0] < 0.002  # metres
    assert gaps[-1] > 0.02  # the mouth opens in Blender
    skins = {surface.name for surface in (*FACE, *EYES)}
    assert {"skin", "lips", "teeth", "eye"} <= set(answer["materials"]) <= skins | {"Dots Stroke"}


@pytest.mark.parametrize("suffix", [".glb", ".usdz"])
def test_the_script_of_the_documentation_runs(suffix: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(import bpy.*?)```", page, re.DOTALL).group(1)
    path, sound = tmp_path / f"voice{suffix}", ROOT / "examples" / "dashwood.wav"
    path.write_bytes(WRITE[suffix](speaking(), load_head()).data)
    code = code.replace("/path/to/voice.glb", str(path)).replace("/path/to/voice.wav", str(sound))
    code += (
        "print('ENDS', scene.render.fps, scene.frame_start, scene.frame_end, len(strips))\n"
        "print(sorted(o.name for o in bpy.data.objects if o.type in ('MESH', 'ARMATURE')))\n"
    )
    command = [blender_python(), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "ENDS 50 0 29 1" in done.stdout
    for name in ("face", "eye_left", "eye_right"):
        assert f"'{name}'" in done.stdout
