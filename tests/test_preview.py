"""`avitalk preview`: the right moments, open p b m in red, one PNG, clear refusals."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.face import lip_gap, load_head
from avitalk.render.moments import (
    CLOSED_MM,
    Moment,
    clock,
    closures,
    even_moments,
    kept,
    lip_gaps_mm,
    speech_moments,
)
from avitalk.render.preview import MOUTH_HEIGHT, Preview
from avitalk.render.still import WRONG, contact_sheet
from avitalk.render.strip import HEIGHT_PX, Strip, below
from avitalk.speech.phones import PHONE_TO_VISEME, PhoneSegment
from avitalk.types import Motion
from miniature_head import lively_motion

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
FPS = 50.0


def spoken(*phones: tuple[str, float, float]) -> list[PhoneSegment]:
    return [PhoneSegment(name, PHONE_TO_VISEME[name], *times, 0.9) for name, *times in phones]


AMAPA = spoken(
    ("SIL", 0.0, 0.1), ("AA", 0.1, 0.3), ("M", 0.3, 0.4), ("AA", 0.4, 0.6), ("P", 0.6, 0.7),
    ("AA", 0.7, 0.9), ("SIL", 0.9, 1.0),
)  # fmt: skip


def jaw_motion(open_at_p: float = 0.0) -> Motion:
    """One second of AMAPA; the jaw does not close in the P if `open_at_p`."""
    weights = np.zeros((50, 52))
    for phone in AMAPA:
        opening = {"AA": 0.4, "P": open_at_p}.get(phone.phone, 0.0)
        first, last = round(phone.start_s * FPS), round(phone.end_s * FPS)
        weights[first:last, INDEX["jawOpen"]] = opening
    return Motion(weights, np.zeros((50, 3)), np.zeros((50, 2, 3)), FPS)


@pytest.fixture(scope="module")
def head():
    return load_head()


def test_gaps_are_those_of_the_whole_head(head) -> None:
    motion = lively_motion(5)
    gaps = lip_gaps_mm(head, motion)
    for weights, gap in zip(motion.weights, gaps, strict=True):
        assert 1000 * lip_gap(head.pose_frame(weights), head) == pytest.approx(gap, abs=1e-3)


def test_a_head_without_lips_has_no_gaps_and_no_plot(head) -> None:
    none = np.zeros(0, np.int32)
    mute = dataclasses.replace(head, lip_upper=none, lip_lower=none)
    assert lip_gaps_mm(mute, lively_motion(3)) is None
    drawn = Preview(camera="front", width_px=64, columns=3).draw(mute, jaw_motion(0.3), AMAPA)
    assert drawn.closures == ()
    assert not any("mm" in moment.caption for moment in drawn.shown)
    plotted = Preview(camera="front", width_px=64, columns=3).draw(head, jaw_motion(), AMAPA)
    assert plotted.sheet.shape[0] > drawn.sheet.shape[0] + 100


def test_a_p_that_stays_open_is_found(head) -> None:
    for opening, expected in ((0.0, []), (0.3, ["P"])):
        motion = jaw_motion(opening)
        found = closures(AMAPA, lip_gaps_mm(head, motion), FPS)
        assert [closure.phone.phone for closure in found] == ["M", "P"]
        assert [c.phone.phone for c in found if not c.closed] == expected
        for closure in found:
            assert closure.phone.start_s <= closure.time_s < closure.phone.end_s


def test_a_closure_is_taken_where_the_lips_are_closest() -> None:
    gaps = np.full(50, 5.0)
    gaps[33] = 0.1  # within the P
    gaps[29] = 0.0  # not in it
    closure = closures(AMAPA, gaps, FPS)[1]
    assert (closure.time_s, closure.gap_mm) == (33 / FPS, 0.1)
    late = spoken(("B", 2.0, 2.1))  # past the motion's end: its last frame holds
    assert closures(late, gaps, FPS)[0].gap_mm == 5.0


def test_moments_lie_at_the_phones_middles_and_say_what_was_heard() -> None:
    gaps = np.full(50, 5.0)
    gaps[18] = 0.2
    moments = speech_moments(AMAPA, closures(AMAPA, gaps, FPS), gaps, FPS)
    assert [round(moment.time_s, 3) for moment in moments[:3]] == [0.05, 0.2, 0.36]
    assert moments[2].caption == "0.36 s  M (PP)  0.2 mm\n- aa [m] aa p"
    assert [moment.wrong for moment in moments] == [i == 4 for i in range(7)]
    assert moments[4].rank < moments[2].rank < moments[1].rank < moments[0].rank


def test_what_is_wrong_or_telling_is_kept_first() -> None:
    def moment(time_s: float, rank: int) -> Moment:
        return Moment(time_s, "", rank == 0, rank)

    moments = [moment(i / 10, 3) for i in range(50)] + [moment(5 + i, 1) for i in range(5)]
    moments.append(moment(2.55, 0))
    few = kept(moments, 10)
    assert len(few) == 10
    assert [m.time_s for m in few] == sorted(m.time_s for m in few)
    assert sum(m.rank == 1 for m in few) == 5
    assert any(m.wrong for m in few)
    rest = [m.time_s for m in few if m.rank == 3]
    assert (rest[0], rest[-1]) == (0.0, 4.9)  # spread over the whole
    assert len(kept(moments, 3)) == 3
    assert [m.rank for m in sorted(kept(moments, 4), key=lambda m: m.rank)] == [0, 1, 1, 3]
    assert [m.time_s for m in kept(moments, 1)] == [2.55]
    assert len(kept(moments, 500)) == len(moments)


def test_times_read_as_a_clock_from_a_hundred_seconds_on() -> None:
    assert [clock(t) for t in (0, 7.254, 99.9)] == ["0.00 s", "7.25 s", "99.90 s"]
    assert [clock(t) for t in (547.253, 659.999)] == ["9:07.25", "11:00.00"]
    assert [clock(t, 0) for t in (120, 3605)] == ["2:00", "60:05"]


def test_even_moments() -> None:
    assert [m.time_s for m in even_moments(1.0, 2.0, 0.25)] == [1.0, 1.25, 1.5, 1.75, 2.0]
    assert len(even_moments(0.0, 0.0, 1.0)) == 1
    for every in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="more than 0"):
            even_moments(0, 1, every)
    with pytest.raises(InputError, match="at most 400"):
        even_moments(0, 600, 0.1)


def reds(picture: np.ndarray) -> int:
    return int((picture == WRONG).all(axis=-1).sum())


def test_red_on_sheet_and_plot_marks_what_is_wrong(head) -> None:
    preview = Preview(camera="close", width_px=64)
    good, bad = (preview.draw(head, jaw_motion(o), AMAPA) for o in (0.0, 0.3))
    assert reds(good.sheet) == 0
    assert reds(bad.sheet[:-HEIGHT_PX]) > 200  # the frame of the picture
    assert reds(bad.sheet[-HEIGHT_PX:]) > 20  # the mark on the curve
    assert [closure.phone.phone for closure in bad.open_closures] == ["P"]
    assert bad.open_closures[0].gap_mm > CLOSED_MM


def test_both_views_stand_above_each_other(head) -> None:
    single = Preview(camera="front", width_px=100, every_s=0.5, columns=2)
    double = dataclasses.replace(single, camera="both")
    heights = [p.draw(head, jaw_motion()).sheet.shape[0] for p in (single, double)]
    assert heights[1] - heights[0] == 100 * MOUTH_HEIGHT
    wide = Preview(camera="front", width_px=100, every_s=0.3, columns=4).draw(head, jaw_motion())
    assert wide.sheet.shape[1] > 400


def test_the_span_bounds_everything(head) -> None:
    drawn = Preview(width_px=64, span_s=(0.25, 0.65)).draw(head, jaw_motion(0.3), AMAPA)
    assert [moment.caption.split()[2] for moment in drawn.shown] == ["AA", "M", "AA", "P"]
    for span in ((-1.0, None), (5.0, None), (0.5, 0.2)):
        with pytest.raises(InputError, match="the motion lasts 1"):
            Preview(span_s=span).draw(head, jaw_motion())


def test_a_long_recording_gives_a_bounded_sheet(head) -> None:
    phones = [
        segment
        for i in range(0, 600, 2)
        for segment in spoken(("AA", i, i + 1.0), ("M", i + 1.0, i + 2.0))
    ]
    still = Motion.still(600 * 5, 5.0)
    drawn = Preview(camera="front", width_px=64, most=12).draw(head, still, phones)
    assert (len(drawn.shown), drawn.moments) == (12, 600)
    assert max(drawn.sheet.shape) < 1000
    unheard = Preview(camera="front", width_px=64, most=12).draw(head, still)
    assert len(unheard.shown) <= 13


@pytest.mark.parametrize(
    "wrong", [{"camera": "above"}, {"width_px": 8}, {"width_px": 5000}, {"most": 0}, {"columns": 0}]
)
def test_settings_that_no_preview_has(wrong) -> None:
    with pytest.raises(InputError):
        Preview(**wrong)


def test_strips_of_extreme_motions_draw() -> None:
    for gaps, span in (
        (np.zeros(1), (0.0, 0.0)),
        (np.full(9, -3.0), (0.0, 0.16)),
        (np.full(9000, 300.0), (0.0, 180.0)),
    ):
        strip = Strip(gaps, FPS, span, AMAPA, closures(AMAPA, gaps, FPS), [0.0])
        assert strip.draw(70).shape == (HEIGHT_PX, 70, 3)
    assert below(np.zeros((10, 90, 3), np.uint8), strip).shape[1] == 90


def test_captions_of_two_lines_are_below_their_pictures() -> None:
    pictures = [np.full((40, 80, 3), 128, np.uint8)] * 3
    one = contact_sheet(pictures, ["a"] * 3, columns=3)
    two = contact_sheet(pictures, ["a\nb"] * 3, columns=3, wrong=[1])
    assert two.shape[0] > one.shape[0]
    assert reds(one) == 0
    assert reds(two) > 100


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "avitalk.cli", "preview", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False
    )


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples, rate_hz = soundfile.read(VOICE)
    path = tmp_path_factory.mktemp("clips") / "zwei Sätze 声.wav"
    soundfile.write(path, samples[: 2 * rate_hz], rate_hz)
    return path


def test_a_recording_from_the_command_line(clip: Path, tmp_path: Path) -> None:
    done = run(clip, "--size", 64, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["results"]
    target = tmp_path / f"{clip.stem}.preview.png"
    assert result["output"] == target.name
    assert result["closures"] >= 1
    assert result["not_closed"] == []
    with Image.open(target) as image:
        assert image.width > 8 * 64


def test_a_motion_from_the_command_line(tmp_path: Path) -> None:
    jaw_motion().save(tmp_path / "take.motion.npz")
    sheet = tmp_path / "deep" / "sheet.png"
    done = run("take.motion.npz", "--every", 0.25, "--size", 64, "-o", sheet, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"take.motion.npz -> {sheet} (4 pictures)\n"
    assert run("take.motion.npz", "--quiet", "--size", 64, cwd=tmp_path).stdout == ""
    assert (tmp_path / "take.preview.png").exists()


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    jaw_motion().save(tmp_path / "take.motion.npz")
    (tmp_path / "text.wav").write_text("no sound at all\n" * 9)
    before = sorted(tmp_path.iterdir())
    for words, expected in (
        (("absent.wav",), "absent.wav"),
        (("text.wav",), "text.wav"),
        (("absent.glb",), "cannot read"),
        (("take.motion.npz", "-o", "x.jpg"), "available: .png"),
        (("take.motion.npz", "--camera", "above"), "unknown camera"),
        (("take.motion.npz", "--from", "7"), "lasts 1.00 s"),
        (("take.motion.npz", "--every", "0"), "more than 0"),
        (("take.motion.npz", "--size", "3"), "64 to 1024"),
        (("take.motion.npz", "--face", "nobody"), "nobody"),
    ):
        done = run(*words, cwd=tmp_path)
        assert done.returncode == 2, (words, done.stderr)
        assert expected in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before
