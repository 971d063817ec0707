"""One script, many plausible performances."""

import numpy as np
import pytest

from avitalk.data.instructions.facts import Facts
from avitalk.data.performances.drawing import draw_expression
from avitalk.data.performances.scripts import Script, draw_script
from avitalk.facs.demands import PLAIN_LEVEL, Demand
from avitalk.facs.expression import MANNER, POSE, UNIT, UNITS, Expression
from avitalk.facs.table import EMOTIONS, Side, emotion


def shown(expression: Expression, least: float = 0.15) -> tuple[int, ...]:
    """Units that at least one side shows at `least` or more."""
    return tuple(n for n, pair in zip(UNITS, expression.levels, strict=True) if pair.max() >= least)


def _many(script: Script, count: int = 40) -> list[Expression]:
    rng = np.random.default_rng(0)
    return [draw_expression(script, rng) for _ in range(count)]


def _felt(name: str, strength: float = 0.6, **changes: object) -> Script:
    return Script(name, ((name, 1.0),), strength, **changes)  # type: ignore[arg-type]


def _level(expression: Expression, unit: int) -> float:
    return float(expression.levels[UNIT[unit]].max())


def test_performances_of_one_script_differ_and_stay_in_range() -> None:
    for name in EMOTIONS:
        drawn = _many(_felt(name), 12)
        vectors = np.stack([expression.vector for expression in drawn])
        assert np.all(np.isfinite(vectors))
        assert np.all(vectors.std(axis=0).sum() > 0)
        for expression in drawn:
            assert expression.levels.min() >= 0
            assert expression.levels.max() <= 1
            assert np.abs(expression.pose[:3]).max() < 0.5


def test_an_emotion_shows_its_own_units() -> None:
    for name in EMOTIONS:
        own = {part.number for part in emotion(name).parts}
        for expression in _many(_felt(name), 20):
            assert set(shown(expression)) <= own
    assert all(_level(expression, 4) > 0.3 for expression in _many(_felt("anger", 0.9)))


def test_every_feeling_shows_something() -> None:
    for name in EMOTIONS[1:]:
        for expression in _many(_felt(name, 0.8), 30):
            assert expression.levels.max() > 0.04, name


def test_neutral_is_nearly_still_and_not_dead() -> None:
    for expression in _many(_felt("neutral", 0.4), 10):
        assert expression.levels.max() == 0
        assert 0.3 < expression.manner[MANNER.index("sway")] < 0.7
        assert 0 < np.abs(expression.pose).max() < 0.1


def test_levels_grow_with_strength() -> None:
    means = [
        np.mean([expression.levels.sum() for expression in _many(_felt("fear", strength))])
        for strength in (0.0, 0.3, 0.6, 1.0)
    ]
    assert means == sorted(means)
    assert means[0] / means[-1] == pytest.approx(0.3, abs=0.12)


@pytest.mark.parametrize("side", ["both", "left", "right"])
def test_what_is_named_is_shown_as_it_says(side: Side) -> None:
    script = _felt("sadness", 0.5, shown=(Demand(12, side, 0.8), Demand(18)))
    for expression in _many(script):
        left, right = expression.levels[UNIT[12]]
        assert max(left, right) == pytest.approx(0.8, abs=0.09)
        if side != "both":
            assert (right if side == "left" else left) == 0
        assert _level(expression, 18) == pytest.approx(PLAIN_LEVEL, abs=0.07)


def test_what_is_denied_or_at_rest_does_not_show() -> None:
    for expression in _many(_felt("happiness", 0.9, denied=(12,), still=("cheeks",))):
        assert _level(expression, 12) == 0
        assert _level(expression, 6) == 0


def test_only_leaves_the_rest_alone() -> None:
    for expression in _many(Script("x", shown=(Demand(2, "left"),), only=True), 10):
        assert shown(expression) == (2,)
        assert not expression.pose.any()
    head = _many(Script("x", shown=(Demand(51),), only=True), 5)
    for expression in head:
        assert not expression.levels.any()
        assert expression.pose[POSE.index("yaw")] > 0.2
        assert not expression.pose[1:].any()


def test_contradictory_units_stay_out() -> None:
    for expression in _many(_felt("surprise", 0.9, shown=(Demand(24),))):
        assert _level(expression, 24) > 0.4
        assert _level(expression, 26) == _level(expression, 27) == 0


def test_moods_bring_units_along_and_leave_others_out() -> None:
    mood = Script("fake smile", (("happiness", 1.0),), 0.5, mood="posed smile")
    drawn = _many(mood)
    assert np.mean([_level(expression, 12) > 0.3 for expression in drawn]) > 0.7
    assert all(_level(expression, 6) == 0 for expression in drawn)
    sided = _many(Script("flirty", (("happiness", 1.0),), 0.5, mood="flirtation"))
    lifted = [e.levels[UNIT[2]] for e in sided if _level(e, 2) > 0.1]
    assert len(lifted) > 20
    assert all(pair.min() == 0 for pair in lifted)
    assert {int(pair.argmax()) for pair in lifted} == {0, 1}


def test_mixtures_share() -> None:
    script = Script("x", (("happiness", 0.5), ("anger", 0.5)), 0.7)
    drawn = _many(script)
    assert all(_level(expression, 12) > 0 for expression in drawn)
    assert all(_level(expression, 4) > 0 for expression in drawn)
    assert max(_level(expression, 4) for expression in drawn) <= 0.5


def test_manner_follows_feeling_and_voice() -> None:
    def mean(script: Script, name: str) -> float:
        return float(np.mean([e.manner[MANNER.index(name)] for e in _many(script)]))

    assert mean(_felt("anger", 0.9), "pace") > 0.7
    assert mean(_felt("boredom", 0.9), "pace") < 0.35
    assert mean(_felt("fear", 0.9), "tremor") > 0.25
    assert mean(_felt("happiness", 0.9), "tremor") == 0
    assert mean(_felt("sadness", 0.9), "nods") < 0.4
    lively = _felt("neutral", 0.4, voice=Facts("neutral", 0.4, liveliness=0.9))
    assert mean(lively, "accents") > mean(_felt("neutral", 0.4), "accents") + 0.1


def test_every_script_can_be_performed() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        expression = draw_expression(draw_script(rng), rng)
        assert np.all(np.isfinite(expression.vector))
        assert np.allclose(Expression.of(expression.vector).levels, expression.levels)
