"""The Khronos validator finds nothing new in an avatar that we animated."""

from pathlib import Path

import pytest

import avatars
import node_scripts
from avitalk.export import export_glb
from avitalk.face.avatar.drawing import load_avatar
from miniature_head import lively_motion

MADE = {
    "arkit": avatars.person,
    "matrix head": lambda: with_matrix(avatars.person(avatars.underscored)),
    "visemes": lambda: avatars.person(names=(), more=tuple(f"viseme_{v}" for v in avatars.VISEMES)),
    "vrm 0": avatars.vrm0,
    "vrm 1": avatars.vrm1,
}


def with_matrix(made: avatars.Builder) -> avatars.Builder:
    head = made.document["nodes"][3]
    x, y, z = head.pop("translation")
    del head["rotation"]
    head["matrix"] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, y, z, 1]
    return made


def judged(data: bytes, folder: Path) -> dict:
    path = folder / "judged.glb"
    path.write_bytes(data)
    return node_scripts.answer("judge.mjs", path)


def said(verdict: dict) -> set[str]:
    """What the validator said, without where: adding nothing of our own is what counts."""
    return {message["code"] for message in verdict["issues"]["messages"]}


@pytest.mark.parametrize("name", MADE)
def test_an_animated_avatar_is_as_valid_as_before(name: str, tmp_path: Path) -> None:
    path = tmp_path / "me.glb"
    path.write_bytes(MADE[name]().glb())
    before = judged(path.read_bytes(), tmp_path)
    after = judged(export_glb(lively_motion(12), load_avatar(path)).data, tmp_path)
    assert after["issues"]["numErrors"] == before["issues"]["numErrors"] == 0
    assert said(after) <= said(before)
    channels = {(channel["node"], channel["path"]) for channel in after["channels"]}
    assert {("Wolf3D_Head", "weights"), ("Head", "rotation"), ("LeftEye", "rotation")} <= channels


def test_a_packed_gltf_is_valid(tmp_path: Path) -> None:
    before = judged(avatars.person().glb(), tmp_path)
    head = load_avatar(avatars.write_gltf(avatars.person(), tmp_path / "me"))
    after = judged(export_glb(lively_motion(12), head).data, tmp_path)
    assert after["issues"]["numErrors"] == 0
    assert said(after) <= said(before)
