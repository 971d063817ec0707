"""Labels and measured voices become facts; facts become a corpus on disk."""

from dataclasses import replace
from pathlib import Path

import pytest

from avitalk.data.instructions import corpus, emodb, ravdess
from avitalk.data.instructions.mead_text import read_mead_text
from avitalk.data.instructions.voices import EMODB, facts_of
from avitalk.errors import InputError
from avitalk.facs.reading import read
from avitalk.speech.statistics import VoiceSummary

USUAL = VoiceSummary(
    duration_s=2.0, pitch=7.27, pitch_range=6.97, pitch_slope=-0.6, loudness_range=19.8,
    loudness_slope=-0.43, rate=13.8, effort=-16.9, breath=1.8, voicing=0.38,
)  # fmt: skip


def test_a_usual_voice_has_nothing_to_tell() -> None:
    facts = facts_of("neutral", USUAL, "male")
    assert facts.told() == {}
    assert facts.pronoun == "he"
    assert (facts.pitch_course, facts.energy_course) == ("steady", "steady")
    assert facts.strength == pytest.approx(0.5, abs=0.1)


def test_levels_follow_the_voice_and_stay_in_range() -> None:
    loud = replace(USUAL, effort=5.0, pitch=8.5, rate=20.0, breath=-9.0, loudness_slope=3.0)
    facts = facts_of("anger", loud, "male")
    assert (facts.loudness, facts.pitch, facts.rate, facts.breath) == (1, 1, 1, 1)
    assert facts.energy_course == "rising"
    quiet = facts_of("anger", replace(USUAL, effort=-30.0, pitch=6.0), "male")
    assert 0 <= quiet.strength < 0.3
    assert 0.7 < facts.strength <= 1


def test_strength_orders_voices_of_one_emotion() -> None:
    efforts = (-26, -20, -14, -8, -2)
    for emotion in ("sadness", "anger", "neutral"):
        strengths = [EMODB.strength(emotion, replace(USUAL, effort=e), "male") for e in efforts]
        assert strengths == sorted(strengths)
        assert strengths[-1] - strengths[0] > 0.2
    deep, shallow = (EMODB.strength("calm", replace(USUAL, effort=e), "male") for e in (-26, -2))
    assert deep > shallow


def test_pitch_is_stated_against_voices_of_the_same_sex() -> None:
    man, woman = (facts_of("neutral", USUAL, sex).pitch for sex in ("male", "female"))
    assert man is not None
    assert woman is not None
    assert man > woman
    with pytest.raises(InputError, match="unknown sex 'm'"):
        facts_of("neutral", USUAL, "m")


def test_names_of_emodb() -> None:
    found = emodb.label(Path("x/03a01Wa.wav"))
    assert (found.speaker, found.sex, found.emotion) == ("03", "male", "anger")
    assert emodb.label(Path("16b10Lb.ogg")).sex == "female"
    for name in ("03a01Xa.wav", "99a01Wa.wav", "noise.wav"):
        with pytest.raises(InputError, match="not a name of EmoDB"):
            emodb.label(Path(name))


def test_names_of_ravdess() -> None:
    found = ravdess.label(Path("03-01-05-02-01-01-12.wav"))
    assert (found.speaker, found.sex, found.emotion, found.intensity) == (
        "12", "female", "anger", "strong",
    )  # fmt: skip
    for name in ("03-02-05-02-01-01-12.wav", "03-01-09-01-01-01-01.wav", "a-b.wav"):
        with pytest.raises(InputError, match="not a name of RAVDESS"):
            ravdess.label(Path(name))


def test_folders_are_read_by_name_and_missing_ones_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither 'wav' nor 'audio'"):
        emodb.read_emodb(tmp_path)
    (tmp_path / "wav").mkdir()
    with pytest.raises(InputError, match="no recordings"):
        emodb.read_emodb(tmp_path)
    for name in ("08a02Fa.wav", "03a01Wa.wav", "readme.txt"):
        (tmp_path / "wav" / name).touch()
    assert [clip.id for clip in emodb.read_emodb(tmp_path)] == ["03a01Wa", "08a02Fa"]
    with pytest.raises(InputError, match="not a folder"):
        ravdess.read_ravdess(tmp_path / "none")
    (tmp_path / "Actor_01").mkdir()
    (tmp_path / "Actor_01" / "03-01-02-01-01-01-01.wav").touch()
    assert [clip.emotion for clip in ravdess.read_ravdess(tmp_path / "Actor_01")] == ["calm"]


def test_the_corpus_is_the_same_for_a_clip_whatever_the_others(tmp_path: Path) -> None:
    clips = [emodb.label(Path(f"{name}.wav")) for name in ("03a01Wa", "08a02Fa", "11b03Ta")]
    rows = corpus.write_instructions(clips, [USUAL] * 3, seed=1, texts=6, held_out=2)
    alone = corpus.write_instructions(clips[1:2], [USUAL], seed=1, texts=6, held_out=2)
    assert rows[1] == alone[0]
    assert [len(row.texts) for row in rows] == [6, 6, 6]
    for row in rows:
        for text in (*row.texts, *row.held_out):
            assert read(text).emotion == row.facts.emotion, text
    path = tmp_path / "texts.jsonl"
    corpus.save_instructions(path, rows)
    assert corpus.load_instructions(path) == rows


def test_a_wrong_corpus_is_refused(tmp_path: Path) -> None:
    clips = [emodb.label(Path("03a01Wa.wav"))]
    with pytest.raises(InputError, match="1 clips but 0 measured voices"):
        corpus.write_instructions(clips, [], seed=0)
    path = tmp_path / "texts.jsonl"
    with pytest.raises(InputError, match="not found"):
        corpus.load_instructions(path)
    for line in ("{", "[]", '{"id": "x"}', '{"id":"x","speaker":"1","facts":{"emotion":"joy"}}'):
        path.write_text(line + "\n")
        with pytest.raises(InputError, match=r"texts\.jsonl:1: no instructed recording"):
            corpus.load_instructions(path)


def test_mead_text(tmp_path: Path) -> None:
    path = tmp_path / "annotations.tsv"
    path.write_text(
        "# invented\n"
        "M003/front/angry/level_3/014\tHe is furious.\tThe brows are pulled down hard.\n"
        "\n"
        "W011/left_30/disgusted/level_1/002.mp4\tThe nose wrinkles slightly.\n"
    )
    first, second = read_mead_text(path)
    assert (first.facts.emotion, first.facts.strength, first.facts.pronoun) == ("anger", 0.9, "he")
    assert first.texts == ("He is furious.", "The brows are pulled down hard.")
    assert second.clip == "W011/left_30/disgusted/level_1/002"
    assert second.facts.strength < 0.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("M003/front/angry/level_3\tHe is mad.", r":2: .*is no clip"),
        ("M003/front/cross/level_3/014\tHe is mad.", r":2: unknown emotion 'cross'"),
        ("M003/front/angry/level_7/014\tHe is mad.", r":2: level '7'; allowed: 1, 2, 3"),
        ("M003/front/angry/level_3/014", r":2: a sentence is missing"),
        ("M003/front/angry/level_3/014\t ", r":2: a sentence is missing"),
    ],
)
def test_wrong_annotations_are_refused_with_their_line(
    tmp_path: Path, line: str, message: str
) -> None:
    path = tmp_path / "annotations.tsv"
    path.write_text(f"# comment\n{line}\n")
    with pytest.raises(InputError, match=message):
        read_mead_text(path)


def test_files_that_hold_no_annotations_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found"):
        read_mead_text(tmp_path / "none.tsv")
    path = tmp_path / "annotations.tsv"
    path.write_text("# nothing\n")
    with pytest.raises(InputError, match="no annotations"):
        read_mead_text(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_mead_text(path)
