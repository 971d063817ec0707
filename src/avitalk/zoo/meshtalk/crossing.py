"""The cross-modality loss (section 3.2): each half of the face answers to one of the two signals.

With the expression of another sequence the mouth must stay what one's own sound says; with the
sound of another one the upper face must stay one's own. What either says about the rest of the
face is not judged, so neither learns it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from avitalk.zoo.meshtalk.network import Network


@dataclass(frozen=True, slots=True)
class Masks:
    """How much the error of each vertex counts."""

    mouth: Tensor
    """(V,) where sound is answered for."""
    upper: Tensor
    """(V,) where expression is answered for."""
    lids: Tensor
    """(V,) the landmarks that count once more: edges of the lids."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a batch holds."""

    template: Tensor
    """(B, V, 3) at rest, mm."""
    mesh: Tensor
    """(B, F, V, 3) as filmed, mm."""
    heard: Tensor
    """What the audio encoder takes."""
    known: Tensor
    """(B, F) 1 where there is a frame."""
    upper: Tensor
    """(B,) 1 where the upper face is as filmed. Deviation: the authors' always is."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean squared errors in mm^2."""

    whole: Tensor
    """Of the whole face, told by its own sound and expression."""
    lids: Tensor
    """Of the lids' edges, likewise."""
    mouth: Tensor
    """Of the mouth, with another sequence's expression."""
    upper: Tensor
    """Of the upper face, with another sequence's sound."""


def error(apart: Tensor, lesson: Lesson, weight: Tensor) -> Tensor:
    """Mean of squared distances (B, F, 3 V), weighted by vertex (B, V) and by what is known."""
    total = torch.einsum("bfv,bv->bf", apart, weight.repeat_interleave(3, 1))
    count = 3 * weight.sum(1, keepdim=True).expand_as(total)
    return (total * lesson.known).sum() / (count * lesson.known).sum().clamp(min=1e-6)


def losses(network: Network, lesson: Lesson, masks: Masks, shifts: tuple[int, int]) -> Losses:
    """All losses of stage 1; `shifts`: whose expression, whose sound, counted from one's own."""
    heard, seen = network.hears(lesson.heard), network.seen(lesson.mesh)
    told = lesson.upper[:, None]
    # Unknown upper faces teach nothing: neither as targets nor through the mean.
    everywhere = torch.where(masks.upper > 0, told, torch.ones_like(told))

    # Told by both of one's own, by one's own sound, by one's own expression: in one batch.
    expressions = torch.cat([seen, seen.roll(shifts[0], 0), seen])
    sounds = torch.cat([heard, heard, heard.roll(shifts[1], 0)])
    template = lesson.template.repeat(3, 1, 1)
    made = network.retold(template, expressions, sounds, noisy=network.training)
    apart = (made - lesson.mesh.repeat(3, 1, 1, 1)).square().flatten(2)
    own, by_sound, by_sight = apart.chunk(3)
    return Losses(
        error(own, lesson, everywhere),
        error(own, lesson, told * masks.lids),
        error(by_sound, lesson, masks.mouth.expand(len(heard), -1)),
        error(by_sight, lesson, told * masks.upper),
    )
