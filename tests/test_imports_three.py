"""three.js loads and plays our .glb: weights, turns and vertices are those of Head.pose."""

from pathlib import Path

import numpy as np
import pytest

import node_scripts
from avitalk.arkit import ARKIT_52
from avitalk.export import export_glb, file_weights
from avitalk.export.glb_mesh import EYES, FACE
from avitalk.face import Head, load_head, rotation
from avitalk.types import Motion
from miniature_head import lively_motion, miniature_head, without_lids


def play(motion: Motion, head: Head, times_s: list[float], folder: Path) -> dict:
    path = folder / "played.glb"
    path.write_bytes(export_glb(motion, head).data)
    return node_scripts.answer("three.mjs", path, *times_s)


def matrix_of(quaternion: list[float]) -> np.ndarray:
    x, y, z, w = quaternion
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def expected_corners(head: Head, posed: np.ndarray, step: int) -> dict[str, np.ndarray]:
    """Node and material -> corners (n, 3) of every `step`-th triangle."""
    found = {}
    for surface in (*FACE, *EYES):
        mine = surface.worn_by(head)
        node = surface.parts[0] if surface.name == "eye" else "face"
        if mine.any():
            found[f"{node}/{surface.name}"] = posed[head.triangles[mine][::step]].reshape(-1, 3)
    return found


@pytest.mark.parametrize("fps", [25.0, 50.0])
@pytest.mark.parametrize("shipped", [False, True])
def test_three_shows_what_head_pose_gives(shipped: bool, fps: float, tmp_path: Path) -> None:
    head = without_lids(load_head()) if shipped else miniature_head()
    motion = lively_motion(21, fps)
    frames = [0, 7, 13, 19]
    answer = play(motion, head, [frame / fps for frame in frames], tmp_path)
    weights, _ = file_weights(motion)
    for frame, shown in zip(frames, answer["shown"], strict=True):
        for name, expected in zip(ARKIT_52, weights[frame], strict=True):
            assert np.allclose(shown["weights"][name], expected, atol=1e-5), name
        turn = rotation(motion.head[frame])
        assert np.allclose(matrix_of(shown["rotations"]["head"]), turn, atol=1e-5)
        for side, eye in enumerate(("eye_left", "eye_right")):
            both = turn @ rotation(motion.eyes[frame, side])
            assert np.allclose(matrix_of(shown["rotations"][eye]), both, atol=1e-5)
        posed = head.pose_frame(
            weights[frame], motion.head[frame], motion.eyes[frame], motion.translation[frame]
        )
        expected = expected_corners(head, posed, answer["step"])
        assert expected.keys() == shown["corners"].keys()
        for name, corners in expected.items():
            seen = np.reshape(shown["corners"][name], (-1, 3))
            assert np.abs(seen - corners).max() < 1e-4, name  # 0.1 mm, as in test_export_glb


def test_three_plays_one_clip_linearly_between_frames(tmp_path: Path) -> None:
    motion = lively_motion(21, 25.0)
    answer = play(motion, miniature_head(), [7.5 / 25], tmp_path)
    (clip,) = answer["clips"]
    assert clip["name"] == "speech"
    assert clip["duration"] == pytest.approx(20 / 25, abs=1e-6)
    between = file_weights(motion)[0][7:9].mean(axis=0)
    (shown,) = answer["shown"]
    for name, expected in zip(ARKIT_52, between, strict=True):
        assert np.allclose(shown["weights"][name], expected, atol=1e-5)
