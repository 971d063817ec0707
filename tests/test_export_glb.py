"""The .glb poses as Head.pose does, reads back as the same motion, and refuses what is broken."""

import json
import struct

import numpy as np
import pytest

import gltf_player
from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, eye_look_weights
from avitalk.errors import InputError
from avitalk.export import export_glb, file_weights, read_glb_motion
from avitalk.export.glb_mesh import EYES, FACE
from avitalk.export.rotations import angles, quaternions
from avitalk.face import PARTS, Head
from avitalk.types import Motion
from miniature_head import lively_motion, miniature_head

HEAD = miniature_head()


class Player(gltf_player.Player):
    """Gives the head's triangles by node and material as well."""

    def corners(self, frame: int) -> dict[str, np.ndarray]:
        """Material and node -> posed triangle corners (T, 3, 3)."""
        found = {}
        for node, primitive, place in self.placed(frame):
            faces = self.file.accessor(primitive["indices"]).reshape(-1, 3)
            material = self.document["materials"][primitive["material"]]["name"]
            found[f"{node['name']}/{material}"] = place[faces]
        return found


def expected_corners(head: Head, motion: Motion, frame: int) -> dict[str, np.ndarray]:
    weights, _ = file_weights(motion)
    moved = None if motion.translation is None else motion.translation[frame]
    posed = head.pose_frame(weights[frame], motion.head[frame], motion.eyes[frame], moved)
    found = {}
    for surface in (*FACE, *EYES):
        mine = surface.worn_by(head)
        node = surface.parts[0] if surface.name == "eye" else "face"
        if mine.any():
            found[f"{node}/{surface.name}"] = posed[head.triangles[mine]]
    return found


def assert_poses_alike(head: Head, motion: Motion, frames: tuple[int, ...]) -> None:
    player = Player(export_glb(motion, head).data)
    for frame in frames:
        ours, theirs = expected_corners(head, motion, frame), player.corners(frame)
        assert ours.keys() == theirs.keys()
        for name, corners in ours.items():
            assert np.abs(corners - theirs[name]).max() < 1e-4, name  # 0.1 mm


def test_the_file_poses_the_head_as_we_do() -> None:
    assert_poses_alike(HEAD, lively_motion(), (0, 7, 39))


def test_each_rotation_alone_poses_alike() -> None:
    still = np.zeros((4, 3))
    for axis in range(3):
        turn = still.copy()
        turn[:, axis] = [0, 0.5, -0.5, 1.2]
        weights = np.zeros((4, 52))
        eyes = np.zeros((4, 2, 3))
        assert_poses_alike(HEAD, Motion(weights, turn, eyes, 25), (1, 2, 3))
        eyes[:, 0] = turn
        assert_poses_alike(HEAD, Motion(weights, still, eyes, 25), (1, 2))


def test_motion_reads_back() -> None:
    for fps in (24.0, 30_000 / 1001, 50.0, 60.0, 47.3):
        motion = lively_motion(60, fps)
        expected = motion.with_weights(file_weights(motion)[0])
        assert read_glb_motion(export_glb(motion, HEAD).data).same_as(expected, 1e-6)


def test_motion_without_translation_reads_back_without() -> None:
    motion = lively_motion(5, moves=False)
    assert read_glb_motion(export_glb(motion, HEAD).data).translation is None


def test_one_frame_is_a_motion() -> None:
    motion = lively_motion(1, 50.0)
    back = read_glb_motion(export_glb(motion, HEAD).data)
    assert (back.frames, back.fps) == (1, 50.0)


def test_an_hour_keeps_its_rate() -> None:
    motion = Motion.still(3600 * 50, 50.0)
    back = read_glb_motion(export_glb(motion, HEAD, morph_normals=False).data)
    assert (back.frames, back.fps) == (motion.frames, 50.0)


def test_weights_are_clamped_and_counted() -> None:
    weights = np.zeros((3, 52))
    weights[0, INDEX["jawOpen"]], weights[1, INDEX["mouthClose"]] = 1.25, -0.5
    exported = export_glb(Motion(weights, np.zeros((3, 3)), np.zeros((3, 2, 3)), 25), HEAD)
    assert (exported.clamped, exported.report.largest_excess) == (2, 0.5)
    back = read_glb_motion(exported.data).weights
    assert back[0, INDEX["jawOpen"]] == 1
    assert back.min() == 0


def test_gaze_weights_follow_the_eye_angles() -> None:
    motion = lively_motion()
    back = read_glb_motion(export_glb(motion, HEAD).data)
    derived = eye_look_weights(motion.eyes)
    assert np.allclose(back.weights[:, list(EYE_LOOK)], derived, atol=1e-6)


def test_same_motion_same_bytes() -> None:
    assert export_glb(lively_motion(), HEAD).data == export_glb(lively_motion(), HEAD).data


def test_names_colours_and_materials() -> None:
    player = Player(export_glb(lively_motion(), HEAD).data)
    face = next(mesh for mesh in player.document["meshes"] if mesh["name"] == "face")
    assert tuple(face["extras"]["targetNames"]) == ARKIT_52
    materials = {material["name"] for material in player.document["materials"]}
    assert {"skin", "lips", "mouth", "teeth", "tongue", "lashes", "eye"} == materials
    (shade,) = (surface.shade for surface in FACE if surface.name == "lashes")
    lashes = HEAD.part == PARTS.index("lashes")
    primitive = next(
        p for p in face["primitives"]
        if player.document["materials"][p["material"]]["name"] == "lashes"
    )  # fmt: skip
    colour = player.file.accessor(primitive["attributes"]["COLOR_0"])[:, :3]
    light = 1 - shade * (1 - HEAD.occlusion[:, None])
    assert np.allclose(colour, (HEAD.colour * light)[lashes], atol=1e-4)


def test_angles_and_quaternions_invert_each_other() -> None:
    rng = np.random.default_rng(0)
    wide = rng.uniform(-1, 1, (200, 3)) * (3.1, 1.5, 3.1)
    turns = quaternions(wide)
    assert np.allclose(angles(turns), wide, atol=1e-9)
    assert (np.einsum("fi,fi->f", turns[1:], turns[:-1]) >= 0).all()
    assert np.isfinite(quaternions(np.zeros((1, 3)))).all()


@pytest.mark.parametrize("kept", [0, 3, 12, 40, 5000, -1])
def test_cut_off_files_are_refused(kept: int) -> None:
    whole = export_glb(lively_motion(3), HEAD).data
    with pytest.raises(InputError, match=r"voice\.glb: cannot read"):
        read_glb_motion(whole[:kept], "voice.glb")


def test_noise_and_other_files_are_refused() -> None:
    rng = np.random.default_rng(1)
    for data in (rng.bytes(1000), b"glTF" + rng.bytes(1000), b"RIFF0000WAVE", b""):
        with pytest.raises(InputError, match="cannot read"):
            read_glb_motion(data)


def with_document(change) -> bytes:
    """A small .glb whose JSON went through `change`."""
    data = export_glb(lively_motion(3), HEAD, morph_normals=False).data
    size = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + size])
    text = json.dumps(change(document) or document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    return head + text + rest


def test_documents_that_do_not_hold_together_are_refused() -> None:
    def no_animation(document):
        del document["animations"]

    def step(document):
        document["animations"][0]["samplers"][0]["interpolation"] = "STEP"

    def plain_names(document):
        document["meshes"][0]["extras"]["targetNames"] = ["a", "b"]

    def huge(document):
        document["accessors"][document["animations"][0]["samplers"][0]["input"]]["count"] = 10**12

    def negative(document):
        for view in document["bufferViews"]:
            view["byteOffset"] = -4

    def a_list(document):
        return [1, 2]

    for change in (no_animation, step, plain_names, huge, negative, a_list):
        with pytest.raises(InputError, match=r"cannot read this \.glb"):
            read_glb_motion(with_document(change))
    assert read_glb_motion(with_document(lambda document: None)).frames == 3


def test_flipped_bits_give_a_motion_or_an_input_error() -> None:
    data = export_glb(lively_motion(3), HEAD, morph_normals=False).data
    rng = np.random.default_rng(2)
    for _ in range(300):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            broken[at] ^= 1 << int(rng.integers(8))
        try:
            read_glb_motion(bytes(broken))
        except InputError:
            continue
