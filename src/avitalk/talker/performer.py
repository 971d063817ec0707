"""Performer: spoken lips, voice and cues in, a whole face that acts them out.

Stage 2b of AVI-Talking. What the network adds to mouth, head and gaze is taken against what it
adds for the neutral style, so that the lips stay the talker's; brows, lids and cheeks are its own.
Without cues the face is the idle one, to the bit. Lips that touch while speaking go on touching.
"""

import hashlib
from collections.abc import MutableMapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk.arkit import INDEX, REGIONS
from avitalk.audio import MOTION_FPS
from avitalk.errors import InputError
from avitalk.facs.channels import CHANNELS, POSED, REGION_CHANNELS, unpacked
from avitalk.facs.cue import Cue
from avitalk.facs.variation import variation
from avitalk.nn.checkpoint import fill_module, read_config, save_module
from avitalk.nn.chunks import Chunk, chunks
from avitalk.nn.threads import side_by_side
from avitalk.talker.heed import heed
from avitalk.talker.overrides import keep_closed
from avitalk.talker.performer_network import INPUTS, PerformerConfig, PerformerNetwork
from avitalk.talker.shapes import contraction
from avitalk.talker.staging import Held, held, staged
from avitalk.types import Motion

Floats = NDArray[np.float64]
Memory = MutableMapping[bytes, Floats]
"""Stretches performed before: a dict, or something that forgets."""

KIND: Final = "performer"
CHUNK_FRAMES: Final = 1500  # 30 s
REMEMBERED_FRAMES: Final = 250  # five seconds: what a change of words costs at least
BLINKS: Final = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
BROWS: Final = list(REGIONS["brows"])
AGAINST_NEUTRAL: Final = sorted({*REGION_CHANNELS["mouth"], *POSED.values()})
"""Channels that are stated against the neutral style's."""
WIDE: Final = [INDEX["eyeWideLeft"], INDEX["eyeWideRight"]]


class Performer:
    """Acts styles out. The same arguments give the same motion on every run."""

    def __init__(self, config: PerformerConfig, network: PerformerNetwork) -> None:
        self.config = config
        self.network = network.eval()

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a checkpoint; raises InputError if it is missing or does not fit."""
        config, network = load_network(path)
        if (config.inputs, config.outputs) != (INPUTS, CHANNELS):
            raise InputError(
                f"{path}: moves {config.outputs} channels from {config.inputs}, not the face's"
                f" {CHANNELS} from {INPUTS}; avitalk.talker.performer_flame performs FLAME's"
            )
        return cls(config, network)

    @classmethod
    def untrained(cls, config: PerformerConfig, seed: int = 0) -> Self:
        """Random weights, for tests and as a start."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return cls(config, PerformerNetwork(config))

    def save(self, path: Path | str) -> None:
        """Write a checkpoint that `load` reads; weights are rounded to half precision."""
        save_module(Path(path), self.network, KIND, asdict(self.config))

    def perform(
        self,
        mouth: Motion,
        prosody: NDArray[np.floating],
        cues: Sequence[Cue],
        idle: Motion,
        *,
        seed: int = 0,
        duration_s: float | None = None,
        memory: Memory | None = None,
    ) -> Motion:
        """The whole face: `mouth` as spoken, over `idle`, under `cues`.

        mouth: the talker's motion at 50 Hz; prosody: (F, 6) of `avitalk.speech.prosody`; idle:
        blinks, gaze and head, as many frames. With a `memory`, stretches that were performed
        before are taken from there: equal up to rounding. Raises InputError if lengths or rates
        differ, or a style is not of this performer's width.
        """
        plain = mouth.over(idle, take=("mouth",))
        if not cues:
            return plain
        self._check(mouth, prosody, cues)
        tracks = variation(mouth.frames, mouth.fps, seed)
        lips = mouth.weights @ contraction()
        inputs = np.concatenate([lips, prosody, tracks], axis=1).astype(np.float32)
        acting = held(cues, mouth.frames, mouth.fps, duration_s)
        moved, calm = self._moved(inputs, acting, memory)
        covered = np.zeros(mouth.frames)
        for each in acting:
            at, cue = each.span, each.cue
            heed(moved[at], calm[at], each.share, cue.demands, tracks[at], cue.segment)
            covered[at] += each.share
        return _laid_over(plain, moved, np.minimum(covered, 1))

    def _check(self, mouth: Motion, prosody: NDArray[np.floating], cues: Sequence[Cue]) -> None:
        if mouth.fps != MOTION_FPS or len(prosody) != mouth.frames:
            raise InputError(
                f"lips of {mouth.frames} frames at {mouth.fps:g} Hz with {len(prosody)} of "
                f"prosody; need the same number at {MOTION_FPS:g} Hz"
            )
        for cue in cues:
            if cue.style.vector.shape != (self.config.style_width,):
                raise InputError(
                    f"style '{cue.style.name}' is {len(cue.style.vector)} wide; this performer "
                    f"takes {self.config.style_width}"
                )

    def _moved(
        self, inputs: NDArray[np.float32], acting: Sequence[Held], memory: Memory | None
    ) -> tuple[Floats, Floats]:
        """(F, C) what the styles of all regions add, and (F, C) what the neutral one adds."""
        reach = self.config.reach_frames
        size = CHUNK_FRAMES if memory is None else REMEMBERED_FRAMES
        moved, calm = np.zeros((2, len(inputs), self.config.outputs))

        def move(chunk: Chunk) -> None:
            staging = staged(acting, chunk.first, chunk.last, self.config.style_width)
            styles = np.concatenate([np.zeros_like(staging.styles[:1]), staging.styles])
            found = self._remembered(inputs[chunk.read], styles, memory)[:, chunk.kept].copy()
            found[:, :, AGAINST_NEUTRAL] -= found[:1, :, AGAINST_NEUTRAL].copy()
            calm[chunk.rows] = found[0]
            for regions, styled in zip(staging.regions, found[1:], strict=True):
                columns = [column for region in regions for column in REGION_CHANNELS[region]]
                moved[chunk.rows, columns] = styled[:, columns]

        side_by_side(move, chunks(len(inputs), size=size, back=reach, ahead=reach))
        return moved, calm

    def _remembered(
        self, inputs: NDArray[np.float32], styles: Floats, memory: Memory | None
    ) -> Floats:
        if memory is None:
            return self._run(inputs, styles)
        key = hashlib.sha256(inputs.tobytes() + styles.tobytes()).digest()
        found = memory.get(key)
        if found is None:
            found = memory[key] = self._run(inputs, styles)
        return found

    @torch.inference_mode()
    def _run(self, inputs: NDArray[np.float32], styles: Floats) -> Floats:
        """(T, I), (G, T, E) -> (G, T, C)."""
        style = torch.from_numpy(styles.astype(np.float32))
        same = torch.from_numpy(inputs)[None].expand(len(style), -1, -1)
        return np.asarray(self.network(same, style).numpy(), np.float64)


def load_network(path: Path | str) -> tuple[PerformerConfig, PerformerNetwork]:
    """Sizes and weights of a checkpoint, of whatever face. Raises InputError if it does not fit."""
    path = Path(path)
    stored = read_config(path, KIND)
    config = PerformerConfig(**{**stored, "dilations": tuple(stored["dilations"])})
    network = PerformerNetwork(config)
    fill_module(path, network)
    return config, network


def _laid_over(plain: Motion, moved: Floats, covered: Floats) -> Motion:
    """Add what an expression moves to the face; blinks close what it leaves open.

    covered: (F,) how far there are cues; the performance brings its own accents of the brows.
    """
    parts = []
    for first in range(0, plain.frames, CHUNK_FRAMES):
        rows = slice(first, first + CHUNK_FRAMES)
        shift = None if plain.translation is None else plain.translation[rows]
        part = Motion(plain.weights[rows], plain.head[rows], plain.eyes[rows], plain.fps, shift)
        parts.append(_laid_over_part(part, moved[rows], covered[rows]))
    weights, head, eyes, translation = (
        np.concatenate([np.asarray(getattr(part, name)) for part in parts])
        for name in ("weights", "head", "eyes", "translation")
    )
    return replace(plain, weights=weights, head=head, eyes=eyes, translation=translation)


def _laid_over_part(plain: Motion, moved: Floats, covered: Floats) -> Motion:
    """The same of a few frames: each is by itself, and memory stays small."""
    added, head, lean, gaze = unpacked(moved * covered[:, None])
    before = np.array(plain.weights, np.float64)
    before[:, BROWS] *= (1 - covered)[:, None]
    weights = before + added
    blink = before[:, BLINKS]
    droop = np.clip(added[:, BLINKS], 0, 1)
    weights[:, BLINKS] = blink + (1 - blink) * droop
    weights[:, WIDE] = np.clip(weights[:, WIDE], 0, 1) * (1 - weights[:, BLINKS])
    weights = np.clip(weights, 0, 1)
    keep_closed(weights, before)
    eyes = np.array(plain.eyes, np.float64)
    eyes[:, :, :2] += gaze[:, None]
    shift = (
        np.zeros((plain.frames, 3)) if plain.translation is None else np.array(plain.translation)
    )
    shift[:, 2] += lean
    return replace(
        plain,
        weights=weights.astype(np.float32),
        head=(plain.head + head).astype(np.float32),
        eyes=eyes.astype(np.float32),
        translation=shift.astype(np.float32),
    )
