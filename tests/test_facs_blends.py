"""Mixtures of feelings by share."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avitalk.facs.blends import blend


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("30 % worried, 70 % hopeful", [("worried", 0.3), ("hopeful", 0.7)]),
        ("half amused, half annoyed", [("amused", 0.5), ("annoyed", 0.5)]),
        ("two thirds sad and one third angry", [("sad", 2 / 3), ("angry", 1 / 3)]),
        ("mostly calm with a touch of fear", [("calm", 0.8), ("fear", 0.2)]),
        ("worried (30 %) and hopeful (70 %)", [("worried", 0.3), ("hopeful", 0.7)]),
        ("She is 80% happy and 20% surprised.", [("happy", 0.8), ("surprised", 0.2)]),
        ("one part fear, three parts joy", [("fear", 0.25), ("joy", 0.75)]),
        ("equal parts joy and fear", [("joy", 0.5), ("fear", 0.5)]),
        ("70/30 sad and angry", [("sad", 0.7), ("angry", 0.3)]),
        ("a mix of joy and sadness", [("joy", 0.5), ("sadness", 0.5)]),
    ],
)
def test_shares(text: str, parts: list[tuple[str, float]]) -> None:
    found = blend(text)
    assert [part for part, _ in found] == [part for part, _ in parts]
    assert [share for _, share in found] == pytest.approx([share for _, share in parts])


@pytest.mark.parametrize(
    "text",
    [
        "", "angry", "30 % stronger", "brows raised 40 %", "brows raised 40 %, smile 60 %",
        "AU12 at 40 %, AU4 at 60 %", "half smile", "half a smile, half closed eyes", "60% happy",
        "The voice is loud. Play it at 70 percent.",
    ],
)  # fmt: skip
def test_degrees_are_no_shares(text: str) -> None:
    assert blend(text) == ((text, 1.0),)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "30",
                "70",
                "%",
                "half",
                "third",
                "two",
                "parts",
                "sad",
                "angry",
                "and",
                ",",
                "mostly",
                "with",
                "a",
                "touch",
                "of",
                "fear",
                "/",
            ]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_shares_sum_to_one(text: str) -> None:
    found = blend(text)
    assert sum(share for _, share in found) == pytest.approx(1)
    assert len(found) == 1 or all(part for part, _ in found)
