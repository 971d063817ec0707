"""Latents so far (B, F, H, C) and audio codes (B, F, A) -> log probabilities of each latent.

Section 3.3: autoregressive over frames, and within a frame over heads. Head h of frame t knows all
heads of frames before t, heads before h of frame t, and the sound of frame t.

Deviation: in the authors' code no layer hands a head's own channels on, so that its first head
knows nothing at all and each of its six layers loses one head more. The paper's equation has every
head know the past and the sound: only the first layer leaves out a head's own class, as in masks A
and B of PixelCNN.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.meshtalk.config import Config
from avitalk.zoo.meshtalk.encoders import SLOPE


class Masked(nn.Module):
    """A layer that keeps the order of frames and heads."""

    mask: Tensor

    def __init__(
        self, heads: int, given: int, made: int, *, audio: int, dilation: int, own: bool
    ) -> None:
        """`given`, `made`: channels of each head; `dilation` 0 sees no frame before its own; `own`:
        whether a head sees what is given for itself.
        """
        super().__init__()
        self.own = own
        self.heads, self.given, self.made, self.dilation = heads, given, made, dilation
        self.here = nn.Linear(heads * given, heads * made)
        # Deviation: the authors' first and last layer own weights for audio that are never used.
        self.audio = nn.Linear(audio, heads * made) if audio else None
        self.past = None
        if dilation:
            self.past = nn.Conv1d(heads * given, heads * made, 2, dilation=dilation)
        before = torch.ones(heads, heads).tril(0 if own else -1)
        mask = before.repeat_interleave(made, 0).repeat_interleave(given, 1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor, audio: Tensor) -> Tensor:
        """(B, F, H, given), (B, F, A) -> (B, F, H, made)."""
        flat = x.flatten(2)
        found = functional.linear(flat, self.here.weight * self.mask, self.here.bias)
        if self.audio is not None:
            found = found + self.audio(audio)
        if self.past is not None:
            earlier = functional.pad(flat[:, :-1].transpose(1, 2), (self.dilation + 1, 0))
            found = found + self.past(earlier).transpose(1, 2)
        return found.view(*x.shape[:3], self.made)


class ContextModel(nn.Module):
    """An embedding, convolutions over frames before, and logits."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        heads, wide, code = config.heads, config.context, config.code
        self.classes = config.classes
        first = Masked(heads, config.classes, wide, audio=0, dilation=0, own=False)
        between = [Masked(heads, wide, wide, audio=code, dilation=d, own=True) for d in config.past]
        last = Masked(heads, wide, config.classes, audio=0, dilation=0, own=True)
        self.layers = nn.ModuleList([first, *between, last])

    def forward(self, latent: Tensor, audio: Tensor) -> Tensor:
        """(B, F, H, C) one-hot, (B, F, A) -> (B, F, H, C) log probabilities, all at once."""
        x = latent
        for place, layer in enumerate(self.layers):
            x = layer(x, audio)
            if 0 < place < len(self.layers) - 1:
                x = functional.leaky_relu(x, SLOPE)
        return x.log_softmax(-1)
