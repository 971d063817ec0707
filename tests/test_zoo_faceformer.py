"""FaceFormer: what each frame sees, decoding in two ways, the published sizes, training."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.nn.threads import one_thread
from avitalk.train.loop import Computing
from avitalk.train.zoo import faceformer as training
from avitalk.train.zoo.sequences import Sequence25
from avitalk.types import Speech, SpeechFeatures
from avitalk.weights import find, shipped
from avitalk.zoo.faceformer import FaceFormer, FaceFormerConfig
from avitalk.zoo.faceformer.config import BIWI
from avitalk.zoo.faceformer.decoder import DecoderLayer
from avitalk.zoo.faceformer.ears import Wav2VecEars
from avitalk.zoo.faceformer.masks import alignment, causal_bias, periodic_positions, slopes
from avitalk.zoo.faceformer.network import FaceFormerNetwork

TINY = FaceFormerConfig.tiny()


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Networks this small are slower on several threads."""
    with one_thread():
        yield


def moving(config: FaceFormerConfig = TINY, seed: int = 0) -> FaceFormerNetwork:
    """A network whose output layer is no longer zero."""
    torch.manual_seed(seed)
    network = FaceFormerNetwork(config).eval()
    nn.init.normal_(network.leave.weight, std=0.3)
    nn.init.normal_(network.leave.bias, std=0.3)
    return network


def given(config: FaceFormerConfig = TINY, frames: int = 12) -> tuple[Tensor, Tensor]:
    """Features and speakers of two voices."""
    generator = torch.Generator().manual_seed(1)
    shape = (2, frames * config.per_frame, config.features)
    return torch.randn(shape, generator=generator), torch.eye(len(config.speakers))[[0, 1]]


def sequence(name: str, frames: int = 20, upper: bool = True, seed: int = 0) -> Sequence25:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2 * frames, 6)).astype(np.float16)
    weights = np.zeros((frames, 52), np.float16)
    weights[:, 17] = 0.5 + 0.4 * np.sin(np.arange(frames) / 3)
    return Sequence25(name, "grid_s1", name, "neutral", values, weights, upper)


class Ears:
    """Features of any width that follow the samples."""

    def __init__(self, width: int, rate_hz: float = 50.0) -> None:
        self.width, self.rate_hz = width, rate_hz

    def encode(self, speech: Speech) -> SpeechFeatures:
        frames = -(-len(speech.samples) // 320)
        heard = np.resize(speech.samples[:: 320 // self.width], (frames, self.width))
        return SpeechFeatures(heard, np.empty((frames, 0), np.float32), self.rate_hz)


def noise(seconds: float) -> Speech:
    rng = np.random.default_rng(0)
    return Speech(rng.normal(0, 0.1, int(seconds * 16_000)).astype(np.float32))


def test_bias_is_causal_and_constant_within_a_period() -> None:
    bias = causal_bias(4, 60, 25)
    assert torch.allclose(slopes(4), torch.tensor([1 / 4, 1 / 16, 1 / 64, 1 / 256]))
    assert torch.isneginf(bias[:, 3, 4:]).all() and torch.isfinite(bias[:, 59]).all()
    for head, slope in enumerate(slopes(4)):
        row = bias[head, 59].flip(0)  # from the frame itself backwards
        assert (row[:25] == 0).all()
        assert torch.allclose(row[25:50], -slope) and torch.allclose(row[50:], -2 * slope)


def test_positions_repeat_after_a_period() -> None:
    at = periodic_positions(25, 64, 60)
    assert torch.equal(at[:25], at[25:50]) and torch.equal(at[10], at[35])
    assert len(torch.unique(at[:25], dim=0)) == 25
    assert at[7, 0] == torch.tensor(7.0).sin() and at[7, 1] == torch.tensor(7.0).cos()


def test_a_frame_sees_its_own_features_only() -> None:
    assert torch.equal(alignment(5, 1), torch.eye(5, dtype=torch.bool))
    two = alignment(5, 2)
    for frame in range(5):
        assert two[frame].nonzero().ravel().tolist() == [2 * frame, 2 * frame + 1]
    network = moving(replace(TINY, context=()))
    features, speaker = given(network.config)
    truth = torch.randn(2, 12, 15)
    before = network.given(features, truth, speaker)
    features[:, 12:14] += 1  # those of frame 6
    after = network.given(features, truth, speaker)
    assert (before != after).any(-1).any(0).nonzero().ravel().tolist() == [6]


def test_a_frame_sees_no_later_frames() -> None:
    network, (features, speaker) = moving(), given()
    truth = torch.randn(2, 12, 15)
    before = network.given(features, truth, speaker)
    truth[:, 5] += 1
    changed = (before != network.given(features, truth, speaker)).any(-1).any(0)
    assert changed.nonzero().ravel().tolist() == list(range(6, 12))


def test_decoder_is_the_transformers_of_vaswani() -> None:
    torch.manual_seed(0)
    layer = DecoderLayer(16, 2, 24, 0.0).eval()
    usual = nn.TransformerDecoderLayer(16, 2, 24, 0.0, batch_first=True).eval()
    wanted: dict[str, Tensor] = {}
    pairs = [("self_attn", layer.itself), ("multihead_attn", layer.speech)]
    for name, part in pairs:
        for end in ("weight", "bias"):
            joined = [getattr(part.ask, end), getattr(part.tell, end)]
            wanted[f"{name}.in_proj_{end}"] = torch.cat(joined)
            wanted[f"{name}.out_proj.{end}"] = getattr(part.leave, end)
    names = ["linear1", "linear2", "norm1", "norm2", "norm3"]
    for name, other in zip(names, [layer.widen, layer.narrow, *layer.norms], strict=True):
        wanted |= {f"{name}.weight": other.weight, f"{name}.bias": other.bias}
    usual.load_state_dict(wanted)
    x, memory = torch.randn(1, 12, 16), torch.randn(1, 24, 16)
    bias, aligned = causal_bias(2, 12, 5), alignment(12, 2)
    theirs = usual(x, memory, tgt_mask=bias, memory_mask=~aligned)
    assert torch.allclose(layer(x, memory, bias, aligned), theirs, atol=1e-5)


@pytest.mark.parametrize("per_frame", [1, 2])
def test_keeping_earlier_frames_changes_nothing(per_frame: int) -> None:
    network = moving(replace(TINY, per_frame=per_frame))
    features, speaker = given(network.config)
    with torch.inference_mode():
        again, kept = network.recomputed(features, speaker), network.cached(features, speaker)
        forced = network.given(features, again, speaker)
    assert again.shape == (2, 12, 15)
    assert torch.allclose(again, kept, atol=1e-4)
    assert torch.allclose(again, forced, atol=1e-4)  # its own frames given back to it
    assert (again[0] - again[1]).abs().max() > 0.01


def test_an_untrained_face_rests() -> None:
    model = FaceFormer.untrained(TINY, ears=Ears(6))
    assert not model.outputs(noise(1)).any()
    features, speaker = given()
    loss = (model.network.given(features, torch.ones(2, 12, 15), speaker) - 1).square().mean()
    loss.backward()
    gradient = model.network.leave.weight.grad
    assert gradient is not None and gradient.abs().max() > 0


def test_published_sizes() -> None:
    def count(config: FaceFormerConfig) -> int:
        with torch.device("meta"):
            return sum(p.numel() for p in FaceFormerNetwork(config).parameters())

    # Both maps of 5,023 vertices, that of the audio, one decoder layer, 8 speakers.
    layer = 2 * (4 * 64 * 64 + 4 * 64) + 2 * 64 * 128 + 128 + 64 + 6 * 64
    maps = 2 * 15_069 * 64 + 64 + 15_069 + 768 * 64 + 64
    assert count(FaceFormerConfig.published()) == layer + maps + 8 * 64
    biwi = FaceFormerConfig.biwi()
    assert (biwi.vertices, biwi.width, biwi.period, biwi.fps) == (23_370, 128, 25, 25)
    assert biwi.speakers == BIWI and biwi.per_frame == 2
    assert count(FaceFormerConfig.small()) < 3e6


def small_wav2vec() -> Any:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
    }  # fmt: skip
    return transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**sizes))


def test_ears_of_the_paper_hear_at_the_faces_rate() -> None:
    ears = Wav2VecEars(small_wav2vec())
    for seconds, frames in [(0.01, 1), (1, 30), (1.51, 45), (20, 600), (31.3, 939)]:
        heard = ears.encode(noise(seconds))
        assert heard.values.shape == (frames, 24) and heard.rate_hz == 30
    assert np.array_equal(heard.values, ears.encode(noise(31.3)).values)
    config = replace(FaceFormerConfig.published(), features=24, vertices=7)
    model = FaceFormer(config, moving(config), ears=ears)
    assert model.outputs(noise(1)).shape == (30, 7, 3) and not config.cached
    with pytest.raises(InputError, match="7 vertices of another mesh"):
        model.animate(noise(1))


def test_wav2vec_of_the_published_size_has_its_parameters() -> None:
    transformers = pytest.importorskip("transformers")
    with torch.device("meta"):
        network = transformers.Wav2Vec2Model(transformers.Wav2Vec2Config())
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(94.4e6, rel=0.001)


def test_long_recordings_are_decoded_in_pieces_that_join() -> None:
    network = moving(replace(TINY, longest=40))
    nn.init.normal_(network.leave.weight, std=0.02)
    model = FaceFormer(network.config, network)
    values = np.random.default_rng(0).normal(size=(260, 6)).astype(np.float32)
    track = model.moved(values, 130)
    assert track.shape == (130, 5, 3) and np.isfinite(track).all()
    assert np.array_equal(track[:10], model.moved(values[:80], 40)[:10])
    steps = np.abs(np.diff(track, axis=0)).max(axis=(1, 2))
    assert steps.max() < 3 * np.median(steps)
    # What follows a joint by far depends on its own piece only.
    assert np.array_equal(track[-12:], model.moved(values[160:], 50)[-12:])


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    model = FaceFormer(TINY, moving(), ears=Ears(6))
    path = tmp_path / "faceformer.safetensors"
    model.save(path)
    again = FaceFormer.load(path, ears=Ears(6))
    assert again.config == TINY
    assert np.allclose(again.outputs(noise(1)), model.outputs(noise(1)), atol=0.02)
    once, twice = (again.outputs(noise(1), seed=3) for _ in range(2))
    assert np.array_equal(once, twice) and once.any()
    with pytest.raises(InputError, match="'talker', but 'zoo-faceformer'"):
        FaceFormer.load(find("talker").path)


def test_same_seed_same_weights() -> None:
    one, two, other = (FaceFormer.untrained(TINY, seed).network for seed in (1, 1, 2))
    assert torch.equal(one.see.weight, two.see.weight)
    assert not torch.equal(one.see.weight, other.see.weight)


@pytest.mark.parametrize(("seconds", "frames"), [(1.0, 25), (0.01, 1), (1.03, 26)])
def test_animates_a_face(seconds: float, frames: int) -> None:
    config = FaceFormerConfig.tiny(vertices=face_patch().vertices)
    motion = FaceFormer(config, moving(config), ears=Ears(6)).animate(noise(seconds))
    assert (motion.frames, motion.fps) == (frames, 25)
    assert motion.weights.max() > 0


def test_bad_input_is_refused() -> None:
    model = FaceFormer.untrained(TINY, ears=Ears(6))
    with pytest.raises(InputError, match="unknown speaker 'x'; available: one, two"):
        model.outputs(noise(1), speaker="x")
    with pytest.raises(InputError, match="5 vertices of another mesh"):
        model.animate(noise(1))
    with pytest.raises(InputError, match="width 4 at 50 Hz; this FaceFormer takes width 6 at 50"):
        FaceFormer.untrained(TINY, ears=Ears(4)).outputs(noise(1))
    with pytest.raises(InputError, match="width 6 at 30 Hz"):
        FaceFormer.untrained(TINY, ears=Ears(6, 30.0)).outputs(noise(1))
    with pytest.raises(InputError, match="width 16 in 3 heads"):
        replace(TINY, heads=3)
    with pytest.raises(InputError, match="no speakers"):
        replace(TINY, speakers=())


def test_recipes_fit_the_code() -> None:
    assert training.SHELF.available() == ["published", "small", "tiny"]
    paper = training.SHELF.find("published")
    assert (paper.batch, paper.learning_rate, paper.forced) == (1, 1e-4, 0) and paper.through
    sizes = training.config_for("published", [sequence("a")])
    assert not sizes.context and sizes.width == 128 and not sizes.cached
    with pytest.raises(InputError, match="unknown size 'big'; available: small, tiny, published"):
        training.SHELF.find("small", ["size=big"])
    with pytest.raises(InputError, match=r"forced 1.5; allowed: 0 to 1"):
        training.Recipe(forced=1.5)


@pytest.mark.parametrize(("forced", "through"), [(1.0, False), (0.0, False), (0.0, True)])
def test_two_steps(forced: float, through: bool) -> None:
    recipe = replace(training.SHELF.find("tiny"), forced=forced, through=through)
    found = [sequence("a"), sequence("b", 9, upper=False, seed=1)]
    losses: list[float] = []
    model = training.train(recipe, found, told=lambda stage, done, steps, loss: losses.append(loss))
    assert len(losses) == 2 and np.isfinite(losses).all()
    assert model.config.speakers == ("a", "b") and model.network.leave.weight.abs().max() > 0


def test_continued_training_equals_one_without_a_break(tmp_path: Path) -> None:
    recipe = replace(training.SHELF.find("tiny"), steps=4, computing=Computing(save_every=2))
    found = [sequence("a"), sequence("b", seed=1)]
    whole = training.train(recipe, found)

    def stop(stage: str, done: int, steps: int, loss: float) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(recipe, found, folder=tmp_path, told=stop)
    parts = training.train(recipe, found, folder=tmp_path)
    for one, two in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        assert torch.equal(one, two)


def test_learns_one_sequence_and_keeps_to_it_by_itself() -> None:
    recipe = training.Recipe(
        size="tiny", steps=120, batch=2, frames=20, learning_rate=2e-2, feature_noise=0.0,
        noise_mm=0.1, blended=0.0,
    )  # fmt: skip
    one = sequence("a")
    losses: list[float] = []
    model = training.train(recipe, [one], told=lambda stage, done, steps, loss: losses.append(loss))
    assert np.mean(losses[-10:]) < 0.1 * losses[0]
    patch = face_patch()
    made, truth = model.moved(one.values, one.frames, "a"), patch.moved(one.weights)
    assert np.corrcoef(patch.gap_mm(made.astype(np.float64)), patch.gap_mm(truth))[0, 1] > 0.9


def test_upper_faces_that_nobody_saw_teach_nothing() -> None:
    recipe = replace(training.SHELF.find("tiny"), forced=1.0, feature_noise=0.0)
    torch.manual_seed(0)
    network = FaceFormerNetwork(training.config_for("tiny", [sequence("a")]))
    training.Lesson(network, recipe, [sequence("a", upper=False)])().backward()
    gradient = network.leave.bias.grad
    assert gradient is not None
    rows = gradient.reshape(-1, 3).abs().sum(axis=1)
    upper = torch.from_numpy(face_patch().upper)
    assert not rows[upper].any() and rows[~upper].any()


def test_held_out_lips_are_measured() -> None:
    model = FaceFormer(TINY, moving())
    with pytest.raises(InputError, match="1 sequences of grid_s1"):
        training.validated(model, [sequence("a")])
    config = FaceFormerConfig.tiny(vertices=face_patch().vertices)
    found = [sequence("a"), sequence("b", 26, seed=1)]
    measured = training.validated(FaceFormer(config, FaceFormerNetwork(config)), found, "one")
    assert measured["aperture r"] == "0.000 [0.000, 0.000]"  # at rest: nothing moves
    assert float(measured["lower face off by mm"].split()[0]) > 0


@pytest.mark.skipif("zoo-faceformer" not in shipped(), reason="not trained yet")
def test_the_shipped_one_speaks() -> None:
    model = FaceFormer.load(find("zoo-faceformer").path)
    motion = model.animate(noise(1))
    assert motion.frames == 25 and np.isfinite(motion.weights).all()
