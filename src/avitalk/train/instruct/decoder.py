"""The ablation "without LLaMA": a Q-Former's queries in, texts of a decoder trained on them out.

AVI-Talking section 4.4.1 generates from the Q-Former as BLIP-2 does (Li et al. 2023, section 3.2):
queries go before a causal decoder that learns from the recordings' texts alone. Deviation: BLIP-2
shares layers between queries and text, and they learn together; here the Q-Former stays as it was
aligned, and the decoder is a small network of the embedded language model's kind, untrained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avitalk.instruct.language import MAX_TOKENS, LanguageModel, Written
from avitalk.instruct.llama import Llama, LlamaConfig
from avitalk.instruct.projection import Projection, ProjectionConfig
from avitalk.instruct.qformer import QFormer
from avitalk.instruct.tokens import Tokens
from avitalk.instruct.writing import TEMPERATURE
from avitalk.train.loop import Draw, Run, learn

Batch = tuple[Tensor, Tensor, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class DecoderRecipe:
    """Sizes of the decoder, and how it is trained."""

    sizes: LlamaConfig = field(
        default_factory=lambda: LlamaConfig(width=128, layers=2, heads=4, groups=4, hidden=352)
    )
    """Its vocabulary is the tokenizer's."""
    batch: int = 24
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    several: float = 0.3
    """Share of batches whose examples are two or three windows of a clip."""
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Decoder:
    """Writes from queries alone; it knows no requests."""

    projection: Projection
    language: LanguageModel

    def write(
        self,
        queries: Tensor,
        seed: int,
        temperature: float = TEMPERATURE,
        *,
        max_tokens: int = MAX_TOKENS,
    ) -> list[str]:
        """(B, Q, D) queries that have listened -> B texts."""
        return [written.text for written in self.written(queries, seed, temperature, max_tokens)]

    def written(
        self, queries: Tensor, seed: int, temperature: float, max_tokens: int
    ) -> list[Written]:
        """The same with log-probabilities."""
        with torch.inference_mode():
            prompt = self.language.ask([""] * len(queries), soft=self.projection(queries))
            rows = self.language.generate(
                prompt, seed=seed, temperature=temperature, max_tokens=max_tokens
            )
        return [row[0] for row in rows]


def train_decoder(
    former: QFormer,
    draw: Callable[[int, float], Batch],
    texts: Sequence[Sequence[str]],
    tokens: Tokens,
    steps: int = 300,
    *,
    recipe: DecoderRecipe | None = None,
    sources: Sequence[Draw] = (),
    run: Run | None = None,
) -> Decoder:
    """Train a decoder on the clips' texts, from nothing; the Q-Former stays as it is.

    `draw`, `texts` and `sources` are as in `project`. About a minute on one core.
    """
    recipe, run = recipe or DecoderRecipe(), run or Run()
    torch.manual_seed(recipe.seed)
    rng, device = np.random.default_rng(recipe.seed), run.device
    sizes = recipe.sizes
    network = Llama(LlamaConfig(
        len(tokens), sizes.width, sizes.layers, sizes.heads, sizes.groups, sizes.hidden
    )).to(device)  # fmt: skip
    language = LanguageModel(network, tokens)
    places = ProjectionConfig(former.config.queries, former.config.width, sizes.width, joint=False)
    projection = Projection(places).to(device)
    network.requires_grad_(True).train()
    former.to(device)

    def loss() -> Tensor:
        values, count, clips = draw(recipe.batch, recipe.several)
        with torch.no_grad():
            queries = former(values.to(device), count.to(device)).queries
        wanted = [texts[clip][int(rng.integers(len(texts[clip])))] for clip in clips]
        return language.loss(language.ask([""] * len(clips), soft=projection(queries)), wanted)

    learn(
        [*projection.parameters(), *network.parameters()], loss, (rng, *sources), steps=steps,
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, run=run,
    )  # fmt: skip
    former.cpu()
    projection.cpu().eval().requires_grad_(False)
    return Decoder(projection, LanguageModel(network.cpu(), tokens))
