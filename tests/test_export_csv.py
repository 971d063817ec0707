"""Live Link Face CSV: spelling, signs, timecodes; reading back; bad tables named by line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avitalk.arkit import EYE_LOOK, INDEX, eye_look_weights
from avitalk.errors import InputError
from avitalk.export import export_csv, file_weights, read_csv_motion, read_motion
from avitalk.export.livelink import HEADER
from avitalk.types import Motion
from miniature_head import lively_motion

# As the app spells it, in its order.
LIVE_LINK = (
    "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,"
    "EyeLookUpLeft,EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,"
    "EyeLookOutRight,EyeLookUpRight,EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,"
    "JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,MouthSmileLeft,"
    "MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,"
    "MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,"
    "MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,"
    "MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,"
    "BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,"
    "TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,"
    "RightEyePitch,RightEyeRoll"
)


def lines_of(motion: Motion, **options: str) -> list[str]:
    return export_csv(motion, **options).data.decode().splitlines()


def table(motion: Motion | None = None) -> list[list[str]]:
    return [line.split(",") for line in lines_of(motion or lively_motion(12))]


def text_of(rows: list[list[str]]) -> bytes:
    return ("\n".join(",".join(row) for row in rows) + "\n").encode()


def test_header_rows_and_digits_are_those_of_the_app() -> None:
    lines = lines_of(lively_motion(3))
    assert lines[0] == LIVE_LINK
    assert len(lines) == 4
    for line in lines[1:]:
        cells = line.split(",")
        assert len(cells) == 63
        assert cells[1] == "61"
        assert all(len(cell.split(".")[1]) == 10 for cell in cells[2:])


def test_timecodes_count_sixtieths_from_the_start() -> None:
    def timecodes(fps: float, **options: str) -> list[str]:
        return [line.split(",")[0] for line in lines_of(Motion.still(4, fps), **options)[1:]]

    assert timecodes(60) == [f"00:00:00:0{i}.000" for i in range(4)]
    assert timecodes(25)[1:3] == ["00:00:00:02.400", "00:00:00:04.800"]
    assert timecodes(60_000 / 1001)[1] == "00:00:00:01.001"
    over = timecodes(30, start_timecode="23:59:59:58.250")
    assert over == ["23:59:59:58.250", "00:00:00:00.250", "00:00:00:02.250", "00:00:00:04.250"]


@pytest.mark.parametrize(
    "start", ["", "1:2:3", "24:00:00:00.000", "00:61:00:00", "00:00:00:60.000", "a:b:c:d"]
)
def test_a_malformed_start_is_refused(start: str) -> None:
    with pytest.raises(InputError, match="start timecode"):
        export_csv(Motion.still(1, 60), start_timecode=start)


def test_signs_are_those_of_live_link() -> None:
    head, eyes = np.array([[0.1, 0.2, 0.3]]), np.array([[[0.4, 0.1, 0.0], [-0.4, -0.1, 0.05]]])
    row = table(Motion(np.zeros((1, 52)), head, eyes, 60))[1]
    values = [float(cell) for cell in row[2:]]
    assert np.allclose(values[52:55], [-0.1, 0.2, 0.3])  # to the left is minus, down is plus
    assert np.allclose(values[55:], [-0.4, 0.1, 0.0, 0.4, -0.1, 0.05])
    named = dict(zip(HEADER[2:], values, strict=True))
    assert named["EyeLookOutLeft"] > 0.5  # the left eye looks to the left
    assert named["EyeLookDownLeft"] > 0.1
    assert named["EyeLookUpRight"] > 0.1
    assert named["EyeLookInLeft"] == named["EyeLookUpLeft"] == 0
    assert "-0.0000000000" not in row


@pytest.mark.parametrize(
    "fps", [24, 24_000 / 1001, 25, 30, 30_000 / 1001, 48, 50, 60_000 / 1001, 60, 100, 120, 47.3]
)
def test_motion_and_rate_read_back(fps: float) -> None:
    motion = lively_motion(200, fps, moves=False)
    expected = motion.with_weights(file_weights(motion)[0])
    back = read_csv_motion(export_csv(motion, start_timecode="23:59:58:03.007").data)
    assert back.same_as(expected, 1e-6)
    assert np.allclose(back.weights[:, list(EYE_LOOK)], eye_look_weights(motion.eyes), atol=1e-6)


@given(
    st.integers(2, 400),
    st.sampled_from([24.0, 25.0, 30.0, 50.0, 60.0, 60_000 / 1001]),
    st.integers(0, 24 * 3600 * 60_000 - 1),
)
def test_rate_reads_back_from_any_start_and_length(frames: int, fps: float, tick: int) -> None:
    seconds, rest = divmod(tick, 60_000)
    start = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}:{rest / 1000:06.3f}"
    back = read_csv_motion(export_csv(Motion.still(frames, fps), start_timecode=start).data)
    assert back.frames == frames
    # A timecode is good to 1/60000 s: few frames cannot tell 59.94 from 60.
    assert back.fps == pytest.approx(fps, rel=2e-3 if frames < 4 else 1e-9)


def test_translation_is_reported_as_left_out_and_weights_as_clamped() -> None:
    weights = np.zeros((2, 52))
    weights[1, INDEX["jawOpen"]] = 1.5
    exported = export_csv(
        Motion(weights, np.zeros((2, 3)), np.zeros((2, 2, 3)), 60, np.ones((2, 3)))
    )
    assert exported.report.left_out == ("translation",)
    assert (exported.clamped, exported.report.largest_excess) == (1, 0.5)


def test_other_spellings_of_the_table_are_read() -> None:
    data = export_csv(lively_motion(12)).data
    plain = read_csv_motion(data)
    older = data.replace(b"BlendShapeCount", b"BlendshapeCount")
    reordered = [[*row[:2], *row[:1:-1]] for row in table()]
    for variant in (
        older,
        b"\xef\xbb\xbf" + data,
        data.replace(b"\n", b"\r\n"),
        data + b"\n\n",
        text_of(reordered),
    ):
        assert read_csv_motion(variant).same_as(plain)


def test_values_beyond_one_are_kept_on_reading() -> None:
    rows = table()
    rows[1][2] = "1.0530000000"
    assert read_csv_motion(text_of(rows)).weights.max() == np.float32(1.053)


def test_frames_of_other_programs_count_in_their_own_rate() -> None:
    rows = table(Motion.still(100, 25))
    for i, row in enumerate(rows[1:]):
        row[0] = f"00:00:{i // 25:02d}:{i % 25:02d}"
    assert read_csv_motion(text_of(rows)).fps == 25


def test_a_jittering_clock_reads_as_the_rate_it_means() -> None:
    rows = table(Motion.still(300, 30))
    rng = np.random.default_rng(0)
    for i, row in enumerate(rows[1:]):
        ticks = 1_000_000 + round(i * 2000 * 0.9999) + int(rng.integers(-3, 4))
        row[0] = f"10:00:{ticks // 60_000:02d}:{ticks % 60_000 / 1000:06.3f}"
    assert read_csv_motion(text_of(rows)).fps == 30


def test_lost_frames_are_filled_in_and_time_stays_true() -> None:
    motion = lively_motion(50, 50, moves=False)
    whole = read_csv_motion(export_csv(motion).data)
    rows = table(motion)
    rows[10][1:] = ["0", *[""] * 61]  # no face seen
    del rows[20:23]
    back = read_csv_motion(text_of(rows))
    assert (back.frames, back.fps) == (50, 50)
    assert np.allclose(back.weights[30:], whole.weights[30:])
    middle = (whole.weights[8] + whole.weights[10]) / 2
    assert np.allclose(back.weights[9], middle, atol=1e-6)


def test_a_given_rate_takes_rows_as_they_come(tmp_path: Path) -> None:
    rows = table()
    for row in rows[1:]:
        row[0] = "00:00:00:00.000"
    path = tmp_path / "take.csv"
    path.write_bytes(text_of(rows))
    motion = read_motion(path, fps=24)
    assert (motion.frames, motion.fps) == (12, 24)
    with pytest.raises(InputError, match=r"take\.csv, line 3: the timecode steps by 0\.000 s"):
        read_motion(path)


def changed(row: int, column: int, text: str) -> bytes:
    rows = table()
    rows[row][column] = text
    return text_of(rows)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "take.csv: empty"),
        (b"\n\n", "take.csv: empty"),
        (b"\xff\xfe\x00\x01", "not a CSV text file"),
        (b"hello\nworld\n", "line 1: no column Timecode, BlendShapeCount, EyeBlinkLeft"),
        (text_of([row[:-1] for row in table()]), "line 1: no column RightEyeRoll"),
        (text_of([[*row, row[-1]] for row in table()]), "line 1: columns twice or unknown"),
        (text_of(table()[:1]), "no frames"),
        (text_of([*table(), table()[1][:60]]), "line 14: 60 columns; the header has 63"),
        (changed(4, 7, "NaN"), "line 5: EyeSquintLeft is 'NaN'; a number is needed"),
        (changed(4, 7, "inf"), "line 5: EyeSquintLeft is 'inf'; a number is needed"),
        (changed(4, 7, "wide"), "line 5: EyeSquintLeft is 'wide'; a number is needed"),
        (changed(4, 7, "1e400"), "line 5: EyeSquintLeft is '1e400'; a number is needed"),
        (changed(4, 7, "-1e200"), "line 5: EyeSquintLeft is '-1e200'; a number is needed"),
        (changed(4, 7, ""), "line 5: EyeSquintLeft is ''; a number is needed"),
        (changed(3, 0, "noon"), "line 4: timecode 'noon' is not HH:MM:SS:FF.mmm"),
        (changed(3, 0, "00:00:99:00.000"), "line 4: timecode '00:00:99:00.000' is past"),
        (changed(3, 0, "00:00:00:00.000"), "line 4: the timecode steps by -0.040 s"),
        (changed(12, 0, "00:10:00:00.000"), "line 13: the timecode steps by 599.600 s"),
    ],
)
def test_bad_tables_are_refused_by_file_and_line(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_csv_motion(data, "take.csv")
    assert message in str(caught.value)
    assert str(caught.value).startswith("take.csv")
