"""Performing: the face without cues is the idle one; cues glide, close lips and heed words."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from avitalk.arkit import INDEX, REGIONS
from avitalk.errors import InputError
from avitalk.face.touch import gap_by_weight
from avitalk.facs.channels import CHANNEL, CHANNELS, POSED, REGION_CHANNELS, packed, unpacked
from avitalk.facs.cue import Cue
from avitalk.facs.demands import Demand, Demands
from avitalk.facs.expression import Expression
from avitalk.facs.variation import variation
from avitalk.talker.heed import heed
from avitalk.talker.overrides import envelope
from avitalk.talker.performer import Performer
from avitalk.talker.performer_network import PerformerConfig
from avitalk.talker.staging import held, staged
from avitalk.types import Motion, Segment, Style

FRAMES = 150


def spoken(frames: int = FRAMES) -> Motion:
    """Lips that open and touch once a second."""
    weights = np.zeros((frames, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = 0.2 * (1 - np.cos(2 * np.pi * np.arange(frames) / 50))
    return Motion.still(frames, 50.0).with_weights(weights)


def lively(config: PerformerConfig | None = None) -> Performer:
    """A performer whose output is not zero."""
    performer = Performer.untrained(config or PerformerConfig.tiny(), seed=1)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        performer.network.leave.weight.normal_(std=0.05)
        performer.network.straight.weight.uniform_(0, 0.02)
    return performer


def style(seed: int = 0) -> Style:
    return Style(np.random.default_rng(seed).random(64).astype(np.float32))


def cue(start_s: float, end_s: float, seed: int = 0, **more: object) -> Cue:
    return Cue(Segment(start_s, end_s, "words", **more), style(seed))  # type: ignore[arg-type]


def perform(performer: Performer, *cues: Cue, seed: int = 0, frames: int = FRAMES) -> Motion:
    mouth = spoken(frames)
    prosody = np.zeros((frames, 6), np.float32)
    idle = Motion.still(frames, 50.0)
    return performer.perform(mouth, prosody, cues, idle, seed=seed, duration_s=frames / 50)


def test_without_cues_the_face_is_the_idle_one_with_the_lips_spoken() -> None:
    idle = Motion.still(FRAMES, 50.0)
    found = perform(lively())
    assert found.same_as(spoken().over(idle, take=("mouth",)))


def test_a_style_moves_the_whole_face_and_the_same_arguments_give_the_same_bytes() -> None:
    performer = lively()
    first, again = (perform(performer, cue(0, 3)) for _ in range(2))
    assert first.to_bytes() == again.to_bytes()
    plain = perform(performer)
    for region in ("brows", "mouth"):
        columns = list(REGIONS[region])
        assert np.abs(first.weights[:, columns] - plain.weights[:, columns]).max() > 0.02
    assert not first.same_as(perform(performer, cue(0, 3), seed=1))


def test_strength_nothing_leaves_the_lips_and_a_region_can_be_left_out() -> None:
    performer = lively()
    plain = perform(performer)
    none = perform(performer, cue(0, 3, strength=0.0))
    mouth, brows = list(REGIONS["mouth"]), list(REGIONS["brows"])
    apart = np.ix_(spoken().weights @ gap_by_weight() > 1, mouth)  # a raised nose parts lips, too
    assert np.allclose(none.weights[apart], plain.weights[apart], atol=1e-6)
    kept = perform(performer, cue(0, 3, regions=(("brows", 0.0),)))
    assert np.allclose(kept.weights[:, brows], none.weights[:, brows], atol=1e-6)
    assert np.abs(kept.weights[:, mouth] - plain.weights[:, mouth]).max() > 0.02


def test_styles_glide_where_segments_touch() -> None:
    cues = (cue(0, 1.5, 0), cue(1.5, 3, 1))
    acting = held(cues, FRAMES, 50, 3.0)
    styles = staged(acting, 0, FRAMES, 64).styles[0]
    assert np.allclose(staged(acting, 60, 90, 64).styles[0], styles[60:90])
    for each in acting:  # its frames are those where it holds, and no others
        whole = envelope(each.cue.segment, np.arange(FRAMES) / 50, 3.0)
        assert np.array_equal(whole[each.span], each.share)
        assert whole.sum() == each.share.sum()
    assert np.allclose(styles[0], cues[0].style.vector)
    assert np.allclose(styles[-1], cues[1].style.vector)
    middle = (cues[0].style.vector + cues[1].style.vector) / 2
    assert np.allclose(styles[75], middle, atol=1e-6)
    steps = np.abs(np.diff(styles, axis=0)).max(axis=1)
    whole = np.abs(cues[0].style.vector - cues[1].style.vector).max()
    assert steps.max() < 0.11 * whole  # 20 frames in 0.4 s
    assert not steps[:60].any()


def test_what_was_performed_before_is_remembered() -> None:
    performer = lively()
    memory: dict[bytes, np.ndarray] = {}
    cues = (cue(0, 1, 0), cue(2, 3, 1))
    idle, prosody = Motion.still(FRAMES, 50.0), np.zeros((FRAMES, 6))
    plain = performer.perform(spoken(), prosody, cues, idle, duration_s=3.0)
    found = performer.perform(spoken(), prosody, cues, idle, duration_s=3.0, memory=memory)
    assert found.same_as(plain, 1e-5)
    runs: list[int] = []
    run = performer._run
    performer._run = lambda *given: runs.append(1) or run(*given)  # type: ignore[method-assign]
    again = performer.perform(spoken(), prosody, cues, idle, duration_s=3.0, memory=memory)
    assert not runs
    assert again.same_as(found)
    other = (cues[0], cue(2, 3, 2))
    performer.perform(spoken(), prosody, other, idle, duration_s=3.0, memory=memory)
    assert runs


def test_lips_that_touch_while_speaking_go_on_touching() -> None:
    performer = lively()
    found = perform(performer, cue(0, 3, strength=2.0))
    gap = gap_by_weight()
    touching = spoken().weights @ gap < 0.2
    assert touching.any()
    assert (found.weights @ gap)[touching].max() < 0.7  # nearer than this they have met


def test_a_long_file_equals_its_windows() -> None:
    performer = lively(PerformerConfig(style_width=64, width=8, dilations=(1, 4)))
    frames = 3300
    cues = (cue(0, frames / 50),)
    whole = perform(performer, *cues, frames=frames)
    mouth, prosody = spoken(frames), np.zeros((frames, 6), np.float32)
    styles = np.repeat(cues[0].style.vector[None, None], frames, axis=1)
    tracks = variation(frames, 50.0, 0)
    from avitalk.talker.shapes import contraction

    inputs = np.concatenate([mouth.weights @ contraction(), prosody, tracks], axis=1)
    once = performer._run(inputs.astype(np.float32), np.concatenate([0 * styles, styles]))
    added, *_ = unpacked(once[1])
    brows = list(REGIONS["brows"])
    assert np.allclose(whole.weights[:, brows], np.clip(added, 0, 1)[:, brows], atol=1e-5)


def test_bad_arguments_are_named() -> None:
    performer, mouth = lively(), spoken()
    idle = Motion.still(FRAMES, 50.0)
    with pytest.raises(InputError, match="149 of prosody"):
        performer.perform(mouth, np.zeros((149, 6)), (cue(0, 1),), idle)
    with pytest.raises(InputError, match="3 wide; this performer takes 64"):
        narrow = Cue(Segment(0, 1, "x"), Style(np.zeros(3, np.float32), "narrow"))
        performer.perform(mouth, np.zeros((FRAMES, 6)), (narrow,), idle)


def test_a_checkpoint_comes_back(tmp_path) -> None:
    performer = lively()
    performer.save(tmp_path / "p.safetensors")
    again = Performer.load(tmp_path / "p.safetensors")
    assert again.config == performer.config
    one, two = (perform(p, cue(0, 3)) for p in (performer, again))
    assert one.same_as(two, tolerance=2e-3)


def heeded(
    demands: Demands,
    moved: np.ndarray | None = None,
    segment: Segment = Segment(0, 3, "words"),  # noqa: B008
) -> np.ndarray:
    moved = np.zeros((FRAMES, CHANNELS)) if moved is None else moved
    heed(moved, np.zeros_like(moved), np.ones(FRAMES), demands, variation(FRAMES, 50.0, 0), segment)
    return moved


def test_a_unit_asked_for_reaches_its_level_and_still_varies() -> None:
    moved = heeded(Demands((Demand(4, level=0.8),)))
    brow = moved[:, CHANNEL["browDownLeft"]]
    assert 0.7 < brow.mean() < 0.9
    assert brow.std() > 0.01
    assert not moved[:, CHANNEL["mouthSmileLeft"]].any()


def test_what_is_asked_for_is_as_strong_as_its_region() -> None:
    asked = Demands((Demand(4, level=0.8), Demand(12, level=0.8)))
    moved = heeded(asked, segment=Segment(0, 3, "words", regions=(("brows", 0.0), ("mouth", 0.5))))
    assert not moved[:, CHANNEL["browDownLeft"]].any()
    assert moved[:, CHANNEL["mouthSmileLeft"]].mean() == pytest.approx(0.4, rel=0.1)


def test_one_side_only_moves_that_side() -> None:
    busy = np.full((FRAMES, CHANNELS), 0.4)
    moved = heeded(Demands((Demand(2, "left", 0.7),), only=True), busy)
    assert moved[:, CHANNEL["browOuterUpLeft"]].mean() > 0.6
    assert moved[:, CHANNEL["browOuterUpRight"]].max() < 0.15
    assert np.abs(moved[:, CHANNEL["jawOpen"]]).max() < 1e-9


def test_what_is_denied_or_at_rest_stays_out() -> None:
    busy = np.full((FRAMES, CHANNELS), 0.4)
    moved = heeded(Demands(denied=(12,), still=("brows",)), busy)
    assert moved[:, CHANNEL["mouthSmileLeft"]].max() <= 0
    assert moved[:, list(REGION_CHANNELS["brows"])].max() < 0.06
    assert moved[:, CHANNEL["noseSneerLeft"]].mean() == pytest.approx(0.4)


def test_what_is_held_is_exact_and_the_head_turns() -> None:
    moved = heeded(Demands((Demand(45, level=1.0), Demand(54, level=0.5)), held=True))
    assert np.allclose(moved[:, CHANNEL["eyeBlinkRight"]], 1.0)
    assert moved[:, POSED["pitch"]].mean() == pytest.approx(0.2 / 0.15, rel=0.05)


def test_closed_eyes_stay_closed_under_blinks() -> None:
    performer = lively()
    weights = np.zeros((FRAMES, 52), np.float32)
    weights[40:48, INDEX["eyeBlinkLeft"]] = 1.0
    idle = Motion.still(FRAMES, 50.0).with_weights(weights)
    shut = Cue(Segment(0, 3, "shut"), Style(np.zeros(64, np.float32)),
               Demands((Demand(45, level=1.0),), held=True))  # fmt: skip
    found = performer.perform(spoken(), np.zeros((FRAMES, 6)), (shut,), idle, duration_s=3.0)
    assert found.weights[:, INDEX["eyeBlinkLeft"]].min() > 0.999


def test_channels_pack_and_unpack() -> None:
    rng = np.random.default_rng(0)
    weights = rng.random((5, 52))
    weights[:, [i for i in range(52) if f"{i}" and i not in _face()]] = 0
    head, lean, gaze = rng.random((5, 3)), rng.random(5), rng.random((5, 2))
    back = unpacked(packed(weights, head, lean, gaze))
    for one, two in zip((weights, head, lean, gaze), back, strict=True):
        assert np.allclose(one, two)


def _face() -> tuple[int, ...]:
    from avitalk.facs.channels import FACE

    return FACE


def test_the_regions_part_the_channels() -> None:
    columns = sorted(column for part in REGION_CHANNELS.values() for column in part)
    assert columns == list(range(CHANNELS))


def test_expressions_come_back_from_their_vector() -> None:
    rng = np.random.default_rng(0)
    vector = 0.5 * rng.random(62)
    again = Expression.of(vector)
    assert np.allclose(again.vector[:48], vector[:48])
    assert replace(again).scaled(0).vector.max() == 0
