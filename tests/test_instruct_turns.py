"""Words typed for a whole recording that name an order in time."""

from pathlib import Path

import numpy as np
import pytest

from avitalk.instruct.turns import turns_in, typed
from avitalk.instruct.writing import instruction_for
from avitalk.types import Speech

RATE_HZ = 16_000


def spoken(*parts: tuple[float, float]) -> Speech:
    """Noise of (seconds, loudness)."""
    rng = np.random.default_rng(0)
    pieces = [level * rng.standard_normal(round(s * RATE_HZ)) for s, level in parts]
    return Speech(np.concatenate(pieces).astype(np.float32), RATE_HZ, "spoken.wav")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("glad, then surprised", ("glad", "surprised")),
        ("glad then sad", ("glad", "sad")),
        ("He smiles. Then he frowns.", ("He smiles", "he frowns.")),
        (
            "First she frowns, then she smiles, and finally she laughs out loud.",
            ("she frowns", "she smiles", "she laughs out loud."),
        ),
        ("Calm at first, but angry in the end.", ("Calm at first", "angry in the end.")),
        (
            "furious at first, she cannot hide a smile",
            ("furious at first", "she cannot hide a smile"),
        ),
        ("He starts out glad and ends up sad", ("He starts out glad", "ends up sad")),
        ("calm; in the end, sad", ("calm", "sad")),
    ],
)
def test_turns_are_told_apart(words: str, parts: tuple[str, ...]) -> None:
    assert turns_in(words) == parts


@pytest.mark.parametrize(
    "words",
    [
        "Happy.",
        "then",
        "He smiles now and then.",
        "She was happy back then, and still is",
        "If he laughs, then raise the brows",
        "angry, then again not",
        "angrier then ever",
        "sad after that fight",
        "a smile that later fades",
        "He looks down, at the end of his tether",
        "Brows up in the end",
    ],
)
def test_other_words_stay_together(words: str) -> None:
    assert turns_in(words) == (words,)


def test_turns_share_the_recording_and_change_in_a_pause() -> None:
    speech = spoken((2.5, 0.1), (0.4, 0.0), (3.1, 0.1))
    found = instruction_for(speech, "glad, then surprised").segments
    assert [segment.text for segment in found] == ["glad", "surprised"]
    assert found[0].start_s == 0
    assert 2.5 < found[0].end_s < 2.9
    assert found[1].start_s == found[0].end_s
    assert found[1].end_s == pytest.approx(6.0)
    even = typed("sad, then glad, then calm", spoken((6.0, 0.1))).segments
    assert [segment.end_s for segment in even] == pytest.approx([2.0, 4.0, 6.0])


def test_silence_is_shared_evenly_and_short_recordings_are_not_cut() -> None:
    silence = Speech(np.zeros(4 * RATE_HZ, np.float32), RATE_HZ, "silence")
    assert typed("glad, then sad", silence).segments[0].end_s == pytest.approx(2.0)
    short = typed("glad, then sad", spoken((1.0, 0.1))).segments
    assert [segment.text for segment in short] == ["glad, then sad"]


def test_words_in_a_file_take_turns_too(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("frowning, then smiling")
    assert len(instruction_for(spoken((4.0, 0.1)), words).segments) == 2
