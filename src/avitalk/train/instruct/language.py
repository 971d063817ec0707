"""Pretraining of the embedded language model: documents -> checkpoint, within given minutes."""

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from avitalk.errors import InputError
from avitalk.files import atomic_path, write_bytes
from avitalk.instruct.language import LanguageModel
from avitalk.instruct.llama import Llama, LlamaConfig
from avitalk.instruct.tokens import Tokens
from avitalk.train.instruct.text import Document
from avitalk.train.instruct.text_rows import (
    IGNORED,
    PLAIN,
    Batch,
    Row,
    Softening,
    batches_of,
    row_of,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the language model is pretrained."""

    minutes: float = 40.0
    """Time by the trainer's clock; learning rate and mixture follow the share that has passed."""
    documents: int = 64
    """Documents a step."""
    places: int = 1536
    """Most places of a batch; a step adds up the gradients of several."""
    other: float = 0.4
    """Share of documents that are no instructions, at first."""
    other_last: float = 0.1
    """The same in the last part."""
    last: float = 0.3
    """How much of the time is the last part."""
    matrix_rate: float = 0.015
    """Learning rate of the matrices, by Muon (Jordan et al. 2024)."""
    table_rate: float = 4e-3
    """Learning rate of the embedding table and the gains, by AdamW."""
    weight_decay: float = 0.05
    warm_up_steps: int = 60
    averaging: float = 0.995
    """Decay of the running mean of the weights, which is what ships."""
    softening: Softening = field(default_factory=Softening)
    """How descriptions are changed; the shares grow to these over the first `hardening`."""
    hardening: float = 0.5
    """Share of the time in which they grow."""
    save_every_s: float = 60.0
    seed: int = 0
    max_steps: int = 1_000_000
    tensorboard: bool = False
    """Whether curves are written for TensorBoard beside the log."""


def embedded(network: Llama, batch: Batch, generator: torch.Generator | None) -> Tensor:
    """(B, L, d): each place's mean embedding, with noise if a generator is given."""
    rows, places = batch.shape
    parts = network.embed(batch.ids) * batch.weight[:, None]
    flat = parts.new_zeros(rows * places, parts.shape[-1]).index_add(0, batch.at, parts)
    whole = flat.view(rows, places, -1)
    if generator is None or not batch.noise.any():
        return whole
    size = network.model.embed_tokens.weight.detach().square().mean().sqrt()
    noise = torch.randn(whole.shape, generator=generator) * size
    return whole + noise * batch.noise[..., None]


def batch_loss(
    network: Llama, batch: Batch, generator: torch.Generator | None = None
) -> tuple[Tensor, int]:
    """Negative log-probability of all predicted tokens of a batch together, and their number."""
    hidden = network.hidden(embedded(network, batch, generator)).flatten(0, 1)
    logits = network.logits(hidden[batch.asked]).float()
    loss = functional.cross_entropy(logits, batch.targets, reduction="sum", ignore_index=IGNORED)
    return loss, batch.predicted


class Deck:
    """Documents in a random order, shuffled anew after each round; a pure function of its count."""

    def __init__(self, documents: Sequence[Document], seed: int) -> None:
        self.documents, self.seed = documents, seed
        self.drawn, self._round = 0, -1
        self._order: np.ndarray[Any, np.dtype[np.int64]] = np.zeros(0, np.int64)

    def draw(self) -> Document:
        """The next document."""
        number, at = divmod(self.drawn, len(self.documents))
        if number != self._round:
            rng = np.random.default_rng((self.seed, number))
            self._order, self._round = rng.permutation(len(self.documents)), number
        self.drawn += 1
        return self.documents[int(self._order[at])]


class Trainer:
    """One pretraining run; its checkpoints allow to resume exactly."""

    def __init__(
        self,
        config: LlamaConfig,
        recipe: Recipe,
        tokens: Tokens,
        documents: Sequence[Document],
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises InputError if there are no instructions, or no other text where it has a share."""
        torch.manual_seed(recipe.seed)
        self.config, self.recipe, self.tokens = config, recipe, tokens
        self.folder, self.clock = folder, clock
        main = [document for document in documents if document.kind == "instruction"]
        other = [document for document in documents if document.kind != "instruction"]
        if not main or (not other and (recipe.other or recipe.other_last)):
            raise InputError(
                f"{len(main)} instructions and {len(other)} other documents; both are needed"
                " (other ones unless their shares are 0)"
            )
        self.decks = (Deck(main, recipe.seed), Deck(other, recipe.seed + 1))
        self.network = Llama(config)
        self.averaged = copy.deepcopy(self.network).eval()
        named = list(self.network.named_parameters())
        matrices = [p for name, p in named if p.dim() == 2 and "layers." in name]
        rest = [p for name, p in named if p.dim() != 2 or "layers." not in name]
        self.optimizers: tuple[tuple[torch.optim.Optimizer, float], ...] = (
            (
                torch.optim.Muon(
                    matrices, recipe.matrix_rate, weight_decay=recipe.weight_decay,
                    adjust_lr_fn="match_rms_adamw",
                ),
                recipe.matrix_rate,
            ),
            (
                torch.optim.AdamW(rest, recipe.table_rate, betas=(0.9, 0.98), weight_decay=0.0),
                recipe.table_rate,
            ),
        )  # fmt: skip
        self.step, self.elapsed_s, self.seen = 0, 0.0, 0
        self._writer: Any = None

    @property
    def passed(self) -> float:
        """Share of the time that has passed."""
        return min(1.0, self.elapsed_s / (60 * self.recipe.minutes))

    def rate(self) -> float:
        """Factor on the learning rates now: a linear start, then half a cosine over the time."""
        start = min(1.0, (self.step + 1) / self.recipe.warm_up_steps)
        return start * (0.01 + 0.99 * (1 + math.cos(math.pi * self.passed)) / 2)

    def rows(self, rng: np.random.Generator) -> list[Row]:
        """The documents of one step."""
        late = self.passed > 1 - self.recipe.last
        share = self.recipe.other_last if late else self.recipe.other
        softening = self.recipe.softening.scaled(min(1.0, self.passed / self.recipe.hardening))
        return [
            row_of(
                self.decks[int(rng.random() < share)].draw(),
                self.tokens, softening, rng,
            )
            for _ in range(self.recipe.documents)
        ]  # fmt: skip

    def train_step(self) -> float:
        """One step; returns the loss per predicted token."""
        rng = np.random.default_rng((self.recipe.seed, 2, self.step))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        rows = self.rows(rng)
        count, total = sum(len(row.targets) for row in rows), 0.0
        self.network.train()
        for batch in batches_of(rows, self.recipe.places):
            with torch.autocast("cpu", torch.bfloat16):
                loss, _ = batch_loss(self.network, batch, generator)
            (loss / count).backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
            self.seen += batch.shape[0] * batch.shape[1]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer, top in self.optimizers:
            optimizer.param_groups[0]["lr"] = top * self.rate()
            optimizer.step()
            optimizer.zero_grad()
        decay = min(self.recipe.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.averaged.parameters(), self.network.parameters(), strict=True)
            for mean, now in pairs:
                mean.lerp_(now, 1 - decay)
        self.step += 1
        return total / count

    def run(self) -> None:
        """Train until the time is over, with a checkpoint and a log line every so often."""
        recipe, losses = self.recipe, []
        before = saved = self.clock()
        while True:
            losses.append(self.train_step())
            now = self.clock()
            self.elapsed_s, before = self.elapsed_s + now - before, now
            over = self.elapsed_s > 60 * recipe.minutes or self.step >= recipe.max_steps
            if now - saved > recipe.save_every_s or over:
                self.save(sum(losses) / len(losses))
                saved, losses = now, []
            if over:
                return

    def save(self, loss: float) -> None:
        """Write the averaged model, the state to resume from, and a log line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        model = LanguageModel(copy.deepcopy(self.averaged), self.tokens)
        model.save(self.folder / "language.safetensors")
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer, _ in self.optimizers],
            "drawn": [deck.drawn for deck in self.decks],
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "seen": self.seen,
            "tokens": str(self.tokens),
        }
        with atomic_path(self.folder / "state.pt") as path:
            torch.save(state, path)
        setting = {"config": asdict(self.config), "recipe": asdict(self.recipe)}
        write_bytes(self.folder / "setting.json", json.dumps(setting, indent=1).encode())
        row = {"step": self.step, "elapsed_s": round(self.elapsed_s, 1), "tokens": self.seen}
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps({**row, "loss": round(loss, 4)}) + "\n")
        if self.recipe.tensorboard:
            self._curve(loss)

    def _curve(self, loss: float) -> None:
        if self._writer is None:
            try:
                from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  (an extra)
            except ImportError as error:
                raise InputError("curves need TensorBoard: pip install tensorboard") from error
            self._writer = SummaryWriter(str(self.folder))
        self._writer.add_scalar("loss", loss, self.step)
        self._writer.flush()

    def resume(self) -> bool:
        """Continue from the folder's checkpoint; False if there is none."""
        path = self.folder / "state.pt"
        if not path.exists():
            return False
        try:
            state = torch.load(path, weights_only=True)
            tokens = state["tokens"]
        except (OSError, RuntimeError, UnpicklingError, EOFError, KeyError, TypeError) as error:
            raise InputError(f"{path}: not a readable checkpoint; --fresh starts anew") from error
        if tokens != str(self.tokens):
            raise InputError(f"{path}: was trained with another tokenizer")
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        for (optimizer, _), stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        for deck, drawn in zip(self.decks, state["drawn"], strict=True):
            deck.drawn = drawn
        self.step, self.elapsed_s, self.seen = state["step"], state["elapsed_s"], state["seen"]
        return True


def perplexity(network: Llama, tokens: Tokens, documents: Sequence[Document]) -> float:
    """Of a text's token given description and request as they are."""
    rng = np.random.default_rng(0)
    rows = [row_of(document, tokens, PLAIN, rng) for document in documents]
    total, count = 0.0, 0
    with torch.no_grad():
        for batch in batches_of(rows, 4096):
            loss, number = batch_loss(network, batch)
            total, count = total + float(loss), count + number
    return math.exp(total / count)


def unigram_perplexity(
    tokens: Tokens, learnt: Sequence[Document], measured: Sequence[Document]
) -> float:
    """The baseline: every token by how often it stands in the texts learnt from (plus one)."""
    counts = np.ones(len(tokens))
    for document in learnt:
        np.add.at(counts, [*tokens.encode(document.text), 4], 1)
    logs = np.log(counts / counts.sum())
    ids = [index for d in measured for index in (*tokens.encode(d.text), 4)]
    return math.exp(-float(logs[ids].mean()))
