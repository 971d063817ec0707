"""ICT-FaceKit's files as a head: ranges, order, size, loops, and files that are something else."""

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.errors import InputError
from avitalk.face import PARTS, Head
from avitalk.face.facekit import MULTI_PIE_68, VERTICES, kit_name, read_facekit, wanted_names
from avitalk.face.ict import load_ict
from avitalk.face.meshpaths import edge_graph, enclosed, even_along, path_through
from synthetic_facekit import facekit_arrays


@pytest.fixture(scope="module")
def kit_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("kit") / "ict_facekit.npz"
    np.savez(path, **facekit_arrays())
    return path


@pytest.fixture(scope="module")
def head(kit_file) -> Head:
    return load_ict(kit_file)


def test_names_of_the_kit():
    assert kit_name("eyeBlinkLeft") == "eyeBlink_L"
    assert kit_name("jawLeft") == "jawLeft"
    assert kit_name("mouthRight") == "mouthRight"
    assert len(wanted_names()) == 53
    assert {"browInnerUp_L", "cheekPuff_R"} <= wanted_names()
    assert "tongueOut" not in wanted_names()


def test_size_place_and_order(head):
    np.testing.assert_allclose(head.eye_pivots, [[0.0315, 0, 0], [-0.0315, 0, 0]], atol=2e-4)
    assert head.shapes.shape == (52, len(head.vertices), 3)
    unit = np.linalg.norm(head.eye_pivots[0] - head.eye_pivots[1]) / 6.4
    arrays = facekit_arrays()
    names = arrays["expression_names"].tolist()
    skin = np.flatnonzero(head.part == PARTS.index("skin"))[0]
    for arkit in ("jawOpen", "eyeBlinkLeft", "mouthRight"):
        i = names.index(kit_name(arkit))
        moved = head.shapes[INDEX[arkit], skin]
        np.testing.assert_allclose(moved, [len(names[i]) * unit, i * unit, 0], rtol=1e-3)
    both = [names.index(f"browInnerUp_{side}") for side in "LR"]
    np.testing.assert_allclose(head.shapes[INDEX["browInnerUp"], skin, 1], sum(both) * unit, 1e-3)
    assert not head.shapes[INDEX["tongueOut"]].any()


def test_eyeballs_turn_by_angles_only(head):
    balls = np.isin(head.part, [PARTS.index("eye_left"), PARTS.index("eye_right")])
    assert balls.sum() == 2 * 1570
    assert not head.shapes[:, balls].any()
    mixed = balls[head.triangles]
    assert (mixed.all(axis=1) | ~mixed.any(axis=1)).all()
    left = head.part == PARTS.index("eye_left")
    reach = np.linalg.norm(head.vertices[left] - head.eye_pivots[0], axis=1)
    assert np.ptp(reach) < 1e-5


def test_all_parts_are_there_and_numbers_are_dense(head):
    found = {PARTS[i] for i in np.unique(head.part)}
    assert found >= {"skin", "lips", "mouth", "gums", "teeth_upper", "teeth_lower",
                     "eye_left", "eye_right"}  # fmt: skip
    assert np.array_equal(np.unique(head.triangles), np.arange(len(head.vertices)))
    assert len(head.vertices) < VERTICES  # tear films and shadow meshes are left out
    assert not head.vertices.flags.writeable


def test_loops_follow_lips_and_lids(head):
    place = head.vertices
    assert head.lip_upper.shape == head.lip_lower.shape
    assert head.lip_upper[0] == head.lip_lower[0]
    assert head.lip_upper[-1] == head.lip_lower[-1]
    assert place[head.lip_upper[0], 0] < -0.015 < 0.015 < place[head.lip_upper[-1], 0]
    middle = len(head.lip_upper) // 2
    assert place[head.lip_upper[middle], 1] > place[head.lip_lower[middle], 1]
    outer = place[head.lip_outer]
    assert outer[:, 1].max() > place[head.lip_upper, 1].max()
    assert outer[0, 0] == outer[:, 0].min()
    lips = place[head.part == PARTS.index("lips")]
    assert np.abs(lips[:, 0]).max() < 0.03
    for side, sign in ((0, 1), (1, -1)):
        upper, lower = head.lid_upper[side], head.lid_lower[side]
        assert upper[0] == lower[0]
        assert upper[-1] == lower[-1]
        assert (place[upper, 0] * sign > 0).all()
        assert abs(place[upper[0], 0]) < abs(place[upper[-1], 0])  # inner to outer corner
        assert place[upper, 1].mean() > place[lower, 1].mean()
    marks = head.landmarks["multi_pie_68"]
    assert len(marks) == len(MULTI_PIE_68)


def test_identity_modes(kit_file, head):
    other = load_ict(kit_file, identity=(0.0, 0.5))
    assert other.triangles.shape == head.triangles.shape
    assert np.abs(other.vertices - head.vertices).max() > 1e-4
    np.testing.assert_allclose(other.eye_pivots.mean(axis=0), 0, atol=1e-6)
    with pytest.raises(InputError, match="identity mode 2; "):
        load_ict(kit_file, identity=(0, 0, 1))


def test_a_checkout_reads_as_the_npz_does(tmp_path, kit_file):
    arrays = facekit_arrays()
    folder = tmp_path / "FaceXModel"
    folder.mkdir()
    lines = "".join(
        f"f {' '.join(f'{corner + 1}/1/1' for corner in face if corner >= 0)}\n"
        for face in arrays["faces"].tolist()
    )
    neutral = arrays["neutral"].astype(float)
    shape = arrays["expression"][0].astype(float)
    for name, points in (("generic_neutral_mesh", neutral), ("shape", neutral + shape)):
        rows = "".join(f"v {x:.7g} {y:.7g} {z:.7g}\n" for x, y, z in points.tolist())
        (folder / f"{name}.obj").write_text(f"# made by a test\n{rows}vt 0 0\n{lines}")
    with pytest.raises(InputError, match="cannot read"):
        read_facekit(tmp_path)
    for name in wanted_names():
        (folder / f"{name}.obj").symlink_to(folder / "shape.obj")
    kit = read_facekit(tmp_path)
    assert np.array_equal(kit.faces, arrays["faces"])
    np.testing.assert_allclose(kit.vertices, neutral, atol=1e-5)
    np.testing.assert_allclose(kit.shapes["jawOpen"], shape, atol=1e-5)
    np.testing.assert_allclose(kit.shapes["cheekPuff"], 2 * shape, atol=2e-5)
    assert set(kit.shapes) == set(ARKIT_52) - {"tongueOut"}


def test_other_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="neither an ICT-FaceKit checkout nor"):
        load_ict(tmp_path)
    file = tmp_path / "ict_facekit.npz"
    file.write_bytes(b"PK")
    with pytest.raises(InputError, match="not an npz of ICT-FaceKit"):
        load_ict(file)
    arrays = facekit_arrays()
    np.savez(file, **{k: v for k, v in arrays.items() if k != "faces"})
    with pytest.raises(InputError, match="faces"):
        load_ict(file)
    few = arrays | {"expression": arrays["expression"][:5],
                    "expression_names": arrays["expression_names"][:5]}  # fmt: skip
    np.savez(file, **few)
    with pytest.raises(InputError, match="missing shapes"):
        load_ict(tmp_path)
    np.savez(file, **(arrays | {"faces": arrays["faces"][:100]}))
    with pytest.raises(InputError, match="100 faces"):
        load_ict(tmp_path)
    folder = tmp_path / "kit" / "FaceXModel"
    folder.mkdir(parents=True)
    (folder / "generic_neutral_mesh.obj").write_text("v 1 2 x\n")
    with pytest.raises(InputError, match="not an OBJ mesh"):
        load_ict(folder)


def test_paths_on_a_mesh():
    side = 5
    x, y = np.meshgrid(np.arange(side, dtype=float), np.arange(side, dtype=float))
    vertices = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    triangles = np.concatenate(
        [np.stack([corner, corner + 1, corner + side], 1),
         np.stack([corner + 1, corner + side + 1, corner + side], 1)]
    )  # fmt: skip
    graph = edge_graph(vertices, triangles)
    assert path_through(graph, [0, 4]).tolist() == [0, 1, 2, 3, 4]
    assert path_through(graph, [0, 4, 24]).tolist() == [0, 1, 2, 3, 4, 9, 14, 19, 24]
    assert path_through(graph, [0, 99]).tolist() == []
    path = path_through(graph, [0, 4])
    assert even_along(vertices, path, np.array([0, 0.5, 1])).tolist() == [0, 2, 4]
    fence = np.array([10, 11, 12, 13, 14], np.int32)
    inside = enclosed(triangles, fence, np.array([0]), 25)
    assert inside[:15].all()
    assert not inside[15:].any()
