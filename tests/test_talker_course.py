"""The course: animated lessons, effort by the voice's energy, what is left out, styles."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avitalk.data.clips import PhoneTime
from avitalk.data.facegood import CLOSERS, MIXES
from avitalk.data.split import part_of
from avitalk.evaluate.lip_basis import LipBasis, basis_of
from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.speech.network import EncoderConfig
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.talker.shapes import COLUMN, SHAPES, contraction, expansion
from avitalk.train.talker.animated import animated_clips, animated_lessons
from avitalk.train.talker.by_phone import LEAST_OPEN_MM, with_effort
from avitalk.train.talker.course import Course, without
from avitalk.train.talker.lessons import Lesson
from avitalk.train.talker.loop import Recipe, train
from avitalk.types import SpeechFeatures

CHANNELS = sorted({channel for mix in MIXES.values() for channel in mix} | set(CLOSERS))


@pytest.fixture(scope="module")
def basis() -> LipBasis:
    return basis_of(load_head())


def two_vowels() -> tuple[np.ndarray, list[PhoneTime]]:
    """Two seconds: a vowel with energy between 1 and 3 kHz, then one almost without."""
    t = np.arange(32000) / 16000
    bright = np.sin(2 * np.pi * 200 * t) + np.sin(2 * np.pi * 1800 * t)
    dull = np.sin(2 * np.pi * 200 * t)
    wave = 0.1 * np.where(t < 1, bright, dull)
    return wave.astype(np.float32), [PhoneTime("AA", 0.1, 0.9), PhoneTime("AA", 1.1, 1.9)]


def test_bright_vowels_open_wider_and_dull_ones_less(basis: LipBasis) -> None:
    wave, phones = two_vowels()
    asked = np.zeros((100, len(SHAPES)))
    asked[:, COLUMN["jawOpen"]] = 0.2
    gap = basis.gap(with_effort(asked, phones, wave, basis))
    before = basis.gap(asked)[0]
    assert gap[25] > 1.1 * before
    assert LEAST_OPEN_MM <= gap[75] < 0.95 * before
    assert gap[50] == pytest.approx(before, rel=0.35)  # no vowel: as asked, nearly


def test_effort_leaves_nearly_closed_lips_alone(basis: LipBasis) -> None:
    wave, phones = two_vowels()
    asked = np.zeros((100, len(SHAPES)))
    asked[:, COLUMN["jawOpen"]] = 0.02
    performed = with_effort(asked, phones, wave, basis)
    assert (basis.gap(performed) >= basis.gap(asked) - 1e-9).all()
    assert not with_effort(np.zeros_like(asked), phones, wave, basis).any()


def test_lessons_can_be_left_out() -> None:
    course = Course()
    assert without(course, ()) == course
    assert without(course, ("phones",)).by_phone == ()
    assert without(course, ("animated", "filmed")) == replace(
        course, animated_copies=0, grid_copies=0
    )


def test_left_and_right_are_averaged() -> None:
    weights = np.random.default_rng(0).random((5, len(SHAPES))).astype(np.float32)
    assert weights @ expansion() @ contraction() == pytest.approx(weights, abs=1e-6)


def test_animated_recordings_become_lessons(tmp_path: Path) -> None:
    curves = np.zeros((240, len(CHANNELS)))
    curves[:, CHANNELS.index("mouth_stretch_c")] = 0.4 + 0.3 * np.sin(np.arange(240) / 3)
    np.savez(
        tmp_path / "blendshapes.npz", names=np.array(CHANNELS), **{"2_01": curves, "3_16": curves}
    )
    (tmp_path / "audio").mkdir()
    rng = np.random.default_rng(0)
    for name in ("2_01", "3_16"):
        wave = 0.1 * rng.normal(size=8 * 16000).astype(np.float32)
        soundfile.write(tmp_path / "audio" / f"{name}.ogg", wave, 16000)
    assert [clip.clip_id for clip, _ in animated_clips(tmp_path, "test")] == ["3_16"]
    assert part_of("facegood", "", "3_15") == "validation"
    encoder = SpeechEncoder.untrained(EncoderConfig.tiny())
    lessons = list(animated_lessons(tmp_path, encoder, copies=2, seed=0))
    assert len(lessons) == 2  # one part, twice; the two seconds after it are too short
    assert {lesson.source for lesson in lessons} == {"facegood"}
    for lesson in lessons:
        assert lesson.weights.shape == (len(lesson.values), len(SHAPES))
        assert lesson.moved is None


def test_two_manners_are_learned_and_neutral_lies_between(basis: LipBasis) -> None:
    """The same features, two speakers who open differently wide."""
    rng = np.random.default_rng(0)
    lessons = []
    for source, jaw in (("grid_s1", 0.1), ("facegood", 0.5)):
        values = rng.normal(size=(120, 12)).astype(np.float16)
        weights = np.zeros((120, len(SHAPES)), np.float16)
        weights[:, COLUMN["jawOpen"]] = jaw
        lessons.append(Lesson(source, values, weights, None))
    config = TalkerConfig(12, width=12, dilations=(1, 2), styles=("grid_s1", "facegood"))
    recipe = Recipe(steps=150, batch=8, frames=40, averaging=0.9, learning_rate=2e-2)
    recipe = replace(
        recipe,
        shares=(("grid_s1", 0.5), ("facegood", 0.5)),
        styled=(("grid_s1", 0.7), ("facegood", 0.7)),
    )
    network, _ = train(config, recipe, lessons, basis)
    talker = Talker(config, network)
    heard = SpeechFeatures(rng.normal(size=(60, 12)), np.full((60, 40), -np.log(40)))
    small, large, neutral = (
        float(talker.animate(heard, style).weights.max(axis=1).mean())
        for style in ("grid_s1", "facegood", None)
    )
    assert small < neutral < large
    assert large - small > 0.2
