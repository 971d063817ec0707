"""Words become styles and styles a performance: what changes a take, and what leaves it alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import test_track_cli
from avitalk import audio
from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.export import export_csv
from avitalk.footage import read_footage, worn
from avitalk.pipeline import Animator
from avitalk.speech.prosody import voice_and_loudness
from avitalk.style.cues import cues_for
from avitalk.style.example import facing, style_from
from avitalk.talker import Controls, Idle, idle_motion
from avitalk.talker.controls import articulated, shifted, smoothed
from avitalk.talker.overrides import hold_features
from avitalk.track import Landmarks
from avitalk.types import Instruction, Motion, Segment, Source, Style
from style_actors import SHOWN, WIDTH, ToyEncoder, ToyPerformer, ToyWriter
from test_instruct_cli import Scribe

VOICE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
LIPS = [INDEX["jawOpen"], INDEX["mouthClose"], INDEX["mouthPucker"], INDEX["mouthFunnel"]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    samples, rate_hz = soundfile.read(VOICE)
    path = tmp_path_factory.mktemp("in") / "voice.wav"
    soundfile.write(path, samples[: 2 * rate_hz], rate_hz)
    return path


@pytest.fixture(scope="module")
def animator() -> Animator:
    return Animator(
        instructor=Scribe(),
        writer=ToyWriter(),
        performer=ToyPerformer(),
        style_encoder=ToyEncoder(),
    )


def three(second: str = "He worries.", **changes: object) -> Instruction:
    texts = ("He smiles.", second, "He smiles.")
    segments = [Segment(0.6 * i, 0.6 * i + 0.6, text) for i, text in enumerate(texts)]
    segments[1] = replace(segments[1], **changes)
    return Instruction(tuple(segments))


def test_a_neutral_face_is_what_it_was_before_words_moved_it(
    animator: Animator, clip: Path
) -> None:
    controls = Controls(articulation=1.4, smoothing=0.3, offset_ms=45)
    speech = audio.load(clip)
    features = animator.encoder.encode(speech)
    voice, loudness = voice_and_loudness(speech, features)
    mouth = animator.talker.animate(features)
    rest = idle_motion(voice, loudness, fps=50.0, seed=3, idle=Idle())
    before = controls.apply(mouth.over(rest, take=("mouth",)))
    same = shifted(smoothed(articulated(mouth.over(rest, take=("mouth",)), 1.4), 0.3), 45)
    assert before.to_bytes() == same.to_bytes()
    for asked in ({"neutral": True}, {"instruction": Instruction()}):
        animation = animator.animate(clip, seed=3, controls=controls, **asked)
        assert animation.motion.to_bytes() == before.to_bytes()
        assert animation.instruction.segments == animation.acting.cues == ()
    held = Instruction((Segment(0.5, 1.0, "neutral", features=(("cheekPuff", 0.5),)),))
    animation = animator.animate(clip, instruction=held, seed=3, controls=controls)
    assert animation.motion.same_as(hold_features(before, held, later_s=0.045))


def test_words_are_performed_and_takes_share_words_and_lips(animator: Animator, clip: Path) -> None:
    first = animator.animate(clip)
    assert [cue.segment for cue in first.acting.cues] == list(first.instruction.segments)
    assert first.instruction.segments[0].text.startswith("Take 0")
    other = animator.animate(clip, instruction=first.instruction, seed=1)
    assert other.instruction == replace(first.instruction, seed=1)
    assert np.array_equal(first.motion.weights[:, LIPS], other.motion.weights[:, LIPS])
    assert np.abs(first.motion.weights - other.motion.weights)[:, SHOWN].max() > 0.1
    again = animator.animate(clip, instruction=first.instruction)
    assert again.motion.to_bytes() == first.motion.to_bytes()
    plain = animator.animate(clip, neutral=True)
    assert np.array_equal(plain.motion.weights[:, LIPS], first.motion.weights[:, LIPS])


def test_the_seed_is_that_of_the_instruction_unless_given(animator: Animator, clip: Path) -> None:
    words = replace(three(), seed=5)
    assert animator.animate(clip, instruction=words).seed == 5
    given = animator.animate(clip, instruction=words, seed=2)
    assert (given.seed, given.instruction.seed) == (2, 2)
    assert animator.animate(clip, neutral=True).seed == 0


def test_an_edit_leaves_the_other_segments_takes_alone() -> None:
    before = [cue.style for cue in cues_for(three(), ToyWriter(), seed=4)]
    edited = [cue.style for cue in cues_for(three("He is furious."), ToyWriter(), seed=4)]
    for place, same in enumerate((True, False, True)):
        assert np.array_equal(before[place].vector, edited[place].vector) is same
    assert not np.array_equal(before[0].vector, before[2].vector)  # said twice, acted twice
    later = Instruction((Segment(0, 0.5, "First."), *(
        replace(s, start_s=s.start_s + 1, end_s=s.end_s + 1) for s in three().segments
    )))  # fmt: skip
    added = [cue.style for cue in cues_for(later, ToyWriter(), seed=4)]
    assert all(np.array_equal(a.vector, b.vector) for a, b in zip(before, added[1:], strict=True))


def test_guidance_follows_strength_and_neutral_words_stay_neutral() -> None:
    writer = ToyWriter()
    cues_for(three(strength=1.5), writer, guidance=3.0)
    cues_for(three(strength=0.5), writer, guidance=3.0)
    assert [guidance for _, _, guidance in writer.asked] == [3, 4.5, 3, 3, 3, 3]
    assert len({seed for _, seed, _ in writer.asked[:3]}) == 3
    assert all(0 <= seed < 2**63 for _, seed, _ in writer.asked)
    assert len(cues_for(three("Neutral."), writer)) == 2
    assert cues_for(Instruction(), writer) == ()
    for guidance in (-1, 11, float("nan")):
        with pytest.raises(InputError, match="allowed: 0 to 10"):
            cues_for(three(), writer, guidance=guidance)


def test_a_style_takes_the_place_of_the_words(animator: Animator, clip: Path) -> None:
    style = Style(np.eye(WIDTH)[0] * 0.4, "mine")
    whole = animator.animate(clip, style=style)
    (cue,) = whole.acting.cues
    assert (cue.segment.start_s, cue.segment.end_s, cue.style) == (0, 2, style)
    assert whole.instruction.segments == ()
    worded = animator.animate(clip, style=style, instruction=three("Raise your left eyebrow."))
    assert all(cue.style is style for cue in worded.acting.cues)
    assert worded.acting.cues[1].demands.shown
    for asked in ({"instruction": "He smiles."}, {"style": style}):
        with pytest.raises(InputError, match="neutral leaves words and styles out"):
            animator.animate(clip, neutral=True, **asked)


def grin(seconds: float = 1.0, fps: float = 30.0) -> Motion:
    still = Motion.still(round(seconds * fps), fps)
    weights = still.weights.copy()
    weights[:, INDEX["mouthSmileLeft"]] = 0.6
    return replace(still.with_weights(weights), head=still.head + np.float32(0.3))


def test_styles_from_files(animator: Animator, tmp_path: Path) -> None:
    grin().save(tmp_path / "grin.motion.npz")
    (tmp_path / "grin.csv").write_bytes(export_csv(grin()).data)
    exact, capture = (
        animator.style_from(tmp_path / f"grin.{end}") for end in ("motion.npz", "csv")
    )
    smiling = SHOWN.index(INDEX["mouthSmileLeft"])
    assert exact.vector[smiling] == pytest.approx(0.6)
    assert np.allclose(exact.vector, capture.vector, atol=1e-6)
    assert np.array_equal(animator.style_from(grin()).vector, exact.vector)
    (source,) = capture.sources
    assert (capture.name, source.name, source.share) == ("grin.csv", "grin.csv", 1)
    assert len(source.sha256) == 64
    assert read_footage(tmp_path / "grin.csv").filmed
    assert not read_footage(tmp_path / "grin.motion.npz").filmed


def test_styles_from_videos(animator: Animator, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr("avitalk.track.Landmarker", test_track_cli.Scripted)
    monkeypatch.setattr("avitalk.track.tracker.FOCAL_SHARES", (1.8,))
    video = test_track_cli.clip(tmp_path / "talk.MP4")
    shown = read_footage(video)
    assert (shown.filmed, shown.source.name) == (True, "talk.MP4")
    style = animator.style_from(video)
    assert style.vector.any()
    test_track_cli.clip(video, level=0)
    with pytest.raises(InputError, match="no face found in 40 frames"):
        animator.style_from(video)


def test_a_smile_worn_all_through_a_video_is_no_rest() -> None:
    scores = np.zeros((50, 52))
    scores[:, INDEX["mouthSmileLeft"]] = 0.5
    scores[:, INDEX["browDownLeft"]] = 0.5  # people's brows differ at rest
    seen = Landmarks(np.zeros((50, 1, 3)), np.zeros(1, int), np.ones(50, bool), (9, 9), 25, scores)
    still = Motion.still(50, 25)
    smiling = still.weights.copy()
    smiling[:, INDEX["mouthSmileLeft"]] = 0.6
    for before, after in ((still, 0.5), (still.with_weights(smiling), 0.6)):
        found = worn(before, seen).weights
        assert found[:, INDEX["mouthSmileLeft"]] == pytest.approx(after)
        assert found.sum() == pytest.approx(50 * after)
    assert worn(still, replace(seen, scores=None)) is still


def test_where_the_camera_stood_is_no_style() -> None:
    turned = replace(grin(), translation=np.tile(np.float32([0, 0, 0.4]), (30, 1)))
    ahead = facing(turned)
    assert not ahead.head.any()
    assert ahead.translation is not None
    assert not ahead.translation.any()
    assert np.array_equal(ahead.weights, turned.weights)

    class Seen(ToyEncoder):
        def encode(self, motion: Motion, *, seed: int = 0, name: str = "example") -> Style:
            return Style(motion.head[0], name)

    assert not style_from(turned, Seen(), filmed=True).vector.any()
    assert style_from(turned, Seen()).vector == pytest.approx(0.3)


def test_files_that_show_no_style(animator: Animator, tmp_path: Path, monkeypatch) -> None:
    grin(0.2).save(tmp_path / "short.motion.npz")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    (tmp_path / "text.txt").write_text("smile")
    (tmp_path / "film.mp4").write_bytes(b"film")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for name, expected in (
        ("short.motion.npz", "need 0.5 s or more"),
        ("bad.csv", "bad.csv, line 1: no column Timecode"),
        ("text.txt", "neither motion nor video; available: .glb"),
        ("absent.csv", "cannot read"),
        ("absent.mp4", "no such file"),
        ("film.mp4", r"videos need MediaPipe: pip install 'avitalk\[track\]'"),
    ):
        with pytest.raises(InputError, match=expected) as refused:
            animator.style_from(tmp_path / name)
        assert name in str(refused.value)


def test_styles_mix() -> None:
    one, two = (Style(np.eye(4)[i], name, (Source(name, "0"),)) for i, name in enumerate("ab"))
    mixed = Style.mixed([(one, 0.3), (two, 0.7)])
    assert mixed.vector == pytest.approx([0.3, 0.7, 0, 0])
    assert mixed.name == "30 % a, 70 % b"
    assert [source.share for source in mixed.sources] == [0.3, 0.7]
    half = Style.mixed([(one, 0.5)])
    assert half.vector == pytest.approx([0.5, 0, 0, 0])
    assert Style.mixed([(one, 1.0)]) is one
    assert [s.share for s in Style.mixed([(mixed, 0.5), (half, 0.5)]).sources] == [0.15, 0.35, 0.25]
    for parts, expected in (
        ([], "shares of 0 in all"),
        ([(one, 0)], "shares of 0 in all"),
        ([(one, 0.6), (two, 0.6)], "shares of 1.2 in all"),
        ([(one, -0.1), (two, 0.6)], "share -0.1 of style 'a'; allowed: 0 to 1"),
        ([(one, 0.5), (Style(np.zeros(3)), 0.5)], r"widths \[3, 4\]"),
    ):
        with pytest.raises(InputError, match=expected):
            Style.mixed(parts)


def test_provenance_tells_what_was_acted(animator: Animator, clip: Path, tmp_path: Path) -> None:
    from avitalk.render.film import Video

    grin().save(tmp_path / "grin.motion.npz")
    style = animator.style_from(tmp_path / "grin.motion.npz")
    told = animator.animate(clip, style=style, guidance=3).provenance(Video()).parameters
    assert told["acting"]["guidance"] == 3
    assert told["acting"]["style"]["sources"] == [style.sources[0]._asdict()]
    repeated = Style(told["acting"]["style"]["vector"], style.name)
    assert np.array_equal(repeated.vector, style.vector)
    words = animator.animate(clip, guidance=1.5).provenance(Video()).parameters
    assert words["acting"] == {"performed": True, "guidance": 1.5}
    plain = animator.animate(clip, neutral=True).provenance(Video()).parameters
    assert plain["acting"]["performed"] is False
    assert plain["instruction"]["segments"] == []
