"""Scripts: texts that people would type, with what they ask for."""

import re

import numpy as np
import pytest

from avitalk.data.instructions.frames import Frames
from avitalk.data.instructions.wording import is_held_out
from avitalk.data.performances import scripts_feelings, scripts_units
from avitalk.data.performances.scripts import KINDS, Script, draw_script, hard_negative
from avitalk.data.performances.scripts_meaning import agrees
from avitalk.facs.demands import Demand, demands
from avitalk.facs.expression import names_pose
from avitalk.facs.moods import moods
from avitalk.facs.table import EMOTIONS, table

DRAWS = 300


def _drawn(seed: int, count: int = DRAWS, *, held_out: bool = False) -> list[Script]:
    rng = np.random.default_rng(seed)
    return [draw_script(rng, held_out=held_out) for _ in range(count)]


@pytest.mark.parametrize("held_out", [False, True])
def test_scripts_mean_what_their_text_demands(held_out: bool) -> None:
    drawn = _drawn(1, held_out=held_out)
    assert np.mean([agrees(script) for script in drawn]) > 0.99
    for script in drawn:
        assert script.text.strip() == script.text != ""
        assert not re.search(r"[{}~]|  | ,", script.text), script.text
        if script.emotions:
            assert sum(share for _, share in script.emotions) == pytest.approx(1)
            assert all(name in EMOTIONS for name, _ in script.emotions)
        assert 0 <= script.strength <= 1
        assert all(str(demand.unit) in table().units for demand in script.shown)


def test_the_mixture_is_varied() -> None:
    drawn = _drawn(2, 700)
    assert {script.kind for script in drawn} == set(KINDS)
    assert len({script.text for script in drawn}) > 650
    sets = {frozenset((d.unit, d.side) for d in script.shown) for script in drawn}
    assert len(sets) > 200
    assert len({script.key() for script in drawn}) > 450
    for wanted in (
        any(script.only for script in drawn), any(script.denied for script in drawn),
        any(script.still for script in drawn), any(script.mood for script in drawn),
        any(d.side == "right" for s in drawn for d in s.shown),
        any(names_pose(d.unit) for s in drawn for d in s.shown),
        any(len(script.emotions) == 2 for script in drawn),
    ):  # fmt: skip
        assert wanted


def test_the_same_seed_draws_the_same() -> None:
    assert _drawn(3, 40) == _drawn(3, 40)


def test_held_out_frames_are_used_nowhere_else() -> None:
    modules = (scripts_units, scripts_feelings)
    frames = [f for m in modules for f in vars(m).values() if isinstance(f, Frames)]
    assert len(frames) > 20
    for each in frames:
        assert each.held_out
        assert not set(each.held_out) & set(each.usual)
    usual = {script.text.lower() for script in _drawn(4, 600)}
    assert not usual & {script.text.lower() for script in _drawn(5, 300, held_out=True)} - {""}


def test_words_held_out_show_only_there() -> None:
    words = [word for mood in moods().values() for word in mood.said["words"] if " " in word]
    kept = [word for word in words if is_held_out(word)]
    assert kept
    usual = " ".join(script.text.lower() for script in _drawn(6, 600))
    assert not any(re.search(rf"\b{word}\b", usual) for word in kept)
    held_out = " ".join(script.text.lower() for script in _drawn(7, 500, held_out=True))
    assert any(word in held_out for word in kept)


def test_keys_tell_meanings_apart() -> None:
    base = Script("a", (("anger", 1.0),), 0.5, (Demand(2, "left"),))
    assert base.key() == Script("b", (("anger", 1.0),), 0.52, (Demand(2, "left"),)).key()
    others = (
        Script("a", (("anger", 1.0),), 0.9, (Demand(2, "left"),)),
        Script("a", (("fear", 1.0),), 0.5, (Demand(2, "left"),)),
        Script("a", (("anger", 1.0),), 0.5, (Demand(2, "right"),)),
        Script("a", (("anger", 1.0),), 0.5, (Demand(2, "left", 0.9),)),
        Script("a", (("anger", 1.0),), 0.5, (Demand(2, "left"),), denied=(12,)),
        Script("a", (("anger", 1.0),), 0.5, (Demand(2, "left"),), only=True),
        Script("a", (("anger", 0.6), ("fear", 0.4)), 0.5, (Demand(2, "left"),)),
    )
    assert len({base.key(), *(other.key() for other in others)}) == len(others) + 1


def test_hard_negatives_say_something_else_in_nearly_the_same_words() -> None:
    rng = np.random.default_rng(8)
    shared = []
    for script in _drawn(9):
        other = hard_negative(script, rng)
        assert other.key() != script.key(), script.text
        assert other.text != script.text
        found = demands(other.text)
        assert (found.shown, found.denied, found.only) == (other.shown, other.denied, other.only)
        before, after = (set(re.findall(r"\w+", s.text.lower())) for s in (script, other))
        shared.append(len(before & after) / len(before | after))
    assert np.median(shared) > 0.6


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (
            Script("Raise the left eyebrow.", shown=(Demand(2, "left"),)),
            "right|Only|not|Never|cheek|Lower|lower",
        ),
        (Script("Only smile.", shown=(Demand(12),), only=True), "^Smile|frown"),
        (Script("Do not smile.", denied=(12,)), "^Smile|frown"),
        (Script("slightly sad", (("sadness", 1.0),), 0.4), "not|sad|slightly"),
        (Script("xyz"), "do not smile"),
    ],
)  # fmt: skip
def test_one_thing_is_changed(script: Script, text: str) -> None:
    rng = np.random.default_rng(10)
    for _ in range(6):
        other = hard_negative(script, rng)
        assert re.search(text, other.text), other.text
        assert other.key() != script.key()
