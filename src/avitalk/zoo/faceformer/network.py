"""Speech features (B, S, D) and a speaker (B, speakers) -> displacements (B, F, V 3) from rest.

Section 3 of Fan et al. 2022. Deviations: the first frame's input is the speaker alone, as in
section 3.2 and in the published decoding, also where earlier frames are given (the published code
adds the bias of the motion's embedding there); displacements are in mm, theirs in metres of their
meshes; `Context`, which the paper does not have.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from avitalk.zoo.faceformer.config import FaceFormerConfig
from avitalk.zoo.faceformer.decoder import DecoderLayer
from avitalk.zoo.faceformer.masks import alignment, causal_bias, periodic_positions


class Context(nn.Module):
    """Residual convolutions over the features, (B, S, D) -> (B, S, E).

    Deviation: a frame sees its own features only, so they have to know what comes before and
    after. Published training adapts the transformer of wav2vec 2.0 to that; our features are
    frozen, and this learns it in its place.
    """

    def __init__(self, features: int, width: int, dilations: tuple[int, ...], rate: float) -> None:
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=d, dilation=d) for d in dilations
        )
        self.mixes = nn.ModuleList(nn.Linear(width, width) for _ in dilations)
        self.drop = nn.Dropout(rate)

    def forward(self, features: Tensor) -> Tensor:
        """(B, S, D) -> (B, S, E)."""
        x: Tensor = self.enter(features)
        for norm, conv, mix in zip(self.norms, self.convs, self.mixes, strict=True):
            taps = conv(norm(x).transpose(1, 2)).transpose(1, 2)
            x = x + self.drop(mix(functional.gelu(taps)))
        return x


class FaceFormerNetwork(nn.Module):
    """Everything but the ears."""

    bias: Tensor
    positions: Tensor

    def __init__(self, config: FaceFormerConfig) -> None:
        super().__init__()
        self.config = config
        width, track = config.width, 3 * config.vertices
        self.context: nn.Module = nn.Identity()
        if config.context:
            self.context = Context(config.features, width, config.context, config.dropout)
        self.hear = nn.Linear(width if config.context else config.features, width)
        self.see = nn.Linear(track, width)
        self.speaker = nn.Linear(len(config.speakers), width, bias=False)
        self.layer = DecoderLayer(width, config.heads, config.inner, config.dropout)
        self.leave = nn.Linear(width, track)
        nn.init.zeros_(self.leave.weight)  # every face begins at rest (section 3.3)
        nn.init.zeros_(self.leave.bias)
        self.drop = nn.Dropout(config.dropout)
        bias = causal_bias(config.heads, config.longest, config.period)
        positions = periodic_positions(config.period, width, config.longest)
        self.register_buffer("bias", bias, persistent=False)
        self.register_buffer("positions", positions, persistent=False)

    def given(self, features: Tensor, truth: Tensor, speaker: Tensor) -> Tensor:
        """Each frame from those of `truth` (B, F, V 3) before it: teacher forcing, in training."""
        style = self.speaker(speaker)[:, None]
        inputs = torch.cat([style, self.see(truth[:, :-1]) + style], dim=1)
        made: Tensor = self.leave(self._decoded(inputs, self._heard(features)))
        return made

    def recomputed(self, features: Tensor, speaker: Tensor) -> Tensor:
        """Each frame from those made before it, all computed again for each, as published."""
        memory, style = self._heard(features), self.speaker(speaker)[:, None]
        inputs = style
        made: Tensor = self.leave(self._decoded(inputs, memory))
        for _ in range(1, features.shape[1] // self.config.per_frame):
            inputs = torch.cat([inputs, self.see(made[:, -1:]) + style], dim=1)
            made = self.leave(self._decoded(inputs, memory))
        return made

    def cached(self, features: Tensor, speaker: Tensor) -> Tensor:
        """The same as `recomputed`, from what was kept of earlier frames.

        What a frame's output is seen as, W_see (W_leave h + b_leave) + b_see, is worked out as one
        matrix of E x E, so that vertices are made once, at the end.
        """
        style = self.speaker(speaker)[:, None]
        kept = self.layer.start(self._heard(features), self.config.per_frame)
        seen_as = self.see.weight @ self.leave.weight
        offset = self.see(self.leave.bias)
        hidden: list[Tensor] = []
        x = style
        for frame in range(features.shape[1] // self.config.per_frame):
            placed = self.drop(x + self.positions[frame])
            bias = self.bias[:, frame : frame + 1, : frame + 1]
            hidden.append(self.layer.step(placed, kept, bias))
            x = functional.linear(hidden[-1], seen_as, offset) + style
        made: Tensor = self.leave(torch.cat(hidden, dim=1))
        return made

    def forward(self, features: Tensor, speaker: Tensor) -> Tensor:
        """(B, S, D), (B, speakers) -> (B, F, V 3): autoregressive, at most `longest` frames."""
        return (self.cached if self.config.cached else self.recomputed)(features, speaker)

    def _heard(self, features: Tensor) -> Tensor:
        """(B, S, D) -> (B, S, E)."""
        out: Tensor = self.hear(self.context(features))
        return out

    def _decoded(self, inputs: Tensor, memory: Tensor) -> Tensor:
        """(B, F, E), (B, S, E) -> (B, F, E); S may be more than these frames' share."""
        frames, per_frame = inputs.shape[1], self.config.per_frame
        total = memory.shape[1] // per_frame
        aligned = alignment(total, per_frame)[:frames].to(inputs.device)
        placed = self.drop(inputs + self.positions[:frames])
        out: Tensor = self.layer(placed, memory, self.bias[:, :frames, :frames], aligned)
        return out
