"""Language models that write instructions: a prompt of embeddings in, clean sentences out.

A document is `<bos> description <ask> request <say> text <eos>`. Where the description stands in
words when the model is pretrained, the projection of stage 1 puts soft vectors of the same width.
The models are frozen: gradients pass through them to the prompt, and never into them.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from avitalk.errors import InputError
from avitalk.instruct.llama import Cache, Llama, LlamaConfig
from avitalk.instruct.sampling import check_sampling, draw, tidy, uniforms
from avitalk.instruct.tokens import ASK, BOS, EOS, SAY, Tokens
from avitalk.instruct.writing import TEMPERATURE
from avitalk.nn.checkpoint import completed, fill_module, read_config, save_module
from avitalk.nn.threads import one_thread

KIND: Final = "language"
TOP_P: Final = 0.9
MAX_TOKENS: Final = 96
MOST_GOING: Final = 0.8
"""Share of the rows still being written at which the finished ones are dropped."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads before it writes."""

    embeddings: Tensor
    """(B, L, d), shorter rows padded on the left."""
    real: Tensor
    """(B, L) bool, false where a row is padding."""


@dataclass(frozen=True, slots=True)
class Written:
    """One text that the model wrote."""

    text: str
    """Clean: one line, a capital letter, a full stop."""
    log_prob: float
    """Natural log of its probability under the model at temperature 1, its end included."""
    tokens: int
    """Tokens written, the end included."""
    finished: bool
    """Whether the model ended it; false if `max_tokens` did."""

    @property
    def log_prob_per_token(self) -> float:
        """What candidates of unequal length are compared by."""
        return self.log_prob / self.tokens


@dataclass(frozen=True, slots=True)
class LogProb:
    """How likely given texts are."""

    total: Tensor
    """(B,) natural log of each text's probability, its end included."""
    tokens: Tensor
    """(B,) tokens of each text, the end included."""


class Language(ABC):
    """What stage 1 needs of a language model; the embedded one and Hugging Face's differ below."""

    width: int
    """Width d of the embeddings."""
    device: torch.device
    """Where prompts must be."""
    end: int
    """Token that ends a text."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without marks."""

    @abstractmethod
    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids."""

    @abstractmethod
    def embed(self, ids: Tensor) -> Tensor:
        """(...,) token ids -> (..., d)."""

    @abstractmethod
    def logits(
        self, embeddings: Tensor, real: Tensor | None = None, *, last: int | None = None
    ) -> Tensor:
        """(B, L, d), and what of it is no padding (B, L) or None: all -> (B, L, vocabulary), or
        that of the `last` positions only; float32.
        """

    @abstractmethod
    def marks(self, request: str) -> tuple[list[int], list[int]]:
        """Token ids before the description, and after it with the request up to the text."""

    @abstractmethod
    def _begin(self, prompt: Prompt, candidates: int, room: int) -> tuple[Tensor, Any]:
        """Logits (B * candidates, vocabulary) after the prompt, and a state to go on from."""

    @abstractmethod
    def _step(self, ids: Tensor, state: Any) -> Tensor:
        """Logits (rows, vocabulary) after one more token in each row."""

    @abstractmethod
    def _only(self, rows: Tensor, state: Any) -> Any:
        """The state of some rows alone, by their numbers (R,)."""

    def ask(
        self,
        requests: Sequence[str],
        *,
        soft: Tensor | None = None,
        descriptions: Sequence[str] | None = None,
    ) -> Prompt:
        """Prompts of B requests after soft vectors (B, Q, d), after descriptions, or after nothing.

        Differentiable with respect to `soft`. Raises InputError if the counts or widths differ.
        """
        given = soft.shape[0] if soft is not None else len(descriptions or requests)
        if not requests or given != len(requests) or (soft is not None and descriptions):
            raise InputError(
                f"{len(requests)} requests with {given} soft prompts or descriptions;"
                " give one of either kind for each request"
            )
        if soft is not None and (soft.dim() != 3 or soft.shape[2] != self.width):
            raise InputError(
                f"soft prompts have shape {tuple(soft.shape)}; (B, Q, {self.width}) is needed"
            )
        rows = []
        for index, request in enumerate(requests):
            before, after = self.marks(request)
            if descriptions:
                before = before + self.encode(descriptions[index])
            parts = [self._embedded(before), self._embedded(after)]
            if soft is not None:
                parts.insert(1, soft[index].to(parts[0]))
            rows.append(torch.cat(parts))
        longest = max(map(len, rows))
        padded = [functional.pad(row, (0, 0, longest - len(row), 0)) for row in rows]
        sizes = torch.tensor([len(row) for row in rows], device=self.device)
        at = torch.arange(longest, device=self.device)
        return Prompt(torch.stack(padded), at[None, :] >= longest - sizes[:, None])

    def generate(
        self,
        prompt: Prompt | Tensor,
        *,
        seed: int | Sequence[int],
        temperature: float = TEMPERATURE,
        top_p: float = TOP_P,
        max_tokens: int = MAX_TOKENS,
        candidates: int = 1,
    ) -> list[tuple[Written, ...]]:
        """`candidates` texts for each row of the prompt (a tensor (B, L, d) has no padding).

        A row's texts depend on the seed, the row's number and the candidate's number only; with
        one seed a row, on that seed and the candidate's number. Raises InputError for settings
        out of range.
        """
        check_sampling(temperature, top_p, max_tokens, candidates)
        prompt = self._checked(prompt)
        count = len(prompt.embeddings)
        if isinstance(seed, int):
            rows: list[tuple[int, ...]] = [(seed, row) for row in range(count)]
        elif len(seed) == count:
            rows = [(each,) for each in seed]
        else:
            raise InputError(f"{len(seed)} seeds for {count} prompts; give one, or one for each")
        seeds: list[tuple[int, ...]] = [
            (*row, candidate) for row in rows for candidate in range(candidates)
        ]
        with torch.no_grad():
            written = self._continue(prompt, seeds, temperature, top_p, max_tokens, candidates)
        return [tuple(written[i : i + candidates]) for i in range(0, len(written), candidates)]

    def log_prob(self, prompt: Prompt | Tensor, texts: Sequence[str]) -> LogProb:
        """How likely each row's text is after its prompt; differentiable as `loss` is."""
        prompt = self._checked(prompt)
        if len(texts) != len(prompt.embeddings) or not all(text.strip() for text in texts):
            raise InputError(
                f"{len(texts)} texts for {len(prompt.embeddings)} prompts;"
                " give one for each, none of them empty"
            )
        ids = [[*self.encode(text), self.end] for text in texts]
        longest = max(map(len, ids))
        table = torch.full((len(ids), longest), self.end, device=self.device)
        inside = torch.zeros_like(table, dtype=torch.bool)
        for row, tokens in enumerate(ids):
            table[row, : len(tokens)] = torch.tensor(tokens, device=self.device)
            inside[row, : len(tokens)] = True
        embeddings = torch.cat((prompt.embeddings, self.embed(table[:, :-1])), dim=1)
        real = None  # padding after a text needs no mask: nothing before it looks there
        if not bool(prompt.real.all()):
            real = functional.pad(prompt.real, (0, longest - 1), value=True)
        logits = self.logits(embeddings, real, last=longest)
        each = functional.cross_entropy(logits.flatten(0, 1), table.flatten(), reduction="none")
        return LogProb(-(each.view_as(table) * inside).sum(dim=1), inside.sum(dim=1))

    def loss(self, prompt: Prompt | Tensor, texts: Sequence[str]) -> Tensor:
        """Mean negative log-probability of a token, for training what made the prompt."""
        found = self.log_prob(prompt, texts)
        return -found.total.sum() / found.tokens.sum()

    def _embedded(self, ids: Sequence[int]) -> Tensor:
        return self.embed(torch.tensor(ids, dtype=torch.long, device=self.device))

    def _checked(self, prompt: Prompt | Tensor) -> Prompt:
        if isinstance(prompt, Tensor):
            if prompt.dim() != 3:
                raise InputError(f"a prompt has shape {tuple(prompt.shape)}; (B, L, d) is needed")
            real = torch.ones(prompt.shape[:2], dtype=torch.bool, device=prompt.device)
            prompt = Prompt(prompt, real)
        if prompt.embeddings.shape[-1] != self.width or 0 in prompt.embeddings.shape:
            shape = tuple(prompt.embeddings.shape)
            raise InputError(f"a prompt has shape {shape}; (B, L, {self.width}) is needed")
        return prompt

    def _continue(
        self,
        prompt: Prompt,
        seeds: list[tuple[int, ...]],
        temperature: float,
        top_p: float,
        max_tokens: int,
        candidates: int,
    ) -> list[Written]:
        chances = uniforms(seeds, max_tokens)
        logits, state = self._begin(prompt, candidates, max_tokens)
        device = logits.device
        total = torch.zeros(len(seeds), dtype=torch.float64, device=device)
        tokens = torch.full((len(seeds), max_tokens), self.end, device=device)
        rows = torch.arange(len(seeds), device=device)  # which are still computed
        for step in range(max_tokens):
            ids = draw(logits, chances[rows.cpu(), step], temperature=temperature, top_p=top_p)
            over = tokens[rows, step - 1] == self.end if step else torch.zeros_like(rows) > 0
            ids = torch.where(over, self.end, ids)
            gained = logits.gather(-1, ids[:, None])[:, 0] - logits.logsumexp(dim=-1)
            total[rows] += torch.where(over, 0.0, gained.double())
            tokens[rows, step] = ids
            going = (ids != self.end).nonzero()[:, 0]
            if not len(going) or step + 1 == max_tokens:
                break
            if len(going) <= MOST_GOING * len(rows):
                rows, ids, state = rows[going], ids[going], self._only(going, state)
            logits = self._step(ids, state)
        written = []
        for row, log_prob in zip(tokens.tolist(), total.tolist(), strict=True):
            finished = self.end in row
            plain = row[: row.index(self.end)] if finished else row
            text = tidy(self.decode(plain))
            written.append(Written(text, log_prob, len(plain) + finished, finished))
        return written


class LanguageModel(Language):
    """The embedded model: our LLaMA-architecture network with our tokenizer, in one file."""

    def __init__(self, network: Llama, tokens: Tokens) -> None:
        """Freezes the network. Raises InputError if the tokenizer has another vocabulary."""
        if len(tokens) > network.config.vocabulary:
            raise InputError(
                f"tokenizer knows {len(tokens)} tokens; the network {network.config.vocabulary}"
            )
        self.network, self.tokens = network.eval().requires_grad_(False), tokens
        self.width, self.end = network.config.width, EOS
        self.device = network.model.embed_tokens.weight.device

    @classmethod
    def load(cls, path: Path, *, device: str | torch.device = "cpu") -> "LanguageModel":
        """Read what `save` wrote; raises InputError if it is something else."""
        stored = read_config(path, KIND)
        if set(stored) != {"sizes", "tokenizer"}:
            raise InputError(f"{path}: config lacks 'sizes' or 'tokenizer'")
        sizes = completed(path, stored["sizes"], asdict(LlamaConfig()), ())
        network = Llama(LlamaConfig(**sizes))
        fill_module(path, network)
        return cls(network.to(device), Tokens.parse(stored["tokenizer"]))

    def save(self, path: Path) -> None:
        """Write weights as float16, with sizes and tokenizer in the file's metadata."""
        stored = {"sizes": asdict(self.network.config), "tokenizer": str(self.tokens)}
        save_module(path, self.network, KIND, stored)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without marks."""
        return self.tokens.encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, marks left out."""
        return self.tokens.decode(ids)

    def embed(self, ids: Tensor) -> Tensor:
        """(...,) token ids -> (..., d)."""
        return self.network.embed(ids)

    def logits(
        self, embeddings: Tensor, real: Tensor | None = None, *, last: int | None = None
    ) -> Tensor:
        """(B, L, d), and what of it is no padding (B, L) or None: all -> (B, L, vocabulary), or
        that of the `last` positions only.
        """
        hidden = self.network.hidden(embeddings, real=real)
        return self.network.logits(hidden[:, -last:].contiguous() if last else hidden)

    def marks(self, request: str) -> tuple[list[int], list[int]]:
        """`<bos>`, and `<ask>` request `<say>`."""
        return [BOS], [ASK, *self.encode(request), SAY]

    def _continue(
        self,
        prompt: Prompt,
        seeds: list[tuple[int, ...]],
        temperature: float,
        top_p: float,
        max_tokens: int,
        candidates: int,
    ) -> list[Written]:
        with one_thread():
            return super()._continue(prompt, seeds, temperature, top_p, max_tokens, candidates)

    def _begin(self, prompt: Prompt, candidates: int, room: int) -> tuple[Tensor, Any]:
        rows, length, _ = prompt.embeddings.shape
        cache = Cache(self.network.config, rows, length + room, prompt.embeddings)
        real = None if bool(prompt.real.all()) else prompt.real
        hidden = self.network.hidden(prompt.embeddings, real=real, cache=cache)[:, -1]
        if real is not None:  # what is written after the prompt is no padding
            real = functional.pad(real, (0, room), value=True).repeat_interleave(candidates, 0)
        logits = self.network.logits(hidden).repeat_interleave(candidates, dim=0)
        return logits, (cache.repeated(candidates), real)

    def _step(self, ids: Tensor, state: Any) -> Tensor:
        cache, real = state
        seen = None if real is None else real[:, : cache.length + 1]
        logits: Tensor = self.network(self.embed(ids)[:, None], real=seen, cache=cache)
        return logits[:, 0]

    def _only(self, rows: Tensor, state: Any) -> Any:
        cache, real = state
        return cache.only(rows), None if real is None else real[rows]
