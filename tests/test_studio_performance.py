"""Performing again after an edit: what comes out is what the program's own API gives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avitalk import audio
from avitalk.data.align import Aligner
from avitalk.data.transcript import word_times
from avitalk.errors import InputError
from avitalk.pipeline import Animator
from avitalk.studio import schemas
from avitalk.studio.performance import Performance, Remembered, Settings
from avitalk.talker.performer import REMEMBERED_FRAMES
from avitalk.types import Instruction, Segment, Speech

VOICE = Path(__file__).parent.parent / "examples" / "dashwood.wav"


@pytest.fixture(scope="module")
def performance() -> Performance:
    found = audio.load(VOICE)
    speech = Speech(np.concatenate([found.samples] * 2)[: 16000 * 12], source="twice.wav")
    return Performance.hear(Animator(), speech)


def told(performance: Performance, *texts: str) -> Instruction:
    segments = tuple(Segment(3.0 * i, 3.0 * i + 3.0, text) for i, text in enumerate(texts))
    return Instruction.about(performance.speech, segments)


WORDS = ("A warm smile.", "Brows drawn low, angry.", "Eyes wide with surprise.", "Sad and slow.")


def test_weights_are_those_of_the_api(performance: Performance) -> None:
    words = told(performance, *WORDS)
    settings = Settings(articulation=1.2, head=0.5, strength=0.8, regions=(("brows", 0.5),))
    found = performance.perform(words, settings)
    expected = performance.animator.animate(
        performance.speech, instruction=settings.over(words), idle=settings.idle,
        controls=settings.controls,
    )  # fmt: skip
    assert found.motion.same_as(expected.motion, 1e-5)
    assert (found.first, found.count) == (0, found.motion.frames)


def test_an_edit_changes_its_own_span_and_computes_no_more(
    performance: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = told(performance, *WORDS)
    before = performance.perform(words, Settings())
    assert performance.perform(words, Settings(), before=before).count == 0
    edited = list(words.segments)
    edited[1] = replace(edited[1], text="She laughs out loud.")
    frames: list[int] = []
    performer = performance.animator.performer
    run = performer._run
    monkeypatch.setattr(
        performer, "_run", lambda inputs, styles: frames.append(len(inputs)) or run(inputs, styles)
    )
    after = performance.perform(replace(words, segments=tuple(edited)), Settings(), before=before)
    assert 0 < len(frames) < 3  # two of three stretches, with their reach
    assert sum(frames) <= len(frames) * (REMEMBERED_FRAMES + 2 * performer.config.reach_frames)
    moved = np.abs(after.motion.channels() - before.motion.channels()).max(axis=1)
    assert moved[150:300].max() > 0.1
    assert moved[:120].max() < 0.01  # neighbours keep their own demands beside another one
    assert moved[340:].max() < 0.01
    assert after.first + after.count < 480  # the segment after the next is what it was
    rows = slice(after.first, after.first + after.count)
    patched = before.motion.channels().copy()
    patched[rows] = after.motion.channels()[rows]
    assert np.array_equal(patched, after.motion.channels())


def test_takes_differ_in_their_segment_only(performance: Performance) -> None:
    words = told(performance, *WORDS)
    whole = performance.perform(words, Settings()).motion
    first, motions = performance.take(words, Settings(), 2, [0, 1, 2])
    assert len({motion.frames for motion in motions}) == 1
    span = whole.channels()[first : first + motions[0].frames]
    assert np.array_equal(motions[0].channels(), span)
    assert np.abs(motions[1].weights - motions[2].weights).max() > 0.02
    taken = list(words.segments)
    taken[2] = replace(taken[2], take=1)
    chosen = performance.perform(replace(words, segments=tuple(taken)), Settings()).motion
    assert np.array_equal(
        chosen.channels()[first : first + motions[1].frames], motions[1].channels()
    )
    with pytest.raises(InputError, match="no segment 4"):
        performance.take(words, Settings(), 4, [0])


def test_overall_strengths_multiply() -> None:
    segment = Segment(0, 1, "smile", strength=1.5, regions=(("mouth", 0.5),))
    settings = Settings(strength=0.5, regions=(("mouth", 0.5), ("head", 0.0)))
    over = settings.over(Instruction((segment,))).segments[0]
    assert over.strength == pytest.approx(0.75)
    assert dict(over.regions) == {"mouth": 0.25, "head": 0.0}
    assert Settings().over(Instruction((segment,))).segments[0] == segment
    for wrong in ({"strength": 3.0}, {"regions": (("ear", 1.0),)}, {"strength": float("nan")}):
        with pytest.raises(InputError):
            Settings(**wrong)


def test_memory_is_bounded() -> None:
    memory = Remembered(most_bytes=1000)
    for number in range(10):
        memory[bytes([number])] = np.zeros(50)
    assert len(memory) == 2
    assert bytes([9]) in memory and bytes([0]) not in memory


def test_documents_have_the_settings_of_performances() -> None:
    given = schemas.Settings().model_dump(exclude={"regions"})
    assert Settings(**given) == Settings()
    assert not schemas.Settings().regions


def test_words_have_times() -> None:
    pytest.importorskip("pocketsphinx")
    found = audio.load(VOICE)
    animator = Animator()
    text = (VOICE.parent / "README.md").read_text(encoding="utf-8").split("> ")[1].split("\n\n")[0]
    heard = Performance.hear(animator, found, text=text)
    assert not heard.said.notes
    assert len(heard.said.words) == len(text.split())
    ends = [word.end_s for word in heard.said.words]
    assert ends == sorted(ends) and ends[-1] <= found.duration_s
    assert all(word.start_s < word.end_s for word in heard.said.words)
    assert word_times("quite other words", heard.said.phones, Aligner()) == ()
    wrong = Performance.hear(animator, found, text="something else entirely was said here today")
    assert wrong.said.notes and wrong.said.words == ()
