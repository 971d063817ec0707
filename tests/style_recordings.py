"""Clips and checkpoints for tests of stage 2's training, made up here."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from avitalk.arkit import INDEX
from avitalk.data.performances.clips import Spoken, write_spoken
from instruct_recordings import voice

EXPRESSIONS = 6
EMOTIONS = ("angry", "happy", "sad", "neutral")
PEOPLE = ("M003", "M005", "W009", "W011")


def spoken(path: Path) -> Path:
    """A file of clips as `prepare` writes it: lips that open and close."""
    rng = np.random.default_rng(0)
    clips = []
    for number in range(4):
        lips = np.zeros((150, 52), np.float32)
        lips[:, INDEX["jawOpen"]] = 0.2 * (1 - np.cos(np.arange(150) / (6 + number)))
        prosody = rng.normal(0, 0.5, (150, 6)).astype(np.float32)
        part = "test" if number == 3 else "train"
        clips.append(Spoken(f"clip{number}", "grid", part, lips, prosody))
    write_spoken(path, clips)
    return path


def filmed(folder: Path, seconds: float = 1.3) -> Path:
    """A folder laid out as MEAD: faces that open as the voice swells and smile by emotion."""
    lines = []
    for person, name in enumerate(PEOPLE):
        for number, emotion in enumerate(EMOTIONS):
            clip_id = f"{name}/front/{emotion}/level_{1 if emotion == 'neutral' else 3}/014"
            path = folder / clip_id
            path.parent.mkdir(parents=True)
            wave = voice(4 * person + number, seconds)
            soundfile.write(path.with_suffix(".wav"), wave, 16_000)
            expression, jaw = face(len(wave) / 16_000, number)
            np.savez(path.with_suffix(".npz"), expression=expression, jaw=jaw, fps=30.0)
            lines.append(f"{clip_id}\tThey are {emotion}.\tThe brows of {name} move.")
    (folder / "annotations.tsv").write_text("\n".join(lines) + "\n")
    return folder


def face(seconds: float, emotion: int, fps: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """(F, EXPRESSIONS) and (F, 3) of somebody who speaks with a feeling."""
    time_s = np.arange(round(seconds * fps)) / fps
    expression = np.zeros((len(time_s), EXPRESSIONS + 2), np.float32)
    expression[:, emotion] = 1.5 + 0.3 * np.sin(3 * time_s)
    jaw = np.zeros((len(time_s), 3), np.float32)
    jaw[:, 0] = 0.1 * (1 - np.cos(2 * np.pi * 3 * time_s))
    return expression, jaw


def wav2vec2(folder: Path) -> Path:
    """A random wav2vec 2.0, 24 wide."""
    transformers = pytest.importorskip("transformers")
    sizes: dict[str, Any] = {
        "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
    }  # fmt: skip
    torch.manual_seed(0)
    transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**sizes)).save_pretrained(folder)
    return folder
