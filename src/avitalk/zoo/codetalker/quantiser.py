"""Latents of motion -> the nearest codes of a learned codebook (section 3.1, equations 1 and 2)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Quantised:
    """What a quantiser finds."""

    values: Tensor
    """(..., E) codes in place of the latents; gradients pass as if nothing had been done."""
    chosen: Tensor
    """(...) which entries of the codebook."""
    loss: Tensor
    """Codebook loss plus beta times commitment loss."""

    def perplexity(self, entries: int) -> float:
        """How many codes are used as if evenly: 1 is collapse, `entries` the most."""
        share = torch.bincount(self.chosen.reshape(-1), minlength=entries) / self.chosen.numel()
        return float(torch.special.entr(share).sum().exp())


class VectorQuantiser(nn.Module):
    """A codebook of `entries` codes, learned by gradient."""

    age: Tensor

    def __init__(self, entries: int, width: int, beta: float, patience: int = 50) -> None:
        """`patience`: batches after which a code that nothing was near to is laid anew."""
        super().__init__()
        self.beta, self.patience = beta, patience
        self.codebook = nn.Parameter(torch.empty(entries, width))
        nn.init.uniform_(self.codebook, -1 / entries, 1 / entries)
        # Full age: the first batch lays all codes that it does not use among its own latents.
        self.register_buffer("age", torch.full((entries,), float(patience)), persistent=False)

    def nearest(self, latents: Tensor) -> Tensor:
        """(..., E) -> (...) the entry at the least Euclidean distance."""
        with torch.no_grad():
            flat = latents.reshape(-1, latents.shape[-1]).float()
            book = self.codebook.float()
            apart = book.square().sum(1) - 2 * flat @ book.T  # |z|^2 is the same for all codes
            return apart.argmin(dim=1).reshape(latents.shape[:-1])

    def forward(self, latents: Tensor) -> Quantised:
        """(..., E) -> codes, equation 2's last two terms, and the straight-through gradient."""
        chosen = self.nearest(latents)
        codes = self.codebook[chosen]
        commitment = (codes.detach() - latents).square().mean()
        codebook = (codes - latents.detach()).square().mean()
        values = latents + (codes - latents).detach()
        return Quantised(values, chosen, codebook + self.beta * commitment)

    @torch.no_grad()
    def revive(self, latents: Tensor) -> int:
        """Lay codes that have lain idle among the latents of this batch; returns how many.

        Deviation: the published code has nothing against a codebook that collapses on few codes.
        Without this the small configuration used 80 of 256 after 200 steps, in place of 233, at
        more than twice the loss.
        """
        flat = latents.reshape(-1, latents.shape[-1])
        self.age += 1
        self.age[self.nearest(flat)] = 0
        idle = (self.age >= self.patience).nonzero()[:, 0]
        if len(idle):
            picks = torch.randint(len(flat), (len(idle),), device=flat.device)
            self.codebook[idle] = flat[picks].to(self.codebook.dtype)
            self.age[idle] = 0
        return len(idle)
