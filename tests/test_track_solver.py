"""The tracker's solver on landmarks made from its own model: what went in comes out again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from avitalk.arkit import EYE_LOOK, INDEX
from avitalk.errors import InputError
from avitalk.face import rotation
from avitalk.track import Landmarks, export_report, resting_face, track, warnings_of
from avitalk.track.mesh import NEEDED
from avitalk.track.model import FaceModel, load_model, turn_terms
from avitalk.track.pose import Lens, Pose, angles_of, find_pose
from avitalk.track.smooth import bridged, smoothed

FPS = 25.0
SIZE = (640, 480)
FOCAL_PX = 1200.0
LENS = Lens(FOCAL_PX, (320.0, 240.0))


def performance(frames: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Weights (F, 52): talking, two smiles, raised brows, two blinks; and head angles (F, 3)."""
    t = np.arange(frames) / FPS
    weights = np.zeros((frames, 52))
    speaking = np.clip(np.minimum(t - 0.6, t[-1] - 0.6 - t), 0, 0.2) / 0.2
    weights[:, INDEX["jawOpen"]] = speaking * (0.2 - 0.2 * np.cos(2 * np.pi * 2.5 * t))
    for name, start, size in (
        ("mouthSmileLeft", 1.0, 0.6), ("mouthSmileRight", 1.0, 0.6), ("browInnerUp", 2.2, 0.7),
        ("browOuterUpLeft", 2.2, 0.7), ("browOuterUpRight", 2.2, 0.7), ("mouthPucker", 3.2, 0.8),
    ):  # fmt: skip
        weights[:, INDEX[name]] = size * np.exp(-0.5 * ((t - start) / 0.25) ** 2)
    for side in ("Left", "Right"):
        for start in (0.5, 2.8):
            weights[:, INDEX[f"eyeBlink{side}"]] += np.exp(-0.5 * ((t - start) / 0.06) ** 2)
    head = np.radians([14.0, 6.0, 4.0]) * np.sin(2 * np.pi * t[:, None] * [0.31, 0.4, 0.23])
    return weights, head


def film(
    weights: np.ndarray,
    head: np.ndarray,
    *,
    identity: float = 0.0,
    noise_px: float = 0.15,
    index: np.ndarray | None = None,
    eyes: np.ndarray | None = None,
) -> Landmarks:
    """Landmarks of the model's face, of another identity if asked, with the landmarker's noise."""
    model = load_model()
    rng = np.random.default_rng(0)
    rest = model.rest * (1 + identity * np.array([-0.08, 0.06, 0.05]))
    face = rest + np.tensordot(weights, model.shapes, 1) + model.seen_at(head)
    if eyes is not None:
        face = face + np.einsum("fea,eapc->fpc", eyes[..., :2], model.look)
    turn = np.stack([rotation(angles) for angles in head]).astype(np.float64)
    place = np.array([0.01, -0.02, -0.7]) + 0.01 * np.sin(np.arange(len(head)) / 9)[:, None]
    seen = Pose(turn, place).seen(face)
    near = -(seen[..., 2] - seen[..., 2].mean(axis=1, keepdims=True)) * FOCAL_PX / 0.7
    points = np.concatenate([LENS.project(seen), near[..., None]], axis=-1)
    points += rng.normal(0, noise_px, points.shape)
    kept = np.arange(478) if index is None else index
    found = np.ones(len(points), bool)
    return Landmarks(points[:, kept], kept, found, SIZE, FPS, source="clip.mp4")


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first, second)[0, 1])


@pytest.mark.parametrize("identity", [0.0, 1.0])
def test_weights_and_angles_come_back(identity: float) -> None:
    weights, head = performance()
    tracked = track(film(weights, head, identity=identity))
    found = tracked.motion.weights
    for name in ("jawOpen", "mouthSmileLeft", "browInnerUp", "mouthPucker", "eyeBlinkRight"):
        true, seen = weights[:, INDEX[name]], found[:, INDEX[name]]
        assert likeness(true, seen) > 0.93, name
        assert np.abs(true - seen).mean() < 0.07, name
    assert np.degrees(np.abs(tracked.motion.head - head)).mean(axis=0).max() < 1.5
    assert found.min() >= 0
    assert found.max() <= 1
    assert np.all(found[:, INDEX["mouthClose"]] <= found[:, INDEX["jawOpen"]] + 1e-6)
    assert tracked.error_px.mean() < 1
    assert tracked.focal_px == pytest.approx(FOCAL_PX, rel=0.4)


def test_fewer_points_do() -> None:
    weights, head = performance()
    kept = np.setdiff1d(np.arange(478), np.arange(100, 145))
    kept = np.union1d(kept, NEEDED)
    tracked = track(film(weights, head, index=kept), focal_px=FOCAL_PX)
    jaw = INDEX["jawOpen"]
    assert likeness(weights[:, jaw], tracked.motion.weights[:, jaw]) > 0.95


def test_nothing_lags() -> None:
    weights, head = performance()
    seen = track(film(weights, head), focal_px=FOCAL_PX).motion.weights[:, INDEX["jawOpen"]]
    true = weights[:, INDEX["jawOpen"]]
    scores = [likeness(np.roll(seen, shift)[5:-5], true[5:-5]) for shift in (-1, 0, 1)]
    assert np.argmax(scores) == 1


def test_gaze_comes_back() -> None:
    weights, head = performance()
    eyes = np.zeros((len(weights), 2, 3))
    eyes[..., 0] = 0.25 * np.sin(np.arange(len(weights)) / 7)[:, None]
    eyes[..., 1] = 0.15 * np.sin(np.arange(len(weights)) / 11)[:, None]
    motion = track(film(weights * 0.5, head, eyes=eyes), focal_px=FOCAL_PX).motion
    for axis in range(2):
        assert likeness(motion.eyes[:, 0, axis], eyes[:, 0, axis]) > 0.9
    derived = motion.weights[:, list(EYE_LOOK)]
    assert derived.max() > 0.2


def test_frames_without_a_face_are_bridged_and_marked() -> None:
    weights, head = performance()
    landmarks = film(weights, head)
    found = np.ones(len(weights), bool)
    found[40:46] = found[:3] = False
    broken = np.where(found[:, None, None], landmarks.points, 1e4)
    landmarks = Landmarks(broken, landmarks.index, found, SIZE, FPS, None, "clip.mp4", 2)
    tracked = track(landmarks, focal_px=FOCAL_PX)
    assert np.array_equal(tracked.found, found)
    steps = np.abs(np.diff(tracked.motion.channels(), axis=0)).max()
    assert steps < 0.6
    report = json.loads(export_report(landmarks, tracked, "clip.mp4"))
    assert report["frames_without_face"] == [[0, 2], [40, 45]]
    assert report["frames_with_face"] == len(weights) - 9
    doubts = " ".join(warnings_of(landmarks, tracked))
    assert "up to 2 faces" in doubts
    assert "no face in 9 of 120 frames" in doubts


def test_lips_that_never_close_are_said_to() -> None:
    weights, head = performance()
    weights[:, INDEX["jawOpen"]] += 0.3
    tracked = track(film(weights, head), focal_px=FOCAL_PX)
    assert not tracked.neutral.lips_closed
    assert tracked.motion.weights[:, INDEX["jawOpen"]].mean() > 0.25


def test_a_face_known_from_other_clips_is_used() -> None:
    weights, head = performance()
    smiling = weights.copy()
    for side in ("Left", "Right"):
        smiling[:, INDEX[f"mouthSmile{side}"]] = 0.6
    neutral = resting_face([film(weights, head)], focal_px=FOCAL_PX)
    smile = INDEX["mouthSmileLeft"]
    alone = track(film(smiling, head), focal_px=FOCAL_PX).motion.weights[:, smile]
    known = track(film(smiling, head), neutral=neutral, focal_px=FOCAL_PX).motion.weights[:, smile]
    assert alone.mean() < 0.3
    assert known.mean() > 0.45


def test_bad_clips_are_refused() -> None:
    weights, head = performance(30)
    landmarks = film(weights, head)
    nobody = Landmarks(landmarks.points, landmarks.index, np.zeros(30, bool), SIZE, FPS, source="x")
    with pytest.raises(InputError, match="x: a face in 0 of 30 frames"):
        track(nobody)
    tiny = Landmarks(landmarks.points * 0.1, landmarks.index, landmarks.found, SIZE, FPS)
    with pytest.raises(InputError, match="pixels wide; at least 40"):
        track(tiny)
    with pytest.raises(InputError, match="disagree"):
        Landmarks(landmarks.points, landmarks.index[:5], landmarks.found, SIZE, FPS)
    with pytest.raises(InputError, match="points 13 are missing"):
        track(film(weights, head, index=np.setdiff1d(np.arange(478), (12, 13))))
    with pytest.raises(InputError, match="face point 500"):
        load_model().only(np.array([500]))


def test_pose_is_exact_on_exact_points() -> None:
    _, head = performance(20)
    model = load_model()
    turn = np.stack([rotation(angles) for angles in head]).astype(np.float64)
    place = np.tile([0.05, -0.03, -0.9], (20, 1))
    seen = Pose(turn, place).seen(model.rest)
    near = -(seen[..., 2] + 0.9) * FOCAL_PX / 0.9
    points = np.concatenate([LENS.project(seen), near[..., None]], axis=-1)
    pose = find_pose(points, model.rest, np.ones(478), LENS)
    assert np.abs(angles_of(pose.turn) - head).max() < 0.01
    assert np.abs(pose.place - place).max() < 0.01


def test_model_survives_its_file() -> None:
    model = load_model()
    shuffled = np.asfortranarray(model.shapes)  # a file must not depend on the memory's order
    again = FaceModel.from_bytes(replace(model, shapes=shuffled).to_bytes())
    assert np.abs(again.shapes - model.shapes).max() < 1e-5
    assert np.array_equal(again.index, np.arange(478))
    assert turn_terms(np.zeros((1, 3))).tolist() == [[0.0] * 5]


def test_gaps_are_bridged_and_smoothing_is_even() -> None:
    values = np.array([9.0, 1.0, 9.0, 9.0, 4.0, 9.0])[:, None]
    good = np.array([False, True, False, False, True, False])
    assert bridged(values, good)[:, 0].tolist() == [1, 1, 2, 3, 4, 4]
    pulse = np.zeros((21, 1))
    pulse[10] = 1
    soft = smoothed(pulse, 1.5)[:, 0]
    assert np.allclose(soft, soft[::-1])
    assert soft.sum() == pytest.approx(1)
