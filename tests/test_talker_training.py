"""The talker's recipe: lips come back from the fit, closures close, a miniature learns."""

from pathlib import Path

import numpy as np
import pytest

from avitalk.data.clips import PhoneTime
from avitalk.data.tracks import CONTOUR, Track, lip_gap, lip_width
from avitalk.evaluate.lip_basis import LipBasis, basis_of
from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.speech.network import EncoderConfig
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.talker.shapes import COLUMN, SHAPES
from avitalk.train.cards import shipped_cards
from avitalk.train.talker.fit import FitSetting, fit_weights
from avitalk.train.talker.lessons import Lesson, at_speed, speechless_lessons
from avitalk.train.talker.loop import Recipe, train
from avitalk.train.talker.report import saved_page
from avitalk.train.talker.targets import (
    pause_shares,
    phone_shares,
    target_of,
    towards_visemes,
    with_contacts,
)


@pytest.fixture(scope="module")
def basis() -> LipBasis:
    return basis_of(load_head())


def spoken(weights: dict[str, float], frames: int) -> np.ndarray:
    """Weights (F, K) that swing between zero and the values given."""
    swing = (1 - np.cos(np.arange(frames) / 4)) / 2
    track = np.zeros((frames, len(SHAPES)))
    for name, value in weights.items():
        track[:, COLUMN[name]] = value * swing
    return track


def test_basis_opens_and_closes_as_named(basis: LipBasis) -> None:
    opened = np.zeros(len(SHAPES))
    opened[COLUMN["jawOpen"]] = 0.3
    assert basis.gap(opened[None])[0] > 5
    opened[COLUMN["mouthClose"]] = 0.3
    assert abs(basis.gap(opened[None])[0]) < 1
    assert 40 < basis.width_mm < 60
    assert basis.rest.shape == (len(CONTOUR), 3)


def test_fit_finds_lips_again(basis: LipBasis) -> None:
    true = spoken({"jawOpen": 0.3, "mouthPucker": 0.4}, 60)
    breaks = np.arange(60) == 0
    prior = np.zeros_like(true)
    weights = fit_weights(basis.shapes, basis.moved(true), prior, breaks, FitSetting())
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert (weights[:, COLUMN["mouthClose"]] <= weights[:, COLUMN["jawOpen"]] + 1e-9).all()
    assert np.corrcoef(basis.gap(weights), basis.gap(true))[0, 1] > 0.99
    moved, wanted = basis.rest + basis.moved(weights), basis.rest + basis.moved(true)
    assert np.corrcoef(lip_width(moved), lip_width(wanted))[0, 1] > 0.95


def test_contacts_close_lips_that_video_left_open(basis: LipBasis) -> None:
    times = np.arange(50) / 50
    moved = np.repeat(basis.moved(spoken({"jawOpen": 0.3}, 9))[8:9], 50, axis=0)
    assert lip_gap(moved).min() > 5
    closed = with_contacts(moved, [PhoneTime("P", 0.4, 0.5)], times)
    assert lip_gap(closed)[(times >= 0.4) & (times <= 0.5)].min() < 0.1
    assert (lip_gap(closed) < 0.1).sum() >= 3  # 60 ms: every video rate shows it
    assert lip_gap(closed)[(times < 0.3) | (times > 0.6)].min() > 5
    tucked = with_contacts(moved, [PhoneTime("F", 0.4, 0.5)], times)
    assert lip_gap(closed).min() < lip_gap(tucked).min() < 0.6 * lip_gap(moved).min()


def test_lips_lean_towards_what_the_phone_asks(basis: LipBasis) -> None:
    moved = np.repeat(basis.moved(spoken({"jawOpen": 0.3}, 9))[8:9], 50, axis=0)
    rounded = np.repeat(basis.moved(spoken({"mouthPucker": 0.7}, 9))[8:9], 50, axis=0)
    inside = slice(20, 30)
    round_lips = towards_visemes(moved, rounded, [PhoneTime("UW", 0.3, 0.7)])
    narrow, wide = lip_width(basis.rest + round_lips), lip_width(basis.rest + moved)
    assert narrow[inside].max() < wide.min() - 1
    assert lip_gap(round_lips) == pytest.approx(lip_gap(moved), abs=0.3)  # opening as tracked
    assert np.array_equal(round_lips[:5], moved[:5])
    tucked = towards_visemes(moved, 0 * moved, [PhoneTime("F", 0.3, 0.7)])
    assert lip_gap(tucked)[inside].max() < 0.5 * lip_gap(moved).min()


def test_pauses_are_closed_at_50_hz(basis: LipBasis) -> None:
    phones = [PhoneTime("AA", 0.5, 1.0), PhoneTime("SIL", 1.0, 2.0)]
    shares = phone_shares(phones, 100)
    assert shares.sum(axis=1) == pytest.approx(1)
    silent = pause_shares(phones, 100)
    assert silent[0] == 1
    assert silent[30:50].max() == 0
    assert silent[65:].min() == 1
    neutral = basis.rest / 1e3
    contour = neutral + basis.moved(spoken({"jawOpen": 0.3}, 50)) / 1e3
    track = Track("x", 25.0, contour, np.zeros(50, bool))
    target = target_of(track, phones, neutral, basis.width_mm, 100)
    assert np.abs(target.moved[70:]).max() < 1e-9
    assert target.tracked_gap[65:].max() > 4
    assert np.corrcoef(target.tracked_gap[2:98:2], lip_gap(contour)[1:49])[0, 1] > 0.9


def test_a_miniature_learns_two_steps(basis: LipBasis, tmp_path: Path) -> None:
    encoder = SpeechEncoder.untrained(EncoderConfig.tiny())
    lessons = list(speechless_lessons(encoder, len(SHAPES), count=2, seed=0, seconds=1.0))
    weights = spoken({"jawOpen": 0.3}, 50).astype(np.float16)
    moved = basis.moved(weights.astype(np.float64))[..., :2].astype(np.float16)
    lessons.append(Lesson("grid_s1", lessons[0].values, weights, moved))
    recipe = Recipe(steps=2, batch=3, frames=20)
    network, _ = train(TalkerConfig.tiny(encoder.width), recipe, lessons, basis)
    Talker(TalkerConfig.tiny(encoder.width), network).save(tmp_path / "talker.safetensors")
    assert Talker.load(tmp_path / "talker.safetensors").config.features == encoder.width


def test_speed_changes_length_and_keeps_order() -> None:
    track = np.arange(20.0)[:, None]
    assert at_speed(track, 2.0, 10)[:, 0] == pytest.approx(np.arange(10) * 2)
    assert at_speed(track, 0.5, 4)[:, 0] == pytest.approx([0, 0.5, 1, 1.5])


def test_cards_are_those_that_weights_and_results_give() -> None:
    for path, content in shipped_cards(Path(__file__).parents[1] / "docs" / "results").items():
        assert path.read_bytes() == content, path.name


def test_the_results_page_is_the_one_its_json_gives() -> None:
    folder = Path(__file__).parents[1] / "docs" / "results"
    assert (folder / "lips.md").read_text() == saved_page(folder)
