"""The command as a user runs it: outputs, exit codes, one clear line for each bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avitalk.types import Motion
from avitalk.version import __version__

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
SMALL = ("--size", "64")


def run(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "avitalk.cli", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False
    )


def refused(*words: object, cwd: Path | None = None) -> str:
    """Run, expect exit code 2 and one line on stderr; return that line."""
    done = run(*words, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of the example under a name with spaces and other alphabets."""
    samples, rate_hz = soundfile.read(VOICE)
    path = tmp_path_factory.mktemp("Übung 声") / "mein Gespräch 声 1.wav"
    soundfile.write(path, samples[rate_hz : 2 * rate_hz], rate_hz)
    return path


@pytest.fixture(scope="module")
def animated(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `avitalk animate` made of the clip."""
    folder = tmp_path_factory.mktemp("out") / "new folder"
    done = run("animate", clip, "--out", folder, *SMALL)
    assert done.returncode == 0, done.stderr
    return folder


def test_version_and_help_are_quick_to_say() -> None:
    assert run("--version").stdout == f"avitalk {__version__}\n"
    shown = run("--help").stdout
    assert all(
        command in shown for command in ("animate", "instruct", "render", "export", "doctor")
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, avitalk.cli.entry as m; m.register();"
        "heavy = {'torch', 'numba', 'numpy', 'av', 'rich.progress'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_animate_writes_all_its_files(clip: Path, animated: Path) -> None:
    suffixes = (".mp4", ".glb", ".csv", ".motion.npz", ".track.json", ".instruction.yaml", ".json")
    assert {path.name for path in animated.iterdir()} == {clip.stem + s for s in suffixes}
    origin = json.loads((animated / f"{clip.stem}.json").read_text(encoding="utf-8"))
    assert origin["recording"]["name"] == clip.name
    assert {part["name"] for part in origin["ingredients"]} >= {"talker", "default_head"}
    assert all(part["licence"] and part["data"] for part in origin["ingredients"])
    assert len(origin["outputs"]) == 6


def test_all_motion_files_say_the_same(clip: Path, animated: Path, tmp_path: Path) -> None:
    from avitalk.export import read_motion

    exact = Motion.load(animated / f"{clip.stem}.motion.npz")
    assert exact.duration_s == pytest.approx(1.0, abs=0.03)
    glb = read_motion(animated / f"{clip.stem}.glb")
    mouth = slice(14, 52)
    assert glb.fps == exact.fps
    assert np.abs(glb.weights - np.clip(exact.weights, 0, 1))[:, mouth].max() < 1e-6
    curves = read_motion(animated / f"{clip.stem}.csv")
    expected = np.clip(exact.resample(60).weights, 0, 1)
    assert np.abs(curves.weights - expected)[:, mouth].max() < 1e-6
    done = run("export", animated / f"{clip.stem}.glb", "--to", "npz", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert Motion.load(tmp_path / f"{clip.stem}.motion.npz").same_as(glb)


def test_same_seed_same_bytes_in_new_processes(clip: Path, animated: Path, tmp_path: Path) -> None:
    for seed in (0, 5):
        out = tmp_path / str(seed)
        done = run("animate", clip, "-o", out, "-f", "npz", "--seed", seed)
        assert done.returncode == 0, done.stderr
    name = f"{clip.stem}.motion.npz"
    assert (tmp_path / "0" / name).read_bytes() == (animated / name).read_bytes()
    assert (tmp_path / "5" / name).read_bytes() != (animated / name).read_bytes()


def test_parts_switch_off(clip: Path, tmp_path: Path) -> None:
    switches = [word for part in ("--blinks", "--gaze", "--head", "--brows") for word in (part, 0)]
    asked = ("--neutral", "-o", tmp_path, "-f", "npz", *switches)
    assert run("animate", clip, *asked).returncode == 0
    motion = Motion.load(tmp_path / f"{clip.stem}.motion.npz")
    assert not motion.head.any()
    assert not motion.eyes.any()
    assert motion.weights[:, 17].max() > 0.05  # the jaw still talks


def test_json_for_programs(clip: Path, tmp_path: Path) -> None:
    done = run("animate", clip, tmp_path / "absent.wav", "-f", "npz", "--json", "-o", tmp_path)
    assert done.returncode == 2
    assert "absent.wav" in done.stderr
    done = run("animate", clip, "-f", "npz", "--json", "-o", tmp_path)
    answer = json.loads(done.stdout)
    assert answer["errors"] == []
    assert answer["results"][0]["outputs"] == [str(tmp_path / f"{clip.stem}.motion.npz")]
    assert run("animate", clip, "-f", "npz", "--quiet", "-o", tmp_path).stdout == ""


def test_one_bad_file_does_not_stop_the_others(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a bad.wav").write_bytes(b"")
    (folder / "b good.wav").write_bytes(clip.read_bytes())
    done = run("animate", folder, "-f", "npz,json", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "a bad.wav: empty file" in done.stderr
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["b good.json", "b good.motion.npz"]


def test_bad_input_is_one_line_and_exit_code_2(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not sound at all\n" * 9)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.glb").write_bytes(b"glTF\x02\x00\x00\x00")
    for words, expected in (
        (("animate", tmp_path / "absent.wav"), "no such file"),
        (("animate", tmp_path / "text.wav"), "text"),
        (("animate", tmp_path / "empty"), "holds no recording"),
        (("animate", clip, "--format", "avi"), "unknown format 'avi'; available: mp4"),
        (("animate", clip, "--fps", 23), "available: 24, 25, 30, 50, 60"),
        (("animate", clip, "--size", "63x63"), "even"),
        (("animate", clip, "--size", "big"), "1280x720"),
        (("animate", clip, "--camera", "above"), "unknown camera"),
        (("animate", clip, "--background", "transparent"), "transparent"),
        (("animate", clip, "--blinks", 100), "0 to 60"),
        (("animate", clip, "--head", "nan"), "0 to 2"),
        (("render", tmp_path / "absent.motion.npz"), "cannot read"),
        (("render", tmp_path / "broken.glb"), "broken.glb"),
        (("render", clip), "unknown kind of motion file"),
        (("export", tmp_path / "broken.glb", "--to", "fbx"), "unknown format 'fbx'"),
    ):
        assert expected in refused(*words, cwd=tmp_path / "empty")
    assert not list((tmp_path / "empty").iterdir())  # nothing half-written


def test_the_recording_is_never_replaced(animated: Path, clip: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes((animated / f"{clip.stem}.mp4").read_bytes())
    before = film.read_bytes()
    assert "would replace" in refused("animate", film, "--out", tmp_path, *SMALL)
    assert film.read_bytes() == before
    twin = tmp_path / "film.wav"
    twin.write_bytes(clip.read_bytes())
    assert "rename one" in refused("animate", film, twin, "-o", tmp_path / "o")


def test_stills_and_sheets(animated: Path, clip: Path, tmp_path: Path) -> None:
    from PIL import Image

    motion = animated / f"{clip.stem}.motion.npz"
    still, sheet = tmp_path / "still.png", tmp_path / "sheet.png"
    transparent = ("--background", "transparent")
    assert run("render", motion, "-o", still, "--at", 0.4, *SMALL, *transparent).returncode == 0
    with Image.open(still) as image:
        assert image.size == (64, 64)
        assert image.mode == "RGBA"
    assert run("render", motion, "-o", sheet, "--sheet", 6, *SMALL).returncode == 0
    with Image.open(sheet) as image:
        assert image.width > 128
    assert "the motion lasts" in refused("render", motion, "-o", still, "--at", 9)
    assert "cannot write '.gif'" in refused("render", motion, "-o", tmp_path / "x.gif")


def test_interrupting_leaves_no_unfinished_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "avitalk.cli", "animate", VOICE, "-f", "mp4", "--size", "512"]
    for stop in (signal.SIGINT, signal.SIGTERM):
        out = tmp_path / str(int(stop))
        # A shell that runs tests in the background ignores Ctrl-C, and hands that on.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            [*command, "-o", out], stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        signal.signal(signal.SIGINT, before)
        for _ in range(600):
            if out.exists() and any(out.iterdir()):
                break  # the encoder has opened its temporary file
            time.sleep(0.1)
        os.kill(process.pid, stop)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in said
        assert not list(out.iterdir())


def test_doctor_finds_this_machine_well() -> None:
    done = run("doctor", "--json")
    assert done.returncode == 0, done.stdout
    checks = {result["check"]: result for result in json.loads(done.stdout)["results"]}
    assert all(result["ok"] for result in checks.values())
    assert "libx264" in checks["encoders"]["found"]


def test_a_transcript_that_does_not_fit_is_noted(clip: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("purple zebras never whisper", encoding="utf-8")
    done = run("animate", clip, "-o", tmp_path, "-f", "npz", "--text", words)
    assert done.returncode == 0, done.stderr
    assert "the transcript is left aside" in done.stdout
    plain = run("animate", clip, "-o", tmp_path / "plain", "-f", "npz")
    assert plain.returncode == 0
    name = f"{clip.stem}.motion.npz"
    assert (tmp_path / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
    line = refused("animate", clip, clip.parent, "--text", "hello")
    assert "--text" in line or "rename" in line


def test_controls_reach_the_motion(clip: Path, tmp_path: Path) -> None:
    motions = []
    for articulation in (0, 1):
        out = tmp_path / str(articulation)
        asked = ("--neutral", "-o", out, "-f", "npz", "--articulation", articulation)
        done = run("animate", clip, *asked)
        assert done.returncode == 0, done.stderr
        motions.append(Motion.load(out / f"{clip.stem}.motion.npz"))
    still, spoken = motions
    assert still.weights[:, 14:41].max() == 0
    assert np.array_equal(still.head, spoken.head)
    assert "articulation 3; allowed: 0 to 2" in refused("animate", clip, "--articulation", 3)
