"""Stage 1 as a whole: a voice in, an Instruction out."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk import audio, weights
from avitalk.errors import InputError
from avitalk.facs.reading import read
from avitalk.instruct.instructor import MODELS, Instructor
from avitalk.instruct.projection import Projection, ProjectionConfig
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.speech import SpeechEncoder
from avitalk.types import Instruction, Segment, Speech

EXAMPLE = Path(__file__).parents[1] / "examples" / "dashwood.wav"


@pytest.fixture(scope="module")
def encoder():
    return SpeechEncoder.load(weights.find("speech-encoder").path)


@pytest.fixture(scope="module")
def heard(encoder):
    speech = audio.load(EXAMPLE)
    return speech, encoder.encode(speech)


@pytest.fixture(scope="module")
def instructor(encoder):
    return Instructor.load(encoder=encoder)


@pytest.fixture(scope="module")
def written(instructor, heard):
    return instructor.write(*heard, seed=3)


def test_segments_cover_the_speech_and_say_what_was_heard(written, heard):
    speech, _ = heard
    assert written.audio_sha256 == speech.sha256
    assert written.segments
    assert sum(segment.duration_s for segment in written.segments) > 0.6 * speech.duration_s
    for segment in written.segments:
        assert segment.author == "model"
        assert len(segment.text.split()) >= 5
        assert sum(share for _, share in segment.emotion) == pytest.approx(1, abs=1e-3)
        value, sure = segment.intensity
        assert 0 <= value <= 1
        assert 0 < sure < 1
        reading = read(segment.text)
        assert reading.action_units or max(reading.scores.values()) > 0.5


def test_a_calm_reader_of_english_is_heard_and_written_as_calm(written, instructor, heard):
    for segment in written.segments:
        assert segment.emotion[0][0] == "neutral"
        assert segment.intensity[0] < 0.5
    read_as = [read(instructor.write(*heard, seed=s).segments[0].text).emotion for s in range(4)]
    assert sum(name in ("neutral", "calm") for name in read_as) >= 3


def test_same_seed_same_words_other_seed_other_words(instructor, heard, written):
    assert instructor.write(*heard, seed=3) == written
    assert [s.text for s in instructor.write(*heard, seed=4).segments] != [
        s.text for s in written.segments
    ]


def test_level_does_not_matter(instructor, encoder, heard, written):
    speech = heard[0]
    soft = Speech(0.1 * speech.samples, source=speech.source)
    again = instructor.write(soft, encoder.encode(soft), seed=3)
    assert [s.text for s in again.segments] == [s.text for s in written.segments]


def test_peoples_segments_stay_and_the_rest_is_written(instructor, heard):
    speech, features = heard
    mine = Segment(1.0, 3.0, "She looks up.")
    old = Instruction.about(speech, (mine,))
    kept = instructor.write(speech, features, keep=Instruction(
        old.segments, audio_sha256=old.audio_sha256, duration_s=old.duration_s, edited=True
    ))  # fmt: skip
    assert mine in kept.segments
    assert any(segment.author == "model" for segment in kept.segments)
    for one, other in pairwise(kept.segments):
        assert one.end_s <= other.start_s


def test_nobody_speaks_nothing_is_written(instructor):
    assert instructor.write(Speech(np.zeros(32_000, np.float32))).segments == ()


def test_candidates_that_agree_with_the_voice_come_first(instructor, heard):
    speech, features = heard
    from avitalk.instruct.ear import Ear

    listened = instructor.listen([Ear.listen(speech, features).statistics()])
    ranked = instructor.candidates(listened, seeds=[5], temperature=1.0, candidates=6)[0]
    assert [c.agreement for c in ranked] == sorted((c.agreement for c in ranked), reverse=True)
    assert len({candidate.text for candidate in ranked}) > 1


def test_parts_of_other_widths_are_refused(instructor):
    projection = Projection(ProjectionConfig(8, 64, 128))
    with pytest.raises(InputError, match="do not fit"):
        Instructor(instructor.former, projection, instructor.language)


def test_without_encoder_features_are_needed(instructor, heard):
    bare = Instructor(instructor.former, instructor.projection, instructor.language)
    with pytest.raises(InputError, match="needs the speech features"):
        bare.write(heard[0])


def test_models_of_a_folder(tmp_path, instructor, heard):
    torch.manual_seed(0)
    QFormer(QFormerConfig.tiny()).eval().save(tmp_path / f"{MODELS[0]}.safetensors")
    Projection(ProjectionConfig(2, 16, 256)).save(tmp_path / f"{MODELS[1]}.safetensors")
    instructor.language.save(tmp_path / f"{MODELS[2]}.safetensors")
    other = Instructor.load(tmp_path)
    assert other.write(*heard).segments
    (tmp_path / f"{MODELS[1]}.safetensors").unlink()
    with pytest.raises(InputError, match="prompt-projection"):
        Instructor.load(tmp_path)


@pytest.mark.parametrize("settings", [{"temperature": -1.0}, {"candidates": 0}])
def test_settings_out_of_range_are_refused(instructor, heard, settings):
    with pytest.raises(InputError):
        instructor.write(*heard, **settings)
