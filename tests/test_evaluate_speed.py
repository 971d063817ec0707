"""Suite `speed`: what timed out is a result, growth is read from one run, processes are real."""

import json
import math
from pathlib import Path

import pytest
import soundfile

from avitalk.errors import InputError
from avitalk.evaluate.corpus import read_corpus
from avitalk.evaluate.runs import Run
from avitalk.evaluate.suites import speed, speed_job
from evaluate_corpora import Fake, face, made_corpus, voice


def answers(
    name: str, seconds: float, voices: object, limit_s: float = 0.0
) -> dict[str, float] | None:
    """A made-up machine: 'linear' takes a tenth of real time, 'square' gives up at 60 s."""
    if name == speed.STAGES:
        return {"talker": 0.1, "performer": 0.2}
    if name == "square" and seconds == 60:
        return None
    return {"seconds": seconds / 10, "loaded_mb": 300.0, "peak_mb": 400.0}


def test_what_timed_out_stands_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "job", answers)
    corpus = read_corpus(made_corpus(tmp_path / "made", 1), phones=False)
    systems = [Fake("linear", face), Fake("square", face)]
    result = speed.measure(corpus, systems, Run(tmp_path / "run"))
    rows = result.blocks[0].rows
    assert rows["linear"]["run 1"]["ratio 60 s"] == pytest.approx(0.1)
    assert rows["linear"]["run 1"]["time growth"] == pytest.approx(6)
    assert rows["linear"]["run 1"]["memory growth"] == 1
    assert math.isinf(rows["square"]["run 1"]["time 60 s"])
    page = result.markdown("avitalk evaluate")
    assert "| timed out |" in page
    json.loads(json.dumps(result.data("x")), parse_constant=pytest.fail)


def test_measurements_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(
        name: str, seconds: float, voices: object, limit_s: float = 0.0
    ) -> dict[str, float] | None:
        calls.append(name)
        return answers(name, seconds, voices)

    monkeypatch.setattr(speed, "job", counted)
    corpus = read_corpus(made_corpus(tmp_path / "made", 1), phones=False)
    for _ in range(2):
        speed.measure(corpus, [Fake("linear", face)], Run(tmp_path / "run"))
    assert calls.count("linear") == sum(speed.REPEATS.values())


def test_a_process_measures_itself(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "voice.wav", voice(0), 16_000)
    found = speed.job("avitalk-neutral", 1.0, [str(tmp_path / "voice.wav")])
    assert found is not None
    assert 0 < found["seconds"] < 60
    assert 50 < found["loaded_mb"] <= found["peak_mb"]
    with pytest.raises(InputError, match=r"its process failed \(.*unknown model"):
        speed.job("nobody", 1.0, [str(tmp_path / "voice.wav")])


def test_recordings_are_laid_end_to_end(tmp_path: Path) -> None:
    for number in range(2):
        soundfile.write(tmp_path / f"{number}.wav", voice(number), 16_000)
    speech = speed_job.speech_of([tmp_path / "0.wav", tmp_path / "1.wav"], 5.0)
    assert speech.duration_s == 5.0
    assert (speech.samples[64_000:80_000] == speech.samples[:16_000]).all()
