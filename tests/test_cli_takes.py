"""`avitalk animate` acts: takes and their sheet, neutral faces, styles from files."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from avitalk import pipeline
from avitalk.arkit import INDEX
from avitalk.cli import entry
from avitalk.cli.examples import parse_examples
from avitalk.errors import InputError
from avitalk.export import export_csv
from avitalk.instruct.document import read_instruction
from avitalk.render.takes import MOST_COLUMNS, Take, takes_sheet, telling_times
from avitalk.types import Instruction, Motion, Segment, Speech
from style_actors import SHOWN, ToyEncoder, ToyPerformer, ToyWriter
from test_instruct_cli import Scribe
from test_pipeline_style import LIPS, VOICE, grin

YAML = "voice.instruction.yaml"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples, rate_hz = soundfile.read(VOICE)
    path = tmp_path_factory.mktemp("in") / "voice.wav"
    soundfile.write(path, samples[:rate_hz], rate_hz)
    return path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `avitalk animate` with stand-ins in an empty folder: (exit code, stdout, stderr)."""
    acting = partial(
        pipeline.Animator,
        instructor=Scribe(),
        writer=ToyWriter(),
        performer=ToyPerformer(),
        style_encoder=ToyEncoder(),
    )
    monkeypatch.setattr(pipeline, "Animator", acting)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    entry.register()
    monkeypatch.setattr(entry, "register", lambda: None)

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["avitalk", "animate", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            entry.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        code = left.value.code
        return (0 if code is None else int(code)), said.out, said.err

    return command


def load(name: str) -> Motion:
    return Motion.load(f"{name}.motion.npz")


def names() -> set[str]:
    return {path.name for path in Path().iterdir()}


def test_takes_differ_in_style_and_share_words_and_lips(run, clip: Path) -> None:
    code, out, err = run(clip, "--takes", 3, "-f", "npz,yaml,track,json", "--seed", 4)
    assert (code, err) == (0, "")
    assert "performed: 'Take 4 at 0.6 of 4.' (0.00 - 1.00 s)" in out
    each = {f"voice.take{i}.{end}" for i in (1, 2, 3) for end in ("motion.npz", "json")}
    assert names() == {*each, YAML, "voice.track.json", "voice.takes.png"}
    one, two, three = (load(f"voice.take{i}") for i in (1, 2, 3))
    for other in (two, three):
        assert np.array_equal(one.weights[:, LIPS], other.weights[:, LIPS])
        assert np.abs(one.weights - other.weights)[:, SHOWN].max() > 0.1
    told = json.loads(Path("voice.take3.json").read_text(encoding="utf-8"))
    assert (told["seed"], told["parameters"]["takes"]) == (6, [4, 5, 6])
    assert told["parameters"]["acting"] == {"performed": True, "guidance": 2.0}
    # A take is made again by its seed, from the words of the file.
    again = ("-f", "npz", "--instruction", YAML)
    assert run(clip, *again, "--seed", 6)[0] == 0
    assert load("voice").same_as(three)
    assert run(clip, *again)[0] == 0
    assert load("voice").same_as(one)
    with Image.open("voice.takes.png") as sheet:
        assert sheet.width > sheet.height > 3 * 100


def test_films_of_takes_and_several_recordings(run, clip: Path) -> None:
    Path("other.wav").write_bytes(clip.read_bytes())
    small = ("--size", 64, "--draft", "--fps", 24)
    code, out, _ = run(clip, "other.wav", "--takes", 2, "-f", "mp4", "--json", *small)
    assert code == 0
    first, second = json.loads(out)["results"]
    assert first["outputs"] == ["voice.take1.mp4", "voice.take2.mp4", "voice.takes.png"]
    assert second["takes"] == 2
    assert second["performed"].startswith("'Take 0")
    assert names() == {"other.wav", *first["outputs"], *second["outputs"]}


def test_neutral_performs_nothing_and_writes_no_words(run, clip: Path) -> None:
    code, out, _ = run(clip, "--neutral", "-f", "npz,yaml,json")
    assert code == 0
    assert "performed: no words" in out
    assert names() == {"voice.motion.npz", "voice.json"}
    neutral = load("voice")
    assert run(clip, "-f", "npz,yaml")[0] == 0
    assert not load("voice").same_as(neutral, 0.05)
    # Words that a person edited are neither performed nor touched.
    path = Path(YAML)
    path.write_text(path.read_text().replace("Take 0", "My take"))
    mine = path.read_bytes()
    assert run(clip, "--neutral", "-f", "npz,yaml")[0] == 0
    assert load("voice").same_as(neutral)
    assert path.read_bytes() == mine
    assert run(clip, "-f", "npz,yaml", "--takes", 2)[0] == 0
    assert path.read_bytes() == mine
    assert load("voice.take1").weights[:, SHOWN].max() > 0.1
    assert read_instruction(path).segments[0].text.startswith("My take")


def test_styles_from_files(run, clip: Path) -> None:
    grin().save("a, b:c.motion.npz")
    Path("grin.csv").write_bytes(export_csv(grin()).data)
    smile = INDEX["mouthSmileLeft"]
    assert run(clip, "--neutral", "-f", "npz")[0] == 0
    plain = load("voice").weights[:, smile]
    added = {}
    for given, share in (
        ("a, b:c.motion.npz", 1),
        ("grin.csv", 1),
        ("grin.csv:0.5", 0.5),
        ("grin.csv,grin.csv", 1),
    ):
        code, out, err = run(clip, "--style", given, "-f", "npz,json")
        assert (code, err) == (0, "")
        assert "performed: the style of" in out
        added[given] = np.median(load("voice").weights[:, smile] - plain)
        assert added[given] == pytest.approx(0.6 * share, rel=0.45)
    assert added["grin.csv:0.5"] < 0.7 * added["grin.csv"]
    told = json.loads(Path("voice.json").read_text(encoding="utf-8"))["parameters"]["acting"]
    assert [source["name"] for source in told["style"]["sources"]] == ["grin.csv"] * 2
    assert len(told["style"]["sources"][0]["sha256"]) == 64
    assert run(clip, "--style", "grin.csv", "--instruction", "He nods.", "-f", "npz,yaml")[0] == 0
    assert read_instruction(Path(YAML)).segments[0].text == "He nods."


def test_bad_input_is_one_line_and_nothing_is_written(run, clip: Path) -> None:
    grin(0.2).save("short.motion.npz")
    Path("bad.csv").write_text("a,b\n1,2\n")
    before = names()
    for words, expected in (
        (("--takes", 0), "takes 0; allowed: 1 to 24"),
        (("--guidance", "nan"), "guidance nan; allowed: 0 to 10"),
        (("--guidance", 20), "guidance 20; allowed: 0 to 10"),
        (("--neutral", "--instruction", "He smiles."), "--neutral performs neither"),
        (("--neutral", "--style", "bad.csv"), "--neutral performs neither"),
        (("--neutral", "-f", "yaml"), "there is no yaml"),
        (("--style", "bad.csv"), "bad.csv, line 1"),
        (("--style", "short.motion.npz"), "short.motion.npz: an example of 0.20 s"),
        (("--style", "absent.npz"), "absent.npz: neither motion nor video"),
        (("--style", "absent.csv"), "absent.csv: cannot read"),
        (("--style", "absent.csv:0.7,bad.csv:0.7"), "above 0 to 1 together"),
    ):
        code, _, err = run(clip, *words)
        assert code == 2, words
        assert expected in err
        assert len(err.strip().splitlines()) == 1
    assert names() == before


def test_how_examples_are_written(tmp_path: Path) -> None:
    assert parse_examples("a.npz") == [(Path("a.npz"), 1)]
    assert parse_examples("a.npz:0.25, b.csv:0.5") == [(Path("a.npz"), 0.25), (Path("b.csv"), 0.5)]
    assert parse_examples("a.npz,b.csv") == [(Path("a.npz"), 0.5), (Path("b.csv"), 0.5)]
    assert parse_examples(r"C:\films\a.mp4") == [(Path(r"C:\films\a.mp4"), 1)]
    odd = tmp_path / "a:0.5,b.npz"
    odd.touch()
    assert parse_examples(str(odd)) == [(odd, 1)]
    for given, expected in (
        (" , ", "names no file"),
        ("a.npz:0.3,b.csv", "b.csv has no share"),
        ("a.npz:2", "0 to 1 each"),
        ("a.npz:nan", "0 to 1 each"),
        ("a.npz:0", "above 0"),
    ):
        with pytest.raises(InputError, match=expected):
            parse_examples(given)


def test_moments_are_loud_and_every_segment_has_one() -> None:
    samples = np.zeros(16_000 * 10)
    samples[16_000 * 3 : 16_000 * 3 + 4000] = 0.5
    speech = Speech(samples)
    whole = telling_times(speech, Instruction())
    assert len(whole) == 8
    assert whole == sorted(whole)
    assert any(3 <= time_s <= 3.3 for time_s in whole)
    words = Instruction((Segment(1, 1.5, "a"), Segment(2, 9, "b"), Segment(11, 12, "late")))
    times = telling_times(speech, words)
    assert sum(1 <= t <= 1.5 for t in times) == 1
    assert sum(2 <= t <= 9 for t in times) == 7
    many = Instruction(tuple(Segment(i / 10, i / 10 + 0.1, str(i)) for i in range(90)))
    assert len(telling_times(speech, many)) == MOST_COLUMNS
    assert telling_times(Speech(np.ones(200)), Instruction())[-1] <= 200 / 16_000


def test_a_sheet_has_a_row_for_each_take_under_the_words() -> None:
    from avitalk.face import load_head

    speech, still = Speech(np.ones(32_000)), Motion.still(100, 50.0)
    words = Instruction((Segment(0, 0.4, "word " * 300), Segment(0.5, 2, "unbreakable" * 90)))
    head = load_head()

    def height(takes: int, said: Instruction) -> int:
        rows = [Take(f"take {i}", still) for i in range(takes)]
        return takes_sheet(head, rows, speech, said, width_px=64).shape[0]

    assert height(2, words) - height(1, words) == 70
    assert height(1, words) - height(1, Instruction()) == 5 * 17
    clear = takes_sheet(
        head, [Take("1", still)], speech, words, width_px=64, background="transparent"
    )
    assert clear.shape[2] == 3


def test_interrupting_takes_leaves_whole_files_only(clip: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "avitalk.cli", "animate", clip, "--neutral", "-o", tmp_path]
    process = subprocess.Popen(
        [*map(str, command), "--takes", "9", "-f", "npz,mp4", "--size", "64", "--draft"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for _ in range(900):
        if (tmp_path / "voice.take2.motion.npz").exists():
            break
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in said) == (130, False)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert "voice.take1.mp4" in left
    assert "voice.takes.png" not in left
    assert all(name.startswith("voice.take") for name in left)
    assert Motion.load(tmp_path / "voice.take2.motion.npz").frames == 50
