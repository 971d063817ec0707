"""Recordings that sound a little like voices, and tiny checkpoints: made for tests of training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

NAMES = ("03a01Wa", "08a02La", "09a04Ea", "10a05Aa", "11a07Fa", "12b01Ta", "13b02Na", "14b03Wa")


def voice(seed: int, seconds: float = 1.3) -> np.ndarray:
    """Pulses of a glottis whose pitch and loudness move, through two formants; silence around."""
    rng = np.random.default_rng(seed)
    count = int(seconds * 16_000)
    time_s = np.arange(count) / 16_000
    pitch_hz = 110 + 12 * seed + 20 * np.sin(2 * np.pi * (1 + seed % 3) * time_s)
    pulses = np.sin(2 * np.pi * np.cumsum(pitch_hz) / 16_000)
    buzz = np.sign(pulses) * pulses**4 * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time_s) ** 2)
    wave = np.concatenate([np.zeros(1600), buzz, np.zeros(1600)])
    return (0.3 * wave + rng.normal(0, 1e-3, len(wave))).astype(np.float32)


def emodb(folder: Path) -> Path:
    """A folder named as EmoDB's."""
    (folder / "wav").mkdir(parents=True)
    for seed, name in enumerate(NAMES):
        soundfile.write(folder / "wav" / f"{name}.wav", voice(seed), 16_000)
    return folder


def mead(folder: Path) -> Path:
    """A folder laid out as MEAD's audio, with texts."""
    lines = []
    for seed, emotion in enumerate(("angry", "happy", "sad", "contempt")):
        clip = folder / "M003" / "audio" / emotion / "level_3"
        clip.mkdir(parents=True)
        soundfile.write(clip / "014.wav", voice(seed), 16_000)
        lines.append(f"M003/front/{emotion}/level_3/014\tHe is {emotion}.\tThe brows move.")
    (folder / "annotations.tsv").write_text("\n".join(lines) + "\n")
    return folder


def sentence_model(folder: Path) -> Path:
    """A random BERT with a word-piece vocabulary of letters."""
    transformers = pytest.importorskip("transformers")
    folder.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz,.';-"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    (folder / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def hubert(folder: Path) -> Path:
    """A random HuBERT, 24 wide."""
    transformers = pytest.importorskip("transformers")
    sizes: dict[str, Any] = {
        "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 32, "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
    }  # fmt: skip
    torch.manual_seed(0)
    transformers.HubertModel(transformers.HubertConfig(**sizes)).save_pretrained(folder)
    return folder


def llama(folder: Path) -> Path:
    """A random LLaMA, 32 wide, with a tokenizer of bytes."""
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    marks = ["<s>", "</s>"]
    trainer = trainers.BpeTrainer(vocab_size=260, special_tokens=marks, initial_alphabet=alphabet)
    bpe.train_from_iterator(["The lips rise."], trainer)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<s>", eos_token="</s>"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=520, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, initializer_range=0.2,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder
