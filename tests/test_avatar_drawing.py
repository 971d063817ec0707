"""Avatars as heads: where eyes and neck are found, seams that do not show, pictures drawn."""

from pathlib import Path

import numpy as np

import avatars
from avitalk.arkit import INDEX
from avitalk.face import Head, vertex_normals
from avitalk.face.avatar.drawing import load_avatar
from avitalk.render import Renderer
from avitalk.render.seams import Seams


def head_of(made: avatars.Builder, folder: Path) -> Head:
    path = folder / "me.glb"
    path.write_bytes(made.glb())
    return load_avatar(path)


def test_eyes_and_neck_come_from_bones(tmp_path: Path) -> None:
    head = head_of(avatars.person(), tmp_path)
    assert np.allclose(head.eye_pivots, [[0.032, 0, 0], [-0.032, 0, 0]], atol=1e-6)
    middle = avatars.EYES.mean(axis=0)
    assert np.allclose(head.neck_pivot, avatars.HEAD - middle, atol=1e-6)
    assert (head.head_weight == 1).all()
    assert head.avatar is not None
    assert not head.avatar.pieces[-1].follow.any()  # the body stays


def test_eyes_without_bones_lie_behind_what_blinks(tmp_path: Path) -> None:
    head = head_of(avatars.person(eye_bones=False), tmp_path)
    apart = head.eye_pivots[0] - head.eye_pivots[1]
    assert 0.05 < apart[0] < 0.08
    assert abs(apart[1]) < 0.01
    closed = np.zeros(52, np.float32)
    closed[INDEX["eyeBlinkLeft"]] = 1
    moved = np.linalg.norm(head.pose_frame(closed) - head.vertices, axis=1)
    lid = np.average(head.vertices, axis=0, weights=moved)
    assert lid[2] > head.eye_pivots[0, 2]


def test_eye_shapes_that_turn_the_eyeballs_keep_the_bones_still(tmp_path: Path) -> None:
    made = avatars.person()
    looks = {"eyeLookOutLeft": np.tile([0.004, 0, 0], (36, 1))}
    eye = made.document["meshes"][2]
    eye["primitives"][0]["targets"] = [
        {"POSITION": made.add(moved.astype(np.float32), bounds=True)} for moved in looks.values()
    ]
    eye["extras"] = {"targetNames": list(looks)}
    head = head_of(made, tmp_path)
    assert head.avatar is not None
    assert head.avatar.rig.eyes == (None, None)
    assert not (head.part == 7).any()
    turned = head.pose_frame(np.zeros(52, np.float32), None, np.array([[0.3, 0, 0], [0, 0, 0]]))
    assert np.abs(turned - head.vertices).max() > 0.002


def test_meshes_side_by_side_turn_as_one_head(tmp_path: Path) -> None:
    from miniature_head import ball

    made = avatars.Builder()
    made.document["skins"] = []
    root = made.node("grp_scale")
    material = made.material("plain")
    points, faces = ball(14, 16, 0.1)
    shapes = avatars.bumps(points + avatars.FACE, ["jawOpen", "eyeBlinkLeft", "eyeBlinkRight"])
    mesh = made.mesh("head", points + avatars.FACE, faces, material, targets=shapes)
    made.node("head_geo", root, mesh=mesh)
    points, faces = ball(5, 6, 0.012)
    baked = made.mesh("left", points + avatars.EYES[0], faces, material)
    made.node("eyeLeft", root, mesh=baked)  # its origin is the file's: it cannot turn
    placed = made.mesh("right", points, faces, material)
    made.node("eyeRight", root, mesh=placed, translation=avatars.EYES[1].tolist())
    head = head_of(made, tmp_path)
    assert head.avatar is not None
    assert head.avatar.rig.head == root
    assert head.avatar.rig.eyes == (None, 3)
    assert (head.head_weight == 1).all()


def test_a_seam_of_the_picture_does_not_show(tmp_path: Path) -> None:
    made = avatars.person()
    whole = head_of(made, tmp_path)
    mesh = made.document["meshes"][0]["primitives"]
    from avitalk.face.gltf import GltfFile

    file = GltfFile(made.glb())
    faces = file.accessor(mesh[0]["indices"]).reshape(-1, 3)
    half = len(faces) // 2
    mesh.append(dict(mesh[0]))
    for primitive, kept in zip(mesh, (faces[:half], faces[half:]), strict=True):
        primitive["indices"] = made.add(kept.reshape(-1).astype(np.uint16))
    split = head_of(made, tmp_path)
    assert len(split.vertices) > len(whole.vertices)
    assert split.texture is not None
    smooth = vertex_normals(split.vertices, split.triangles)
    Seams(split.texture.twin).join(smooth)
    twin = split.texture.twin
    assert twin is not None
    assert np.allclose(smooth, smooth[twin], atol=1e-6)
    Seams(None).join(smooth)


def test_an_avatar_is_drawn_and_opens_its_mouth(tmp_path: Path) -> None:
    head = head_of(avatars.person(shaped=avatars.face_bumps), tmp_path)
    draw = Renderer(head, size=(64, 64))
    wide = np.zeros(52, np.float32)
    wide[INDEX["jawOpen"]] = 1
    rest = draw.frame(head.pose_frame(wide * 0)).astype(int)
    opened = draw.frame(head.pose_frame(wide)).astype(int)
    assert rest.std() > 10
    assert np.abs(opened - rest).max() > 10
