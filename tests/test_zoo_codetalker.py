"""CodeTalker: its codebook and masks, its sizes, and that both stages learn."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.nn.threads import one_thread
from avitalk.train.loop import Computing
from avitalk.train.zoo.codetalker import SHELF, Recipe, Stage, own_past, train
from avitalk.train.zoo.codetalker_lessons import Lesson
from avitalk.train.zoo.sequences import Sequence25
from avitalk.types import Speech, SpeechFeatures
from avitalk.zoo.codetalker import CodeTalker, CodeTalkerConfig
from avitalk.zoo.codetalker.masks import alignment, periodic_positions, temporal_bias
from avitalk.zoo.codetalker.network import CodeTalkerNetwork
from avitalk.zoo.codetalker.quantiser import VectorQuantiser

TINY = CodeTalkerConfig.tiny()


@pytest.fixture(autouse=True)
def on_one_thread() -> Iterator[None]:
    with one_thread():
        yield


class Ears:
    """Hears noise of any width."""

    def __init__(self, width: int) -> None:
        self.width = width

    def encode(self, speech: Speech) -> SpeechFeatures:
        frames = math.ceil(len(speech.samples) / 320)
        values = np.random.default_rng(0).normal(size=(frames, self.width)).astype(np.float32)
        return SpeechFeatures(values, np.empty((frames, 0), np.float32))


def noise(seconds: float) -> Speech:
    samples = np.random.default_rng(1).normal(scale=0.1, size=round(16000 * seconds))
    return Speech(samples.astype(np.float32))


def seeded(config: CodeTalkerConfig, seed: int = 0) -> CodeTalkerNetwork:
    """Random weights in all layers, the one that starts at zero included."""
    torch.manual_seed(seed)
    network = CodeTalkerNetwork(config).eval()
    torch.nn.init.normal_(network.leave.weight, std=0.1)
    torch.nn.init.normal_(network.autoencoder.quantiser.codebook, std=0.5)
    return network


def sequences(count: int = 3, frames: int = 20) -> list[Sequence25]:
    rng = np.random.default_rng(2)
    found = []
    for index in range(count):
        weights = np.zeros((frames, 52), np.float16)
        opened = 0.3 + 0.3 * np.sin(np.arange(frames) * 0.9 + index)
        weights[:, 17] = opened
        values = rng.normal(size=(2 * frames, 6)).astype(np.float16)
        values[:, 0] = np.repeat(opened, 2)
        speaker = "s1" if index % 2 else "nobody"
        found.append(
            Sequence25(f"n{index}", "grid_s1", speaker, "neutral", values, weights, bool(index))
        )
    return found


def test_quantiser_picks_the_nearest_code_and_lets_gradients_pass() -> None:
    torch.manual_seed(0)
    quantiser = VectorQuantiser(7, 3, 0.25)
    torch.nn.init.normal_(quantiser.codebook)
    latents = torch.randn(2, 5, 3, requires_grad=True)
    found = quantiser(latents)
    for row, place in zip(latents.reshape(-1, 3), found.chosen.flatten(), strict=True):
        assert int(place) == int((quantiser.codebook - row).norm(dim=1).argmin())
    assert torch.allclose(found.values, quantiser.codebook[found.chosen], atol=1e-6)
    pull = torch.randn(2, 5, 3)
    (gradient,) = torch.autograd.grad((found.values * pull).sum(), latents)
    assert torch.equal(gradient, pull)


def test_losses_of_the_codebook_have_their_closed_form() -> None:
    quantiser = VectorQuantiser(2, 2, 0.25)
    with torch.no_grad():
        quantiser.codebook.copy_(torch.tensor([[0.0, 0.0], [10.0, 10.0]]))
    latents = torch.tensor([[[1.0, 2.0], [9.0, 10.0]]], requires_grad=True)
    found = quantiser(latents)
    mean = (1 + 4 + 1 + 0) / 4
    assert float(found.loss.detach()) == pytest.approx(1.25 * mean)
    found.loss.backward()
    # Latents are drawn to their codes by beta alone, codes to their latents by 1.
    assert torch.allclose(latents.grad, 0.25 * 2 / 4 * torch.tensor([[[1.0, 2.0], [-1.0, 0.0]]]))
    wanted = -2 / 4 * torch.tensor([[1.0, 2.0], [-1.0, 0.0]])
    assert torch.allclose(quantiser.codebook.grad, wanted)


def test_perplexity_counts_codes_in_even_use() -> None:
    quantiser = VectorQuantiser(4, 1, 0.25)
    with torch.no_grad():
        quantiser.codebook.copy_(torch.arange(4.0)[:, None])
    even = quantiser(torch.tensor([[0.0], [1.0], [2.0], [3.0]]))
    assert even.perplexity(4) == pytest.approx(4)
    assert quantiser(torch.zeros(5, 1)).perplexity(4) == pytest.approx(1)


def test_idle_codes_are_laid_anew_and_those_in_use_are_not() -> None:
    torch.manual_seed(0)
    quantiser = VectorQuantiser(6, 2, 0.25, patience=3)
    latents = torch.randn(50, 2) * 4
    with torch.no_grad():
        quantiser.codebook[0] = latents[0]
        quantiser.codebook[1:] = 1000.0
    kept = quantiser.codebook[0].clone()
    assert quantiser.revive(latents) == 5
    assert torch.equal(quantiser.codebook[0], kept)
    assert all((latents == code).all(dim=1).any() for code in quantiser.codebook[1:])
    quantiser.age.zero_()
    with torch.no_grad():
        quantiser.codebook[5] = 1000.0
    assert [quantiser.revive(latents) for _ in range(3)] == [0, 0, 1]


def test_masks() -> None:
    bias = temporal_bias(6, 4, 2)
    assert torch.equal(bias[0].triu(1) == -math.inf, torch.ones(6, 6).triu(1).bool())
    assert bias[:, 5, 0].tolist() == [-2 / 4, -2 / 16, -2 / 64, -2 / 256]
    assert bias[0, 5].tolist() == [-0.5, -0.5, -0.25, -0.25, 0, 0]
    assert (~alignment(3, 6, 2)).nonzero().tolist() == [
        [0, 0], [0, 1], [1, 2], [1, 3], [2, 4], [2, 5],
    ]  # fmt: skip
    assert torch.equal(alignment(3, 3, 1), ~torch.eye(3).bool())
    place = periodic_positions(12, 8, 5)
    assert torch.equal(place[0], place[5])
    assert not torch.equal(place[0], place[4])


def test_a_frame_hears_its_own_speech_and_the_past() -> None:
    network = seeded(replace(TINY, context=()))
    features, moved = torch.randn(1, 20, 6), torch.randn(1, 10, 15)
    style = torch.tensor([0])
    before = network(features, moved, style).latents
    changed = features.clone()
    changed[:, 8:10] += 1  # frame 4
    after = network(changed, moved, style).latents
    apart = (after - before).abs().amax(dim=(0, 2, 3))
    assert apart[4] > 1e-4
    assert apart[[0, 1, 2, 3]].max() == 0
    told = moved.clone()
    told[:, 6] += 1
    apart = (network(features, told, style).latents - before).abs().amax(dim=(0, 2, 3))
    assert apart[:7].max() == 0
    assert apart[7] > 1e-4
    assert not torch.equal(network(features, moved, style + 1).latents, before)


def test_context_reaches_as_far_as_its_dilations() -> None:
    network = seeded(replace(TINY, context=(1, 4)))
    features = torch.randn(1, 30, 6)
    before = network.hear(features)
    features[:, 15] += 1
    changed = (network.hear(features) - before).abs().amax(dim=(0, 2)) > 1e-6
    assert changed.nonzero()[:, 0].tolist() == [10, 11, 12, 14, 15, 16, 18, 19, 20]


def test_the_own_past_of_stage_2_is_what_is_drawn() -> None:
    network = seeded(TINY)
    values, moved = torch.randn(2, 40, 6), torch.randn(2, 20, 15)
    lesson = Lesson(values, moved, torch.ones_like(moved), torch.tensor([0, 1]))
    pasts = [own_past(network, lesson, np.random.default_rng(seed)) for seed in range(12)]
    still = [past for past in pasts if not past.any()]
    assert 0 < len(still) < len(pasts)
    opening = [part[:, -1] for part in network.steps(values[:, :24], lesson.style)]
    for past in pasts:
        assert not past.requires_grad
        if past.any():
            assert torch.allclose(past[:, :12], torch.stack(opening, dim=1), atol=1e-5)


def test_generated_motion_is_that_of_codes_and_agrees_with_its_own_past() -> None:
    network = seeded(TINY)
    features, style = torch.randn(1, 16, 6), torch.tensor([1])
    told = []
    decode = network.autoencoder.decode
    network.autoencoder.decode = lambda codes: told.append(codes) or decode(codes)  # type: ignore
    with torch.no_grad():
        drawn = network.generate(features, style)
    assert drawn.shape == (1, 8, 15)
    assert [codes.shape[1] for codes in told] == list(range(1, 9))
    book = network.autoencoder.quantiser.codebook
    for codes in told:
        apart = torch.cdist(codes.reshape(-1, 4), book).min(dim=1).values
        assert apart.max() < 1e-5
    for before, after in itertools.pairwise(told):
        assert torch.allclose(before, after[:, :-1], atol=1e-6)  # what was said stays said


def test_published_sizes() -> None:
    def millions(config: CodeTalkerConfig) -> float:
        with torch.device("meta"):
            network = CodeTalkerNetwork(config)
        return sum(p.numel() for p in network.parameters()) / 1e6

    # By hand, in thousands: 3 V x 1024 thrice, 2 convolutions, 12 + 6 layers, the rest.
    space = 2 * 15069 * 1.024 + 2 * 5243.9 + 12 * 7350.8 + 2 * 1049.6 + 16.4
    speech = 15069 * 1.024 + 6 * 12600.3 + 787.5 + 1048.6 + 8.2
    assert millions(CodeTalkerConfig.published()) == pytest.approx((space + speech) / 1e3, rel=2e-3)
    biwi = CodeTalkerConfig.biwi()
    assert (biwi.codes, biwi.code_width, biwi.entries, biwi.beta) == (8, 128, 256, 0.25)
    assert millions(biwi) > 460
    assert millions(CodeTalkerConfig.small()) < 3


def test_a_checkpoint_gives_the_same_motion(tmp_path: Path) -> None:
    model = CodeTalker(TINY, seeded(TINY).half().float(), ears=Ears(6))
    model.save(tmp_path / "m.safetensors")
    again = CodeTalker.load(tmp_path / "m.safetensors", ears=Ears(6))
    assert again.config == TINY
    first = model.outputs(noise(1.0))
    assert first.shape == (25, 5, 3)
    assert np.array_equal(first, again.outputs(noise(1.0), seed=7))
    assert not np.array_equal(first, model.outputs(noise(1.0), style="two"))
    other = CodeTalker.untrained(TINY, 1).network.state_dict()
    same = CodeTalker.untrained(TINY, 1).network.state_dict()
    assert all(torch.equal(value, same[name]) for name, value in other.items())


@pytest.mark.parametrize("frames", [1, 2, 29, 30, 31, 45, 100])
def test_pieces_of_long_recordings_join(frames: int) -> None:
    model = CodeTalker(TINY, seeded(TINY), ears=Ears(6))
    values = np.random.default_rng(0).normal(size=(2 * frames, 6)).astype(np.float32)
    moved = model.respond(values, frames)
    assert moved.shape == (frames, 5, 3)
    assert np.isfinite(moved).all()
    alone = model.respond(values[: 2 * min(frames, 15)], min(frames, 15))
    assert alone.shape[0] == min(frames, 15)


def test_features_reach_the_frames_they_belong_to() -> None:
    from avitalk.zoo.codetalker.model import _at_frames

    values = np.arange(10, dtype=np.float32)[:, None]
    assert _at_frames(values, 5, TINY)[:, 0].tolist() == list(range(10))
    assert _at_frames(values, 6, TINY)[-1, 0] == 9
    voca = CodeTalkerConfig.published()
    assert _at_frames(values, 3, voca)[:, 0] == pytest.approx([1 / 3, 2, 11 / 3])


def test_animate_gives_motion_of_the_patch() -> None:
    config = CodeTalkerConfig.tiny(6, face_patch().vertices)
    motion = CodeTalker(config, seeded(config), ears=Ears(6)).animate(noise(1.0))
    assert (motion.frames, motion.fps) == (25, 25.0)
    assert np.isfinite(motion.weights).all()
    assert CodeTalker(config, seeded(config), ears=Ears(6)).animate(noise(0.01)).frames == 1


def test_bad_input_is_named(tmp_path: Path) -> None:
    model = CodeTalker(TINY, seeded(TINY), ears=Ears(6))
    with pytest.raises(InputError, match="another mesh"):
        model.animate(noise(0.1))
    with pytest.raises(InputError, match="unknown style 'three'; available: one, two"):
        model.outputs(noise(0.1), style="three")
    with pytest.raises(InputError, match="ears of width 7"):
        CodeTalker(TINY, seeded(TINY), ears=Ears(7))
    with pytest.raises(InputError, match="width 16 does not part into 3 heads"):
        replace(TINY, heads=3)
    with pytest.raises(InputError, match="differ only with"):
        replace(TINY, bridged=False)
    (tmp_path / "x.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="not a readable"):
        CodeTalker.load(tmp_path / "x.safetensors")
    with pytest.raises(InputError, match="unknown size 'huge'"):
        Recipe(size="huge")
    with pytest.raises(InputError, match="no sequences"):
        train(Recipe(), [])


def test_two_steps_of_each_stage_and_the_motion_space_stays() -> None:
    recipe = SHELF.find("tiny")
    losses: list[tuple[str, int, float]] = []
    states: dict[str, dict[str, torch.Tensor]] = {}

    def told(stage: str, done: int, steps: int, loss: float) -> None:
        assert steps == 2
        losses.append((stage, done, loss))

    original = CodeTalkerNetwork.freeze

    def freeze(self: CodeTalkerNetwork) -> list[torch.nn.Parameter]:
        states["before"] = {k: v.clone() for k, v in self.state_dict().items()}
        return original(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CodeTalkerNetwork, "freeze", freeze)
        model = train(recipe, sequences(), told=told)
    assert [(stage, done) for stage, done, _ in losses] == [
        ("motion", 1), ("motion", 2), ("speech", 1), ("speech", 2),
    ]  # fmt: skip
    assert all(math.isfinite(loss) for *_, loss in losses)
    after = model.network.state_dict()
    for name, value in states["before"].items():
        same = torch.equal(value, after[name])
        assert same == name.startswith("autoencoder") or "bias" in name, name
    assert model.config.styles == ("s1", "nobody")


def test_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    recipe = SHELF.find(
        "tiny", ["motion.steps=3", "speech.steps=3", "feature_noise=0.1", "own_past=0.8"]
    )
    whole = train(recipe, sequences()).network.state_dict()
    for stage, stop in (("motion", 2), ("speech", 1)):

        def told(name: str, done: int, *_: object, at: str = stage, stop: int = stop) -> None:
            if name == at and done == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(recipe, sequences(), folder=tmp_path, told=told)
    again = train(recipe, sequences(), folder=tmp_path).network.state_dict()
    for name, value in whole.items():
        assert torch.equal(value, again[name]), name


def test_both_stages_fit_one_sequence() -> None:
    losses: dict[str, list[float]] = {"motion": [], "speech": []}
    recipe = Recipe(
        "tiny", 2, 20, Stage(40, 2e-2), Stage(40, 1e-2), computing=Computing(save_every=500)
    )
    train(recipe, sequences(1), told=lambda stage, _, __, loss: losses[stage].append(loss))
    for stage in losses.values():
        assert np.mean(stage[-10:]) < 0.5 * np.mean(stage[:5])


def test_recipes_parse_and_their_sizes_are_built() -> None:
    assert SHELF.available() == ["published", "small", "tiny"]
    for name in SHELF.available():
        assert SHELF.find(name).size == name
    full = SHELF.find("published").config(sequences())
    assert (full.talker_layers, full.vertices, full.features) == (12, face_patch().vertices, 6)
