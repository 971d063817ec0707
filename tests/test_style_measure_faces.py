"""Measures of stage 2 that look at whole motions: lips, judges of faces, exchanged styles, page."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.data.clips import Clip, PhoneTime
from avitalk.evaluate.lines import Line
from avitalk.train.style.measure import lips, realism, report, swap
from avitalk.train.talker.measure.chain import Heard
from avitalk.types import Motion

FPS = 50.0
JAW, SMILE = INDEX["jawOpen"], INDEX["mouthSmileLeft"]


class JawOnly:
    """Lips whose gap is ten millimetres of jaw."""

    def gap(self, motion: Motion) -> np.ndarray:
        return 10 * np.asarray(motion.weights[:, JAW], np.float64)


def speaking(seed: int, seconds: float = 2.0) -> Motion:
    """A jaw that moves, shut from 0.5 to 0.6 s."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * FPS)
    times = np.arange(frames) / FPS
    weights = np.zeros((frames, 52), np.float32)
    weights[:, JAW] = 0.3 + 0.25 * np.sin(2 * np.pi * (rng.uniform(2, 4) * times + rng.random()))
    weights[(times > 0.45) & (times < 0.65), JAW] = 0.0
    return Motion.still(frames, FPS).with_weights(weights)


def voice(seed: int) -> Any:
    phones = (PhoneTime("M", 0.5, 0.6), PhoneTime("AA", 0.7, 0.9))
    clip = Clip("made", f"clip{seed}", "s", "none.wav", phones=phones)
    heard = Heard(clip, None, 2.0)  # type: ignore[arg-type]
    return SimpleNamespace(heard=heard, mouth=speaking(seed))


VOICES = [voice(i) for i in range(6)]
NEUTRAL = [v.mouth for v in VOICES]
TRUTH = [JawOnly().gap(m) for m in NEUTRAL]


def opened(motion: Motion) -> Motion:
    weights = np.array(motion.weights)
    weights[:, JAW] += 0.2
    return motion.with_weights(weights)


def test_an_expression_beside_the_lips_costs_nothing() -> None:
    smiling = []
    for motion in NEUTRAL:
        weights = np.array(motion.weights)
        weights[:, SMILE] = 0.7
        smiling.append(motion.with_weights(weights))
    found = lips.measure(JawOnly(), VOICES, TRUTH, {"happiness": smiling}, NEUTRAL, 0.5)  # type: ignore[arg-type]
    assert found["neutral r"]["mean"] == pytest.approx(1)
    row = found["rows"][lips.POOLED]
    assert row["fall of r"]["mean"] == pytest.approx(0, abs=1e-9)
    assert all(rate["fall"]["mean"] == 0 for rate in row["closures"].values())
    assert row["change mm"]["mean"] == 0


def test_lips_that_no_longer_close_are_found_out() -> None:
    gaping = [opened(motion) for motion in NEUTRAL]
    found = lips.measure(JawOnly(), VOICES, TRUTH, {"surprise": gaping}, NEUTRAL, 0.5)  # type: ignore[arg-type]
    row = found["rows"]["surprise"]
    assert row["closures"]["25 fps"]["neutral"]["mean"] == 1
    assert row["closures"]["25 fps"]["closed"]["mean"] == 0
    assert row["closures"]["25 fps"]["fall"]["mean"] == 1
    assert row["change mm"]["mean"] == pytest.approx(2, rel=1e-4)
    bars = {bar.what: bar for bar in report.bars({"lips": found})}
    assert not bars[f"GRID, {lips.POOLED}: fall of p b m closure, worst rate"].holds
    assert bars[f"GRID, {lips.POOLED}: fall of aperture r"].holds


def test_in_the_wild_the_neutral_lips_set_the_offset() -> None:
    late = [np.roll(t, 4) for t in TRUTH]
    still = [NEUTRAL[i] for i in range(len(TRUTH))]
    found = lips.wild(JawOnly(), late, {"anger": still}, NEUTRAL)  # type: ignore[arg-type]
    assert found["fall of r"]["anger"]["mean"] == pytest.approx(0, abs=1e-9)


def faces(rng: np.random.Generator, speaker: str, strength: float) -> list[tuple[Any, str, str]]:
    """Windows of a clip of each emotion, which moves a shape of its own."""
    rows = []
    for number, name in enumerate(realism.NAMES):
        values = rng.normal(0, 0.3, (6, 16))
        values[:, number] += strength
        rows.append((values, name, speaker))
    return rows


def test_a_judge_knows_faces_like_those_it_learnt_from() -> None:
    rng = np.random.default_rng(0)
    people = [row for name in "abc" for row in faces(rng, name, 2.0)]
    mead = realism.gathered(people)
    alike = realism.gathered(faces(rng, "ours", 2.0))
    masks = realism.gathered(faces(rng, "ours", 0.0))
    found = realism.measure(mead, {"alike": alike, "nothing": masks})
    assert found["rows"]["left-out speaker"]["mean"] > 0.9
    assert found["rows"]["alike, over left-out speaker"]["mean"] > 0.9
    assert found["rows"]["nothing"]["mean"] < 0.3
    assert found["shuffled"]["left-out speaker"] < 0.3


def test_windows_are_seen_against_the_neutral_face() -> None:
    still = Motion.still(50, 25.0)
    weights = np.zeros((50, 52), np.float32)
    weights[:, SMILE] = 0.5
    rows = realism.windows(still.with_weights(weights), still)
    assert rows.shape == (3, 2 * len(realism.USED))
    assert rows[:, realism.USED.index(SMILE)] == pytest.approx([0.5] * 3)
    assert np.abs(rows[:, len(realism.USED) :]).max() < 1e-6


class Smilers:
    """Style i smiles by as much on any voice."""

    def styles(self, lines: Any, seeds: Any) -> np.ndarray:
        return np.linspace(0.1, 0.9, len(lines))[:, None]

    def perform(self, voice: Any, style: Any, *, seed: int, **_: Any) -> Motion:
        weights = np.array(voice.mouth.weights)
        weights[:, SMILE] = float(style[0])
        return voice.mouth.with_weights(weights)

    def neutral(self, voice: Any, *, seed: int) -> Motion:
        return voice.mouth


class Sees:
    """An encoder that sees one shape."""

    def __init__(self, shape: int) -> None:
        self.shape = shape

    def encode(self, motion: Motion, *, seed: int = 0) -> Any:
        return SimpleNamespace(vector=motion.weights[:, self.shape].mean(keepdims=True))


def test_exchanged_styles_are_found_and_lips_follow_the_content() -> None:
    lines = [Line(str(i)) for i in range(len(VOICES))]
    found = swap.measure(Smilers(), Sees(SMILE), JawOnly(), lines, VOICES)  # type: ignore[arg-type]
    assert found["lips with content A"]["mean"] == pytest.approx(1)
    assert found["lips with content B"]["mean"] < 0.9
    assert found["style of B found"]["mean"] == 1


def test_an_encoder_that_sees_the_content_is_found_out() -> None:
    lines = [Line(str(i)) for i in range(len(VOICES))]
    found = swap.measure(Smilers(), Sees(JAW), JawOnly(), lines, VOICES)  # type: ignore[arg-type]
    assert found["style of B found"]["mean"] == 0
    assert found["style of A found"]["mean"] == 1


def value(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean, "high": mean, "clips": 3}


def test_the_page_says_what_holds() -> None:
    row = {
        "sets": 100, "draws": 20, "median R@1": 0.41, "R@1": value(0.42), "R@5": value(0.7),
        "least and most": [0.3, 0.5], "chance": 0.01,
    }  # fmt: skip
    page = report.page({"retrieval": row}, "A note.")
    line = next(x for x in page.splitlines() if x.startswith("| retrieval"))
    assert "**no**" in line
    assert "target: at least 0.5" in line
    assert "## No masks" not in page
    assert page.endswith("A note.\n")
    good = report.page({"retrieval": replace_value(row, "median R@1", 0.6)})
    assert "**no**" not in good


def replace_value(row: dict[str, Any], name: str, new: float) -> dict[str, Any]:
    return {**row, name: new}


def test_diversity_without_diffusion_must_be_nothing() -> None:
    rows = {report.NO_DIFFUSION: {"diversity": {"within a text": value(0.0)}}}
    assert next(iter(report.bars({"ablation": {"rows": rows}}))).holds
    rows = {report.NO_DIFFUSION: {"diversity": {"within a text": value(0.01)}}}
    assert not next(iter(report.bars({"ablation": {"rows": rows}}))).holds
