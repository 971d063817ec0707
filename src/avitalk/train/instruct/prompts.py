"""Facts in, the soft prompt that makes the frozen language model write about them out.

Learned from text alone, before any voice is heard: facts and instructions are drawn at random from
the grammar, and a linear map from the facts to Q vectors is trained through the frozen model. What
a voice has to say to the model then has a known address, and the projection can be fitted to it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.data.instructions.describing import REQUESTS
from avitalk.data.instructions.facts import COURSES, PRONOUNS, Facts, draw_facts
from avitalk.data.instructions.grammar import phrase
from avitalk.data.instructions.synonyms import augment
from avitalk.facs.table import EMOTIONS, VOICE
from avitalk.instruct.language import Language
from avitalk.train.loop import learn

SHRINK: Final = 10.0
"""Ridge of the first guess."""


@dataclass(frozen=True, slots=True)
class PromptRecipe:
    """How the prompts of facts are trained."""

    steps: int = 400
    batch: int = 24
    learning_rate: float = 3e-3
    first_guess: int = 600
    """Descriptions that the first guess is fitted to."""
    augmented: float = 0.3
    """Share of texts with synonyms exchanged."""
    queries: int = 8
    """Q, vectors of a prompt."""
    seed: int = 0


@dataclass(frozen=True, eq=False)
class FactPrompts:
    """A linear map from facts to soft prompts."""

    weight: Tensor
    """(K, Q * d)."""
    bias: Tensor
    """(Q * d,)."""
    queries: int
    """Q."""

    def __call__(self, facts: Sequence[Facts]) -> Tensor:
        """B facts -> (B, Q, d)."""
        flat = _numbers(facts) @ self.weight + self.bias
        return flat.view(len(facts), self.queries, -1)


def numbers(facts: Facts) -> NDArray[np.float32]:
    """(K,) facts as numbers: emotion, emotion by strength, strength, voice, courses, pronoun."""
    emotion = np.eye(len(EMOTIONS))[EMOTIONS.index(facts.emotion)]
    strength = 2 * facts.strength - 1
    voice = [getattr(facts, name) or 0.0 for name in VOICE]
    courses = np.eye(len(COURSES))
    parts = (
        emotion, emotion * strength, [strength, strength**2], voice,
        courses[COURSES.index(facts.pitch_course)], courses[COURSES.index(facts.energy_course)],
        np.eye(len(PRONOUNS))[PRONOUNS.index(facts.pronoun)],
    )  # fmt: skip
    return np.concatenate(parts).astype(np.float32)


def teach(
    language: Language,
    emotions: tuple[str, ...] = EMOTIONS,
    recipe: PromptRecipe | None = None,
) -> FactPrompts:
    """Train the map through the frozen model on fresh instructions of the grammar."""
    recipe = recipe or PromptRecipe()
    rng = np.random.default_rng(recipe.seed)
    weight, bias = _first_guess(language, emotions, recipe, rng)
    weight.requires_grad_(True)
    bias.requires_grad_(True)
    prompts = FactPrompts(weight, bias, recipe.queries)

    def loss() -> Tensor:
        facts = [draw_facts(rng, emotions=emotions) for _ in range(recipe.batch)]
        texts = [phrase(known, rng) for known in facts]
        texts = [augment(t, rng) if rng.random() < recipe.augmented else t for t in texts]
        requests = [REQUESTS[int(i)] for i in rng.integers(0, len(REQUESTS), len(facts))]
        return language.loss(language.ask(requests, soft=prompts(facts)), texts)

    learn(
        [weight, bias], loss, (rng,), steps=recipe.steps, learning_rate=recipe.learning_rate,
        weight_decay=0.0, largest=math.inf,
    )  # fmt: skip
    return FactPrompts(weight.detach(), bias.detach(), recipe.queries)


def _numbers(facts: Sequence[Facts]) -> Tensor:
    return torch.from_numpy(np.stack([numbers(known) for known in facts]))


def _first_guess(
    language: Language,
    emotions: tuple[str, ...],
    recipe: PromptRecipe,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """Ridge regression from facts to the means of Q groups of what names them in words."""
    facts = [draw_facts(rng, emotions=emotions) for _ in range(recipe.first_guess)]
    rows = []
    for known in facts:
        words = (
            f"emotion: {known.emotion}; strength: {round(100 * known.strength)} percent; "
            f"emotion: {known.emotion}; course: pitch {known.pitch_course}; "
            f"course: loudness {known.energy_course}"
        )
        groups = np.array_split(np.array(language.encode(words)), recipe.queries)
        ids = [torch.tensor(group, device=language.device) for group in groups]
        rows.append(torch.stack([language.embed(group).mean(0).cpu() for group in ids]))
    wanted = torch.stack(rows).flatten(1).float()
    given = _numbers(facts)
    bias = wanted.mean(0)
    ridge = given.T @ given + SHRINK * torch.eye(given.shape[1])
    return torch.linalg.solve(ridge, given.T @ (wanted - bias)), bias
