"""The encoder's recipe: a miniature learns and resumes; corpora are read right."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from avitalk import weights
from avitalk.data import augment
from avitalk.data.clips import Clip, PhoneTime, read_clips, write_clips
from avitalk.data.german import phones_from_labels
from avitalk.data.prepared import read_prepared
from avitalk.data.split import part_of
from avitalk.errors import InputError
from avitalk.speech import SpeechEncoder
from avitalk.speech.network import EncoderConfig
from avitalk.speech.phones import PHONE_INDEX, PHONES, SIL
from avitalk.train.speech import __main__ as command
from avitalk.train.speech import compare, prepare, synthesis
from avitalk.train.speech.evaluate import CONDITIONS, accuracy, load_encoder
from avitalk.train.speech.examples import Examples, frame_labels, load_recordings
from avitalk.train.speech.loop import Recipe, Trainer, warp_bands
from avitalk.train.speech.losses import LIP_CLASSES, lip_loss
from avitalk.train.speech.rivals import RIVALS, RecurrentNetwork, Rival
from avitalk.train.speech.stages import FIRST, GROWN, STAGES, Stage
from avitalk.train.speech.synthesis import PITCH_HZ, read_durations
from avitalk.types import Speech


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Two seconds: hiss named S, then a tone named AA."""
    rng = np.random.default_rng(0)
    wave = np.zeros(32_000)
    wave[6400:12_800] = rng.normal(0, 0.1, 6400)
    wave[12_800:25_600] = 0.3 * np.sin(np.arange(12_800) / 10)
    soundfile.write(tmp_path / "a.wav", wave, 16_000)
    phones = (PhoneTime("S", 0.4, 0.8), PhoneTime("AA", 0.8, 1.6))
    return Clip("kathleen", "a", "me", str(tmp_path / "a.wav"), "sa", phones)


def test_a_miniature_learns_and_resumes(clip: Clip, tmp_path: Path) -> None:
    recipe = Recipe(batch=2, seconds=1.0, workers=0, max_steps=2)
    recordings = load_recordings([clip])
    trainer = Trainer(EncoderConfig.tiny(), recipe, tmp_path / "run")
    before = [p.clone() for p in trainer.network.parameters()]
    trainer.run(recordings)
    assert trainer.step == 2
    pairs = zip(before, trainer.network.parameters(), strict=True)
    assert all(not torch.equal(a, b) for a, b in pairs)
    again = Trainer(EncoderConfig.tiny(), recipe, tmp_path / "run")
    assert again.resume()
    assert again.step == 2
    encoder = load_encoder(tmp_path / "run" / "encoder.safetensors")
    rows = accuracy(encoder, recordings, CONDITIONS["level x0.5"])
    assert rows["frames"] == 100
    assert 0 <= rows["phone"] <= rows["class"] <= 1


def test_labels_and_examples_line_up(clip: Clip) -> None:
    labels = frame_labels(clip, 200)
    assert labels[39] == SIL
    assert (labels[40:80] == PHONE_INDEX["S"]).all()
    plain = augment.Chances(0, 0, 0, 0, 0, 0, 0, 0)
    examples = Examples(
        load_recordings([clip]), {"kathleen": 1.0}, batch=8, seconds=2.0, chances=plain
    )
    waves, targets = next(iter(examples))
    assert waves.shape == (8, 32_000)
    assert targets.shape == (8, 100, len(PHONES))
    assert torch.allclose(targets.sum(-1), torch.ones(8, 100))
    loud = waves.reshape(8, 100, 320).square().mean(-1) > 1e-9
    said = targets[:, :, SIL] < 0.5
    assert (loud == said).float().mean() > 0.97


def test_a_grown_network_starts_as_what_it_grew_from(clip: Clip, tmp_path: Path) -> None:
    small = SpeechEncoder.untrained(EncoderConfig.tiny(), seed=3)
    small.save(tmp_path / "small.safetensors")
    config = replace(EncoderConfig.tiny(), attend_after=(1, 2), attend_back=9)
    trainer = Trainer(config, Recipe(), tmp_path / "run")
    trainer.grow_from(tmp_path / "small.safetensors")
    speech = Speech(np.random.default_rng(0).normal(0, 0.1, 16_000))
    grown = SpeechEncoder(config, trainer.averaged).encode(speech).values
    kept = SpeechEncoder.load(tmp_path / "small.safetensors").encode(speech).values
    assert np.abs(grown - kept).max() < 1e-5
    with pytest.raises(InputError, match="sizes are not those of this run"):
        longer = replace(config, dilations=(1, 2, 4))
        Trainer(longer, Recipe(), tmp_path / "b").grow_from(tmp_path / "small.safetensors")


def test_rivals_are_trained_and_laid_side_by_side(clip: Clip, tmp_path: Path) -> None:
    tiny = EncoderConfig.tiny()
    rivals = {
        "plain": Rival(tiny),
        "attends": Rival(replace(tiny, attend_after=(2,))),
        "remembers": Rival(tiny, RecurrentNetwork),
    }
    speakers = [str(i) for i in range(99) if part_of("emodb", str(i), "a") != "test"]
    clips = [replace(clip, corpus="emodb", speaker=speaker) for speaker in speakers]
    write_clips(tmp_path / "emodb.jsonl", clips)
    recipe = Recipe(batch=1, seconds=1, workers=0, max_steps=2)
    rows = compare.compare(tmp_path, tmp_path / "out", recipe, rivals)
    assert [row["steps"] for row in rows.values()] == [2, 2, 2]
    assert all(row["cpu_ms_per_s"] > 0 for row in rows.values())
    text = compare.report(rows)
    assert text.count("| attends") == 2
    assert "lips closed (p b m)" in text
    again = compare.compare(tmp_path, tmp_path / "out", recipe, rivals)
    assert again["plain"]["heard"] == rows["plain"]["heard"]  # resumed: nothing left to train


def test_rivals_are_of_like_size() -> None:
    sizes = [
        sum(p.numel() for p in rival.make(rival.config, 0.0).parameters())
        for rival in RIVALS.values()
    ]
    assert max(sizes) < 1.25 * min(sizes)


def test_stages_are_run_by_command(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny, small = EncoderConfig.tiny(), {"batch": 1, "seconds": 1, "workers": 0}
    stages = {
        "first": Stage(tiny, replace(FIRST.recipe, **small), grows=False),
        "grown": Stage(replace(tiny, attend_after=(1,)), replace(GROWN.recipe, **small), True),
    }
    monkeypatch.setattr(command, "STAGES", stages)
    write_clips(tmp_path / "kathleen.jsonl", [replace(clip, id=str(i)) for i in range(8)])
    given = ["--clips", str(tmp_path), "--max-steps", "1", "--out"]
    command.main(["first", *given, str(tmp_path / "first")])
    with pytest.raises(InputError, match="'grown' grows from an encoder: give --start"):
        command.main(["grown", *given, str(tmp_path / "grown")])
    start = ["--start", str(tmp_path / "first" / "encoder.safetensors")]
    told = ["--share", "emodb=0.3", "--voices", "0", "--speeds", "0.9", "1.1", "--minutes", "9"]
    command.main(["grown", *given, str(tmp_path / "grown"), *start, *told])
    encoder = SpeechEncoder.load(tmp_path / "grown" / "speech-encoder.safetensors")
    assert encoder.config.attend_after == (1,)
    recipe = json.loads((tmp_path / "grown" / "setting.json").read_text())["recipe"]
    assert recipe["minutes"] == 9
    assert recipe["learning_rate"] == GROWN.recipe.learning_rate
    assert recipe["shares"] == {**GROWN.recipe.shares, "emodb": 0.3}
    assert (recipe["chances"]["voices"], recipe["chances"]["speeds"]) == (0, [0.9, 1.1])
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="no clips to train on; run avitalk"):
        nothing = ["--clips", str(tmp_path / "none"), "--out", str(tmp_path / "b")]
        command.main(["first", *nothing])


def test_the_stages_are_those_of_the_shipped_encoder() -> None:
    shipped = SpeechEncoder.load(weights.find("speech-encoder").path).config
    assert shipped.attend_after in (FIRST.config.attend_after, GROWN.config.attend_after)
    for stage in STAGES.values():
        assert sum(stage.recipe.shares.values()) == pytest.approx(1)
        assert stage.config.dilations == shipped.dilations


def test_lip_classes_hold_every_phone_and_forgive_kin() -> None:
    members = [phone for phones in LIP_CLASSES.values() for phone in phones]
    assert sorted(members) == sorted(PHONES)

    def loss(heard: str, said: str) -> float:
        logits = torch.full((1, 1, len(PHONES)), -9.0)
        logits[..., PHONE_INDEX[heard]] = 9
        return float(lip_loss(logits, torch.eye(len(PHONES))[PHONE_INDEX[said]][None, None]))

    assert loss("B", "P") < 1e-3
    assert loss("D", "P") > loss("D", "AA") > 5


def test_warped_bands_move_and_keep_their_shape() -> None:
    mel = torch.zeros(16, 80, 4)
    mel[:, 40] = 1
    assert torch.equal(warp_bands(mel, 0.0, torch.Generator().manual_seed(0)), mel)
    at = warp_bands(mel, 0.15, torch.Generator().manual_seed(0)).argmax(dim=1)[:, 0]
    assert at.min() < 38
    assert at.max() > 42
    assert (at >= 40 / 1.15 - 1).all()
    assert (at <= 40 * 1.15 + 1).all()


def test_synthetic_speech_brings_its_phone_times() -> None:
    phones = read_durations("pau:0.25 b:0.309 ax:0.449 pau:0.7")
    assert [p.phone for p in phones] == ["SIL", "B", "AH", "SIL"]
    assert phones[1] == PhoneTime("B", 0.25, 0.309)
    with pytest.raises(InputError, match="'xx', which is no phone"):
        read_durations("xx:0.2")
    assert {part_of("flite", voice, "any") for voice in PITCH_HZ} == {"train"}


def test_lessons_are_spoken_from_training_sentences(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="no sentences to speak; needs lists of kathleen"):
        synthesis.write_lessons(tmp_path, tmp_path)
    said = [replace(clip, id=str(i), text=f"a long way to number {i}") for i in range(60)]
    write_clips(tmp_path / "kathleen.jsonl", said)
    spoken: list[str] = []

    def flite(text: str, voice: str, path: Path, **_: float) -> Clip:
        spoken.append(text)
        soundfile.write(path, np.zeros(16_000), 16_000)
        stated_s = 1.0 if len(spoken) > 1 else 1.2  # the first is not as long as stated
        return Clip("flite", path.stem, voice, str(path), text, (PhoneTime("SIL", 0, stated_s),))

    monkeypatch.setattr(synthesis, "speak", flite)
    prepare.prepare(tmp_path, tmp_path, ["flite"], processes=1, sentences=2)
    assert len(read_clips(tmp_path / "flite.jsonl")) == 2 * len(PITCH_HZ) - 1
    trained = {c.text for c in said if part_of(c.corpus, c.speaker, c.id) == "train"}
    assert set(spoken) <= trained
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="flite is not installed: apt-get install flite"):
        synthesis.speak("hello", "slt", tmp_path / "x.wav", stretch=1, pitch_hz=100)


@pytest.mark.parametrize("seed", range(6))
def test_speechless_sounds_and_rooms_are_finite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wave = augment.speechless(rng, 8000)
    assert wave.shape == (8000,)
    chances = augment.Chances(reverb=1, colour=1, narrow=1, noise=1)
    heard = augment.with_noise(rng, augment.room(rng, wave, chances), chances)
    assert np.isfinite(heard).all()


def test_parts_are_fixed_and_parted_by_speaker_or_sentence() -> None:
    assert part_of("grid_s1", "s1", "bbaf2n") == part_of("grid_s1", "other", "bbaf2n")
    assert part_of("librispeech", "911", "a") == part_of("librispeech", "911", "b")
    parts = [part_of("grid_s1", "s1", str(i)) for i in range(2000)]
    assert 0.09 < parts.count("test") / 2000 < 0.15
    assert 0.03 < parts.count("validation") / 2000 < 0.07


def test_clips_round_trip(clip: Clip, tmp_path: Path) -> None:
    bare = Clip("grid_s1", "b", "s1", "b.ogg")
    write_clips(tmp_path / "clips.jsonl", [clip, bare])
    assert read_clips(tmp_path / "clips.jsonl") == [clip, bare]


def test_german_marks_are_starts() -> None:
    labels = [(0.1, "_d"), (0.15, "!d"), (0.16, "E"), (0.2, "-sth"), (0.3, "p"), (0.4, ".")]
    phones = phones_from_labels(labels, 0.5)
    assert [(p.phone, p.start_s, p.end_s) for p in phones] == [
        ("D", 0.1, 0.15), ("D", 0.15, 0.16), ("EH", 0.16, 0.3), ("P", 0.3, 0.4),
        ("SIL", 0.4, 0.5),
    ]  # fmt: skip


def test_prepared_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown corpus 'tv'; available"):
        read_prepared(tmp_path, "tv")
    with pytest.raises(InputError, match="not found"):
        read_prepared(tmp_path, "grid_s1")
    words = [{"word": "sil"}, {"word": "bin"}, {"word": "z"}]
    row = {"id": "x", "speaker": "s1", "audio": "audio/x.ogg", "words": words}
    (tmp_path / "grid_s1").mkdir()
    (tmp_path / "grid_s1" / "clips.jsonl").write_text(json.dumps(row) + "\n")
    (clip,) = read_prepared(tmp_path, "grid_s1")
    assert clip.text == "bin zed"
