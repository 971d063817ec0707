"""The sync expert: what its judgements must and must not depend on, and that its recipe learns."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.evaluate.sync_expert import SyncExpert, SyncExpertConfig, sync_of
from avitalk.evaluate.sync_expert.lips import FEATURES, contour_of, default_basis, lip_features
from avitalk.train.loop import Computing, Run
from avitalk.train.sync.cards import sync_expert_card
from avitalk.train.sync.clips import Spoken
from avitalk.train.sync.lessons import Alterations, Batches, lessons
from avitalk.train.sync.loss import frame_loss, offset_loss
from avitalk.train.sync.measure import found_rows, shifted
from avitalk.train.sync.offsets import offset_of
from avitalk.train.sync.recipe import Recipe, train
from avitalk.train.sync.report import saved_page
from avitalk.types import Motion, Speech
from avitalk.weights import find

RESULTS = Path(__file__).parents[1] / "docs" / "results"
TINY = SyncExpertConfig.tiny()
RECIPE = Recipe(steps=2, batch=4, frames=34)


def voice(seconds: float, seed: int = 0) -> Speech:
    rng = np.random.default_rng(seed)
    count = round(seconds * 16000)
    knots = np.arange(0, count + 1600, 1600)
    swell = np.interp(np.arange(count), knots, rng.random(len(knots)))
    return Speech((rng.normal(0, 0.1, count) * swell).astype(np.float32))


def talking(seconds: float, fps: float = 50.0, size: float = 1.0) -> Motion:
    frames = round(seconds * fps)
    weights = np.zeros((frames, 52), np.float32)
    times = np.arange(frames) / fps
    weights[:, INDEX["jawOpen"]] = size * (
        0.2 + 0.1 * np.sin(times * 11) + 0.08 * np.sin(times * 23)
    )
    weights[:, INDEX["mouthPucker"]] = size * (0.3 + 0.2 * np.cos(times * 7))
    return Motion.still(frames, fps).with_weights(weights)


@pytest.fixture(scope="module")
def expert() -> SyncExpert:
    return SyncExpert.untrained(TINY)


@pytest.fixture(scope="module")
def spoken() -> list[Spoken]:
    contour = contour_of(talking(3.0), 25.0)
    return [
        Spoken(corpus, str(seed), voice(3.0, seed).samples, contour * (1 + seed), 25.0)
        for seed, corpus in enumerate(("grid_s1", "facegood"))
    ]


def test_embeddings_come_25_times_a_second_and_have_unit_length(expert: SyncExpert) -> None:
    heard = expert.audio_embeddings(voice(2.01))
    seen = expert.motion_embeddings(talking(2.0))
    assert heard.shape == (51, TINY.embedding)
    assert seen.shape == (50, TINY.embedding)
    for found in (heard, seen):
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)


def test_windows_reach_a_tenth_of_a_second_to_either_side(expert: SyncExpert) -> None:
    contour = np.random.default_rng(0).normal(size=(40, 45, 3))
    plain = expert.network.embed_lips(torch.from_numpy(lip_features(contour)).T[None])
    moved = torch.from_numpy(lip_features(contour)).T[None].clone()
    moved[..., 20] += 1
    changed = (expert.network.embed_lips(moved) - plain).abs().amax(dim=(0, 1)) > 1e-6
    assert changed.nonzero().flatten().tolist() == [18, 19, 20, 21, 22]
    mel = torch.randn(1, TINY.bands, 160)
    other = mel.clone()
    other[..., 80] += 1  # the first 10 ms of frame 20
    changed = (expert.network.embed_audio(other) - expert.network.embed_audio(mel)).abs()
    assert (changed.amax(dim=(0, 1)) > 1e-6).nonzero().flatten().tolist() == [18, 19, 20, 21, 22]


def test_level_of_the_voice_and_size_of_the_lips_do_not_matter(expert: SyncExpert) -> None:
    speech, motion = voice(3.0), talking(3.0)
    wanted = expert.judge(speech, motion)
    quiet = expert.judge(Speech(speech.samples * 0.1), talking(3.0, size=0.5))
    assert quiet.offset_frames == wanted.offset_frames
    assert quiet.distance == pytest.approx(wanted.distance, abs=1e-3)
    assert expert.judge(speech, motion) == wanted


def test_still_and_nearly_still_faces_look_alike(expert: SyncExpert) -> None:
    still = expert.motion_embeddings(Motion.still(60, 50.0))
    assert np.ptp(still, axis=0).max() < 1e-5
    trembling = expert.motion_embeddings(talking(1.2, size=1e-4))
    assert np.abs(trembling - still[0]).max() < 0.05


def test_motion_and_its_contour_are_seen_alike_at_any_rate(expert: SyncExpert) -> None:
    contour = contour_of(talking(2.0), 25.0)
    assert contour.shape == (50, 45, 3)
    np.testing.assert_array_equal(
        expert.motion_embeddings(talking(2.0)), expert.lip_embeddings(contour)
    )
    finer = contour_of(talking(2.0, fps=100.0), 25.0)
    assert np.abs(finer - contour).max() < 0.3  # mm
    opened = contour_of(talking(2.0), 25.0, default_basis())
    assert (opened[:, 5, 1] - opened[:, 16, 1]).min() > 0.5


def test_long_recordings_give_what_their_parts_give(
    expert: SyncExpert, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = voice(6.0)
    whole = expert.audio_embeddings(speech)
    monkeypatch.setattr("avitalk.evaluate.sync_expert.expert.CHUNK_FRAMES", 40)
    np.testing.assert_allclose(expert.audio_embeddings(speech), whole, atol=2e-4)


def test_file_gives_the_expert_back_and_another_is_refused(
    expert: SyncExpert, tmp_path: Path
) -> None:
    expert.save(tmp_path / "expert.safetensors")
    again = SyncExpert.load(tmp_path / "expert.safetensors")
    assert again.config == TINY
    wanted = expert.judge(voice(2.0), talking(2.0))
    assert again.judge(voice(2.0), talking(2.0)).distance == pytest.approx(
        wanted.distance, abs=5e-3
    )
    with pytest.raises(InputError, match="not a readable safetensors file"):
        SyncExpert.load(tmp_path / "nowhere.safetensors")


def test_bad_input_is_named(expert: SyncExpert) -> None:
    with pytest.raises(InputError, match="8000 Hz"):
        expert.audio_embeddings(Speech(np.zeros(8000, np.float32), 8000))
    with pytest.raises(InputError, match=r"shape \(5, 44, 3\); \(F, 45, 3\) is needed"):
        expert.lip_embeddings(np.zeros((5, 44, 3)))
    with pytest.raises(InputError, match="not finite"):
        expert.lip_embeddings(np.full((5, 45, 3), np.nan))
    with pytest.raises(InputError, match=r"share 25 frames at 25 fps; at least 31"):
        expert.judge(voice(1.0), talking(3.0))


@pytest.mark.parametrize("late", [-6, 0, 9])
def test_offset_is_that_of_the_embeddings(late: int) -> None:
    track = np.random.default_rng(abs(late)).normal(size=(160, 8)).astype(np.float32)
    track /= np.linalg.norm(track, axis=1, keepdims=True)
    heard, seen = track[20:140], track[20 - late : 140 - late]
    found = sync_of(heard, seen)
    assert found.offset_frames == late
    assert found.distance < 1e-3
    assert found.confidence > 0.5
    assert (found.distance_in_time < 1e-3) == (late == 0)
    assert offset_of(heard, seen) == late
    assert offset_of(heard, seen, first=40, frames=30) == late


def test_sound_is_shifted_by_whole_frames_and_offsets_are_counted(
    expert: SyncExpert, spoken: list[Spoken], monkeypatch: pytest.MonkeyPatch
) -> None:
    later, sooner = shifted(spoken[0], 2).samples, shifted(spoken[0], -2).samples
    np.testing.assert_array_equal(later[1280:], spoken[0].wave)
    assert not later[:1280].any()
    np.testing.assert_array_equal(sooner, spoken[0].wave[1280:])
    track = np.random.default_rng(0).normal(size=(75, 8)).astype(np.float32)
    track /= np.linalg.norm(track, axis=1, keepdims=True)
    monkeypatch.setattr(expert, "lip_embeddings", lambda contour: track)

    def heard(speech: Speech) -> np.ndarray:
        """The same track, as far as the sound still holds it."""
        late = len(speech.samples) // 640 - 75
        silence = np.zeros((max(0, late), 8), np.float32)
        return np.concatenate([silence, track[max(0, -late) :]])

    monkeypatch.setattr(expert, "audio_embeddings", heard)
    found = found_rows(expert, spoken[:1])
    assert set(found) == {"1 s", "2 s", "3 s", "whole"}
    assert found["2 s"]["mean"] == 1.0
    assert found["whole"]["stretches"] == 21


def test_features_leave_out_what_is_lopsided_and_deep() -> None:
    contour = contour_of(talking(2.0), 25.0)
    wanted = lip_features(contour)
    assert wanted.shape == (50, FEATURES)
    deep = contour + np.random.default_rng(0).normal(size=(50, 1, 1)) * np.array([0, 0, 1.0])
    np.testing.assert_allclose(lip_features(deep), wanted, atol=1e-6)
    aside = contour + np.random.default_rng(0).normal(size=(50, 1, 1)) * np.array([1.0, 0, 0])
    np.testing.assert_allclose(lip_features(aside), wanted, atol=1e-6)


def test_losses_are_least_where_sound_and_lips_agree() -> None:
    rng = torch.Generator().manual_seed(0)
    audio = torch.nn.functional.normalize(torch.randn(4, 8, 40, generator=rng), dim=1)
    sharpness = torch.tensor(10.0)
    for loss in (
        lambda lips: frame_loss(audio, lips, sharpness),
        lambda lips: offset_loss(audio, lips, sharpness, 12),
    ):
        right = loss(audio)
        assert right < 0.5 * loss(audio.roll(5, dims=2))


def test_two_steps_move_the_weights_the_same_way_every_time_and_resume(
    spoken: list[Spoken], tmp_path: Path
) -> None:
    found = lessons(spoken, TINY, copies=2, seed=0)
    assert {lesson.source for lesson in found} == {"grid_s1", "facegood"}
    first, second = (train(TINY, RECIPE, found) for _ in range(2))
    start = SyncExpert.untrained(TINY)
    names = dict(first.network.named_parameters())
    for name, value in second.network.named_parameters():
        torch.testing.assert_close(value, names[name], rtol=0, atol=0)
    assert any((v - names[n]).abs().max() > 1e-6 for n, v in start.network.named_parameters())

    def stop(step: int, _: float) -> None:
        if step == 1:
            raise KeyboardInterrupt

    run = Run(Computing(save_every=1), tmp_path, stop)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, RECIPE, found, run)
    resumed = train(TINY, RECIPE, found, Run(Computing(save_every=1), tmp_path))
    for name, value in resumed.network.named_parameters():
        torch.testing.assert_close(value, names[name], rtol=0, atol=0)


def test_lessons_follow_the_sound_when_it_is_played_faster(spoken: list[Spoken]) -> None:
    plain, other = lessons(spoken[:1], TINY, copies=2, seed=0)
    assert plain.mel.shape[1] == 4 * plain.lips.shape[1] == 4 * 75
    assert other.mel.shape[1] == 4 * other.lips.shape[1] != 4 * 75


def test_batches_hold_what_shares_ask_for(spoken: list[Spoken]) -> None:
    found = lessons(spoken, TINY, copies=1, seed=0)

    def drawn(**changes: object) -> Batches:
        setting = replace(RECIPE, **changes)  # type: ignore[arg-type]
        return Batches(
            found, batch=4, frames=setting.frames, shares=setting.shares,
            alterations=Alterations(), seed=0,
        )  # fmt: skip

    mel, lips = drawn().draw()
    assert mel.shape == (4, TINY.bands, 4 * 34)
    assert lips.shape == (4, FEATURES, 34)
    assert torch.equal(drawn().draw()[0], mel)
    with pytest.raises(ValueError, match="no lesson of"):
        drawn(frames=500)


def test_shipped_expert_tells_right_lips_from_wrong_ones_as_its_page_says() -> None:
    saved = json.loads((RESULTS / "sync_expert.json").read_text(encoding="utf-8"))
    assert saved_page(RESULTS) == (RESULTS / "sync_expert.md").read_text(encoding="utf-8")
    assert saved["parameters"] == sum(p.numel() for p in SyncExpert.load().network.parameters())
    for rows in saved["separation"].values():
        for wrong in ("lips of another clip", "mean face"):
            assert rows["truth"]["distance"]["high"] < rows[wrong]["distance"]["low"]
            assert rows["truth"]["confidence"]["low"] > rows[wrong]["confidence"]["high"]


def test_offsets_in_the_wild_are_those_that_lip_openings_give() -> None:
    found, other = (
        json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["wild"]
        for name in ("sync_expert", "lips")
    )
    apart = [
        abs(40 * row["offset frames"] - other["each"][name]["offset ms"])
        for name, row in found["clips"].items()
    ]
    assert len(apart) == 15
    assert max(apart) <= 40


def test_card_is_the_one_the_results_give() -> None:
    shipped = find("sync-expert")
    saved = json.loads((RESULTS / "sync_expert.json").read_text(encoding="utf-8"))
    assert shipped.card == json.loads(json.dumps(sync_expert_card(shipped.path, saved)))
    assert shipped.path.stat().st_size < 3e6
