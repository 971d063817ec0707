"""Audio codes, one frame after another -> latents drawn from the context model.

Each layer keeps what it was given in the frames that it looks back to, and only the head that is
drawn next is computed: the same distributions as `ContextModel.forward`, at its cost per frame. In
numpy, which takes a fifth of torch's time for products this small.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from avitalk.zoo.meshtalk.context import ContextModel, Masked
from avitalk.zoo.meshtalk.encoders import SLOPE

Array = NDArray[np.float32]


class Sampler:
    """One recording on its way through the context model."""

    def __init__(self, model: ContextModel) -> None:
        layers = [_Layer.of(layer) for layer in model.layers if isinstance(layer, Masked)]
        self.first, self.last, self.between = layers[0], layers[-1], layers[1:-1]
        self.heads, self.classes = self.first.heads, model.classes

    def draw(self, audio: Array, noise: Array | None) -> tuple[NDArray[np.int64], Array]:
        """Audio code (A,) of the next frame -> a class for each head (H,), and what they were
        drawn from: log probabilities (H, C).

        `noise`: (H, C) Gumbel noise, or None for the likeliest class of each head.
        """
        layers = [self.first, *self.between, self.last]
        for layer in layers:
            layer.begin(audio)
        drawn = np.zeros(self.heads, np.int64)
        log_probs = np.empty((self.heads, self.classes), np.float32)
        for head in range(self.heads):
            found = self.first.of_head(head)
            for layer in self.between:
                layer.given[head] = found
                found = layer.of_head(head)
                found = np.where(found > 0, found, SLOPE * found)
            self.last.given[head] = found
            log_probs[head] = _log_softmax(self.last.of_head(head))
            wanted = log_probs[head] if noise is None else log_probs[head] + noise[head]
            drawn[head] = wanted.argmax()
            self.first.given[head, drawn[head]] = 1.0
        for layer in self.between:
            layer.end()
        return drawn, log_probs


@dataclass(slots=True)
class _Layer:
    """A `Masked` and where it is."""

    heads: int
    own: bool
    """Whether a head sees what is given for itself."""
    weight: Array
    """(H made, H given)."""
    bias: Array
    """(H made,)."""
    audio: Array | None
    """(H made, A)."""
    past: tuple[Array, Array] | None
    """(H made, H given) for the oldest frame that is looked back to, and for the newest."""
    before: Array
    """(dilation + 1, H given) of earlier frames; silent before the first."""
    given: Array
    """(H, given) of this frame, as far as it is drawn."""
    known: Array
    """(H made,) what does not depend on this frame's heads."""

    @classmethod
    def of(cls, layer: Masked) -> "_Layer":
        """Its weights, and nothing before the first frame."""
        bias = _numbers(layer.here.bias)
        if layer.audio is not None:
            bias = bias + _numbers(layer.audio.bias)
        past = None
        if layer.past is not None and layer.past.bias is not None:
            bias = bias + _numbers(layer.past.bias)
            taps = np.ascontiguousarray(np.moveaxis(_numbers(layer.past.weight), 2, 0))
            past = taps[0], taps[1]
        return cls(
            layer.heads,
            layer.own,
            _numbers(layer.here.weight),
            bias,
            None if layer.audio is None else _numbers(layer.audio.weight),
            past,
            np.zeros((layer.dilation + 1, layer.heads * layer.given), np.float32),
            np.zeros((layer.heads, layer.given), np.float32),
            bias,
        )

    def begin(self, audio: Array) -> None:
        """A new frame."""
        self.given = np.zeros_like(self.given)
        self.known = self.bias
        if self.audio is not None:
            self.known = self.known + self.audio @ audio
        if self.past is not None:
            oldest, newest = self.past
            self.known = self.known + oldest @ self.before[0] + newest @ self.before[-1]

    def of_head(self, head: int) -> Array:
        """(made,) of one head, from the heads up to it."""
        made, given = len(self.bias) // self.heads, self.given.shape[1]
        rows = slice(head * made, (head + 1) * made)
        last = head + self.own
        weight = self.weight[rows, : last * given]
        return np.asarray(self.known[rows] + weight @ self.given[:last].ravel())

    def end(self) -> None:
        """The frame is drawn."""
        self.before = np.concatenate([self.before[1:], self.given.reshape(1, -1)])


def _numbers(parameter: Tensor) -> Array:
    return np.asarray(parameter.detach().cpu().numpy(), np.float32)


def _log_softmax(logits: Array) -> Array:
    even = logits - logits.max()
    return np.asarray(even - np.log(np.exp(even).sum()))
