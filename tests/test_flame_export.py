"""`.flame.npz` files, other people's spellings, and the `avitalk flame` commands."""

import io
import json
import sys

import numpy as np
import pytest

from avitalk.arkit import EYE_LOOK
from avitalk.errors import InputError
from avitalk.export.flame import export_flame, flame_to_motion, load_flame_track, read_flame
from avitalk.face import load_head
from avitalk.face.flame import FlameSolver, load_flame, rotations
from avitalk.types import Motion
from miniature_head import lively_motion
from synthetic_flame import EXPRESSION, published_pickle, synthetic_flame


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("flame") / "model.pkl"
    path.write_bytes(published_pickle(synthetic_flame().arrays))
    return path


@pytest.fixture(scope="module")
def solver(model_file) -> FlameSolver:
    return FlameSolver(load_head(), load_flame(model_file).truncated(40))


def gentle(frames: int = 20) -> Motion:
    """Every channel busy, weights small enough for faces, head turned about all axes."""
    motion = lively_motion(frames)
    weights = 0.3 * motion.weights
    weights[:, [18, 51]] = 0
    return Motion(weights, motion.head, motion.eyes, motion.fps, motion.translation)


def npz(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def test_a_file_carries_everything_there_and_back(solver):
    motion = gentle()
    exported = export_flame(motion, solver)
    assert exported.data == export_flame(motion, solver).data
    track = read_flame(exported.data)
    assert track.expression.shape == (20, 40)
    assert track.fps == 25
    assert not track.turn.any()
    assert not track.betas.any()
    back, residual = flame_to_motion(track, solver)
    np.testing.assert_allclose(back.head, motion.head, atol=1e-5)
    np.testing.assert_allclose(back.eyes, motion.eyes, atol=1e-5)
    np.testing.assert_allclose(back.translation, motion.translation, atol=1e-7)
    assert back.weights.min() >= 0
    assert back.weights.max() <= 1
    kept = np.setdiff1d(np.arange(52), [*EYE_LOOK, 51])
    off = (back.weights - motion.weights)[:, kept]
    assert np.sqrt((off**2).mean()) < 0.1  # blink, squint and wide at once
    assert residual.summary()["face_rms_mm"] < 0.6
    assert exported.residual.summary()["lips_rms_mm"] < 0.8


def test_the_head_turns_by_neck_or_globally(solver):
    motion = gentle(3)
    for rotate, name, other in (("neck", "neck", "turn"), ("global", "turn", "neck")):
        track = read_flame(export_flame(motion, solver, rotate=rotate).data)
        turned = rotations(getattr(track, name)[1])
        yaw, pitch, roll = (float(a) for a in motion.head[1])
        expected = rotations([0, yaw, 0]) @ rotations([pitch, 0, 0]) @ rotations([0, 0, roll])
        np.testing.assert_allclose(turned, expected, atol=1e-5)
        assert not getattr(track, other).any()


def test_still_faces_export_as_zeros(solver):
    track = read_flame(export_flame(Motion.still(4, 30.0), solver).data)
    for values in (track.expression, track.jaw, track.neck, track.eyes):
        assert not values.any()
    back, _ = flame_to_motion(track, solver)
    assert back.same_as(Motion.still(4, 30.0))


def test_other_spellings_are_read():
    rng = np.random.default_rng(0)
    exp, jaw, turn = rng.normal(size=(5, 10)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    track = read_flame(npz(exp=exp, jaw=jaw, global_orient=turn, frame_rate=30))
    np.testing.assert_array_equal(track.expression, exp)
    np.testing.assert_array_equal(track.jaw, jaw)
    np.testing.assert_array_equal(track.turn, turn)
    deca = read_flame(npz(exp=exp[None], pose=np.hstack([turn, jaw]), shape=exp[:, :4]), fps=25)
    np.testing.assert_array_equal(deca.jaw, jaw)
    np.testing.assert_array_equal(deca.betas, exp[0, :4])
    whole = rng.normal(size=(5, 15))
    full = read_flame(npz(Psi=exp, full_pose=whole, fps=24.0))
    np.testing.assert_array_equal(full.neck, whole[:, 3:6])
    np.testing.assert_array_equal(full.eyes, whole[:, 9:])
    halves = read_flame(npz(expr=exp, leye_pose=jaw, fps=24))
    np.testing.assert_array_equal(halves.eyes, np.hstack([jaw, 0 * jaw]))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"jaw_pose": np.zeros((5, 3)), "fps": 25}, "no expression"),
        ({"exp": np.zeros((5, 3))}, "no frame rate"),
        ({"exp": np.zeros((5, 3)), "jaw": np.zeros((4, 3)), "fps": 25}, r"jaw: shape \(4, 3\)"),
        ({"exp": np.zeros((5, 3)), "pose": np.zeros((5, 7)), "fps": 25}, "pose of 7 numbers"),
        ({"exp": np.full((5, 3), np.inf), "fps": 25}, "finite"),
        ({"exp": np.array(["a"]), "fps": 25}, "finite numbers"),
        ({"exp": np.zeros((0, 3)), "fps": 25}, "expression: shape"),
        ({"exp": np.zeros(3), "fps": 25}, "expression: shape"),
    ],
)
def test_files_that_contradict_themselves_are_refused(arrays, message):
    with pytest.raises(InputError, match=message):
        read_flame(npz(**arrays), "x.npz")


def test_damaged_files_are_refused(tmp_path, solver):
    data = export_flame(Motion.still(2, 25.0), solver).data
    for broken in (b"", b"PK", data[: len(data) // 2], data[:-10], b"\0" * 100):
        with pytest.raises(InputError, match="not a file of FLAME parameters"):
            read_flame(broken)
    with pytest.raises(InputError, match="cannot read"):
        load_flame_track(tmp_path / "none.npz")
    wide = read_flame(npz(exp=np.zeros((2, 90)), fps=25))
    with pytest.raises(InputError, match="90 expression coefficients; the model has 40"):
        flame_to_motion(wide, solver)


def run(*words, monkeypatch, capsys) -> tuple[int, str, str]:
    from avitalk.cli.entry import app, main

    monkeypatch.setattr(sys, "argv", ["avitalk", *map(str, words)])
    monkeypatch.setattr(app, "registered_commands", [])
    monkeypatch.setattr(app, "registered_groups", [])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


def test_the_commands_there_and_back(tmp_path, model_file, monkeypatch, capsys):
    motion = gentle(6)
    source, middle = tmp_path / "a.motion.npz", tmp_path / "a.flame.npz"
    motion.save(source)
    code, out, _ = run(
        "flame", "to", source, "--model", model_file, "--out", middle, "--expressions", 30,
        "--head", "global", "--json", monkeypatch=monkeypatch, capsys=capsys,
    )  # fmt: skip
    assert code == 0
    facts = json.loads(out)["results"][0]
    assert facts["frames"] == 6
    assert facts["residual"]["face_rms_mm"] < 1
    with np.load(middle) as written:
        assert written["expression"].shape == (6, 30)
        assert written["global_pose"].any()
        assert written["residual_face_mm"].shape == (6, 3)
    code, out, _ = run(
        "flame", "from", middle, "-m", model_file, "-o", tmp_path / "b.motion.npz",
        monkeypatch=monkeypatch, capsys=capsys,
    )  # fmt: skip
    assert code == 0
    assert "mm RMS" in out
    back = Motion.load(tmp_path / "b.motion.npz")
    np.testing.assert_allclose(back.head, motion.head, atol=1e-4)


@pytest.mark.parametrize(
    "words",
    [
        ("to", "a.motion.npz", "--model", "none.pkl"),
        ("to", "a.motion.npz", "--model", "a.motion.npz"),
        ("to", "none.csv", "--model", "none.pkl"),
        ("to", "a.motion.npz", "--model", "none.pkl", "--head", "body"),
        ("from", "a.motion.npz", "--model", "none.pkl"),
        ("from", "none.npz", "--model", "none.pkl"),
    ],
)
def test_bad_input_ends_in_one_line_and_exit_code_2(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Motion.still(2, 25.0).save(tmp_path / "a.motion.npz")
    code, _, err = run("flame", *words, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 2
    assert err.startswith("avitalk: ")
    assert err.count("\n") == 1


def test_expression_count_of_the_model(model_file):
    assert load_flame(model_file).expressions == EXPRESSION
