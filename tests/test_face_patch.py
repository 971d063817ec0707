"""A patch of the face: weights to vertices and back, lips kept to hundredths of a millimetre."""

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX
from avitalk.face import load_head
from avitalk.face.lips import lip_gap
from avitalk.face.patch import face_patch, patch_of


def spoken(frames: int = 40) -> np.ndarray:
    """(F, 52) a mouth that opens, rounds and closes under brows that rise."""
    rng = np.random.default_rng(0)
    weights = np.zeros((frames, len(ARKIT_52)))
    t = np.linspace(0, 4 * np.pi, frames)
    weights[:, INDEX["jawOpen"]] = 0.3 + 0.3 * np.sin(t)
    weights[:, INDEX["mouthClose"]] = np.minimum(0.2, weights[:, INDEX["jawOpen"]])
    weights[:, INDEX["mouthPucker"]] = 0.4 * rng.random(frames)
    weights[:, INDEX["browInnerUp"]] = 0.5 + 0.4 * np.cos(t)
    for side in ("Left", "Right"):
        weights[:, INDEX[f"eyeBlink{side}"]] = np.maximum(0, np.sin(2 * t)) ** 8
        weights[:, INDEX[f"mouthSmile{side}"]] = 0.2
    return weights


def test_weights_come_back_from_their_vertices() -> None:
    patch = face_patch()
    wanted = spoken()
    moved = patch.moved(wanted)
    found = patch.weights(moved)
    assert np.abs(patch.moved(found) - moved).max() < 0.2
    assert np.abs(patch.gap_mm(patch.moved(found)) - patch.gap_mm(moved)).max() < 0.05
    assert np.abs(found - wanted).max() < 0.1


def test_weights_stay_within_bounds_whatever_the_vertices_do() -> None:
    patch = face_patch()
    wild = np.random.default_rng(1).normal(scale=10, size=(5, patch.vertices, 3))
    found = patch.weights(wild)
    assert found.min() >= 0
    assert found.max() <= 1
    assert not found[:, list(EYE_LOOK)].any()
    assert (found[:, INDEX["mouthClose"]] <= found[:, INDEX["jawOpen"]] + 1e-6).all()


def test_the_gap_of_the_patch_is_that_of_the_head() -> None:
    head, patch = load_head(), face_patch()
    weights = spoken(6)
    for frame in weights:
        posed = head.vertices + np.tensordot(frame.astype(np.float32), head.shapes, 1)
        gap = float(patch.gap_mm(patch.moved(frame[None]))[0])
        assert gap == pytest.approx(1e3 * float(lip_gap(posed, head)), abs=1e-3)


def test_brows_are_upper_and_lips_are_not() -> None:
    patch = face_patch()
    brow = np.abs(patch.shapes_mm[INDEX["browInnerUp"]]).max(axis=1)
    jaw = np.abs(patch.shapes_mm[INDEX["jawOpen"]]).max(axis=1)
    assert patch.upper[brow.argmax()]
    assert not patch.upper[jaw.argmax()]
    assert not (patch.upper & patch.lips).any()


def test_a_patch_is_the_same_on_every_call_and_has_as_much_skin_as_asked() -> None:
    head = load_head()
    first, second = patch_of(head, skin=20), patch_of(head, skin=20)
    assert (first.rows == second.rows).all()
    assert patch_of(head, skin=50).vertices == first.vertices + 30
    assert len(np.unique(first.rows)) == first.vertices


def test_another_number_of_vertices_is_refused() -> None:
    with pytest.raises(ValueError, match=r"displacements of shape \(3, 7, 3\)"):
        face_patch().weights(np.zeros((3, 7, 3)))
