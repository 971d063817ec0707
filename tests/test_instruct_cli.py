"""Instructions at the command line and in the pipeline: written, kept, performed, never lost."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from avitalk import audio
from avitalk.animation import Animation
from avitalk.arkit import ARKIT_52, INDEX, eye_look_weights
from avitalk.cli import entry
from avitalk.errors import InputError
from avitalk.face.touch import gap_by_weight
from avitalk.instruct import writing
from avitalk.instruct.document import read_instruction
from avitalk.instruct.document_keep import renewed
from avitalk.instruct.document_text import export_instruction
from avitalk.instruct.segments_cues import spans_of
from avitalk.pipeline import Animator
from avitalk.talker import Controls
from avitalk.talker.overrides import GLIDE_S, hold_features
from avitalk.types import Instruction, Motion, Segment, Speech, SpeechFeatures

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
NAME = "my voice 声.instruction.yaml"


class Scribe:
    """Stands in for the instructor: says which take, at the spans that are heard."""

    def write(
        self,
        speech: Speech,
        features: SpeechFeatures | None = None,
        *,
        seed: int = 0,
        temperature: float = 0.6,
        candidates: int = 4,
        keep: Instruction | None = None,
    ) -> Instruction:
        assert features is not None
        text = f"Take {seed} at {temperature:g} of {candidates}."
        segments = tuple(
            Segment(a, b, text, "model", emotion=(("calm", 0.8), ("anger", 0.2)))
            for a, b in spans_of(speech, features)
        )
        fresh = Instruction.about(speech, segments, seed=seed)
        return fresh if keep is None else renewed(fresh, keep)


@pytest.fixture(autouse=True)
def scribe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avitalk.pipeline.load_writer", Scribe)
    monkeypatch.setattr(writing, "load_writer", Scribe)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples, rate_hz = soundfile.read(VOICE)
    path = tmp_path_factory.mktemp("in") / "my voice 声.wav"
    soundfile.write(path, samples[: 2 * rate_hz], rate_hz)
    return path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    entry.register()
    monkeypatch.setattr(entry, "register", lambda: None)

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["avitalk", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            entry.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        code = left.value.code
        return (0 if code is None else int(code)), said.out, said.err

    return command


def edit(path: Path, old: str, new: str) -> bytes:
    """A person at work; returns what the file is then."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path.read_bytes()


def test_instruct_writes_a_file_and_shows_a_table(run, clip: Path) -> None:
    code, out, _ = run("instruct", clip, "--seed", 3, "--candidates", 2)
    assert code == 0
    assert "calm 0.80" in out
    assert "Take 3 at 0.6 of 2." in out
    read = read_instruction(Path(NAME), audio.load(clip))
    assert not read.edited
    assert read.seed == 3
    assert {s.author for s in read.segments} == {"model"}
    before = Path(NAME).read_bytes()
    assert run("instruct", clip, "--seed", 3, "--candidates", 2, "--quiet") == (0, "", "")
    assert Path(NAME).read_bytes() == before
    assert run("instruct", clip, "--seed", 4)[0] == 0
    assert read_instruction(Path(NAME)).segments[0].text == "Take 4 at 0.6 of 4."


def test_where_it_writes(run, clip: Path, tmp_path: Path) -> None:
    assert run("instruct", clip, "-o", "deep/my words.yaml")[0] == 0
    assert run("instruct", clip, "-o", "v2.0")[0] == 0
    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.yaml")}
    assert found == {str(Path("deep/my words.yaml")), str(Path("v2.0") / NAME)}
    code, out, _ = run("instruct", clip, "--json")
    answer = json.loads(out)["results"][0]
    assert code == 0
    assert answer["output"] == NAME
    assert answer["segments"][0]["emotion"] == {"calm": 0.8, "anger": 0.2}


def test_edits_stay_when_written_anew(run, clip: Path) -> None:
    assert run("instruct", clip)[0] == 0
    first = read_instruction(Path(NAME)).segments[0]
    edit(Path(NAME), "Take 0 at 0.6 of 4.", "She grins.")
    edit(Path(NAME), f"end_s: {first.end_s:.3f}", "end_s: 1.200 # here")
    code, out, _ = run("instruct", clip, "--seed", 1)
    assert code == 0
    assert "yours" in out
    read = read_instruction(Path(NAME))
    assert (read.segments[0].text, read.segments[0].author) == ("She grins.", "person")
    assert read.segments[0].end_s == 1.2
    assert read.segments[0].notes == (" here",)
    assert read.edited
    assert all(s.start_s >= 1.2 for s in read.segments[1:])
    kept = Path(NAME).read_bytes()
    assert run("instruct", clip, "--seed", 1)[0] == 0
    assert Path(NAME).read_bytes() == kept
    assert run("instruct", clip, "--fresh")[0] == 0
    assert not read_instruction(Path(NAME)).edited


def test_silence_gets_no_words(run) -> None:
    soundfile.write("silence.wav", np.zeros(16_000), 16_000)
    code, out, _ = run("instruct", "silence.wav")
    assert code == 0
    assert "nobody speaks" in out
    assert read_instruction(Path("silence.instruction.yaml")).segments == ()
    assert run("animate", "silence.wav", "-f", "npz,yaml")[0] == 0


def test_bad_input_of_instruct_is_one_line(run, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(clip.read_bytes())
    for words, expected in (
        (("absent.wav",), "no such file"),
        ((clip, "--temperature", "nan"), "temperature nan; allowed: 0 to 2"),
        ((clip, "--candidates", 0), "candidates 0; allowed: 1 to 32"),
        ((clip, "-o", "words.txt"), "name a .yaml file or a folder"),
        ((clip, "talk.wav", "-o", "words.yaml"), "one file for 2 recordings"),
    ):
        code, _, err = run("instruct", *words)
        assert (code, len(err.strip().splitlines())) == (2, 1), err
        assert expected in err
    assert [path.name for path in tmp_path.iterdir()] == ["talk.wav"]


def test_a_file_that_cannot_be_read_is_not_replaced(run, clip: Path) -> None:
    assert run("instruct", clip)[0] == 0
    broken = edit(Path(NAME), "author: model", "author: [")
    code, _, err = run("instruct", clip)
    assert code == 2
    assert f"{NAME}:" in err
    assert "--fresh" in err
    assert run("animate", clip, "-f", "npz,yaml")[0] == 2
    assert Path(NAME).read_bytes() == broken
    assert [path.name for path in Path().iterdir()] == [NAME]
    other = Path("other.wav")
    samples, rate_hz = soundfile.read(VOICE)
    soundfile.write(other, samples[rate_hz : 3 * rate_hz], rate_hz)
    assert run("instruct", clip, "--fresh")[0] == 0
    code, _, err = run("animate", other, "-f", "npz", "--instruction", NAME)
    assert code == 2
    assert "--any-audio" in err
    assert not list(Path().glob("*.npz"))
    assert run("animate", other, "-f", "npz", "--instruction", NAME, "--any-audio")[0] == 0


def test_animate_writes_the_instruction_and_performs_the_edited_one(run, clip: Path) -> None:
    assert run("animate", clip, "-f", "npz,yaml,json", "--seed", 2)[0] == 0
    assert "Take 2 at 0.6 of 4." in Path(NAME).read_text(encoding="utf-8")
    origin = json.loads(Path("my voice 声.json").read_text(encoding="utf-8"))
    assert origin["parameters"]["instruction"]["segments"][0]["text"] == "Take 2 at 0.6 of 4."
    assert NAME in [file["name"] for file in origin["outputs"]]
    plain = Motion.load("my voice 声.motion.npz")
    # Nobody edited it: it is written anew with another seed.
    assert run("animate", clip, "-f", "npz,yaml")[0] == 0
    assert "Take 0" in Path(NAME).read_text(encoding="utf-8")
    mine = edit(Path(NAME), "  author: model", "  features: {cheekPuff: 0.6}\n  author: model")
    code, out, _ = run("animate", clip, "-f", "npz,yaml", "--seed", 2)
    assert code == 0
    assert "edited by hand" in out
    assert Path(NAME).read_bytes() == mine
    puffed = Motion.load("my voice 声.motion.npz")
    assert puffed.weights[:, INDEX["cheekPuff"]].max() == pytest.approx(0.6)
    assert plain.weights[:, INDEX["cheekPuff"]].max() < 0.4
    # Other words would replace it.
    code, _, err = run("animate", clip, "-f", "npz,yaml", "--instruction", "He smiles.")
    assert code == 2
    assert "was edited by hand" in err
    assert Path(NAME).read_bytes() == mine
    assert run("animate", clip, "-f", "npz", "--instruction", "He smiles.")[0] == 0
    for _ in range(2):  # typed words give way to typed words
        assert run("animate", clip, "-f", "yaml", "--instruction", "He frowns.", "-o", "o")[0] == 0
        assert run("animate", clip, "-f", "yaml", "--instruction", "He smiles.", "-o", "o")[0] == 0
    typed = read_instruction(Path("o") / NAME)
    assert typed.segments == (Segment(0.0, 2.0, "He smiles."),)
    assert run("animate", clip, "-f", "npz,yaml", "--fresh")[0] == 0
    assert "Take 0" in Path(NAME).read_text(encoding="utf-8")


def test_what_may_be_given_as_an_instruction(run, clip: Path) -> None:
    Path("mood.txt").write_text("\ufeffHe smiles\n widely.", encoding="utf-8")
    assert run("animate", clip, "-f", "yaml", "--instruction", "mood.txt")[0] == 0
    assert read_instruction(Path(NAME)).segments[0].text == "He smiles widely."
    Path("late.yaml").write_text(
        "format: avitalk-instruction-1\nsegments:\n- {start_s: 1, end_s: 9, text: hm}\n"
    )
    Path("latin.txt").write_bytes("lächelt".encode("latin-1"))
    Path("empty.txt").write_bytes(b"\n")
    before = Path(NAME).read_bytes()
    for words, expected in (
        ("absent.yaml", "absent.yaml: no such instruction file"),
        ("absent.txt", "absent.txt: no such file of words"),
        ("latin.txt", "not text in UTF-8"),
        ("empty.txt", "holds no words"),
        ("late.yaml", "late.yaml:3: end_s 9 lies outside the audio; allowed: 0 to 2.000 s"),
        ("  ", "segment without text"),
        ("x" * 2001, "2001 characters"),
    ):
        code, _, err = run("animate", clip, "-f", "npz,yaml", "--instruction", words)
        assert code == 2, words
        assert len(err.strip().splitlines()) == 1
        assert expected in err
    assert Path(NAME).read_bytes() == before
    assert not list(Path().glob("*.npz"))


@pytest.fixture(scope="module")
def animator() -> Animator:
    return Animator(instructor=Scribe())


def test_instructions_in_python(animator: Animator, clip: Path, tmp_path: Path) -> None:
    speech = audio.load(clip)
    heard = animator.animate(clip)
    assert heard.instruction.segments[0].text.startswith("Take 0")
    assert animator.animate(clip, instruction=Instruction()).instruction.segments == ()
    typed = animator.animate(clip, instruction="He smiles.")
    assert typed.instruction == Instruction.typed("He smiles.", speech)
    other = replace(typed.instruction, audio_sha256="0" * 64)
    with pytest.raises(InputError, match="any_audio"):
        animator.animate(clip, instruction=other)
    assert animator.animate(clip, instruction=other, any_audio=True).instruction == (
        typed.instruction
    )
    path = tmp_path / NAME
    assert typed.save(tmp_path, ["yaml"]) == [path]
    path.write_bytes(path.read_bytes() + b"# mine\n")
    again: Animation = animator.animate(clip, instruction=path)
    before = path.read_bytes()
    again.save(tmp_path, ["yaml"])
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="edited by hand"):
        heard.save(tmp_path, ["yaml"])
    heard.save(tmp_path, ["yaml"], fresh=True)
    assert path.read_bytes() == export_instruction(heard.instruction)


def test_features_of_a_neutral_segment_are_all_that_changes(animator: Animator, clip: Path) -> None:
    plain = animator.animate(clip, instruction=Instruction()).motion
    features = (("browInnerUp", 0.8), ("mouthSmileLeft", 0.5))
    held = Instruction((Segment(0.8, 1.4, "neutral", features=features),))
    motion = animator.animate(clip, instruction=held).motion
    frames = np.arange(motion.frames) / 50
    inside = (frames >= 1.01) & (frames <= 1.19)
    for name, weight in features:
        assert np.allclose(motion.weights[inside, INDEX[name]], weight, atol=1e-3)
    others = [i for i, name in enumerate(ARKIT_52) if name not in dict(features)]
    far = np.abs(frames - 1.1) > 0.3 + GLIDE_S / 2
    assert np.array_equal(motion.weights[far], plain.weights[far])
    assert np.abs(motion.weights - plain.weights)[:, others].max() < 1e-3  # lips kept shut
    steps = np.abs(np.diff(motion.weights[:, INDEX["browInnerUp"]]))
    assert steps.max() < 0.8 * 1.6 * 0.02 / GLIDE_S + 0.05  # glides, no jump
    late = animator.animate(clip, instruction=held, controls=Controls(offset_ms=200)).motion
    brow = late.weights[:, INDEX["browInnerUp"]]
    assert np.allclose(brow[(frames >= 1.21) & (frames <= 1.39)], 0.8, atol=1e-3)


def test_neighbours_pass_over_without_a_dip_and_ends_hold() -> None:
    motion = Motion.still(200, 50.0)
    held = Instruction(
        (
            Segment(0, 2, "a", features=(("browInnerUp", 0.4),)),
            Segment(2, 4, "b", features=(("browInnerUp", 0.8),)),
        ),
        duration_s=4.0,
    )
    brow = hold_features(motion, held).weights[:, INDEX["browInnerUp"]]
    assert (np.diff(brow) >= -1e-6).all()
    assert brow[0] == pytest.approx(0.4)
    assert brow[-1] == pytest.approx(0.8)
    short = Instruction((Segment(1, 1.1, "a", features=(("browInnerUp", 0.5),)),))
    assert hold_features(motion, short).weights.max() == pytest.approx(0.5, abs=0.02)
    assert hold_features(motion, Instruction((Segment(1, 2, "a"),))) is motion


def test_gaze_turns_the_eyes() -> None:
    eyes = np.zeros((100, 2, 3), np.float32)
    eyes[:, :, 1] = 0.1  # looking down a little
    motion = replace(Motion.still(100, 50.0), eyes=eyes)
    held = Instruction((Segment(0, 2, "x", features=(("eyeLookUpLeft", 0.5),)),), duration_s=2.0)
    looks = eye_look_weights(hold_features(motion, held).eyes)
    assert looks[50, 3] == pytest.approx(0.5)
    assert looks[50, 0] == 0
    assert looks[50, 4] == pytest.approx(0.1 / 0.61)  # the right eye stays


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(ARKIT_52), st.floats(0, 1), min_size=1, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_named_shapes_are_exact_and_lips_meet_as_far_as_the_others_allow(
    told: dict[str, float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = np.zeros((60, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = rng.uniform(0, 0.3, 60)
    weights[20:30, INDEX["mouthClose"]] = weights[20:30, INDEX["jawOpen"]]
    motion = Motion.still(60, 50.0).with_weights(weights)
    segment = Segment(0, 1.2, "x", features=tuple(told.items()))
    after = hold_features(motion, Instruction((segment,), duration_s=1.2)).weights
    for name, weight in told.items():
        if not name.startswith("eyeLook"):
            assert np.allclose(after[:, INDEX[name]], weight, atol=1e-5)
    gap = gap_by_weight()
    named = sum(max(gap[INDEX[name]], 0) * weight for name, weight in told.items())
    closing = "mouthClose" in told  # holding it open is what was asked for
    if not closing:
        assert (after[20:30] @ gap).max() <= max(named, 0) + 0.5
