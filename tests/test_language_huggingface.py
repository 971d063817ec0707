"""Hugging Face's models behind the same methods, with tiny random checkpoints."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from avitalk.errors import InputError
from avitalk.instruct.huggingface import HuggingFaceLanguage

transformers = pytest.importorskip("transformers")
TEXT = "The corners of the lips rise and the brows stay low."


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    path = tmp_path_factory.mktemp(request.param)
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    marks = ["<s>", "</s>"]
    bpe.train_from_iterator(
        [TEXT],
        trainers.BpeTrainer(vocab_size=290, special_tokens=marks, initial_alphabet=alphabet),
    )
    bos = "<s>" if request.param == "llama" else None  # not every tokenizer has one
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token=bos, eos_token="</s>"
    ).save_pretrained(path)
    torch.manual_seed(0)
    if request.param == "llama":
        config = transformers.LlamaConfig(
            vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, initializer_range=0.2,
        )  # fmt: skip
    else:
        config = transformers.GPT2Config(
            vocab_size=300, n_embd=32, n_layer=2, n_head=4, n_positions=128, initializer_range=0.2
        )
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(path)
    return path


def test_writes_the_same_for_a_seed_whatever_stands_beside(folder: Path) -> None:
    model = HuggingFaceLanguage.load(folder)
    assert model.width == 32
    prompt = model.ask(["Say.", "Say how the lips rise."], descriptions=["low", "low and loud"])
    setting = {"max_tokens": 8, "candidates": 2, "temperature": 1.0, "top_p": 0.95}
    written = model.generate(prompt, seed=[1, 2], **setting)
    assert written == model.generate(prompt, seed=[1, 2], **setting)
    alone = model.ask(["Say."], descriptions=["low"])
    single = model.generate(alone, seed=[1], **setting)[0]
    assert [w.text for w in single] == [w.text for w in written[0]]


def test_log_prob_is_the_models_own(folder: Path) -> None:
    model = HuggingFaceLanguage.load(folder)
    prompt = model.ask(["Say.", "Say how the lips rise."], descriptions=["low", "low and loud"])
    found = model.log_prob(prompt, [TEXT, "Lips."])
    for row, text in enumerate((TEXT, "Lips.")):
        said = torch.tensor([*model.encode(text), model.end])
        part = prompt.embeddings[row][prompt.real[row]]
        whole = torch.cat((part, model.embed(said[:-1])))[None]
        logs = model.model(inputs_embeds=whole).logits[0, len(part) - 1 :].log_softmax(-1)
        wanted = float(logs.gather(1, said[:, None]).sum())
        assert float(found.total[row]) == pytest.approx(wanted, abs=1e-3)


def test_gradients_reach_the_soft_prompt_only(folder: Path) -> None:
    model = HuggingFaceLanguage.load(folder)
    soft = torch.randn(2, 3, 32, requires_grad=True)
    model.loss(model.ask(["Say.", "Say how."], soft=soft), [TEXT, "Lips."]).backward()
    assert soft.grad is not None
    assert (soft.grad.abs().amax(dim=-1) > 0).all()
    assert not any(parameter.requires_grad for parameter in model.model.parameters())


def test_lora_trains_beside_it(folder: Path) -> None:
    pytest.importorskip("peft")
    model = HuggingFaceLanguage.load(folder, lora_rank=2)
    assert model.adapters()
    model.loss(model.ask(["Say."]), [TEXT]).backward()
    assert any(float(p.grad.abs().max()) > 0 for p in model.adapters() if p.grad is not None)
    others = [p for name, p in model.model.named_parameters() if "lora_" not in name]
    assert all(parameter.grad is None for parameter in others)


@pytest.mark.parametrize(
    ("missing", "setting", "install"),
    [
        ("transformers", {}, r"avitalk\[llm\]"),
        ("bitsandbytes", {"four_bit": True}, "pip install bitsandbytes"),
        ("peft", {"lora_rank": 4}, r"avitalk\[llm\]"),
        ("accelerate", {"spread": True}, r"avitalk\[llm\]"),
    ],
)
def test_what_is_missing_is_named(
    missing: str, setting: dict[str, Any], install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    plain: Callable[..., Any] = importlib.import_module

    def without(name: str, *rest: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return plain(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(InputError, match=f"needs {missing}: .*{install}"):
        HuggingFaceLanguage.load("nowhere", local=True, **setting)


def test_no_model_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no causal language model to load"):
        HuggingFaceLanguage.load(tmp_path)
