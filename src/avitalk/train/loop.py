"""One training loop: parameters and a loss that draws its own batch in, trained and resumable.

Several processes (`accelerate launch`) draw batches of their own and average their gradients: the
modules are called by several of their methods, which a wrapper around `forward` would not see.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from avitalk.errors import InputError
from avitalk.files import atomic_path

DEVICES: Final = ("cpu", "cuda", "auto")
PRECISIONS: Final = ("float32", "bfloat16", "float16", "auto")
INSTALL: Final = "pip install 'avitalk[train]'"
CHECKPOINT: Final = "state.pt"

Draw = np.random.Generator | torch.Generator


@dataclass(frozen=True, slots=True)
class Computing:
    """On what, and how exactly, a training computes. Raises InputError on unknown values."""

    device: str = "cpu"
    """A member of DEVICES; 'auto' takes a GPU if there is one."""
    precision: str = "float32"
    """A member of PRECISIONS; 'auto' is float32 on CPUs, else bfloat16, or float16 where that is
    missing."""
    save_every: int = 50
    """Steps between checkpoints."""
    tensorboard: bool = False
    """Whether curves are written for TensorBoard."""

    def __post_init__(self) -> None:
        for name, allowed in (("device", DEVICES), ("precision", PRECISIONS)):
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"unknown {name} '{getattr(self, name)}'; allowed: {', '.join(allowed)}"
                )
        if self.save_every < 1:
            raise InputError(f"save_every {self.save_every}; allowed: 1 and more")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a training, apart from what it learns."""

    computing: Computing = field(default_factory=Computing)
    folder: Path | None = None
    """Where the checkpoint and the curves are; None keeps none."""
    told: Callable[[int, float], None] | None = None
    """Called after each step with the steps done and the loss."""

    @property
    def device(self) -> torch.device:
        """Where modules must be before they are trained."""
        return Workers.join(self.computing.device).device


@dataclass(frozen=True, slots=True)
class Workers:
    """The processes that train together, seen from one of them."""

    rank: int
    count: int
    device: torch.device

    @classmethod
    def join(cls, device: str) -> "Workers":
        """This process among those that a launcher started, or alone.

        Raises InputError without accelerate where there are several, or without the GPU asked for.
        """
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            state = _accelerate().PartialState(cpu=device == "cpu")
            return cls(state.process_index, state.num_processes, state.device)
        there = torch.cuda.is_available()
        if device == "cuda" and not there:
            raise InputError("device 'cuda', but torch finds no GPU here; allowed: cpu, auto")
        return cls(0, 1, torch.device("cuda" if there and device != "cpu" else "cpu"))

    def average(self, parameters: Sequence[Tensor]) -> None:
        """Replace gradients by their mean over the processes."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        whole = torch.cat([gradient.flatten() for gradient in gradients])
        mean = _accelerate().utils.reduce(whole, "mean")
        parts = mean.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def gathered(self, item: str) -> list[str]:
        """Everybody's item, by rank."""
        return [item] if self.count == 1 else list(_accelerate().utils.gather_object([item]))

    def part(self, draws: Sequence[Draw]) -> None:
        """Set random sources apart, so that each process draws other batches; the first keeps
        its own.
        """
        if not self.rank:
            return
        torch.manual_seed(torch.initial_seed() + self.rank)
        for source in draws:
            if isinstance(source, torch.Generator):
                source.manual_seed(source.initial_seed() + self.rank)
            else:
                seed = (self.rank, int(source.integers(2**62)))
                source.bit_generator.state = np.random.default_rng(seed).bit_generator.state


def learn(
    parameters: Sequence[Tensor],
    loss: Callable[[], Tensor],
    draws: Sequence[Draw],
    *,
    steps: int,
    learning_rate: float,
    weight_decay: float,
    largest: float = 1.0,
    run: Run | None = None,
) -> None:
    """AdamW under a one-cycle schedule, gradients clipped to a norm of `largest`.

    `draws` are the random sources that `loss` uses beside torch's own: with the parameters they
    are all that a checkpoint needs to continue exactly. Continues from the checkpoint in the run's
    folder if there is one. Raises InputError if that cannot be read or does not fit, or a missing
    extra's install command.
    """
    run = run or Run()
    workers = Workers.join(run.computing.device)
    workers.part(draws)
    optimizer = torch.optim.AdamW(parameters, learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps)
    device, precision = workers.device.type, _precision(run.computing.precision, workers.device)
    scaler = torch.amp.GradScaler(device, enabled=precision == torch.float16)
    state = State(parameters, (optimizer, schedule, scaler), draws, workers)
    path = None if run.folder is None else run.folder / CHECKPOINT
    first = state.read(path) if path is not None and path.exists() else 0
    curves = _curves(run, workers, first)
    for step in range(first, steps):
        with torch.autocast(device, precision, enabled=precision != torch.float32):
            value = loss()
        optimizer.zero_grad()
        scaler.scale(value).backward()  # type: ignore[no-untyped-call]
        scaler.unscale_(optimizer)
        workers.average(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, largest)
        scaler.step(optimizer)
        scaler.update()
        schedule.step()
        done = step + 1
        if path is not None and (done % run.computing.save_every == 0 or done == steps):
            state.write(path, done)
        if curves is not None:
            curves.add_scalar("loss", float(value.detach()), done)
            curves.add_scalar("learning rate", schedule.get_last_lr()[0], done)
        if run.told is not None and not workers.rank:
            run.told(done, float(value.detach()))
    if curves is not None:
        curves.close()


class State:
    """All that a training depends on: what a checkpoint holds."""

    def __init__(
        self,
        parameters: Sequence[Tensor],
        following: tuple[Any, ...],
        draws: Sequence[Draw],
        workers: Workers,
    ) -> None:
        """`following`: what has a state_dict beside the parameters, such as the optimizer."""
        self.parameters, self.following = parameters, following
        self.draws, self.workers = draws, workers

    def write(self, path: Path, step: int) -> None:
        """Write after `step` steps; only the first process does."""
        sources = self.workers.gathered(json.dumps(self._sources()))
        if self.workers.rank:
            return
        stored = {
            "step": step,
            "parameters": [parameter.detach() for parameter in self.parameters],
            "following": [part.state_dict() for part in self.following],
            "sources": sources,
        }
        with atomic_path(path) as partial:
            torch.save(stored, partial)

    def read(self, path: Path) -> int:
        """Take up what `write` wrote; returns the steps done."""
        try:
            stored = torch.load(path, weights_only=True, map_location="cpu")
            step, values, sources = int(stored["step"]), stored["parameters"], stored["sources"]
            following = stored["following"]
        except (OSError, RuntimeError, UnpicklingError, EOFError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"{path}: not a readable checkpoint ({reason}); --fresh starts anew"
            ) from error
        if len(sources) != self.workers.count:
            raise InputError(
                f"{path}: written by {len(sources)} processes, continued by {self.workers.count}"
            )
        if [p.shape for p in self.parameters] != [value.shape for value in values]:
            raise InputError(f"{path}: is of a network of other sizes; --fresh starts anew")
        with torch.no_grad():
            for parameter, value in zip(self.parameters, values, strict=True):
                parameter.copy_(value)
        for part, found in zip(self.following, following, strict=True):
            part.load_state_dict(found)
        self._restore(json.loads(sources[self.workers.rank]))
        return step

    def _sources(self) -> list[Any]:
        """States of all random sources as JSON."""
        found: list[Any] = [torch.get_rng_state().tolist()]
        if self.workers.device.type == "cuda":
            found.append(torch.cuda.get_rng_state(self.workers.device).tolist())
        for source in self.draws:
            if isinstance(source, torch.Generator):
                found.append(source.get_state().tolist())
            else:
                found.append(source.bit_generator.state)
        return found

    def _restore(self, found: list[Any]) -> None:
        torch.set_rng_state(torch.tensor(found.pop(0), dtype=torch.uint8))
        if self.workers.device.type == "cuda":
            now = torch.tensor(found.pop(0), dtype=torch.uint8)
            torch.cuda.set_rng_state(now, self.workers.device)
        for source, state in zip(self.draws, found, strict=True):
            if isinstance(source, torch.Generator):
                source.set_state(torch.tensor(state, dtype=torch.uint8))
            else:
                source.bit_generator.state = state


def _precision(name: str, device: torch.device) -> torch.dtype:
    if name == "auto" and device.type == "cpu":
        return torch.float32
    if name == "auto":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    found: torch.dtype = getattr(torch, name)
    return found


def _curves(run: Run, workers: Workers, first: int) -> Any:
    """TensorBoard's writer from step `first` on, or None where no curves are wanted."""
    if run.folder is None or not run.computing.tensorboard or workers.rank:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise InputError(f"curves need TensorBoard: {INSTALL}") from error
    return SummaryWriter(str(run.folder), purge_step=first + 1 if first else None)


def _accelerate() -> Any:
    try:
        import accelerate  # noqa: PLC0415  (an extra, seconds to import)
    except ImportError as error:
        raise InputError(f"several processes need accelerate: {INSTALL}") from error
    return accelerate
