"""Performing in FLAME's coefficients: a voice and a style in, expression and jaw out.

The performer's network at the paper's scale: content is what wav2vec 2.0 or HuBERT hears, the face
is FLAME's (`avitalk train style --recipe paper`). What comes out needs no FLAME file; to become a
Motion of 52 weights it does, since only the model says what its coefficients look like.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.flame import FlameMotion, FlameSolver
from avitalk.face.flame.channels import unpacked
from avitalk.files import atomic_path, write_bytes
from avitalk.nn.chunks import chunks
from avitalk.nn.threads import one_thread
from avitalk.speech.content import content
from avitalk.speech.load import Encoder, load_encoder
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.talker.performer import load_network
from avitalk.talker.performer_network import PerformerConfig, PerformerNetwork
from avitalk.types import Motion, Speech, Style

CHUNK_FRAMES: Final = 1500
PERFORMER, PARTS = "performer.safetensors", "performer.json"
OWN: Final = ".safetensors"
"""Our own speech encoders end so."""


@dataclass(frozen=True, slots=True)
class FlameParts:
    """What belongs to a performer of FLAME's coefficients, beside its network."""

    encoder: str
    """Folder or name of a HuBERT or wav2vec 2.0, or one of our own files."""
    layer: int | None
    """Its hidden layer; None is the last."""
    rate: int
    """Frames a second, of `avitalk.speech.content.RATES`."""
    prosody: bool
    """Whether prosody follows the encoder's features."""
    labels: tuple[str, ...]
    """What the teacher knows: emotions, intensities, speakers; one-hot each."""

    def save(self, folder: Path) -> None:
        """Write to a folder."""
        write_bytes(folder / PARTS, json.dumps(asdict(self), indent=1).encode())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises InputError if it is missing or something else."""
        path = folder / PARTS
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**found, "labels": tuple(found["labels"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: not a performer's parts ({error})") from error

    def listener(self) -> Encoder:
        """The speech encoder, loaded. Raises InputError if it is not there."""
        if self.encoder.endswith(OWN) and self.layer is None:
            return load_encoder(self.encoder)
        return PretrainedEncoder.load(self.encoder, layer=self.layer)

    def vector(self, wanted: Sequence[str]) -> NDArray[np.float32]:
        """(P,) with a 1 for each of the labels wanted. Raises InputError for an unknown one."""
        for label in wanted:
            if label not in self.labels:
                raise InputError(f"unknown label '{label}'; available: {', '.join(self.labels)}")
        return np.array([label in wanted for label in self.labels], np.float32)


class FlamePerformer:
    """Speaks and acts in FLAME's coefficients. The same arguments give the same motion."""

    def __init__(
        self, config: PerformerConfig, network: PerformerNetwork, parts: FlameParts
    ) -> None:
        self.config, self.network, self.parts = config, network.eval(), parts

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read the folder of a run. Raises InputError if something is missing or does not fit."""
        config, network = load_network(Path(folder) / PERFORMER)
        return cls(config, network, FlameParts.load(Path(folder)))

    def style(self, labels: Sequence[str], name: str | None = None) -> Style:
        """The teacher's style of labels, such as ('anger', 'level 3', 'M003'); speakers may be left
        out. Raises InputError for an unknown one.
        """
        vector = torch.from_numpy(self.parts.vector(labels))
        found = self.network.teacher(vector).detach().numpy()
        return Style(found, name or " ".join(labels))

    @one_thread()
    @torch.inference_mode()
    def perform(self, speech: Speech, style: Style, encoder: Encoder) -> FlameMotion:
        """The whole face, frames at `parts.rate` Hz; `encoder` is the one of `parts`.

        Raises InputError if the style or what the encoder hears is of another width.
        """
        if style.vector.shape != (self.config.style_width,):
            raise InputError(
                f"style '{style.name}' is {len(style.vector)} wide; this performer takes"
                f" {self.config.style_width}"
            )
        inputs = content(speech, encoder, rate=self.parts.rate, prosody=self.parts.prosody)
        if inputs.shape[1] != self.config.inputs:
            raise InputError(
                f"what is heard is {inputs.shape[1]} wide; this performer takes"
                f" {self.config.inputs}, from {self.parts.encoder}"
            )
        reach = self.config.reach_frames
        moved = np.zeros((len(inputs), self.config.outputs))
        for chunk in chunks(len(inputs), size=CHUNK_FRAMES, back=reach, ahead=reach):
            read = torch.from_numpy(inputs[chunk.read])[None]
            held = torch.from_numpy(style.vector.copy())[None, None].expand(-1, read.shape[1], -1)
            found = self.network(read, held)[0, chunk.kept].numpy()
            moved[chunk.rows] = found
        return unpacked(moved)


def as_motion(performed: FlameMotion, fps: float, solver: FlameSolver) -> Motion:
    """The Motion that comes closest on the solver's head; the user's FLAME file is in the solver.

    Head and eyes rest: neither the paper's coefficients nor these tell them.
    """
    short = solver.model.expressions - performed.expression.shape[1]
    if short < 0:
        raise InputError(
            f"{performed.expression.shape[1]} expression coefficients; {solver.model.name} has"
            f" {solver.model.expressions}"
        )
    whole = FlameMotion(np.pad(performed.expression, ((0, 0), (0, short))), performed.jaw)
    weights = solver.to_weights(whole).astype(np.float32)
    return Motion.still(len(weights), fps).with_weights(weights)


def write_flame(path: Path, performed: FlameMotion, fps: float) -> None:
    """Write `.flame.npz`, which `avitalk flame from` and other programs read."""
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez(
            file, expression=performed.expression.astype(np.float32),
            jaw_pose=performed.jaw.astype(np.float32), fps=np.array(float(fps)),
        )  # fmt: skip
