"""Instruction files: what is written can be read, people's mistakes are named with their line."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.facs.table import EMOTIONS
from avitalk.instruct.document import parse_instruction, read_instruction
from avitalk.instruct.document_keep import kept_segments, renewed, time_left
from avitalk.instruct.document_text import HEADER, export_instruction
from avitalk.types import Instruction, Segment, Speech
from avitalk.types.motion import MOTION_REGIONS

SPEECH = Speech(np.linspace(-0.5, 0.5, 4 * 16_000), source="talk.wav")
WRITTEN = Instruction.about(
    SPEECH,
    (
        Segment(0.2, 1.5, "He frowns: lips #1 pressed.", "model", emotion=(("anger", 1.0),)),
        Segment(1.5, 3.0, "He lets go of it, " * 9, "model", intensity=(0.61, 0.8)),
    ),
    seed=3,
)
HAND = """format: avitalk-instruction-1
segments:
- start_s: 0.5
  end_s: 1
  text: He smiles.
- start_s: 2
  end_s: 3.5
  text: He frowns.
"""


def text_of(instruction: Instruction) -> str:
    return export_instruction(instruction).decode()


def parsed(text: str, speech: Speech | None = None) -> Instruction:
    return parse_instruction(text.encode(), "talk.yaml", speech)


def refused(text: str | bytes, speech: Speech | None = None) -> str:
    """The one line with which it is refused."""
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InputError) as error:
        parse_instruction(data, "talk.yaml", speech)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_written_reads_back_equal_and_writes_the_same_bytes() -> None:
    data = export_instruction(WRITTEN)
    again = parse_instruction(data, "x", SPEECH)
    assert again == WRITTEN
    assert export_instruction(again) == data
    lines = data.decode().splitlines()
    assert tuple(lines[: len(HEADER)]) == HEADER
    assert max(map(len, lines)) <= 92
    keys = [line.split(":")[0].strip("- ") for line in lines if line[:3] in ("- s", "  t", "  a")]
    assert keys[-3:] == ["start_s", "text", "author"]


words = st.text(min_size=1, max_size=300).filter(lambda s: not _fails(s))
shares = st.floats(0, 1)


def _fails(text: str) -> bool:
    try:
        Segment(0, 1, text)
    except InputError:
        return True
    return False


@st.composite
def instructions(draw: st.DrawFn) -> Instruction:
    times = sorted(draw(st.sets(st.integers(0, 90_000), min_size=2, max_size=8)))
    segments = []
    for start, end in zip(times[::2], times[1::2], strict=False):
        named = draw(st.lists(st.sampled_from(EMOTIONS), unique=True, max_size=4))
        parts = [draw(st.floats(0.01, 1)) for _ in named]
        segments.append(
            Segment(
                start / 1000,
                end / 1000,
                draw(words),
                draw(st.sampled_from(("model", "person"))),
                draw(st.floats(0, 2)),
                tuple(draw(st.dictionaries(st.sampled_from(MOTION_REGIONS), shares)).items()),
                tuple(draw(st.dictionaries(st.sampled_from(ARKIT_52), shares)).items()),
                tuple((n, p / sum(parts)) for n, p in zip(named, parts, strict=True)),
                draw(st.none() | st.tuples(shares, shares)),
                tuple(draw(st.lists(st.text(max_size=40), max_size=2))),
            )
        )
    return Instruction(
        tuple(segments),
        draw(st.integers(0, 2**63 - 1)),
        audio_name=draw(st.text(max_size=20)),
        duration_s=draw(st.none() | st.floats(90, 1000)),
        edited=draw(st.booleans()),
        notes=tuple(draw(st.lists(st.text(max_size=40), max_size=3))),
    )


@settings(max_examples=150, deadline=None)
@given(instructions())
def test_any_instruction_survives_its_file(instruction: Instruction) -> None:
    data = export_instruction(instruction)
    again = parse_instruction(data, "x")
    assert export_instruction(again) == data
    assert again.edited == instruction.edited
    for before, after in zip(instruction.segments, again.segments, strict=True):
        assert (before.start_s, before.end_s, before.text, before.author) == (
            after.start_s, after.end_s, after.text, after.author
        )  # fmt: skip
        assert before.strength == pytest.approx(after.strength, abs=6e-4)
        assert dict(before.regions) == pytest.approx(dict(after.regions), abs=6e-4)
        assert dict(before.features) == pytest.approx(dict(after.features), abs=6e-4)


def test_a_file_by_hand_needs_little() -> None:
    read = parsed(HAND)
    assert [s.text for s in read.segments] == ["He smiles.", "He frowns."]
    assert {s.author for s in read.segments} == {"person"}
    assert read.edited
    tied = parsed(HAND, SPEECH)
    assert tied.audio_sha256 == SPEECH.sha256
    loose = HAND.replace("He smiles.", "He smiles.\n  regions: [brows]\n  emotion: calm").replace(
        "He frowns.", "|\n    He\n    frowns.\n  intensity: 0.5\n  regions: {mouth: 0.5}"
    )
    first, second = parsed("\ufeff" + loose.replace("\n", "\r\n")).segments
    assert [first.strength_of(r) for r in ("brows", "mouth", "head")] == [1, 0, 0]
    assert (first.likeliest, second.intensity, second.text) == ("calm", (0.5, 1.0), "He frowns.")
    assert second.strength_of("mouth") == 0.5
    again = parsed(text_of(parsed(loose)))
    assert again.segments == parsed(loose).segments
    assert parsed("format: avitalk-instruction-1\nsegments: []\n").segments == ()


def test_a_change_by_hand_makes_it_a_persons() -> None:
    text = text_of(WRITTEN)
    for old, new in (
        ("pressed.", "pressed hard."),
        ("start_s: 0.200", "start_s: 0.1"),
        ("  author: model", "  strength: 0.5\n  author: model"),
        ("  author: model", "  features: {jawOpen: 0.5}\n  author: model"),
        ("anger: 1.00", "calm: 1.00"),
    ):
        assert old in text
        read = parsed(text.replace(old, new, 1), SPEECH)
        assert [s.author for s in read.segments] == ["person", "model"], new
        assert read.edited
    for same in (
        text.replace("lips #1", "lips\n    #1"),
        text + "\n\n",
        text.replace(": 1.00", ": 1"),
    ):
        read = parsed(same, SPEECH)
        assert read == WRITTEN
        assert not read.edited
    gone = parsed(text[: text.rindex("\n- start_s")], SPEECH)
    assert gone.edited  # a deleted segment is an edit, too
    assert parsed("# mine\n" + text, SPEECH).edited


def test_what_people_wrote_stays_when_the_model_writes_anew() -> None:
    text = text_of(WRITTEN).replace("He frowns: lips #1 pressed.", "She beams.")
    text = text.replace("\n- start_s: 0.200", "\n# the good part\n- start_s: 0.200 # not earlier")
    text = "# by Ada\n" + text.replace("\n- start_s: 1.500", "\n# too long?\n- start_s: 1.500")
    old = parsed(text + "# end\n", SPEECH)
    fresh = Instruction.about(SPEECH, (Segment(0.0, 4.0, "He sighs.", "model"),), seed=9)
    new = renewed(fresh, old)
    assert [(s.start_s, s.end_s, s.author) for s in new.segments] == [
        (0.2, 1.5, "person"), (1.5, 4.0, "model")
    ]  # fmt: skip
    assert new.segments[0].notes == (" the good part", " not earlier")
    assert new.notes == (" by Ada", " end", " too long?")
    assert new.seed == 9
    read = parsed(text_of(new), SPEECH)
    assert read == new
    assert read.edited
    assert renewed(fresh, read).segments == new.segments
    assert export_instruction(renewed(fresh, read)) == export_instruction(new)
    assert text_of(new).count("# by Ada") == 1


def test_an_untouched_file_gives_way() -> None:
    typed = Instruction.typed("She smiles.", SPEECH)
    read = parsed(text_of(typed), SPEECH)
    assert read == typed
    assert not read.edited
    assert kept_segments(read) == ()
    fresh = Instruction.about(SPEECH, (Segment(0.0, 4.0, "He sighs.", "model"),))
    assert renewed(fresh, read) == fresh


def test_time_left_between_kept_segments() -> None:
    kept = (Segment(1, 2, "a"), Segment(2.2, 3, "b"))
    assert time_left([(0, 4)], kept) == [(0, 1), (3, 4)]  # 0.2 s between is a scrap
    assert time_left([(1.1, 1.9), (2.0, 2.2), (3, 3.2)], kept) == [(2.0, 2.2), (3, 3.2)]
    assert time_left([(0, 1)], ()) == [(0, 1)]


def test_for_which_recording() -> None:
    text = text_of(WRITTEN)
    other = Speech(SPEECH.samples[: 2 * 16_000], source="other.wav")
    line = refused(text, other)
    assert line.startswith("talk.yaml:9: written for 'talk.wav' of 4.000 s")
    assert "--any-audio" in line
    assert "other.wav of 2.000 s" in line
    taken = parse_instruction(text.encode(), "talk.yaml", other, any_audio=True)
    assert [(s.start_s, s.end_s) for s in taken.segments] == [(0.2, 1.5), (1.5, 2.0)]
    assert taken.audio_sha256 == other.sha256
    assert "lies outside the audio; allowed: 0 to 2.000 s" in refused(HAND, other)
    unhashed = "\n".join(line for line in text.splitlines() if "sha256" not in line)
    assert "talk.yaml" in refused(unhashed, other)  # still says that it lasts 4 s


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("avitalk-instruction-1", "avitalk-instruction-2", 1, "readable: avitalk-instruction-1"),
        ("format: avitalk-instruction-1\n", "", 1, "no format; readable"),
        ("segments:", "segmnts:", 2, "unknown key 'segmnts' (meant: segments?); allowed: format"),
        ("text: He smiles.", "txt: x", 5, "unknown key 'txt' (meant: text?); allowed: start_s"),
        ("He smiles.", "''", 5, "text is empty"),
        ("He smiles.", "", 5, "text is empty"),
        ("He smiles.", "[a, b]", 5, "text is a list; need text"),
        ("He smiles.", '"\\a"', 5, "control character"),
        ("He smiles.", "x" * 2001, 5, "2001 characters; at most 2000"),
        ("He smiles.", "He smiles: a bit", 5, "goes in quotes, or below 'text: >-'"),
        ("He smiles.", "&a He", 5, "anchors and aliases"),
        ("He smiles.", "!!python/name:os.system", 5, "tags"),
        ("He smiles.", "*a", 5, "anchors and aliases"),
        ("He smiles.", "He\x07smiles.", 5, "control character U+0007"),
        ("  text: He smiles.\n", "", 3, "segment without 'text'"),
        ("  end_s: 1\n", "", 3, "segment without 'end_s'"),
        ("end_s: 1\n", "end_s: 0.4\n", 4, "end_s 0.4 is not after start_s 0.5"),
        ("end_s: 1\n", "end_s: 0.5001\n", 4, "is not after"),
        ("end_s: 1\n", "end_s: 2.5\n", 6, "overlaps that of 0.500 to 2.500 s in line 3"),
        ("end_s: 1\n", "end_s: .nan\n", 4, "end_s is '.nan'; need a number"),
        ("end_s: 1\n", "end_s: nan\n", 4, "need a number"),
        ("end_s: 1\n", "end_s: .inf\n", 4, "need a number"),
        ("end_s: 1\n", "end_s: 1e300\n", 4, "allowed: 0 to"),
        ("end_s: 1\n", "end_s: '1'\n", 4, "need a number"),
        ("end_s: 1\n", "end_s: 1,5\n", 4, "written like 1.25"),
        ("end_s: 1\n", "end_s: 0:01\n", 4, "need a number"),
        ("end_s: 1\n", "end_s: [1]\n", 4, "a list or table; need a number"),
        ("end_s: 1\n", "end_s:\n", 4, "end_s is nothing; need a number"),
        ("start_s: 0.5", "start_s: -1", 3, "start_s -1; allowed: 0 to"),
        ("end_s: 1\n", "end_s: 1\n  end_s: 2\n", 5, "key 'end_s' given twice, first in line 4"),
        ("end_s: 1\n", "end_s: 1\n\ttext: x\n", 5, "tabs"),
        ("end_s: 1\n", "end_s: 1\n  author: Ada\n", 5, "unknown author 'Ada'; allowed: model"),
        ("end_s: 1\n", "end_s: 1\n  strength: 3\n", 5, "strength 3; allowed: 0 to 2"),
        ("end_s: 1\n", "end_s: 1\n  regions: [ears]\n", 5, "unknown region 'ears'"),
        ("end_s: 1\n", "end_s: 1\n  regions: {ears: 1}\n", 5, "allowed: mouth, eyes, brows"),
        ("end_s: 1\n", "end_s: 1\n  regions: {mouth: 3}\n", 5, "region mouth 3; allowed: 0 to 2"),
        ("end_s: 1\n", "end_s: 1\n  regions: mouth\n", 5, "one value found; need 'key: value'"),
        ("end_s: 1\n", "end_s: 1\n  features: {smile: 1}\n", 5, "unknown shape 'smile'"),
        ("end_s: 1\n", "end_s: 1\n  features: {jawOpen: 2}\n", 5, "shape jawOpen 2; allowed"),
        ("end_s: 1\n", "end_s: 1\n  features:\n    jawOpen: 1\n    x: 1\n", 7, "shape 'x'"),
        (
            "end_s: 1\n",
            "end_s: 1\n  emotion: rage\n",
            5,
            "unknown emotion 'rage' (meant: anger?); allowed",
        ),
        ("end_s: 1\n", "end_s: 1\n  emotion: {anger: 0.5}\n", 5, "add up to 0.50; need 1"),
        ("end_s: 1\n", "end_s: 1\n  intensity: {value: 2}\n", 5, "value 2; allowed: 0 to 1"),
        ("end_s: 1\n", "end_s: 1\n  intensity: {size: 1}\n", 5, "unknown key 'size'"),
        ("segments:\n", "seed: -1\nsegments:\n", 2, "seed '-1'; need a whole number"),
        ("segments:\n", "seed: 1.5\nsegments:\n", 2, "seed '1.5'; need a whole number"),
        ("segments:\n", "audio: talk.wav\nsegments:\n", 2, "'audio': one value found"),
        ("segments:\n", "audio: {sha256: abc}\nsegments:\n", 2, "64 hexadecimal digits"),
        ("segments:\n", "audio: {duration_s: 0}\nsegments:\n", 2, "duration_s 0; allowed"),
        ("segments:\n", "audio: {duration_s: 3}\nsegments:\n", 8, "outside the audio"),
        ("segments:\n", "? [a]\n: b\nsegments:\n", 2, "as key"),
        ("- start_s: 0.5", "- 5\n- start_s: 0.5", 3, "a segment: one value found; need"),
        ("He frowns.\n", "He frowns.\n---\na: 1\n", 9, "a second document"),
        ("He frowns.\n", "'He frowns.\n", 9, "not YAML"),
    ],
)
def test_mistakes_are_named_with_their_line(old: str, new: str, line: int, expected: str) -> None:
    assert old in HAND
    said = refused(HAND.replace(old, new, 1))
    assert said.startswith(f"talk.yaml:{line}: "), said
    assert expected in said, said


def test_what_is_no_instruction_file() -> None:
    assert refused("").startswith("talk.yaml:1: empty document")
    assert "empty document" in refused("# only words\n")
    assert "need 'key: value'" in refused("He smiles.")
    assert "need 'key: value'" in refused("- 1\n- 2\n")
    assert refused(HAND.replace("smiles", "grüßt").encode("latin-1")) == (
        "talk.yaml:5: not text in UTF-8; save it as UTF-8"
    )
    assert "UTF-8" in refused(HAND.encode("utf-16"))
    assert "talk.yaml" in refused(b"\x00\x01\x02RIFF" * 50)
    assert "list" in refused("format: avitalk-instruction-1\nsegments: none\n")
    assert "no 'segments'" in refused("format: avitalk-instruction-1\n")
    with pytest.raises(InputError, match=r"absent.yaml: no such instruction file"):
        read_instruction(Path("absent.yaml"))
    with pytest.raises(InputError, match=r"tests: cannot be read"):
        read_instruction(Path(__file__).parent)


def test_hostile_files_are_refused_quickly() -> None:
    start = time.process_time()
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{n}: &{n} [{','.join(f'*{p}' for _ in range(9))}]\n"
        for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "anchors and aliases" in refused(bomb)
    assert "nested more than 8 deep" in refused("[" * 1_000_000)
    assert "nested more than 8 deep" in refused(
        "a:\n" + "".join(" " * n + "-\n" for n in range(900))
    )
    assert "at most 2000000 are read" in refused(b"x" * 2_000_001)
    assert time.process_time() - start < 5


def test_an_hour_of_segments_reads_in_seconds() -> None:
    segments = tuple(Segment(6 * i, 6 * i + 5.5, "He sighs. " * 20, "model") for i in range(600))
    data = export_instruction(Instruction(segments))
    start = time.process_time()
    assert parse_instruction(data, "x").segments == segments
    assert time.process_time() - start < 5


def test_the_file_of_the_handbook_is_one() -> None:
    page = (Path(__file__).parents[1] / "docs" / "words.md").read_text(encoding="utf-8")
    read = parsed(page.split("```yaml\n")[1].split("```")[0])
    assert [s.strength_of("eyes") for s in read.segments] == [1.2, 1]
    assert read.segments[0].notes == (" she must look surprised here",)
    code = page.split("```python\n")[1].split("```")[0]
    compile(code, "words.md", "exec")
