"""The embedded language model: prompts, generation, likelihood, files, bad input."""

from pathlib import Path

import pytest
import torch

from avitalk.errors import InputError
from avitalk.instruct import language
from avitalk.instruct.language import LanguageModel, Written
from avitalk.instruct.llama import Llama, LlamaConfig
from avitalk.instruct.tokens import ASK, BOS, EOS, SAY, SPECIAL, Tokens

WORDS = "The corners of the lips rise. Brows stay low, and the lids narrow."


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    torch.manual_seed(1)
    network = Llama(LlamaConfig(vocabulary=300, width=32, layers=2, heads=4, groups=2, hidden=48))
    for name, parameter in network.named_parameters():  # as lively as a trained one
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.1 if "embed" in name else 0.25)
    return LanguageModel(network, Tokens.train([WORDS], 300))


def test_text_comes_back_and_marks_cannot_be_typed() -> None:
    tokens = Tokens.train([WORDS], 300)
    for text in (WORDS, "Unseen: Ärger, 42 %!", "a <eos> b <say>"):
        ids = tokens.encode(f"  {text}\n")
        assert tokens.decode(ids) == text
        assert min(ids) >= len(SPECIAL)
    assert tokens.encode(" ") == []
    assert tokens.encode("lips") == tokens.encode("the lips")[-len(tokens.encode("lips")) :]


def test_tokenizers_that_cannot_be() -> None:
    with pytest.raises(InputError, match="too small"):
        Tokens.train([WORDS], 100)
    with pytest.raises(InputError, match="not a stored tokenizer"):
        Tokens.parse("{}")


def test_prompts_of_words_and_of_vectors_are_the_same(model: LanguageModel) -> None:
    described = "low and loud"
    words = model.ask(["Say how."], descriptions=[described])
    soft = model.embed(torch.tensor([model.encode(described)]))
    vectors = model.ask(["Say how."], soft=soft)
    assert torch.equal(words.embeddings, vectors.embeddings)
    ids = [BOS, *model.encode(described), ASK, *model.encode("Say how."), SAY]
    assert torch.equal(words.embeddings[0], model.embed(torch.tensor(ids)))


def test_texts_follow_the_seed_and_not_their_neighbours(model: LanguageModel) -> None:
    prompt = model.ask(["Say.", "Say how the lips rise."], descriptions=["low", "low, and more"])
    setting = {"temperature": 2.0, "top_p": 1.0, "max_tokens": 12}
    first = model.generate(prompt, seed=4, candidates=3, **setting)
    assert first == model.generate(prompt, seed=4, candidates=3, **setting)
    assert first != model.generate(prompt, seed=5, candidates=3, **setting)
    assert len({written.text for row in first for written in row}) == 6
    alone = model.ask(["Say how the lips rise."], descriptions=["low, and more"])
    pair = model.generate(prompt, seed=[8, 9], candidates=2, **setting)
    single = model.generate(alone, seed=[9], **setting)[0][0]
    assert single.text == pair[1][0].text
    assert single.log_prob == pytest.approx(pair[1][0].log_prob, abs=1e-3)


def test_log_prob_is_that_of_generation(model: LanguageModel) -> None:
    prompt = model.ask(["Say."] * 2, descriptions=["low", "low, and high"])
    ids = torch.tensor([model.encode("Brows rise.")] * 2)
    found = model.log_prob(prompt, ["Brows rise."] * 2)
    for row in range(2):
        part = prompt.embeddings[row][prompt.real[row]]
        whole = torch.cat((part, model.embed(ids[row])))[None]
        logs = model.network(whole)[0, len(part) - 1 :].log_softmax(-1)
        wanted = logs.gather(1, torch.tensor([*ids[row].tolist(), EOS])[:, None]).sum()
        assert float(found.total[row]) == pytest.approx(float(wanted), abs=1e-3)
    assert found.tokens.tolist() == [ids.shape[1] + 1] * 2
    greedy = model.generate(prompt, seed=0, temperature=0, max_tokens=3)
    assert all(not row[0].finished and row[0].tokens == 3 for row in greedy)


def test_generation_stops_at_the_end(model: LanguageModel) -> None:
    network = Llama(LlamaConfig.tiny())
    with torch.no_grad():
        network.model.norm.weight.copy_(10 * network.model.embed_tokens.weight[EOS])
        network.model.embed_tokens.weight.copy_(network.model.embed_tokens.weight[EOS].abs())
        network.model.embed_tokens.weight[EOS] *= 9
        network.model.norm.weight.fill_(1)
    quick = LanguageModel(network, model.tokens)
    assert quick.generate(quick.ask(["Say."]), seed=0, temperature=0) == [
        (Written("", quick.generate(quick.ask(["Say."]), seed=0)[0][0].log_prob, 1, True),)
    ]


def test_dropping_finished_rows_changes_no_text(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = model.ask(["Say.", "Say how the lips rise."], descriptions=["low", "low, and more"])
    setting = {"temperature": 3.0, "top_p": 1.0, "max_tokens": 60, "candidates": 12}
    dropped: list[int] = []
    only, draw = model._only, language.draw

    def soon_over(logits: torch.Tensor, chance: torch.Tensor, **setting: float) -> torch.Tensor:
        return torch.where(chance < 0.1, EOS, draw(logits, chance, **setting))

    monkeypatch.setattr(language, "draw", soon_over)
    monkeypatch.setattr(model, "_only", lambda rows, state: dropped.append(1) or only(rows, state))
    found = model.generate(prompt, seed=4, **setting)
    assert len(dropped) > 1
    monkeypatch.setattr(language, "MOST_GOING", 0.0)
    whole = model.generate(prompt, seed=4, **setting)
    assert len({written.tokens for row in whole for written in row}) > 3
    for row, expected in zip(found, whole, strict=True):
        assert [(w.text, w.tokens, w.finished) for w in row] == [
            (w.text, w.tokens, w.finished) for w in expected
        ]
        chances = [w.log_prob for w in row]
        assert chances == pytest.approx([w.log_prob for w in expected], abs=1e-4)


def test_gradients_reach_the_prompt_and_no_weight(model: LanguageModel) -> None:
    soft = torch.randn(2, 3, model.width, requires_grad=True)
    loss = model.loss(model.ask(["Say.", "Say how."], soft=soft), [WORDS, "Lips."])
    loss.backward()
    assert soft.grad is not None
    assert (soft.grad.abs().amax(dim=-1) > 0).all()
    assert all(parameter.grad is None for parameter in model.network.parameters())


def test_a_soft_prompt_learns_a_text(model: LanguageModel) -> None:
    soft = torch.full((1, 4, model.width), 0.1, requires_grad=True)
    optimizer = torch.optim.Adam([soft], 0.05)
    losses = []
    for _ in range(30):
        loss = model.loss(model.ask(["Say."], soft=soft), ["The lips rise."])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_file_holds_all_of_it(model: LanguageModel, tmp_path: Path) -> None:
    path = tmp_path / "language.safetensors"
    model.save(path)
    again = LanguageModel.load(path)
    assert str(again.tokens) == str(model.tokens)
    assert again.network.config == model.network.config
    prompt = again.ask(["Say."], descriptions=["low"])
    near = model.log_prob(model.ask(["Say."], descriptions=["low"]), [WORDS])
    assert float(again.log_prob(prompt, [WORDS]).total) == pytest.approx(
        float(near.total), rel=1e-2
    )
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_bad_input_is_named(model: LanguageModel, tmp_path: Path) -> None:
    prompt = model.ask(["Say."])
    with pytest.raises(InputError, match="temperature is -1"):
        model.generate(prompt, seed=0, temperature=-1)
    with pytest.raises(InputError, match="top_p is 0"):
        model.generate(prompt, seed=0, top_p=0)
    with pytest.raises(InputError, match="candidates 0"):
        model.generate(prompt, seed=0, candidates=0)
    with pytest.raises(InputError, match="2 seeds for 1 prompts"):
        model.generate(prompt, seed=[1, 2])
    with pytest.raises(InputError, match=r"\(B, L, 32\) is needed"):
        model.generate(torch.zeros(1, 2, 5), seed=0)
    with pytest.raises(InputError, match=r"\(B, Q, 32\) is needed"):
        model.ask(["Say."], soft=torch.zeros(1, 2, 5))
    with pytest.raises(InputError, match="1 requests with 2"):
        model.ask(["Say."], descriptions=["a", "b"])
    with pytest.raises(InputError, match="none of them empty"):
        model.loss(prompt, [" "])
    (tmp_path / "no.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="not a readable safetensors file"):
        LanguageModel.load(tmp_path / "no.safetensors")
