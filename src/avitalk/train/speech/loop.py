"""Training of the speech encoder: recordings -> checkpoint, within a given number of minutes."""

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import DataLoader

from avitalk.data.augment import Chances
from avitalk.errors import InputError
from avitalk.files import atomic_path, write_bytes
from avitalk.speech.mel import LevelInvariantMel
from avitalk.speech.network import EncoderConfig, PhoneNetwork
from avitalk.train.speech.examples import Examples, Recording
from avitalk.train.speech.losses import lip_loss, phone_loss

SHARES = {
    "speechocean762": 0.25,
    "kathleen": 0.15,
    "grid_s1": 0.11,
    "librispeech": 0.21,
    "emodb": 0.18,
    "flite": 0.10,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the encoder is trained."""

    minutes: float = 30.0
    """Time by the trainer's clock; the learning rate follows the share of it that has passed."""
    batch: int = 12
    seconds: float = 4.0
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up_steps: int = 200
    smoothing: float = 0.05
    """Label smoothing."""
    lips: float = 1.0
    """Weight of the loss over lip classes, beside 1 for phones."""
    warp: float = 0.15
    """How far the frequency axis is stretched."""
    dropout: float = 0.1
    averaging: float = 0.998
    """Decay of the running mean of the weights, which is what ships."""
    seed: int = 0
    workers: int = 1
    max_steps: int = 1_000_000
    shares: dict[str, float] = field(default_factory=lambda: dict(SHARES))
    """How often each corpus is drawn; corpora that are not there are left out."""
    chances: Chances = field(default_factory=Chances)
    """How often each augmentation is made."""


def mask_bands(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Hide up to two groups of bands and one short time in each example (SpecAugment), and shift
    the level a little, since the running level of a real file has another history.
    """
    masked = mel + 0.25 * torch.randn(len(mel), 1, 1, generator=generator)
    for example in masked:
        for _ in range(int(torch.randint(0, 3, (), generator=generator))):
            width = int(torch.randint(1, 11, (), generator=generator))
            first = int(torch.randint(0, mel.shape[1] - width, (), generator=generator))
            example[first : first + width] = 0
        if torch.rand((), generator=generator) < 0.4:
            width = int(torch.randint(2, 12, (), generator=generator))
            first = int(torch.randint(0, mel.shape[2] - width, (), generator=generator))
            example[:, first : first + width] = 0
    return masked


def warp_bands(mel: Tensor, spread: float, generator: torch.Generator) -> Tensor:
    """Stretch each example's frequency axis by its own factor, 1 / (1 + spread) to 1 + spread:
    another length of the vocal tract at the same pitch and speed. (B, M, T) -> the same.
    """
    bands = mel.shape[1]
    power = 2 * torch.rand(len(mel), 1, generator=generator) - 1
    at = torch.arange(bands) * (1 + spread) ** power
    at = at.clamp(max=bands - 1)
    low = at.floor().long()
    share = (at - low)[..., None]
    below = mel.gather(1, low[..., None].expand_as(mel))
    above = mel.gather(1, (low + 1).clamp(max=bands - 1)[..., None].expand_as(mel))
    return below * (1 - share) + above * share


class Trainer:
    """One training run; its checkpoints allow to resume."""

    def __init__(
        self,
        config: EncoderConfig,
        recipe: Recipe,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
        make: Callable[[EncoderConfig, float], PhoneNetwork] = PhoneNetwork,
    ) -> None:
        """`clock`: seconds that count towards the recipe's minutes; `make`: config and dropout to
        a network with the inputs and outputs of PhoneNetwork.
        """
        torch.manual_seed(recipe.seed)
        self.clock = clock
        self.config, self.recipe, self.folder = config, recipe, folder
        self.mel = LevelInvariantMel(config.bands, config.level_back_s, config.level_ahead_s)
        self.network = make(config, recipe.dropout)
        self.averaged = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.step, self.elapsed_s = 0, 0.0

    def rate(self) -> float:
        """Learning rate now: a linear start, then half a cosine over the time allowed."""
        start = min(1.0, (self.step + 1) / self.recipe.warm_up_steps)
        share = min(1.0, self.elapsed_s / (60 * self.recipe.minutes))
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2
        return self.recipe.learning_rate * start * fall

    def train_step(self, waves: Tensor, targets: Tensor) -> float:
        """One step; returns the loss."""
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        with torch.no_grad():
            mel = self.mel(waves)
            if self.recipe.warp:
                mel = warp_bands(mel, self.recipe.warp, self.generator)
            mel = mask_bands(mel, self.generator)
        with torch.autocast("cpu", torch.bfloat16):
            _, logits = self.network(mel)
        loss = phone_loss(logits, targets, self.recipe.smoothing)
        if self.recipe.lips:
            loss = loss + self.recipe.lips * lip_loss(logits, targets)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        decay = min(self.recipe.averaging, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.averaged.parameters(), self.network.parameters(), strict=True)
            for mean, now in pairs:
                mean.lerp_(now, 1 - decay)
        self.step += 1
        return float(loss.detach())

    def run(self, recordings: Sequence[Recording]) -> None:
        """Train until the time is over; writes a checkpoint every minute and a log line."""
        recipe = self.recipe
        examples = Examples(
            recordings, recipe.shares, batch=recipe.batch, seconds=recipe.seconds,
            seed=recipe.seed + self.step, chances=recipe.chances,
        )  # fmt: skip
        loader = DataLoader(examples, batch_size=None, num_workers=recipe.workers)
        before, saved, losses = self.clock(), self.clock(), []
        for waves, targets in loader:
            losses.append(self.train_step(waves, targets))
            now = self.clock()
            self.elapsed_s, before = self.elapsed_s + now - before, now
            over = self.elapsed_s > 60 * recipe.minutes or self.step >= recipe.max_steps
            if now - saved > 60 or over:
                self.save(sum(losses) / len(losses))
                saved, losses = now, []
            if over:
                break

    def save(self, loss: float) -> None:
        """Write the averaged weights, the state to resume from, and a log line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(self.folder / "encoder.safetensors") as path:
            save_file(self.averaged.state_dict(), path)
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        with atomic_path(self.folder / "state.pt") as path:
            torch.save(state, path)
        setting = {"config": asdict(self.config), "recipe": asdict(self.recipe)}
        write_bytes(self.folder / "setting.json", json.dumps(setting, indent=1).encode())
        with (self.folder / "log.jsonl").open("a") as log:
            row = {"step": self.step, "elapsed_s": round(self.elapsed_s, 1), "loss": round(loss, 4)}
            log.write(json.dumps(row) + "\n")

    def grow_from(self, path: Path) -> None:
        """Start from a shipped encoder; layers of attention that it lacks start as the identity."""
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
        new = self.network.load_state_dict(tensors, strict=False)
        if new.unexpected_keys or any("attention." not in name for name in new.missing_keys):
            raise InputError(f"{path}: its sizes are not those of this run")
        self.averaged.load_state_dict(self.network.state_dict())

    def resume(self) -> bool:
        """Continue from the folder's checkpoint; False if there is none."""
        path = self.folder / "state.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.averaged.load_state_dict(load_file(self.folder / "encoder.safetensors"))
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
        return True
