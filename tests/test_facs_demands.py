"""The single movements that a text asks for, forbids, or limits a face to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avitalk.facs.demands import Demands, demands
from avitalk.facs.table import REGIONS, table


def _said(text: str) -> dict[int, str]:
    return {demand.unit: demand.side for demand in demands(text).shown}


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("raise only the left eyebrow", {2: "left"}),
        ("Wink with the right eye.", {43: "right"}),
        ("keep your eyes closed", {43: "both"}),
        ("cock an eyebrow", {2: "left"}),
        ("raise one eyebrow and lower the other", {2: "left", 4: "right"}),
        ("Raise the right eyebrow and lower the other", {2: "right", 4: "left"}),
        ("raise the right cheek and the left brow", {6: "right", 2: "left"}),
        ("smile with the left corner of your mouth", {12: "left"}),
        ("raise the left and right eyebrow", {2: "both"}),
        ("lift your screen left eyebrow", {2: "right"}),
        ("brows raised, lips pressed together", {1: "both", 2: "both", 24: "both"}),
        ("pout and squint", {17: "both", 18: "both", 7: "both"}),
        ("open your mouth wide and look up", {27: "both", 63: "both"}),
        ("turn the head to the left, tilt it to the right", {51: "both"}),
        ("lean in, chin up", {57: "both", 53: "both"}),
        ("AU1+2, AU4 and L12B", {1: "both", 2: "both", 4: "both", 12: "left"}),
        ("he cannot help but smile", {12: "both"}),
        ("angry, but with raised eyebrows", {1: "both", 2: "both"}),
        ("fake smile", {12: "both"}),
    ],
)
def test_movements_and_their_sides(text: str, units: dict[int, str]) -> None:
    assert _said(text) == units


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("do not smile", (12,)),
        ("happy, but without frowning", (4,)),
        ("no raised brows", (1, 2)),
        ("Not smiling, but squinting", (12,)),
        ("wipe that grin off your face", (12,)),
        ("keep your mouth closed", (25, 26, 27)),
        ("keep your eyes open", (43,)),
        ("unsmiling", (12,)),
        ("the brows stay down", ()),
        ("can't stop smiling", ()),
    ],
)
def test_what_must_not_show(text: str, denied: tuple[int, ...]) -> None:
    assert demands(text).denied == denied


def test_what_is_denied_is_not_shown() -> None:
    found = demands("do not frown, just smile")
    assert [demand.unit for demand in found.shown] == [12]
    assert found.denied == (4,)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("brows lowered", None),
        ("brows lowered 40 %", 0.4),
        ("slightly lowered brows", 0.33),
        ("AU4 at 25 percent", 0.25),
        ("AU4: 0.3", 0.3),
        ("AU4D", 0.75),
        ("lower the brows as far as possible", 1.0),
        ("a strong frown and raised cheeks", 0.82),
    ],
)
def test_degrees_become_levels(text: str, level: float | None) -> None:
    four = next(demand for demand in demands(text).shown if demand.unit == 4)
    assert four.level == (level if level is None else pytest.approx(level))


def test_a_degree_is_of_the_movement_it_stands_with() -> None:
    levels = {d.unit: d.level for d in demands("frown slightly and smile to the limit").shown}
    assert levels[4] == pytest.approx(0.33)
    assert levels[12] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("nothing but a faint smile", True),
        ("Just the left eyebrow raised, nothing else", True),
        ("lips slightly parted, otherwise neutral", True),
        ("smile; the rest of the face stays still", True),
        ("only just raise the brows", False),
        ("not only smile but frown", False),
        ("smile and squint", False),
        ("as if she had just smiled", False),
    ],
)
def test_limits(text: str, only: bool) -> None:
    assert demands(text).only is only


def test_regions_at_rest() -> None:
    assert demands("smile, forehead smooth, head still").still == ("brows", "head")
    assert demands("mouth relaxed").still == ("mouth",)
    assert demands("do not move your head").still == ("head",)
    assert demands("just the brows move").still == tuple(r for r in REGIONS if r != "brows")
    assert demands("the brows stay raised").still == ()


def test_what_is_kept_up() -> None:
    for text in ("keep your eyes closed", "eyes shut throughout", "hold the smile"):
        assert demands(text).held, text
    assert not demands("close your eyes").held
    assert demands("Keep your eyes closed.").shown[0].level == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "", "angry", "She is close to tears.", "raise your voice", "a smile in her voice",
        "She looks down on him", "keep an eye on him", "trying not to laugh", "over the moon",
        "as if he had just won the lottery", "poker face", "the voice drops",
    ],
)  # fmt: skip
def test_feelings_and_figures_of_speech_demand_nothing(text: str) -> None:
    assert demands(text) == Demands()


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                "raise",
                "lower",
                "left",
                "right",
                "only",
                "not",
                "no",
                "eyebrow",
                "eyes",
                ",",
                ".",
                "and",
                "with",
                "AU4",
                "40",
                "%",
                "smile",
                "~",
                "the",
                "other",
                "mouth",
                "closed",
                "don't",
                "+",
                "L12B",
                "12+",
                "without",
                "one",
                "as",
                "possible",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    found = demands(text)
    assert all(str(demand.unit) in table().units for demand in found.shown)
    assert all(demand.level is None or 0 <= demand.level <= 1 for demand in found.shown)
    assert not {demand.unit for demand in found.shown} & set(found.denied)
    places = [(demand.unit, demand.side) for demand in found.shown]
    assert len(set(places)) == len(places)
