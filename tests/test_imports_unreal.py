"""The CSV is what Live Link Face writes: read here by a parser written from the format alone.

The format, as recordings of the app show it: a header of 63 names; in each row a timecode
HH:MM:SS:FF.mmm of 60 frames a second without drop frames, the count 61 of the values that
follow, 52 weights in the app's order, and nine angles in radians; ten decimals, lines of '\\n'.
Unreal's LiveLinkFaceImporter plug-in takes 60 and 30 frames a second.
"""

import re

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.export import export_csv, file_weights
from avitalk.pipeline import LIVE_LINK_FPS
from avitalk.types import Motion
from miniature_head import lively_motion

TIMECODE = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d):([0-5]\d)\.(\d{3})")
# What a MetaHuman's Live Link mapping asks for by name, some of each region.
ASKED = (
    "EyeBlinkLeft", "EyeWideRight", "JawForward", "JawOpen", "MouthClose", "MouthFunnel",
    "MouthPucker", "MouthSmileLeft", "MouthShrugUpper", "MouthLowerDownRight", "BrowInnerUp",
    "CheekPuff", "NoseSneerLeft", "TongueOut", "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw",
    "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip


class Take:
    """A recording as an engine reads it: a curve for each name, a frame number for each row."""

    def __init__(self, data: bytes) -> None:
        assert not data.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in data
        header, *lines = data.decode("ascii").removesuffix("\n").split("\n")
        names = header.split(",")
        assert names[:2] == ["Timecode", "BlendShapeCount"]
        assert len(names) == len(set(names)) == 63
        rows = [line.split(",") for line in lines]
        assert all(len(row) == 63 for row in rows)
        assert all(row[1] == "61" for row in rows)
        assert all(re.fullmatch(r"-?\d\.\d{10}", cell) for row in rows for cell in row[2:])
        values = np.array([[float(cell) for cell in row[2:]] for row in rows])
        self.curves = dict(zip(names[2:], values.T, strict=True))
        self.frames = np.array([self.frame(row[0]) for row in rows])

    @staticmethod
    def frame(timecode: str) -> float:
        """Sixtieths of a second since midnight; no number is ever dropped."""
        match = TIMECODE.fullmatch(timecode)
        assert match is not None, timecode
        hours, minutes, seconds, frames, thousandths = (int(part) for part in match.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 60 + frames + thousandths / 1000


def test_an_engine_reads_every_curve() -> None:
    motion = lively_motion(30, 60.0)
    take = Take(export_csv(motion).data)
    weights, _ = file_weights(motion)
    for column, name in enumerate(ARKIT_52):
        curve = take.curves[name[0].upper() + name[1:]]
        assert np.abs(curve - weights[:, column]).max() < 1e-7
        assert curve.min() >= 0
        assert curve.max() <= 1
    assert set(ASKED) <= set(take.curves)


def test_a_head_that_turns_left_and_looks_down_does_so_in_the_engine() -> None:
    head = np.array([[0.3, 0.2, 0.1]])
    take = Take(export_csv(Motion(np.zeros((1, 52)), head, np.zeros((1, 2, 3)), 60)).data)
    assert take.curves["HeadYaw"] == pytest.approx(-0.3)  # the app: positive to the right
    assert take.curves["HeadPitch"] == pytest.approx(0.2)  # positive: down
    assert take.curves["HeadRoll"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    "start", ["00:00:00:00.000", "00:00:59:58.000", "00:09:59:30.000", "09:59:59:59.000"]
)
def test_frames_are_numbered_on_across_seconds_minutes_and_hours(start: str) -> None:
    take = Take(export_csv(Motion.still(200, 60.0), start_timecode=start).data)
    assert np.array_equal(take.frames, Take.frame(start) + np.arange(200))  # none is dropped


def test_a_long_take_at_60_stays_on_whole_frames() -> None:
    take = Take(export_csv(Motion.still(60 * 70, 60.0)).data)  # past a minute
    assert np.array_equal(take.frames, np.arange(60 * 70))


def test_30_frames_a_second_step_by_two_as_in_the_app() -> None:
    take = Take(export_csv(Motion.still(90, 30.0)).data)
    assert np.array_equal(take.frames, 2 * np.arange(90))


def test_animations_are_written_at_the_rate_of_the_app() -> None:
    assert LIVE_LINK_FPS == 60
    motion = lively_motion(50, 50.0).resample(LIVE_LINK_FPS)
    take = Take(export_csv(motion).data)
    assert np.array_equal(take.frames, np.arange(60))
    jaw = file_weights(motion)[0][:, INDEX["jawOpen"]]
    assert np.abs(take.curves["JawOpen"] - jaw).max() < 1e-7
