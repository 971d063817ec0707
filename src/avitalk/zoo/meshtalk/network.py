"""MeshTalk: sound and a template -> moving vertices, by way of a latent (Richard et al. 2021)."""

from typing import Final

import torch
from torch import Tensor, nn

from avitalk.zoo.meshtalk.config import Config
from avitalk.zoo.meshtalk.context import ContextModel
from avitalk.zoo.meshtalk.decoder import Decoder, Memory
from avitalk.zoo.meshtalk.encoders import SLOPE, AudioEncoder, ExpressionEncoder, Fusion
from avitalk.zoo.meshtalk.latent import quantised

LATENT_GAIN: Final = 3.0
"""At the start logits vary more than Gumbel noise does."""
FACE_GAIN: Final = 0.1
"""At the start the face is nearly the template."""


class Network(nn.Module):
    """Encoders, fusion and decoder of stage 1, and stage 2's context model."""

    mean: Tensor
    stddev: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.hears = AudioEncoder(config)
        self.sees = ExpressionEncoder(config)
        self.fuse = Fusion(config)
        self.decoder = Decoder(config)
        self.context = ContextModel(config)
        # Where vertices are on average and how far they move, in mm: both ends are normalised.
        self.register_buffer("mean", torch.zeros(config.vertices, 3))
        self.register_buffer("stddev", torch.ones(config.vertices, 3))
        self._begin()

    def seen(self, mesh: Tensor) -> Tensor:
        """Vertices (B, F, V, 3) in mm -> expression codes (B, F, A)."""
        return self.sees(self._normal(mesh))  # type: ignore[no-any-return]

    def drawn(
        self, template: Tensor, latent: Tensor, memory: Memory | None = None
    ) -> tuple[Tensor, Memory]:
        """Template (B, V, 3) in mm, latents (B, F, H, C) -> vertices (B, F, V, 3) in mm."""
        made, memory = self.decoder(self._normal(template), latent, memory)
        return made.unflatten(-1, self.mean.shape) * self.stddev + self.mean, memory

    def retold(self, template: Tensor, seen: Tensor, heard: Tensor, *, noisy: bool) -> Tensor:
        """Template and codes (B, F, A) of both kinds -> vertices (B, F, V, 3) in mm."""
        latent = quantised(self.fuse(seen, heard), noisy=noisy)
        return self.drawn(template, latent)[0]

    @torch.no_grad()
    def _begin(self) -> None:
        """Weights to start from.

        Deviation: torch's own shrink a signal by layers, until Gumbel noise drowns what latents
        say at first. In 50,000 steps it comes through; in the few that are taken here latents would
        settle on one class each, and the face would no longer be heard or seen.
        """
        for part in (self.hears, self.sees, self.fuse, self.decoder):
            for layer in part.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.kaiming_normal_(layer.weight, a=SLOPE)
                    nn.init.zeros_(layer.bias)
                elif isinstance(layer, nn.LSTM):
                    for weights in layer.all_weights:
                        nn.init.orthogonal_(weights[0])
                        nn.init.orthogonal_(weights[1])
        self.fuse.leave.weight.mul_(LATENT_GAIN)
        self.decoder.last.weight.mul_(FACE_GAIN)

    def _normal(self, mesh: Tensor) -> Tensor:
        """(..., V, 3) in mm -> (..., 3 V)."""
        return ((mesh - self.mean) / self.stddev).flatten(-2)
