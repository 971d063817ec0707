"""Formats by name and suffix; phone track and provenance say what they should, the same twice."""

import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import avitalk
from avitalk.errors import InputError
from avitalk.export import (
    EXPORTERS,
    Ingredient,
    Provenance,
    Recording,
    export_npz,
    export_provenance,
    export_track,
    file_weights,
    read_motion,
)
from avitalk.speech.phones import PhoneSegment
from miniature_head import lively_motion, miniature_head

HEAD = miniature_head()


@pytest.mark.parametrize("name", sorted(EXPORTERS))
def test_each_format_reads_back_from_disk(name: str, tmp_path: Path) -> None:
    motion = lively_motion(30, 50.0, moves=name != "csv")
    exporter = EXPORTERS[name]
    path = tmp_path / f"grüße 声 1{exporter.suffix}"
    path.write_bytes(exporter.write(motion, HEAD).data)
    expected = motion.with_weights(file_weights(motion)[0])
    assert read_motion(path).same_as(motion if name == "npz" else expected, 1e-6)


def test_npz_is_exact_and_the_same_twice() -> None:
    motion = lively_motion()
    data = export_npz(motion).data
    assert data == export_npz(lively_motion()).data
    back = EXPORTERS["npz"].read(data, "x")
    assert back.same_as(motion)
    assert export_npz(back).data == data


@pytest.mark.parametrize("name", sorted(EXPORTERS))
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "noise", "text", "folder"])
def test_bad_files_are_input_errors(name: str, damage: str, tmp_path: Path) -> None:
    exporter = EXPORTERS[name]
    path = tmp_path / f"take{exporter.suffix}"
    whole = exporter.write(lively_motion(5), HEAD).data
    contents = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "noise": np.random.default_rng(0).bytes(4000),
        "text": b"this is not a motion\n" * 10,
    }
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes(contents[damage])
    with pytest.raises(InputError) as caught:
        read_motion(path)
    assert str(caught.value).startswith(str(path))


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    for name in ("take.fbx", "take.npz", "take", "glb"):
        with pytest.raises(InputError, match=r"unknown .* available: \.glb, \.usdz, \.csv, \.mot"):
            read_motion(tmp_path / name)


def test_a_rate_is_only_taken_for_csv(tmp_path: Path) -> None:
    path = tmp_path / "take.motion.npz"
    path.write_bytes(export_npz(lively_motion(5)).data)
    with pytest.raises(InputError, match="states its own rate"):
        read_motion(path, fps=30)


PHONES = (
    PhoneSegment("SIL", "sil", 0.0, 0.1, 0.99),
    PhoneSegment("M", "PP", 0.1, 0.18, 0.8),
    PhoneSegment("AA", "aa", 0.18, 1 / 3, 0.7),
)


def test_track_lists_phones_and_visemes() -> None:
    track = json.loads(export_track(PHONES))
    assert track["format_version"] == 1
    assert track["segments"][1] == {
        "phone": "M", "viseme": "PP", "start_s": 0.1, "end_s": 0.18, "confidence": 0.8,
    }  # fmt: skip
    assert track["segments"][2]["end_s"] == 0.3333
    assert json.loads(export_track(()))["segments"] == []


def test_track_refuses_disorder() -> None:
    for start_s, end_s in ((0.2, 0.2), (math.nan, 1.0), (0.05, 0.3), (-0.1, 0.3)):
        late = (PHONES[0], PHONES[1], PhoneSegment("AA", "aa", start_s, end_s, 0.5))
        with pytest.raises(InputError, match="phone 2 'AA'"):
            export_track(late)


def provenance(**changes) -> Provenance:
    facts = {
        "recording": Recording("voice.wav", "ab" * 32, 16_000, 2.5),
        "seed": 7,
        "parameters": {"fps": 25, "blinks": 17.0},
        "ingredients": (Ingredient("talker", "lips", "cd" * 32, "CC BY 4.0", ("GRID",)),),
    }
    return Provenance(**{**facts, **changes})


def test_provenance_says_what_went_in_and_out(tmp_path: Path) -> None:
    video = tmp_path / "voice.mp4"
    video.write_bytes(b"moving pictures")
    said = json.loads(export_provenance(provenance(), [video]))
    assert said["avitalk"] == avitalk.__version__
    assert said["recording"]["sha256"] == "ab" * 32
    assert said["ingredients"][0]["licence"] == "CC BY 4.0"
    assert said["ingredients"][0]["data"] == ["GRID"]
    assert {"python", "platform", "numpy", "torch"} <= said["versions"].keys()
    digest = hashlib.sha256(b"moving pictures").hexdigest()
    assert said["outputs"] == [{"name": "voice.mp4", "bytes": 15, "sha256": digest}]
    assert "GPL" in said["notes"][0]
    assert "created" not in said


def test_provenance_is_the_same_twice_and_notes_a_time_only_if_given() -> None:
    turned_round = {"blinks": 17.0, "fps": 25}
    same = export_provenance(provenance()), export_provenance(provenance(parameters=turned_round))
    assert same[0] == same[1]
    dated = json.loads(export_provenance(provenance(created="2026-01-02T03:04:05Z")))
    assert dated["created"] == "2026-01-02T03:04:05Z"
    assert dated["notes"] == []


def test_provenance_refuses_what_json_cannot_say(tmp_path: Path) -> None:
    for value in (math.nan, object()):
        with pytest.raises(InputError, match="provenance parameters"):
            export_provenance(provenance(parameters={"x": value}))
    with pytest.raises(InputError, match="cannot read"):
        export_provenance(provenance(), [tmp_path / "gone.mp4"])


def test_reading_and_writing_motion_needs_no_torch() -> None:
    code = "import sys, avitalk.export; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
