"""An animated avatar moves as it is drawn, keeps everything it had, and reads back."""

import json
from pathlib import Path

import numpy as np
import pytest

import avatars
from avitalk.arkit import ARKIT_52, INDEX
from avitalk.errors import InputError
from avitalk.export import export_glb, file_weights, read_glb_motion, read_motion
from avitalk.export.avatar import export_avatar
from avitalk.face import Head
from avitalk.face.avatar.drawing import load_avatar
from avitalk.face.avatar.remap import parse_remap
from avitalk.types import Motion
from gltf_player import Player
from miniature_head import lively_motion, miniature_head

SEEN = ("Wolf3D_Head", "Wolf3D_Teeth", "EyeLeft", "EyeRight")


def head_of(made: avatars.Builder, folder: Path, name: str = "me.glb", **more) -> Head:
    path = folder / name
    path.write_bytes(made.glb())
    return load_avatar(path, **more)


def placed(head: Head, motion: Motion, frame: int, facing: float = 1.0, unit: float = 1.0):
    """The drawn vertices of one frame, back in the file's scene."""
    weights, _ = file_weights(motion)
    posed = head.pose_frame(weights[frame], motion.head[frame], motion.eyes[frame])
    middle = avatars.EYES.mean(axis=0) * [facing, 1, facing] * unit
    scale = unit * 0.064 / np.linalg.norm(head.eye_pivots[0] - head.eye_pivots[1])
    return posed.astype(np.float64) * [facing, 1, facing] * scale + middle


def assert_moves_as_drawn(head: Head, motion: Motion, **where) -> None:
    player = Player(export_glb(motion, head).data)
    for frame in (0, 3, 9):
        played = player.vertices(frame)
        drawn = placed(head, motion, frame, **where)
        seen = np.concatenate([played[name] for name in SEEN])
        # The drawn head has the same vertices in the same order, the far body cut down.
        assert np.abs(drawn[: len(seen)] - seen).max() < 2e-5 * where.get("unit", 1.0)


def test_a_ready_player_me_avatar_moves_as_it_is_drawn(tmp_path: Path) -> None:
    head = head_of(avatars.person(avatars.underscored), tmp_path)
    assert_moves_as_drawn(head, lively_motion(10, moves=False))


def test_centimetres_are_drawn_as_metres(tmp_path: Path) -> None:
    head = head_of(avatars.person(unit=100.0), tmp_path)
    assert 0.05 < np.linalg.norm(head.eye_pivots[0] - head.eye_pivots[1]) < 0.08
    assert_moves_as_drawn(head, lively_motion(10, moves=False), unit=100.0)


def test_a_vrm_0_looks_at_us_and_moves_as_it_is_drawn(tmp_path: Path) -> None:
    head = head_of(avatars.vrm0(), tmp_path, "me.vrm")
    assert head.eye_pivots[0, 0] > 0 > head.eye_pivots[1, 0]
    assert head.vertices[head.part == 7, 2].mean() > head.vertices[:, 2].mean()  # eyes in front
    assert_moves_as_drawn(head, lively_motion(10, moves=False), facing=-1.0)


def test_a_gltf_that_looks_backwards_is_turned_round(tmp_path: Path) -> None:
    made = avatars.person(shaped=avatars.face_bumps)
    made.document["nodes"][0]["rotation"] = [0.0, 1.0, 0.0, 0.0]
    head = head_of(made, tmp_path)
    assert head.eye_pivots[0, 0] > 0 > head.eye_pivots[1, 0]
    assert head.vertices[head.part == 7, 2].mean() > head.vertices[:, 2].mean()
    assert_moves_as_drawn(head, lively_motion(10, moves=False), facing=-1.0)
    forwards = head_of(avatars.person(shaped=avatars.face_bumps), tmp_path)
    assert_moves_as_drawn(forwards, lively_motion(10, moves=False))


def test_visemes_move_as_they_are_drawn(tmp_path: Path) -> None:
    names = tuple(f"viseme_{name}" for name in avatars.VISEMES)
    made = avatars.person(names=("eyeBlinkLeft", "eyeBlinkRight"), more=names)
    assert_moves_as_drawn(head_of(made, tmp_path), lively_motion(10, moves=False))


def test_nodes_with_a_matrix_and_parents_turned_about(tmp_path: Path) -> None:
    made = avatars.person()
    head = made.document["nodes"][3]
    turn = np.eye(4)
    from gltf_player import turned

    turn[:3, :3] = turned(np.array(head.pop("rotation")))
    turn[:3, 3] = head.pop("translation")
    head["matrix"] = turn.T.reshape(-1).tolist()
    assert_moves_as_drawn(head_of(made, tmp_path), lively_motion(10, moves=False))


def test_the_file_keeps_all_it_had(tmp_path: Path) -> None:
    made = avatars.person(avatars.underscored)
    made.document["extras"] = {"mine": [1, 2.5, "ü"], "never": None}
    made.document["extensions"] = {"ACME_unknown": {"x": 1e-7}}
    made.document["extensionsUsed"] = ["ACME_unknown"]
    times = made.add(np.array([0, 1], np.float32), bounds=True)
    turns = made.add(np.tile(np.array([0, 0, 0, 1], np.float32), (2, 1)))
    made.document["animations"] = [
        {"name": "idle", "samplers": [{"input": times, "output": turns}],
         "channels": [{"sampler": 0, "target": {"node": 1, "path": "rotation"}}]}
    ]  # fmt: skip
    before, binary = avatars.unpacked(made.glb())
    head = head_of(made, tmp_path)
    after, bigger = avatars.unpacked(export_glb(lively_motion(5), head).data)
    assert bigger[: len(binary)] == binary
    for key, value in before.items():
        if key in ("accessors", "bufferViews"):
            assert after[key][: len(value)] == value
        elif key == "animations":
            assert [animation["name"] for animation in after[key]] == ["speech", "idle"]
            assert after[key][1] == value[0]
        elif key != "buffers":
            assert json.dumps(after[key]) == json.dumps(value), key
    alone = export_avatar(lively_motion(5), head, others="drop")
    assert [a["name"] for a in avatars.unpacked(alone.data)[0]["animations"]] == ["speech"]


def test_textures_are_the_same_bytes(tmp_path: Path) -> None:
    data = export_glb(lively_motion(5), head_of(avatars.person(), tmp_path)).data
    from avitalk.face.gltf import GltfFile

    file = GltfFile(data)
    assert [file.image(0), file.image(1)] == [avatars.png(8, 1), avatars.png(4, 2)]


def test_a_gltf_with_files_beside_it_becomes_one_glb(tmp_path: Path) -> None:
    from avitalk.face.gltf import GltfFile

    path = avatars.write_gltf(avatars.person(), tmp_path / "Ava tar ü")
    head = load_avatar(path)
    motion = lively_motion(6, moves=False)
    data = export_glb(motion, head).data
    file = GltfFile(data)
    assert [file.image(0), file.image(1)] == [avatars.png(8, 1), avatars.png(4, 2)]
    assert [image["mimeType"] for image in file.document["images"]] == ["image/png"] * 2
    assert "uri" not in json.dumps(file.document)
    assert read_glb_motion(data).same_as(motion.with_weights(file_weights(motion)[0]), 1e-5)
    assert head.texture is not None
    assert [image.shape for image in head.texture.images] == [(8, 8, 4), (4, 4, 4)]


@pytest.mark.parametrize("made", [avatars.person, avatars.vrm1], ids=["arkit", "perfect sync"])
def test_motion_reads_back(made, tmp_path: Path) -> None:
    motion = lively_motion(30, 30_000 / 1001, moves=False)
    head = head_of(made(), tmp_path, "me.vrm" if made is avatars.vrm1 else "me.glb")
    out = tmp_path / ("out" + head.avatar.source.path.suffix)
    out.write_bytes(export_glb(motion, head).data)
    back = read_motion(out)
    assert back.same_as(motion.with_weights(file_weights(motion)[0]), 1e-5)


def test_motion_reads_back_through_gains_and_other_names(tmp_path: Path) -> None:
    made = avatars.person(lambda name: f"xx{ARKIT_52.index(name)}")
    rows = [
        f"  {name}: {{target: xx{i}, gain: {1 + i / 100}, offset: 0.05}}"
        for i, name in enumerate(ARKIT_52)
    ]
    text = "format: avitalk-binding-1\nweights:\n" + "\n".join(rows)
    head = head_of(made, tmp_path, remap=parse_remap(text, "b.yaml"))
    motion = lively_motion(8, moves=False)
    back = read_glb_motion(export_glb(motion, head).data)
    assert back.same_as(motion.with_weights(file_weights(motion)[0]), 1e-5)


def test_visemes_read_back_as_a_mouth_much_like_it(tmp_path: Path) -> None:
    names = tuple(f"viseme_{name}" for name in avatars.VISEMES)
    head = head_of(avatars.person(names=("eyeBlinkLeft", "eyeBlinkRight"), more=names), tmp_path)
    weights = np.zeros((20, 52))
    weights[:, INDEX["jawOpen"]] = np.linspace(0, 0.4, 20)
    weights[:, INDEX["eyeBlinkLeft"]] = 0.5
    motion = Motion(weights, np.zeros((20, 3)), np.zeros((20, 2, 3)), 25.0)
    back = read_glb_motion(export_glb(motion, head).data)
    jaw = INDEX["jawOpen"]
    assert np.abs(back.weights[:, jaw] - motion.weights[:, jaw]).max() < 0.08
    assert np.allclose(back.weights[:, INDEX["eyeBlinkLeft"]], 0.5, atol=1e-5)


def test_rest_weights_stay_where_nothing_drives_them(tmp_path: Path) -> None:
    made = avatars.person(more=("body_fat",))
    weights = made.document["meshes"][0]["weights"]
    weights[52], weights[INDEX["mouthSmileLeft"]] = 0.4, 0.3
    head = head_of(made, tmp_path)
    player = Player(export_glb(Motion.still(3, 25.0), head).data)
    number = next(i for i, n in enumerate(player.document["nodes"]) if n["name"] == "Wolf3D_Head")
    key = player.key(number, "weights", 1)
    assert key[52] == pytest.approx(0.4)
    assert not key[:52].any()
    assert_moves_as_drawn(head, lively_motion(10, moves=False))


def test_animating_twice_replaces_what_was_written(tmp_path: Path) -> None:
    head = head_of(avatars.person(), tmp_path)
    (tmp_path / "once.glb").write_bytes(export_glb(lively_motion(5), head).data)
    again = export_glb(lively_motion(7, moves=False), load_avatar(tmp_path / "once.glb")).data
    assert len(avatars.unpacked(again)[0]["animations"]) == 1
    assert read_glb_motion(again).frames == 7


def test_what_a_file_cannot_carry_is_told(tmp_path: Path) -> None:
    head = head_of(avatars.person(), tmp_path)
    assert export_glb(lively_motion(4), head).report.left_out == ("translation",)
    assert not export_glb(lively_motion(4, moves=False), head).report.left_out
    with pytest.raises(InputError, match="'miniature' was not read from an avatar"):
        export_avatar(lively_motion(4), miniature_head())


def test_our_own_heads_come_back_as_avatars(tmp_path: Path) -> None:
    mini = miniature_head()
    (tmp_path / "mini.glb").write_bytes(export_glb(Motion.still(2, 25.0), mini).data)
    head = load_avatar(tmp_path / "mini.glb")
    motion = lively_motion(10, moves=False)
    weights, _ = file_weights(motion)
    assert np.allclose(head.neck_pivot - head.eye_pivots.mean(axis=0),
                       mini.neck_pivot - mini.eye_pivots.mean(axis=0), atol=1e-6)  # fmt: skip
    for frame in (0, 5):
        ours = mini.pose_frame(weights[frame], motion.head[frame], motion.eyes[frame])
        theirs = head.pose_frame(weights[frame], motion.head[frame], motion.eyes[frame])
        apart = theirs[head.triangles].mean(axis=(0, 1)) - (
            ours[mini.triangles].mean(axis=(0, 1)) - mini.eye_pivots.mean(axis=0)
        )
        assert np.abs(apart).max() < 1e-5
    back = read_glb_motion(export_glb(motion, head).data)
    assert back.same_as(motion.with_weights(weights), 1e-5)


def test_a_head_without_bones_turns_about_its_neck(tmp_path: Path) -> None:
    made = avatars.Builder()
    made.document["skins"] = []
    root = made.node("thing", translation=[0.0, 0.2, 0.0])
    from miniature_head import ball

    points, faces = ball(14, 16, 0.1)
    shapes = avatars.bumps(points + avatars.FACE, list(ARKIT_52))
    material = made.material("plain")
    mesh = made.mesh("face", points + avatars.FACE, faces, material, targets=shapes)
    made.node("Wolf3D_Head", root, mesh=mesh)
    head = head_of(made, tmp_path)
    assert head.head_weight.min() == 1
    motion = lively_motion(10, moves=False)
    weights, _ = file_weights(motion)
    player = Player(export_glb(motion, head).data)
    rest = Player(export_glb(Motion.still(10, 25.0), head).data).vertices(0)["Wolf3D_Head"]
    for frame in (1, 8):
        drawn = head.pose_frame(weights[frame], motion.head[frame], motion.eyes[frame])
        scale = np.ptp(rest, axis=0) / np.ptp(head.pose_frame(weights[0] * 0), axis=0)
        middle = rest[0] - head.vertices[0] * scale
        assert np.abs(drawn * scale + middle - player.vertices(frame)["Wolf3D_Head"]).max() < 1e-4
