"""What is measured of the talker: its parts on recordings whose answers are known."""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import soundfile

from avitalk.arkit import INDEX
from avitalk.data.align import Aligner
from avitalk.data.clips import Clip, PhoneTime, write_clips
from avitalk.data.tracks import CONTOUR, Track
from avitalk.errors import InputError
from avitalk.evaluate.lip_basis import basis_of
from avitalk.face import lip_gap, lip_width, load_head
from avitalk.speech import SpeechEncoder
from avitalk.speech.network import EncoderConfig
from avitalk.speech.phones import PhoneSegment
from avitalk.talker import Talker
from avitalk.talker.network import TalkerConfig
from avitalk.train.talker.gates import Bar, contact_bars, worst
from avitalk.train.talker.measure import closures, elsewhere, german, transcripts
from avitalk.train.talker.measure.ablation import ablation_row, named_files
from avitalk.train.talker.measure.chain import Heard, Mouth, hear
from avitalk.train.talker.measure.corpora import Corpora, Places, closure_sets
from avitalk.train.talker.measure.cost import cost_rows
from avitalk.train.talker.measure.diagnosis import Said, diagnosis, said
from avitalk.train.talker.measure.filmed import Film, others, tracking_rows
from avitalk.train.talker.measure.labels import loud_in_pauses, trusted
from avitalk.train.talker.measure.robustness import robustness_rows, speechless_rows
from avitalk.train.talker.report import ablation_section
from avitalk.types import Motion, Speech, SpeechFeatures

LIMIT_MM = 1.0
PHONES = (
    PhoneTime("SIL", 0.0, 0.2), PhoneTime("B", 0.2, 0.3), PhoneTime("AA", 0.3, 0.6),
    PhoneTime("F", 0.6, 0.7), PhoneTime("SIL", 0.7, 2.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    return SpeechEncoder.untrained(EncoderConfig.tiny())


@pytest.fixture(scope="module")
def mouth(encoder: SpeechEncoder) -> Mouth:
    return Mouth(Talker.untrained(TalkerConfig.tiny(encoder.width)), load_head())


@pytest.fixture(scope="module")
def heard(encoder: SpeechEncoder, tmp_path_factory: pytest.TempPathFactory) -> list[Heard]:
    folder, found = tmp_path_factory.mktemp("clips"), []
    for name, seed in (("one", 0), ("two", 1), ("three", 2)):
        wave = 0.1 * np.random.default_rng(seed).normal(size=32_000)
        soundfile.write(folder / f"{name}.wav", wave, 16_000)
        found.append(Clip("grid_s1", name, "me", str(folder / f"{name}.wav"), "bar f", PHONES))
    return hear(encoder, found)


@pytest.fixture(scope="module")
def film(mouth: Mouth) -> Film:
    """Three clips of lips that open and shut once a second, widening a little, at 25 fps."""
    basis = basis_of(mouth.head)
    tracks = {}
    for phase, name in enumerate(("one", "two", "three")):
        opening = 2 + 2 * np.sin(2 * np.pi * (np.arange(50) / 25 + phase / 3))
        contour = np.repeat(basis.rest[None] / 1e3, 50, axis=0)
        contour[:, 11:22, 1] -= opening[:, None] / 1e3
        contour[:, 32, 0] += opening / 5e3
        tracks[name] = Track(name, 25.0, contour, np.zeros(50, bool))
    return Film(tracks, basis.rest / 1e3, basis.width_mm)


def motion_of(mouth: Mouth, jaw: np.ndarray) -> Motion:
    weights = np.zeros((len(jaw), 52), np.float32)
    weights[:, INDEX["jawOpen"]] = jaw
    return Motion.still(len(jaw), 50.0).with_weights(weights)


def test_mouth_measures_the_posed_head(mouth: Mouth) -> None:
    motion = motion_of(mouth, np.array([0.0, 0.3], np.float32))
    posed = mouth.head.vertices + np.tensordot(motion.weights, mouth.head.shapes, 1)
    assert mouth.gap(motion) == pytest.approx(1e3 * lip_gap(posed, mouth.head), abs=1e-3)
    wide = 1e3 * lip_width(posed, mouth.head)
    assert mouth.width(motion) == pytest.approx(wide - wide[0], abs=1e-2)


def test_film_gives_its_opening_and_limit(film: Film, heard: list[Heard]) -> None:
    assert film.limit_mm() == pytest.approx(0.08 * 4, rel=0.05)
    filmed = film.filmed(heard[0])
    times = np.array([0.27, 0.5, 0.77])
    assert filmed.raw(times) == pytest.approx(2 + 2 * np.sin(2 * np.pi * (times - 0.02)), abs=0.02)
    assert len(CONTOUR) == len(film.neutral)


def test_film_against_itself_is_perfect_and_shuffled_is_not(
    film: Film, heard: list[Heard], mouth: Mouth
) -> None:
    filmed = [film.filmed(item) for item in heard]
    per_jaw = float(mouth.gap(motion_of(mouth, np.ones(1)))[0])
    motions = [motion_of(mouth, f.target.tracked_gap / per_jaw) for f in filmed]
    rows = tracking_rows(mouth, filmed, motions)
    assert rows["aperture r"]["mean"] == pytest.approx(1, abs=1e-3)
    assert rows["aperture r, mean face"]["mean"] == 0
    assert rows["aperture r, shuffled audio"]["mean"] < 0
    lagged = rows["aperture r, shuffled audio, lag searched"]["mean"]
    assert rows["aperture r, shuffled audio"]["mean"] < lagged
    assert rows["spread ratio"]["mean"] == pytest.approx(1, abs=0.01)
    assert rows["jitter ratio"]["mean"] == pytest.approx(1, abs=0.05)
    opening = "opening of open vowels mm"
    assert rows[opening]["mean"] == pytest.approx(rows[f"{opening}, truth"]["mean"], rel=0.02)
    assert rows["best shift ms"] == 0


def test_nothing_is_shuffled_onto_itself() -> None:
    for count in (2, 3, 17):
        order = others(count)
        assert sorted(order) == list(range(count))
        assert all(i != other for i, other in enumerate(order))


def test_closures_and_pauses_of_a_mouth_that_shuts_on_cue(heard: list[Heard], mouth: Mouth) -> None:
    jaw = np.full(100, 0.3, np.float32)
    jaw[10:15] = 0  # the B
    jaw[45:] = 0  # well into the pause
    motions = [motion_of(mouth, jaw)] * 3
    groups = closures.contacts(heard, LIMIT_MM)
    rows = closures.closure_rows(mouth, motions, groups)
    for rule in ("shown", "sampled"):
        for fps in (24, 25, 30, 50, 60):
            assert rows["p b m"][rule][f"{fps} fps"]["mean"] == 1
            assert rows["f v"][rule][f"{fps} fps"]["mean"] == 0
    assert rows["vowels"]["sampled"]["50 fps"] == {
        "mean": 0, "low": 0, "high": 0, "clips": 3, "phones": 3,
    }  # fmt: skip
    chance = closures.chance_rows(
        mouth, [*motions[:2], motion_of(mouth, np.roll(jaw, -30))], groups
    )
    assert 0 < chance["p b m"]["sampled"]["mean"] < 1
    pause = closures.pause_row([mouth.gap(m) for m in motions], heard, LIMIT_MM)
    assert pause is not None
    assert pause["mean"] == 1
    assert pause["frames"] == 3 * 55
    assert closures.pause_row([], [], LIMIT_MM) is None


def test_german_phones_run_from_closure_to_release() -> None:
    labels = [
        (0.1, "_b"), (0.15, "!b"), (0.16, "a"), (0.2, "+sth"), (0.25, "p"), (0.32, "!p"),
        (0.33, "pasp"), (0.36, "(gef"), (0.38, "m"), (0.45, "B"), (0.5, "."),
    ]  # fmt: skip
    approx = [pytest.approx(span) for span in ((0.1, 0.16), (0.25, 0.38), (0.38, 0.45))]
    assert german.phone_spans(labels, 1.0) == [*approx, pytest.approx((0.45, 0.5))]
    assert german.closure_spans(labels, 1.0) == [
        pytest.approx((0.1, 0.15)), pytest.approx((0.25, 0.32)), pytest.approx((0.38, 0.45))
    ]  # fmt: skip
    assert german.phone_spans([(0.1, "p"), (0.2, "a")], 0.15) == [(0.1, 0.15)]  # a clip cut short
    assert german.closure_spans([], 1.0) == []


def test_labels_are_read_by_clip(tmp_path: Path) -> None:
    rows = [{"id": "a", "phone_labels": [[0.1, "p"]]}, {"id": "b", "phone_labels": None}]
    (tmp_path / "clips.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert german.read_labels(tmp_path) == {"a": [[0.1, "p"]], "b": ()}


def test_level_leaves_the_lips_and_quiet_sounds_are_measured(
    encoder: SpeechEncoder, mouth: Mouth, heard: list[Heard], film: Film
) -> None:
    filmed = [film.filmed(item) for item in heard]
    rows = robustness_rows(encoder, mouth, filmed, mouth.motions(heard))
    assert rows["level x0.5"]["largest change mm"] < 0.01
    assert abs(rows["level x2"]["fall of r"]["mean"]) < 0.01
    assert rows["white noise, 10 dB"]["largest change mm"] > 0
    quiet = speechless_rows(encoder, mouth, 1e9)
    assert {row["closed"] for row in quiet.values()} == {1.0}


def test_windows_hold_every_frame_once() -> None:
    parts = elsewhere.windows(np.arange(1300.0), 1250)
    assert [len(part) for part in parts] == [625, 625]
    assert np.concatenate(parts).tolist() == list(range(1250))
    assert len(elsewhere.windows(np.arange(40.0), 40)) == 1


def test_facegood_rows_of_the_talkers_own_motion_are_perfect(
    mouth: Mouth, heard: list[Heard]
) -> None:
    animated = [elsewhere.Animated(item, mouth.motion(item.features)) for item in heard]
    rows = elsewhere.facegood_rows(mouth, animated)
    assert rows["clips"] == ["one", "two", "three"]
    assert rows["aperture r"]["mean"] == pytest.approx(1)
    assert rows["width r, shuffled audio"]["mean"] < 0.9


def test_wild_clips_may_be_late(mouth: Mouth, heard: list[Heard]) -> None:
    def film(item: Heard, late: int) -> elsewhere.Wild:
        motion = mouth.motion(item.features)
        return elsewhere.Wild(item, *(np.roll(x, late) for x in (mouth.gap(motion),
                                                                 mouth.width(motion))))  # fmt: skip

    rows = elsewhere.wild_rows(mouth, [film(item, 4) for item in heard])
    assert rows["aperture r"]["mean"] > 0.9
    assert rows["aperture r"]["mean"] > rows["aperture r, without an offset"]["mean"]
    assert [row["offset ms"] for row in rows["each"].values()] == [80, 80, 80]


def test_diagnosis_counts_what_stays_open(mouth: Mouth, heard: list[Heard]) -> None:
    shut = [motion_of(mouth, np.zeros(100, np.float32))] * 3
    every = list(said(mouth, heard, shut))
    assert [one.phone for one in every] == ["B", "AA"] * 3
    assert (every[0].before, every[0].after) == ("SIL", "AA")
    text = diagnosis([*every, Said("x", "M", "SIL", "IY", 0.05, 3.0, 0.1, "N")], LIMIT_MM)
    assert "| x M | 0.0 % | 1 |" in text
    assert "| p b m - f v | 100.0 % | 3 |" in text


def test_cost_states_time_and_bytes(encoder: SpeechEncoder, mouth: Mouth, tmp_path: Path) -> None:
    encoder.save(tmp_path / "encoder.safetensors")
    mouth.talker.save(tmp_path / "talker.safetensors")
    files = [tmp_path / f"{name}.safetensors" for name in ("encoder", "talker")]
    rows = cost_rows(encoder, mouth.talker, *files)
    assert rows["megabytes"] == pytest.approx(sum(f.stat().st_size for f in files) / 1e6)
    assert rows["encoder s per s"] > 0
    assert rows["talker s per s"] > 0


def test_talkers_are_named_once() -> None:
    assert named_files(["full=a/b", "grid=c=d"]) == {"full": Path("a/b"), "grid": Path("c=d")}
    for wrong, said_why in ((["full"], "NAME=FILE"), (["=x"], "NAME=FILE"),
                            (["a=x", "a=y"], "given twice")):  # fmt: skip
        with pytest.raises(InputError, match=said_why):
            named_files(wrong)


def test_a_missing_list_says_who_writes_it(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path)
    with pytest.raises(InputError, match=r"grid_s1\.jsonl: not found; train\.speech\.prepare"):
        places.listed("grid_s1", "test")
    write_clips(tmp_path / "kathleen.jsonl", [Clip("kathleen", "a", "me", "a.wav")])
    parts = [len(places.listed("kathleen", part)) for part in ("train", "validation", "test")]
    assert sum(parts) == 1


def test_bars_hold_between_their_bounds() -> None:
    value = {"mean": 0.9, "low": 0.88, "high": 0.93}
    assert Bar("r", value, 0.84).line() == ["r", "0.900 [0.880, 0.930]", "gate: at least 0.84",
                                            "yes"]  # fmt: skip
    assert Bar("v", value, most=0.12, shares=True).line() == [
        "v", "90.0 % [88.0, 93.0]", "gate: at most 12 %", "**no**",
    ]  # fmt: skip
    assert Bar("s", value, 0.95, 1.2, target=True).asked == "target: 0.95 to 1.2"
    assert not Bar("s", value, 0.95, 1.2).holds
    rates = {"24 fps": value, "25 fps": {"mean": 0.7, "low": 0.6, "high": 0.8}}
    assert worst(rates)["mean"] == 0.7
    assert worst(rates, highest=True)["mean"] == 0.9


@pytest.fixture(scope="module")
def corpora(film: Film, heard: list[Heard], mouth: Mouth) -> Corpora:
    marks = [(0.2, "b"), (0.28, "!b"), (0.3, "a"), (0.6, "f"), (0.7, ".")]
    motion = mouth.motion(heard[0].features)
    return Corpora(
        film,
        [film.filmed(item) for item in heard],
        {"speechocean762": heard},
        {"speechocean762": 2},
        {"German, validation speakers": heard},
        {item.clip.id: marks for item in heard},
        [elsewhere.Animated(item, motion) for item in heard],
        [elsewhere.Wild(item, mouth.gap(motion), mouth.width(motion)) for item in heard],
    )


def test_every_set_is_measured_and_meets_its_bars(corpora: Corpora, mouth: Mouth) -> None:
    rows = closure_sets(corpora, mouth)
    assert list(rows["sets"]) == [
        "GRID", "speechocean762", "English, unheard speakers", "German, validation speakers",
    ]  # fmt: skip
    berlin = rows["sets"]["German, validation speakers"]["contacts"]
    assert berlin["p b m, closure marks"]["shown"]["25 fps"]["phones"] == 3
    assert rows["film"]["contacts"]["vowels"]["between frames"]["phones"] == 3
    assert rows["left out"] == {"speechocean762": 2}
    assert rows["mean face mm"] == pytest.approx(2, rel=0.1)
    asked = {bar.what: bar.asked for bar in contact_bars(rows["sets"])}
    assert asked["speechocean762: p b m, sampled"] == "gate: at least 90 %"
    assert asked["German, validation speakers: p b m, shown"] == "gate: at least 85 %"
    assert asked["GRID: vowels, sampled"] == "gate: at most 12 %"
    assert asked["GRID: f v, shown"] == "target: at least 85 %"


def test_ablation_measures_each_recording(corpora: Corpora, mouth: Mouth) -> None:
    row = ablation_row(mouth, corpora)
    assert row["English, p b m"]["phones"] == 3
    assert row["German, p b m, closure marks"]["clips"] == 3
    assert row["FACEGOOD, aperture r"]["clips"] == 3
    shown = ablation_section(
        {"part": "test", "facegood clips": ["a"], "talkers": {"x": row, "y": row}}
    )
    assert "| | x | y |" in shown.replace("|  |", "| |")


def test_texts_that_do_not_fit_are_left_aside(
    mouth: Mouth, heard: list[Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    def aligned(speech: Speech, text: str, features: SpeechFeatures, aligner: None) -> object:
        if speech.source == "two":
            raise InputError("the transcript is not what is heard")
        return [PhoneSegment("B", "PP", 0.2, 0.3, 1.0)]

    monkeypatch.setattr(transcripts, "align_text", aligned)
    motions = [motion_of(mouth, np.full(100, 0.3, np.float32))] * 3
    silent = [replace(item, clip=replace(item.clip, text=None)) for item in heard[2:]]
    told = transcripts.told([*heard[:2], *silent], motions, cast(Aligner, None))
    assert told.left_aside == 1
    assert mouth.gap(told.motions[0])[10:15].min() < LIMIT_MM
    assert told.motions[1] is motions[1]
    assert told.motions[2] is motions[2]


def test_labels_with_voice_in_their_pauses_are_not_trusted(tmp_path: Path) -> None:
    wave = np.random.default_rng(0).normal(size=32_000).astype(np.float32) * 1e-4
    wave[3200:11_200] *= 1000
    clip = Clip("speechocean762", "a", "me", str(tmp_path / "a.wav"), "bar f", PHONES)
    assert loud_in_pauses(clip, wave) == 0
    soundfile.write(clip.audio, wave, 16_000)
    assert trusted([clip]) == [clip]
    wave[24_000:] *= 1000  # someone goes on talking, half of the labelled pause of 0.9 to 2 s
    assert loud_in_pauses(clip, wave) == pytest.approx(0.5 / 1.1, abs=0.03)
    soundfile.write(clip.audio, wave, 16_000)
    assert trusted([clip]) == []
    assert loud_in_pauses(replace(clip, phones=(PhoneTime("AA", 0.0, 2.0),)), wave) == 0
