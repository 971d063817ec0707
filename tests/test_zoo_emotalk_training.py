"""EmoTalk's training: two steps, resuming, overfitting, recipes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from avitalk.errors import InputError
from avitalk.train.loop import Computing
from avitalk.train.zoo.acted_file import Acted, write_acted
from avitalk.train.zoo.emotalk import SHELF, Recipe, config_of, train
from avitalk.zoo.emotalk import EmoTalkConfig
from zoo_emotalk_voices import E, sequences

TINY = SHELF.find("tiny")


def test_two_steps() -> None:
    losses: list[float] = []
    model = train(TINY, sequences(), told=lambda stage, done, steps, loss: losses.append(loss))
    assert len(losses) == 2
    assert all(0 < loss < 10 for loss in losses)
    assert model.config.voice == E
    assert float(model.network.leave.bias.detach().abs().max()) > 0
    assert float(model.network.usual.abs().max()) > 0
    again = train(TINY, sequences())
    assert torch.equal(again.network.content_map.weight, model.network.content_map.weight)


def test_a_training_that_was_stopped_continues(tmp_path: Path) -> None:
    recipe = replace(TINY, steps=4, computing=Computing(save_every=2))
    whole = train(recipe, sequences(), folder=tmp_path / "whole")

    def stop(stage: str, done: int, steps: int, loss: float) -> None:
        if done == 3:
            raise KeyboardInterrupt

    (tmp_path / "parts").mkdir()
    with pytest.raises(KeyboardInterrupt):
        train(recipe, sequences(), folder=tmp_path / "parts", told=stop)
    parts = train(recipe, sequences(), folder=tmp_path / "parts")
    for one, other in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_it_learns_what_it_is_shown() -> None:
    losses: list[float] = []
    recipe = replace(
        TINY, steps=60, crossed=4, own=4, learning_rate=1e-2, feature_noise=0.0, takes=1
    )
    train(recipe, sequences(), told=lambda stage, done, steps, loss: losses.append(loss))
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


def test_voices_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "voices.npz"
    voices = [one for one in sequences() if isinstance(one, Acted)]
    write_acted(path, voices)
    plain = [one for one in sequences() if not isinstance(one, Acted)]
    model = train(replace(TINY, acted=str(path)), plain)
    assert model.config.voice == E
    with pytest.raises(InputError, match="--set acted=FILE"):
        train(TINY, plain)
    with pytest.raises(InputError, match="no sequences"):
        train(TINY, [])


def test_recipes() -> None:
    assert SHELF.available() == ["published", "small", "tiny"]
    assert SHELF.find("small", ["steps=7"]).steps == 7
    assert SHELF.find("published").crossed == 1
    with pytest.raises(InputError, match="available: small, tiny, published"):
        SHELF.find("small", ["size=big"])
    with pytest.raises(InputError, match="takes 0"):
        Recipe(takes=0)
    assert config_of("published", 110, 202).width == EmoTalkConfig.published().width
