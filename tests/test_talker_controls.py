"""Controls: neutral by default, continuous, closures kept, no lag."""

import numpy as np
import pytest

from avitalk.arkit import INDEX, REGIONS
from avitalk.errors import InputError
from avitalk.face import lip_gap, load_head
from avitalk.face.touch import lips_touch
from avitalk.talker.controls import Controls
from avitalk.types import Motion

FPS = 50.0
JAW, CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
REST = [i for i in range(52) if i not in REGIONS["mouth"]]


def babble(seconds: float = 4.0) -> Motion:
    """Jaw opening four times a second, lips pressed together for 60 ms between."""
    t = np.arange(int(seconds * FPS)) / FPS
    weights = np.zeros((len(t), 52), np.float32)
    weights[:, JAW] = 0.2 + 0.15 * np.sin(2 * np.pi * 4 * t)
    shut = np.clip(1 - np.abs((t * 4) % 1 - 0.75) / 0.12, 0, 1)
    weights[:, CLOSE] = weights[:, JAW] * np.minimum(1.5 * shut, 1)
    weights[:, INDEX["mouthPressLeft"]] = weights[:, INDEX["mouthPressRight"]] = 0.3 * shut
    weights[:, INDEX["browInnerUp"]] = 0.2 + 0.1 * np.sin(t)
    head = 0.1 * np.sin(t)[:, None] * np.ones(3)
    return Motion(weights, head.astype(np.float32), np.zeros((len(t), 2, 3), np.float32), FPS)


def gap_mm(motion: Motion) -> np.ndarray:
    head = load_head()
    return 1e3 * motion.weights @ lip_gap(head.shapes, head)


def test_defaults_give_the_very_same_motion() -> None:
    motion = babble()
    assert Controls().apply(motion) is motion


@pytest.mark.parametrize("field", ["articulation", "smoothing", "offset_ms"])
def test_a_small_turn_of_a_control_changes_little(field: str) -> None:
    motion, neutral = babble(), getattr(Controls(), field)
    before = Controls(**{field: neutral + 0.3}).apply(motion)
    after = Controls(**{field: neutral + 0.3 + 1e-3}).apply(motion)
    assert 0 < np.abs(after.weights - before.weights).max() < 2e-3


@pytest.mark.parametrize(
    "controls",
    [Controls(articulation=0.4), Controls(articulation=1.8), Controls(smoothing=0.5),
     Controls(smoothing=1.0), Controls(articulation=1.5, smoothing=0.7)],
)  # fmt: skip
def test_lips_that_touched_still_touch(controls: Controls) -> None:
    motion = babble()
    touched = gap_mm(motion) <= 0.3
    assert 0.05 < touched.mean() < 0.7
    assert gap_mm(controls.apply(motion))[touched].max() <= 0.36


def test_articulation_scales_the_opening_and_nothing_else() -> None:
    motion = babble()
    for strength, low, high in ((0.5, 0.49, 0.51), (1.5, 1.15, 1.5), (0.0, 0.0, 1e-3)):
        spoken = Controls(articulation=strength).apply(motion)
        ratio = gap_mm(spoken).max() / gap_mm(motion).max()
        assert low <= ratio <= high, strength
        assert np.array_equal(spoken.weights[:, REST], motion.weights[:, REST])
        assert np.array_equal(spoken.head, motion.head)
    loud = motion.with_weights(np.minimum(motion.weights * 3, 1))
    assert Controls(articulation=2).apply(loud).weights.max() <= 1 + 1e-6


def test_smoothing_calms_without_lag() -> None:
    motion = babble()
    rough = motion.with_weights(
        motion.weights + 0.01 * np.sin(np.arange(motion.frames) * 2.9)[:, None].astype(np.float32)
    )
    calm = Controls(smoothing=0.6).apply(rough)
    assert (
        np.abs(np.diff(calm.weights[:, JAW], 3)).mean()
        < 0.75 * np.abs(np.diff(rough.weights[:, JAW], 3)).mean()
    )
    free = lips_touch(np.asarray(motion.weights, np.float64)) == 0
    jaw = np.where(free, calm.weights[:, JAW], 0) - 0.2 * free
    scores = [np.corrcoef(np.roll(jaw, s), rough.weights[:, JAW] - 0.2)[0, 1] for s in (-1, 0, 1)]
    assert np.argmax(scores) == 1


def test_offset_moves_the_whole_face_later() -> None:
    motion = babble()
    late = Controls(offset_ms=100).apply(motion)  # five frames
    assert late.frames == motion.frames
    assert np.allclose(late.weights[5:], motion.weights[:-5], atol=1e-6)
    assert np.allclose(late.head[5:], motion.head[:-5], atol=1e-6)
    early = Controls(offset_ms=-30).apply(motion)
    between = (motion.weights[1:-1] + motion.weights[2:]) / 2
    assert np.allclose(early.weights[:-2], between, atol=1e-6)


@pytest.mark.parametrize(
    ("field", "value"),
    [("articulation", -0.1), ("articulation", 2.5), ("smoothing", 1.1), ("smoothing", float("nan")),
     ("offset_ms", 2000)],
)  # fmt: skip
def test_values_out_of_range_are_refused(field: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{field} .*; allowed"):
        Controls(**{field: value})
