"""The LLaMA network agrees with Hugging Face's, with and without cache and padding."""

import pytest
import torch

from avitalk.errors import InputError
from avitalk.instruct.llama import Cache, Llama, LlamaConfig
from avitalk.instruct.sampling import draw, tidy, uniforms


@pytest.fixture(scope="module")
def network() -> Llama:
    torch.manual_seed(3)
    net = Llama(LlamaConfig.tiny()).eval()
    for parameter in net.parameters():  # large weights: differences would show
        torch.nn.init.normal_(parameter, mean=float(parameter.dim() == 1), std=0.3)
    return net.requires_grad_(False)


@pytest.mark.parametrize("tied", [True, False])
def test_same_logits_as_transformers(tied: bool) -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    sizes = LlamaConfig(vocabulary=90, width=32, layers=3, heads=4, groups=2, hidden=40, tied=tied)
    ours = Llama(sizes).eval()
    config = transformers.LlamaConfig(
        vocab_size=90, hidden_size=32, intermediate_size=40, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5, tie_word_embeddings=tied,
    )  # fmt: skip
    theirs = transformers.LlamaForCausalLM(config).eval()
    state = {name: 5 * tensor for name, tensor in ours.state_dict().items()}
    ours.load_state_dict(state)
    found = theirs.load_state_dict(state, strict=False)
    assert not found.unexpected_keys
    assert found.missing_keys == (["lm_head.weight"] if tied else [])
    ids = torch.randint(0, 90, (3, 17))
    with torch.no_grad():
        torch.testing.assert_close(ours(ours.embed(ids)), theirs(ids).logits, atol=1e-4, rtol=1e-4)


def test_cache_gives_what_the_whole_gives(network: Llama) -> None:
    x = torch.randn(2, 9, 32)
    whole = network(x)
    cache = Cache(network.config, 2, 9, x)
    parts = [network(x[:, a:b], cache=cache) for a, b in ((0, 4), (4, 5), (5, 8), (8, 9))]
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-4, rtol=1e-4)
    assert cache.length == cache.room == 9


def test_training_reckons_the_same(network: Llama) -> None:
    x = torch.randn(2, 9, 32)
    torch.testing.assert_close(
        network(x.clone().requires_grad_()).detach(), network(x), atol=1e-4, rtol=1e-4
    )


def test_padding_on_the_left_changes_nothing(network: Llama) -> None:
    x = torch.randn(1, 6, 32)
    padded = torch.cat((torch.randn(1, 3, 32), x), dim=1)
    real = torch.tensor([[False] * 3 + [True] * 6])
    torch.testing.assert_close(network(padded, real=real)[:, 3:], network(x), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("sizes", [{"width": 30}, {"heads": 4, "groups": 3}, {"width": 12}])
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"do(es)? not part"):
        LlamaConfig(**sizes)


def test_draw_keeps_to_the_nucleus() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    chances = torch.linspace(0, 0.999, 50)
    rows = logits.expand(50, 4)
    assert set(draw(rows, chances, temperature=1, top_p=0.8).tolist()) == {0, 1}
    assert set(draw(rows, chances, temperature=1, top_p=1).tolist()) == {0, 1, 2, 3}
    assert set(draw(rows, chances, temperature=0, top_p=1).tolist()) == {0}
    assert set(draw(rows, chances, temperature=1, top_p=0.01).tolist()) == {0}
    shares = torch.bincount(draw(logits.expand(9999, 4), torch.arange(9999) / 9999,
                                 temperature=1, top_p=1)) / 9999  # fmt: skip
    torch.testing.assert_close(shares, logits.exp()[0], atol=1e-3, rtol=0)


def test_chances_of_a_row_do_not_depend_on_other_rows() -> None:
    both, one = uniforms([(1, 0), (1, 1)], 5), uniforms([(1, 1)], 5)
    assert torch.equal(both[1], one[0])
    assert not torch.equal(both[0], both[1])


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("the lips part , slowly .", "The lips part, slowly."),
        ("brows up. then a smile", "Brows up."),
        ("brows up, then", "Brows up, then."),
        ("one. two three. four", "One. Two three."),
        ("", ""),
    ],
)
def test_tidy(written: str, clean: str) -> None:
    assert tidy(written) == clean
