"""MeshTalk: cross-modality loss, categorical latent, context model, and its training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.train.zoo.meshtalk import SHELF, Recipe, masks_of, train
from avitalk.train.zoo.sequences import Sequence25
from avitalk.types import Speech, SpeechFeatures
from avitalk.weights import find
from avitalk.zoo.meshtalk import Config, MeshTalk
from avitalk.zoo.meshtalk import model as model_module
from avitalk.zoo.meshtalk.context import ContextModel
from avitalk.zoo.meshtalk.crossing import Lesson, Losses, Masks, losses
from avitalk.zoo.meshtalk.encoders import AudioEncoder
from avitalk.zoo.meshtalk.latent import quantised
from avitalk.zoo.meshtalk.mel import log_mel
from avitalk.zoo.meshtalk.network import Network
from avitalk.zoo.meshtalk.sampler import Sampler

TINY = Config.tiny()
ON_PATCH = Config.tiny(6, 395)
MASKS = Masks(*torch.tensor([[1.0] * 3 + [0] * 5, [0] * 5 + [1.0] * 3, [0] * 7 + [1.0]]))


class Ears:
    """Features that follow the samples, without a network."""

    width = 6

    def encode(self, speech: Speech) -> SpeechFeatures:
        padded = np.pad(speech.samples, (0, -len(speech.samples) % 320))
        frames = padded.reshape(-1, 320)
        return SpeechFeatures(frames[:, :6] * 10, np.empty((len(frames), 0), np.float32))


def noise(seconds: float = 1.0, seed: int = 0) -> Speech:
    rng = np.random.default_rng(seed)
    return Speech(rng.normal(scale=0.1, size=round(16_000 * seconds)).astype(np.float32))


def sequences(count: int = 4, upper: tuple[bool, ...] = (True, False)) -> list[Sequence25]:
    rng = np.random.default_rng(0)
    found = []
    for i in range(count):
        values = rng.normal(size=(60, 6)).astype(np.float16)
        weights = rng.uniform(0, 0.4, (30, 52)).astype(np.float16)
        known = upper[i % len(upper)]
        found.append(Sequence25(f"s{i}", "grid_s1", "one", "neutral", values, weights, known))
    return found


# The cross-modality loss


def crossing_lesson() -> Lesson:
    torch.manual_seed(1)
    known = torch.ones(4, 5)
    known[3, 4] = 0
    upper = torch.tensor([1.0, 1, 0, 1])
    return Lesson(
        torch.randn(4, 8, 3), torch.randn(4, 5, 8, 3), torch.randn(4, 10, 6), known, upper
    )


def crossed() -> tuple[Losses, list[Tensor], list[tuple[Tensor, Tensor]]]:
    """The losses; what was drawn, its gradients kept; and the codes that were fused."""
    network = MeshTalk.untrained(TINY).network
    drawn: list[Tensor] = []
    fused: list[tuple[Tensor, Tensor]] = []

    def keep(_module: Any, _given: Any, made: Any) -> None:
        made[0].retain_grad()
        drawn.append(made[0])

    network.decoder.register_forward_hook(keep)
    network.fuse.register_forward_hook(lambda _module, given, _made: fused.append(given))
    return losses(network, crossing_lesson(), MASKS, (1, 2)), drawn, fused


def reached(loss: Tensor, drawn: Tensor) -> list[Tensor]:
    """Whether each vertex of each frame is answered for: (B, F, V) of all three tellings."""
    loss.backward()
    assert drawn.grad is not None
    return list(drawn.grad.view(3, 4, 5, 8, 3).abs().sum(-1) > 0)


def test_with_anothers_expression_only_the_mouth_answers_to_ones_own_sound() -> None:
    found, drawn, _ = crossed()
    own, by_sound, by_sight = reached(found.mouth, drawn[0])
    assert not own.any()
    assert not by_sight.any()
    wanted = crossing_lesson().known.bool()[..., None] & (MASKS.mouth > 0)
    assert torch.equal(by_sound, wanted)


def test_with_anothers_sound_only_known_upper_faces_answer_to_ones_own_expression() -> None:
    found, drawn, _ = crossed()
    own, by_sound, by_sight = reached(found.upper, drawn[0])
    assert not own.any()
    assert not by_sound.any()
    lesson = crossing_lesson()
    known = lesson.known.bool()[..., None] & lesson.upper.bool()[:, None, None]
    assert torch.equal(by_sight, known & (MASKS.upper > 0))


def test_told_by_both_all_that_is_known_answers() -> None:
    found, drawn, _ = crossed()
    own, by_sound, by_sight = reached(found.whole, drawn[0])
    assert not (by_sound.any() or by_sight.any())
    lesson = crossing_lesson()
    upper = (MASKS.upper == 0) | lesson.upper.bool()[:, None, None]
    assert torch.equal(own, lesson.known.bool()[..., None] & upper)


def test_each_telling_hears_and_sees_whom_it_should() -> None:
    (seen, heard) = crossed()[2][0]
    (own, other_seen, own_again), (sound, sound_again, other_heard) = seen.chunk(3), heard.chunk(3)
    assert torch.equal(own, own_again)
    assert torch.equal(sound, sound_again)
    assert torch.equal(other_seen, own.roll(1, 0))
    assert torch.equal(other_heard, sound.roll(2, 0))
    assert not torch.equal(other_seen, own)
    assert not torch.equal(other_heard, sound)


def test_no_known_upper_face_teaches_nothing() -> None:
    lesson = replace(crossing_lesson(), upper=torch.zeros(4))
    found = losses(MeshTalk.untrained(TINY).network, lesson, MASKS, (1, 2))
    assert found.upper == 0
    assert found.lids == 0
    assert found.mouth > 0


def test_masks_of_the_patch_share_no_vertex() -> None:
    patch, masks = face_patch(), masks_of(face_patch(), torch.device("cpu"))
    assert not (masks.mouth * masks.upper).any()
    assert (masks.mouth.numpy()[patch.lips] == 1).all()
    assert masks.lids.sum() > 10
    assert not (masks.lids > masks.upper).any()


# The categorical latent


def test_latents_are_one_hot_and_pass_the_gradient_of_the_softmax() -> None:
    torch.manual_seed(0)
    logits = torch.randn(7, 3, 5, requires_grad=True)
    latent = quantised(logits.log_softmax(-1), noisy=True)
    assert set(latent.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(latent.sum(-1), torch.ones(7, 3))
    steer = torch.randn(5)
    (quantised(logits.log_softmax(-1), noisy=False) * steer).sum().backward()
    soft = logits.detach().clone().requires_grad_()
    (soft.softmax(-1) * steer).sum().backward()
    assert logits.grad is not None
    assert soft.grad is not None
    assert torch.allclose(logits.grad, soft.grad, atol=1e-6)


def test_noise_draws_classes_as_often_as_they_are_likely() -> None:
    torch.manual_seed(0)
    chances = torch.tensor([0.7, 0.2, 0.1])
    drawn = quantised(chances.log().expand(20_000, 3), noisy=True).mean(0)
    assert torch.allclose(drawn, chances, atol=0.015)
    assert torch.equal(quantised(chances.log(), noisy=False), torch.tensor([1.0, 0, 0]))


# The context model


def contexts(frames: int = 9) -> tuple[ContextModel, Tensor, Tensor]:
    torch.manual_seed(0)
    drawn = torch.randint(0, TINY.classes, (1, frames, TINY.heads))
    return ContextModel(TINY), one_hot(drawn, TINY.classes).float(), torch.randn(1, frames, 4)


def test_no_latent_changes_what_was_likely_before_it() -> None:
    model, latent, audio = contexts()
    before = model(latent, audio)[0].flatten(0, 1)
    changes = set()
    for place in range(latent.shape[1] * TINY.heads):
        other = latent.clone().view(-1, TINY.classes)
        other[place] = other[place].roll(1)
        after = model(other.view_as(latent), audio)[0].flatten(0, 1)
        changed = (after != before).any(-1)
        assert not changed[: place + 1].any()
        changes |= {at - place for at in torch.nonzero(changed)[:, 0].tolist()}
    assert min(changes) == 1  # the next head
    assert max(changes) > 2 * TINY.heads  # and frames after the next


def test_no_sound_changes_what_was_likely_before_it() -> None:
    model, latent, audio = contexts()
    before, later = model(latent, audio), audio.clone()
    later[:, 4:] += 1
    changed = (model(latent, later) != before).any(-1)[0]
    assert not changed[:4].any()
    assert changed[4:].all()


def test_sampler_draws_from_the_model_that_was_trained() -> None:
    model, _, audio = contexts(20)
    sampler, rng = Sampler(model), np.random.default_rng(0)
    drawn, told = [], []
    for code in audio[0].numpy():
        classes, log_probs = sampler.draw(code, rng.gumbel(size=(TINY.heads, TINY.classes)))
        drawn.append(one_hot(torch.from_numpy(classes), TINY.classes).float())
        told.append(torch.from_numpy(log_probs))
    at_once = model(torch.stack(drawn)[None], audio)[0]
    assert torch.allclose(torch.stack(told), at_once, atol=1e-5)
    assert len(torch.stack(drawn).argmax(-1).unique()) > 1


# Sizes


def test_published_sizes() -> None:
    with torch.device("meta"):
        network = Network(Config.published())
    counts = {
        name: round(sum(p.numel() for p in part.parameters()) / 1e6, 2)
        for name, part in network.named_children()
    }
    assert counts == {
        "hears": 0.56,
        "sees": 4.92,
        "fuse": 2.24,
        "decoder": 20.66,
        "context": 270.59,
    }
    small = Network(Config.small(110, 395))
    assert sum(p.numel() for p in small.parameters()) < 3e6


def test_published_hearing_takes_a_second_to_one_code() -> None:
    heard = log_mel(torch.randn(2, 16_000))
    assert heard.shape == (2, 80, 101)
    encoder = AudioEncoder(Config.published()).eval()
    assert encoder.reach == 50
    assert encoder(torch.randn(1, 2, 16_000)).shape == (1, 2, 128)


def test_small_hearing_is_a_window_around_the_frame() -> None:
    encoder = AudioEncoder(Config.small(6, 8)).eval()
    values = torch.randn(1, 240, 6)
    before, other = encoder(values), values.clone()
    other[:, 120] += 1
    changed = torch.nonzero((encoder(other) != before).any(-1)[0])[:, 0].tolist()
    assert changed == list(range(60 - 13, 60 + 13 + 1))


def test_a_decoder_that_adds_nothing_gives_the_template() -> None:
    network = MeshTalk.untrained(TINY).network
    for layer in network.decoder.outwards:
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    network.mean.normal_()
    template = torch.randn(1, 8, 3)
    made, _ = network.drawn(template, torch.zeros(1, 4, TINY.heads, TINY.classes))
    assert torch.allclose(made[0, 2], template[0], atol=1e-6)


# The usable object


def test_a_second_of_noise_moves_the_face() -> None:
    method = MeshTalk.untrained(ON_PATCH, ears=Ears())
    motion = method.animate(noise(), seed=3)
    assert (motion.frames, motion.fps) == (25, 25.0)
    assert np.isfinite(motion.weights).all()
    assert method.outputs(noise(), seed=3).shape == (25, 395, 3)
    assert method.animate(noise(0.01)).frames == 1
    assert MeshTalk.untrained(Config.tiny(0)).outputs(noise()).shape == (30, 8, 3)


def test_chance_is_that_of_the_seed() -> None:
    method = MeshTalk.untrained(TINY, ears=Ears())
    once, again, other = (method.outputs(noise(), seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    likeliest = [method.outputs(noise(), seed=seed, greedy=True) for seed in (0, 1)]
    assert np.array_equal(*likeliest)


@pytest.mark.parametrize("features", [6, 0])
def test_blocks_do_not_show(features: int, monkeypatch: pytest.MonkeyPatch) -> None:
    method = MeshTalk.untrained(Config.tiny(features), ears=Ears())
    whole = method.outputs(noise(3))
    monkeypatch.setattr(model_module, "HEARD_AT_ONCE", {True: 7, False: 7})
    assert np.allclose(method.outputs(noise(3)), whole, atol=1e-5)


def test_round_trip(tmp_path: Path) -> None:
    method = MeshTalk.untrained(ON_PATCH, seed=5, ears=Ears())
    method.save(tmp_path / "m.safetensors")
    again = MeshTalk.load(tmp_path / "m.safetensors")
    assert again.config == ON_PATCH
    values = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    moved = [each.from_features(values, greedy=True) for each in (method, again)]
    assert np.abs(moved[0] - moved[1]).max() < 0.01


def test_shipped_weights_hear_the_shipped_encoder() -> None:
    shipped = find("zoo-meshtalk")
    method = MeshTalk.load(shipped.path)
    assert method.config == Config.small(110, face_patch().vertices)
    assert shipped.card["config"]["parameters"] < 3e6
    motion = method.animate(noise())
    assert motion.frames == 25
    assert np.array_equal(motion.weights, method.animate(noise()).weights)
    assert motion.weights.min() >= 0
    assert motion.weights.max() <= 1


def test_bad_input() -> None:
    with pytest.raises(InputError, match="of another mesh"):
        MeshTalk.untrained(TINY, ears=Ears()).animate(noise())
    with pytest.raises(InputError, match="takes width 7"):
        MeshTalk.untrained(Config.tiny(7), ears=Ears())
    with pytest.raises(InputError, match="seed -1; allowed: 0"):
        MeshTalk.untrained(TINY, ears=Ears()).outputs(noise(), seed=-1)
    with pytest.raises(InputError, match="no samples"):
        MeshTalk.untrained(TINY, ears=Ears()).outputs(Speech(np.zeros(0, np.float32)))
    with pytest.raises(InputError, match="must be 1 and more"):
        replace(TINY, heads=0)
    with pytest.raises(InputError, match="at 25 fps"):
        replace(TINY, fps=30.0)
    with pytest.raises(InputError, match="unknown size 'large'; available: small"):
        Recipe(size="large")
    with pytest.raises(InputError, match="no sequences"):
        train(Recipe(), [])


# Training


def test_recipes_are_read_and_published_is_published() -> None:
    assert SHELF.available() == ["published", "small", "tiny"]
    config = SHELF.find("published").config(110, 395)
    assert config == replace(Config.published(), features=110, vertices=395, fps=25.0)
    assert SHELF.find("small").config(110, 395) == Config.small(110, 395)
    assert SHELF.find("tiny", ["latent.steps=3"]).latent.steps == 3


def test_two_steps_change_both_stages_and_go_on_after_a_halt(tmp_path: Path) -> None:
    recipe, told = SHELF.find("tiny"), []
    whole = train(recipe, sequences(), told=lambda *state: told.append(state))
    assert [state[:3] for state in told] == [
        (stage, done, 2) for stage in ("latent", "context") for done in (1, 2)
    ]
    assert np.isfinite([state[3] for state in told]).all()
    start = MeshTalk.untrained(whole.config, recipe.seed).network.state_dict()
    end = whole.network.state_dict()
    parts = {name.split(".")[0] for name in end if not torch.equal(start[name], end[name])}
    assert parts == {"hears", "sees", "fuse", "decoder", "context", "mean", "stddev"}
    for halt in (1, 3):

        def stop(*_state: Any, left: list[int] = [halt]) -> None:  # noqa: B006
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt

        folder = tmp_path / str(halt)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, sequences(), folder=folder, told=stop)
        resumed = train(recipe, sequences(), folder=folder).network.state_dict()
        assert all(torch.equal(resumed[name], end[name]) for name in end)


def test_one_sequence_is_learned_by_heart() -> None:
    changes = ["latent.steps=60", "context.steps=40", "latent.noise=0", "context.noise=0"]
    changes += ["latent.learning_rate=0.01", "context.learning_rate=0.02"]
    told: dict[str, list[float]] = {"latent": [], "context": []}
    train(
        SHELF.find("tiny", changes),
        sequences(1),
        told=lambda stage, _done, _steps, loss: told[stage].append(loss),
    )
    for stage, share in (("latent", 0.8), ("context", 0.6)):
        assert np.mean(told[stage][-5:]) < share * np.mean(told[stage][:5]), stage
