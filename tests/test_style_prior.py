"""The diffusion prior: what conditions it, what guidance and steps do, and the writer around it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.errors import InputError
from avitalk.style.prior import DiffusionPrior, PriorConfig, guided, remaining
from avitalk.style.tower import Encoded, TextTower, TowerConfig
from avitalk.style.words import Vocabulary
from avitalk.style.writer import StyleWriter, WriterNetwork
from avitalk.types import Style

WORDS = [
    "she",
    "is",
    "very",
    "angry",
    "happy",
    "sad",
    "and",
    "not",
    "a",
    "man",
    "smile",
    "left",
    "right",
    "eyebrow",
    "raise",
]


def network(**changes: bool) -> WriterNetwork:
    torch.manual_seed(0)
    known = Vocabulary.of(WORDS, 0)
    sizes = PriorConfig.tiny()
    config = PriorConfig(16, 64, sizes.width, sizes.layers, sizes.heads, sizes.hidden, **changes)
    return WriterNetwork(TextTower(TowerConfig.tiny(len(known)), known), config).eval()


@pytest.fixture
def writer() -> StyleWriter:
    return StyleWriter(network())


def test_same_text_and_seed_give_the_same_style_in_any_company(writer: StyleWriter) -> None:
    alone = writer.styles(["angry man"], seeds=[3])[0]
    beside = writer.styles(["a happy smile", "angry man", "sad"], seeds=[1, 3, 2])
    assert np.array_equal(alone.vector, beside[1].vector)
    assert alone.vector.shape == (64,) and alone.name == "angry man"
    other = writer.styles(["angry man"], seeds=[4])[0]
    assert not np.allclose(alone.vector, other.vector)


def test_guidance_1_is_the_plain_condition_and_0_heeds_no_text() -> None:
    told, untold = torch.randn(2, 3, 64)
    assert torch.equal(guided(told, untold, torch.ones(3, 1)), untold + (told - untold))
    prior = network().prior
    assert isinstance(prior, DiffusionPrior)
    tower = network().tower
    texts = tower.encode(["angry man", "happy smile"])
    free = prior.sample(texts, [1, 1], guidance=0)
    assert torch.allclose(free[0], free[1], atol=1e-6)
    plain = prior.sample(texts, [1, 1], guidance=1)
    assert not torch.allclose(plain[0], plain[1], atol=1e-3)
    mixed = prior.sample(texts, [1, 1], guidance=[0, 1])
    assert torch.allclose(mixed[0], free[0], atol=1e-6)
    assert torch.allclose(mixed[1], plain[1], atol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 12, 40])
@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_any_number_of_steps_gives_finite_styles(steps: int, eta: float) -> None:
    whole = network()
    asked: list[float] = []
    prior = whole.prior
    assert isinstance(prior, DiffusionPrior)
    prior.register_forward_hook(lambda m, given, out: asked.append(float(given[1][0])))
    found = prior.sample(whole.tower.encode(["angry"]), [0], steps=steps, eta=eta)
    assert torch.isfinite(found).all()
    assert len(asked) == steps
    assert asked[0] == 1 and asked == sorted(asked, reverse=True)


def test_a_prior_that_knows_the_answer_is_believed() -> None:
    """Whatever the steps, sampling ends where the network says the clean style is."""
    whole = network()
    prior = whole.prior
    assert isinstance(prior, DiffusionPrior)
    target = torch.randn(64)
    prior.measure(torch.randn(100, 64) * 3 + 1)
    for parameter in prior.clean.parameters():
        torch.nn.init.zeros_(parameter)
    prior.clean.bias.data.copy_(prior.inner(target))
    found = prior.sample(whole.tower.encode(["sad"]), [5], steps=7, guidance=3.0)
    assert torch.allclose(found[0], target, atol=1e-4)


def test_text_comes_before_what_is_noisy() -> None:
    """Causal: words and c never see the noise, so they are read once for all steps."""
    whole = network()
    prior = whole.prior
    assert isinstance(prior, DiffusionPrior)
    text = whole.tower.encode(["she is very angry"])
    kept = prior.read(text)
    times, noise = torch.tensor([0.3]), torch.randn(1, 64)
    before = [layer[0].clone() for layer in kept.layers]
    prior(noise, times, kept)
    assert all(torch.equal(a, b[0]) for a, b in zip(before, kept.layers, strict=True))
    longer = Encoded(
        torch.cat((text.states, torch.full((1, 3, 16), 9.0)), 1),
        torch.cat((text.real, torch.zeros(1, 3, dtype=torch.bool)), 1),
        text.pooled,
        text.c,
    )
    padded = prior(noise, times, prior.read(longer))
    assert torch.allclose(padded, prior(noise, times, kept), atol=1e-5)


def test_signal_fades_from_all_to_nothing() -> None:
    share = remaining(torch.linspace(0, 1, 50))
    assert share[0] > 0.999999 and share[-1] < 1e-3
    assert (share.diff() <= 0).all()


def test_blends_mix_the_styles_of_their_parts(writer: StyleWriter) -> None:
    both = writer.styles(["30 % angry, 70 % happy"], seeds=[2])[0].vector
    parts = writer.styles(["angry", "happy"], seeds=[2, 2])
    assert np.allclose(both, 0.3 * parts[0].vector + 0.7 * parts[1].vector, atol=1e-5)


def test_a_saved_writer_writes_the_same(writer: StyleWriter, tmp_path: Path) -> None:
    for parameter in writer.network.parameters():
        parameter.data = parameter.data.half().float()
    writer.save(tmp_path / "prior.safetensors")
    again = StyleWriter.load(tmp_path / "prior.safetensors")
    one, two = (w.styles(["angry, not sad"], seeds=[0])[0] for w in (writer, again))
    assert np.array_equal(one.vector, two.vector)
    assert np.array_equal(writer.embed(["happy"]), again.embed(["happy"]))
    placed = again.place([one, Style(np.zeros(64, np.float32))])
    assert np.allclose(np.linalg.norm(placed, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("changes", [{"aligned": False}, {"diffusion": False}])
def test_ablations_are_stored_and_sampled_alike(changes: dict[str, bool], tmp_path: Path) -> None:
    StyleWriter(network(**changes)).save(tmp_path / "prior.safetensors")
    again = StyleWriter.load(tmp_path / "prior.safetensors")
    assert np.isfinite(again.styles(["happy"], seeds=[0])[0].vector).all()
    if not changes.get("aligned", True):
        prior, tower = again.network.prior, again.network.tower
        text = tower.encode(["happy"])
        other = text._replace(c=-text.c)
        assert torch.equal(prior.sample(text, [1]), prior.sample(other, [1]))


def test_bad_input_is_refused(writer: StyleWriter, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no word"):
        writer.styles([""], seeds=[0])
    with pytest.raises(InputError, match="one of each"):
        writer.styles(["happy"], seeds=[0, 1])
    with pytest.raises(InputError, match="guidance"):
        writer.styles(["happy"], seeds=[0], guidance=-1.0)
    with pytest.raises(InputError, match="seed"):
        writer.styles(["happy"], seeds=[-1])
    with pytest.raises(InputError, match="allowed: 1 to 1000"):
        writer.styles(["happy"], seeds=[0], steps=0)
    with pytest.raises(InputError, match="not a readable"):
        StyleWriter.load(tmp_path / "nothing.safetensors")
