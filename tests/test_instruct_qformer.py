"""The affect ear's network, its alignment with sentences, and the projection."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from avitalk.errors import InputError
from avitalk.instruct.ear import WIDTH
from avitalk.instruct.projection import Projection, ProjectionConfig
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.train.instruct.align import AlignRecipe, Examples, Lessons, align, contrast
from avitalk.train.instruct.hearing import Heard
from avitalk.train.instruct.project import ProjectRecipe, fitted

RECIPE = AlignRecipe(steps=100, batch=32, learning_rate=5e-3)
TINY = replace(QFormerConfig.tiny(), dropout=0.0)


def corpus(clips=28, variants=2, windows=3, seed=0):
    """Recordings whose first statistics say their emotion, and sentences that do, too."""
    rng = np.random.default_rng(seed)
    emotion = np.arange(clips) % 7
    clip = np.repeat(np.arange(clips), variants * windows)
    values = np.zeros((len(clip), WIDTH), np.float32)
    values[:, :20] = 0.3 * rng.normal(size=(len(clip), 20))
    values[np.arange(len(clip)), emotion[clip]] += 3
    variant = np.tile(np.repeat(np.arange(variants), windows), clips)
    length = np.full(len(clip), 1.6, np.float32)
    heard = Heard(values, clip, variant, length, length, np.zeros((clips, 10), np.float32))
    sentences = 0.1 * rng.normal(size=(clips, 3, 384)).astype(np.float32)
    sentences[np.arange(clips), :, emotion] += 1
    strength = np.linspace(0, 1, clips, dtype=np.float32)
    lessons = Lessons(emotion, strength, list(emotion), torch.from_numpy(sentences))
    return heard, lessons


def test_windows_that_do_not_count_change_nothing():
    torch.manual_seed(0)
    former = QFormer(TINY).eval()
    values = torch.randn(2, 3, WIDTH)
    one = former(values[:, :1], torch.tensor([1, 1]))
    more = former(values, torch.tensor([1, 1]))
    torch.testing.assert_close(one.queries, more.queries)
    torch.testing.assert_close(one.aligned.norm(dim=-1), torch.ones(2))
    assert (former(values, torch.tensor([3, 3])).queries - one.queries).abs().max() > 1e-3


def test_rows_are_what_they_were_together():
    former = QFormer(TINY).eval()
    found = former(torch.randn(3, 1, WIDTH), torch.ones(3, dtype=torch.long))
    assert torch.equal(found.row(1).queries[0], found.queries[1])
    assert found.row(2).intensity.shape == (1,)


def test_saved_and_loaded_it_says_the_same(tmp_path):
    former = QFormer(TINY).eval()
    former.mean.uniform_(-1, 1)
    former.save(tmp_path / "ear.safetensors")
    again = QFormer.load(tmp_path / "ear.safetensors")
    values = np.random.default_rng(0).normal(size=(2, WIDTH)).astype(np.float32)
    heard = torch.from_numpy(values)
    torch.testing.assert_close(
        former.listen(heard).emotion, again.listen(heard).emotion, atol=0.02, rtol=0.02
    )


def test_another_kind_of_file_is_refused(tmp_path):
    Projection(ProjectionConfig(2, 16, 8)).save(tmp_path / "p.safetensors")
    with pytest.raises(InputError, match=r"p\.safetensors: holds weights of 'prompt-projection'"):
        QFormer.load(tmp_path / "p.safetensors")


def test_clips_of_equal_facts_are_no_negatives():
    voices = torch.nn.functional.normalize(torch.randn(4, 8), dim=-1)
    temperature = torch.tensor(0.1)
    same = torch.ones(4, 4, dtype=torch.bool)
    assert contrast(voices, voices, same, temperature) == pytest.approx(0, abs=1e-6)
    other = contrast(voices, voices.flip(0), torch.eye(4, dtype=torch.bool), temperature)
    assert other > 1


def test_alignment_finds_the_emotions_of_clips_it_has_not_heard():
    heard, lessons = corpus()
    former = align(heard, lessons, np.arange(21), TINY, RECIPE)
    rows = np.flatnonzero(heard.clip >= 21)
    values = former.standardise(torch.from_numpy(heard.values[rows]))[:, None]
    found = former(values, torch.ones(len(rows), dtype=torch.long))
    truth = torch.from_numpy(lessons.emotion[heard.clip[rows]])
    assert (found.emotion.argmax(-1) == truth).float().mean() > 0.9
    meant = former.sentences(lessons.sentences[:7, 0])
    assert ((found.aligned @ meant.T).argmax(-1) == truth).float().mean() > 0.9
    assert not any(p.requires_grad for p in former.parameters())


def test_examples_draw_every_emotion_and_only_the_clips_to_train_on():
    heard, lessons = corpus()
    examples = Examples(heard, lessons, np.arange(8), QFormer(TINY), seed=0)
    values, count, clips = examples.draw(400, 0.0)
    assert values.shape == (400, 1, WIDTH)
    assert set(clips) <= set(range(8))
    shares = np.bincount(lessons.emotion[clips], minlength=7) / 400
    assert shares.min() > 0.08  # clip 7 shares its emotion with clip 0
    values, count, _ = examples.draw(50, 1.0)
    assert values.shape == (50, 3, WIDTH)
    assert set(count.tolist()) == {2, 3}


@pytest.mark.parametrize("joint", [True, False])
def test_projection_is_linear_and_survives_a_file(tmp_path, joint):
    torch.manual_seed(0)
    layer = Projection(ProjectionConfig(4, 6, 5, joint))
    torch.nn.init.normal_(layer.place)
    one, two = torch.randn(2, 3, 4, 6)
    middle = layer((one + two) / 2)
    torch.testing.assert_close(middle, (layer(one) + layer(two)) / 2)
    layer.save(tmp_path / "p.safetensors")
    again = Projection.load(tmp_path / "p.safetensors")
    torch.testing.assert_close(again(one), layer(one), atol=5e-3, rtol=5e-3)


def test_projection_is_fitted_to_the_prompts_of_facts():
    heard, lessons = corpus()
    former = align(
        heard, lessons, np.arange(28), TINY, AlignRecipe(steps=150, batch=32, learning_rate=5e-3)
    )
    examples = Examples(heard, lessons, np.arange(28), former, seed=0)
    prompts = torch.randn(7, 2, 8)[torch.from_numpy(lessons.emotion)]
    layer = fitted(former, examples.draw, prompts, ProjectRecipe(samples=1000, ridge=1e-3))
    values, count, clips = examples.draw(200, 0.0)
    wanted = prompts[torch.from_numpy(clips)]
    missed = (layer(former(values, count).queries) - wanted).square().mean()
    assert missed < 0.25 * wanted.var()
