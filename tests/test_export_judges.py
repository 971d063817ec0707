"""The Khronos validator finds nothing in a .glb, and glTF Transform reads what we wrote."""

from pathlib import Path

import numpy as np
import pytest

import node_scripts
from avitalk.arkit import ARKIT_52
from avitalk.export import export_glb, file_weights
from avitalk.export.rotations import quaternions
from avitalk.face import load_head
from avitalk.types import Motion
from miniature_head import lively_motion, miniature_head

HEAD = miniature_head()


@pytest.fixture
def judge():
    """A .glb's bytes and a folder -> verdict of judge.mjs."""

    def verdict(data: bytes, folder: Path) -> dict:
        path = folder / "judged.glb"
        path.write_bytes(data)
        return node_scripts.answer("judge.mjs", path)

    return verdict


def assert_clean(verdict: dict) -> None:
    issues = verdict["issues"]
    assert issues["messages"] == []
    assert issues["numErrors"] == issues["numWarnings"] == 0


def test_the_shipped_head_is_clean_and_reads_back(judge, tmp_path: Path) -> None:
    motion = lively_motion(20)
    verdict = judge(export_glb(motion, load_head()).data, tmp_path)
    assert_clean(verdict)
    assert_same_motion(verdict, motion)


@pytest.mark.parametrize("morph_normals", [True, False])
def test_the_miniature_is_clean_and_reads_back(judge, tmp_path: Path, morph_normals) -> None:
    motion = lively_motion(30, 30_000 / 1001)
    verdict = judge(export_glb(motion, HEAD, morph_normals=morph_normals).data, tmp_path)
    assert_clean(verdict)
    assert_same_motion(verdict, motion)


def test_one_frame_and_a_still_face_are_clean(judge, tmp_path: Path) -> None:
    assert_clean(judge(export_glb(Motion.still(1, 25.0), HEAD).data, tmp_path))
    assert_clean(judge(export_glb(Motion.still(50, 25.0), HEAD).data, tmp_path))


def test_sparse_targets_are_read_alike(judge, tmp_path: Path) -> None:
    verdict = judge(export_glb(lively_motion(2), HEAD).data, tmp_path)
    face = next(mesh for mesh in verdict["meshes"] if mesh["name"] == "face")
    assert tuple(face["targetNames"]) == ARKIT_52
    skin = next(p for p in face["primitives"] if p["material"] == "skin")
    part = HEAD.part[HEAD.triangles].max(axis=1)
    used = np.unique(HEAD.triangles[part == 0])
    assert skin["vertices"] == len(used)
    assert set(skin["attributes"]) == {"POSITION", "NORMAL", "COLOR_0", "JOINTS_0", "WEIGHTS_0"}
    for shape, displacements in zip(HEAD.shapes, skin["displacements"], strict=True):
        read = np.array(displacements).reshape(-1, 3)
        assert np.abs(read - shape[used]).max() < 1e-6


def test_eyes_hang_on_the_head_at_their_pivots(judge, tmp_path: Path) -> None:
    nodes = {
        node["name"]: node
        for node in judge(export_glb(lively_motion(2), HEAD).data, tmp_path)["nodes"]
    }
    for side, name in enumerate(("eye_left", "eye_right")):
        assert nodes[name]["parent"] == "head"
        place = HEAD.eye_pivots[side] - HEAD.neck_pivot
        assert np.allclose(nodes[name]["translation"], place, atol=1e-6)
    assert nodes["head"]["parent"] == "neck"
    assert nodes["neck"]["parent"] == "rig"
    assert nodes["face"]["parent"] is None


def assert_same_motion(verdict: dict, motion: Motion) -> None:
    """Names, number and times of keyframes, and values within 1e-6."""
    weights, _ = file_weights(motion)
    expected = {
        ("face", "weights"): weights,
        ("head", "rotation"): quaternions(motion.head),
        ("eye_left", "rotation"): quaternions(motion.eyes[:, 0]),
        ("eye_right", "rotation"): quaternions(motion.eyes[:, 1]),
        ("rig", "translation"): motion.translation,
    }
    tracks = {(track["node"], track["path"]): track for track in verdict["channels"]}
    assert tracks.keys() == expected.keys()
    for name, values in expected.items():
        track = tracks[name]
        assert track["interpolation"] == "LINEAR"
        assert len(track["times"]) == motion.frames
        assert np.allclose(track["times"], np.arange(motion.frames) / motion.fps, atol=1e-6)
        read = np.array(track["values"]).reshape(values.shape)
        assert np.abs(read - values).max() < 1e-6
