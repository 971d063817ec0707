"""An avatar's controls in, what drives which out: ARKit names and visemes -> targets and gains."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, REGIONS
from avitalk.face.avatar.binding import Binding
from avitalk.face.avatar.controls import Control
from avitalk.face.avatar.names import VISEMES, spelled_shape, spelled_viseme
from avitalk.face.avatar.visemes import VisemeFit

MOUTH: Final = tuple(ARKIT_52[i] for i in REGIONS["mouth"])
GAZE: Final = tuple(ARKIT_52[i] for i in EYE_LOOK)
# What visemes do not show, and other shapes of the mouth that an avatar has still can.
BESIDE_VISEMES: Final = (
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
)  # fmt: skip
FEWEST_MOUTH: Final = 8  # ARKit shapes of the mouth from which on visemes are not needed
FEWEST_VISEMES: Final = 3
FEWEST_BARE: Final = 12  # 'E', 'PP', ... mean visemes only where nearly all of them are there
VOWELS: Final = {
    "a": "aa", "i": "I", "u": "U", "e": "E", "o": "O",
    "aa": "aa", "ih": "I", "ou": "U", "ee": "E", "oh": "O",
}  # fmt: skip
"""A VRM's expressions for the five vowels, version 0 and 1."""
GAZES: Final = {
    "lookup": ("eyeLookUpLeft", "eyeLookUpRight"),
    "lookdown": ("eyeLookDownLeft", "eyeLookDownRight"),
    "lookleft": ("eyeLookOutLeft", "eyeLookInRight"),
    "lookright": ("eyeLookInLeft", "eyeLookOutRight"),
}
"""A VRM's expressions of both eyes' gaze."""


@dataclass(frozen=True, slots=True)
class Link:
    """One wire to a target: its weight is gain * what drives it + offset, summed over wires."""

    target: str
    """Name of the control."""
    gain: float = 1.0
    offset: float = 0.0


Links = dict[str, tuple[Link, ...]]


@dataclass(frozen=True)
class Wiring:
    """What drives which target."""

    shapes: Links = field(default_factory=dict)
    """ARKit name -> what it drives."""
    visemes: Links = field(default_factory=dict)
    """Viseme -> what it drives; empty where the mouth is driven by ARKit shapes."""
    beside: tuple[str, ...] = ()
    """ARKit mouth shapes that are driven together with visemes."""

    @property
    def speaks(self) -> bool:
        """Whether the mouth can be driven."""
        return "jawOpen" in self.shapes or len(self.visemes) >= FEWEST_VISEMES

    @property
    def missing(self) -> list[str]:
        """ARKit names that drive nothing, of the mouth only if it has no visemes."""
        left_out = MOUTH if self.visemes else ()
        return [name for name in ARKIT_52 if name not in self.shapes and name not in left_out]

    def binding(self, controls: Iterable[Control]) -> Binding:
        """The same as matrices; targets in the controls' order."""
        links = [
            link for some in (self.shapes, self.visemes) for of in some.values() for link in of
        ]
        used = {link.target for link in links}
        targets = [control.name for control in controls if control.name in used]
        row = {name: number for number, name in enumerate(targets)}
        gains = np.zeros((len(targets), len(ARKIT_52)), np.float32)
        offsets = np.zeros(len(targets), np.float32)
        for name, wires in self.shapes.items():
            for link in wires:
                gains[row[link.target], INDEX[name]] += link.gain
        for link in links:
            offsets[row[link.target]] += link.offset
        if not self.visemes:
            return Binding(tuple(targets), gains, offsets)
        names = tuple(name for name in VISEMES if name in self.visemes)
        spoken = np.zeros((len(targets), len(names)), np.float32)
        for column, name in enumerate(names):
            for link in self.visemes[name]:
                spoken[row[link.target], column] += link.gain
        fit = VisemeFit(names, self.beside)
        return Binding(tuple(targets), gains, offsets, fit, spoken)


def automatic_wiring(controls: Iterable[Control], *, eye_bones: bool = False) -> Wiring:
    """Wire by names: ARKit's in any spelling, else visemes, else a VRM's own expressions.

    A mouth gets either ARKit shapes or visemes, never both; morph targets go before expressions.
    `eye_bones` says that bones turn the eyes, so that no expression of gaze is needed.
    """
    controls = tuple(controls)
    plain = [control for control in controls if control.expression is None]
    shapes, opening = _arkit(plain)
    of_vrm, _ = _arkit([control for control in controls if control.expression is not None])
    shapes |= {name: links for name, links in of_vrm.items() if name not in shapes}
    if not eye_bones and not any(name in shapes for name in GAZE):
        shapes |= _gaze(controls)
    mouth = [name for name in MOUTH if name in shapes]
    visemes = _visemes(plain) or _vowels(controls)
    if visemes and not ("jawOpen" in shapes and len(mouth) >= FEWEST_MOUTH):
        beside = tuple(name for name in BESIDE_VISEMES if name in shapes)
        kept = {n: links for n, links in shapes.items() if n not in MOUTH or n in beside}
        return Wiring(kept, visemes, beside)
    if "jawOpen" not in shapes and opening:
        shapes["jawOpen"] = opening
    return Wiring({name: shapes[name] for name in ARKIT_52 if name in shapes})


def _arkit(controls: list[Control]) -> tuple[Links, tuple[Link, ...]]:
    """What names of ARKit shapes drive, and what a shape called 'mouthOpen' would."""
    said: dict[tuple[str, str], list[Control]] = {}
    for control in controls:
        spelled = spelled_shape(control.expression or control.name)
        if spelled is not None:
            said.setdefault(spelled, []).append(control)

    def wires(base: str, side: str, gain: float = 1.0) -> tuple[Link, ...]:
        chosen = _one_a_mesh(said.get((base, side), []), base + side)
        return tuple(Link(control.name, gain) for control in chosen)

    found: Links = {}
    for name in ARKIT_52:
        base = name.removesuffix("Left").removesuffix("Right")
        halves = wires(base, "Left") + wires(base, "Right")
        if name == base:
            found[name] = wires(base, "") or halves
        elif halves:
            found[name] = wires(base, name.removeprefix(base))
        else:  # one shape for both sides gets their mean
            found[name] = wires(base, "", 0.5)
    opening = wires("mouthOpen", "")
    return {name: links for name, links in found.items() if links}, opening


def _one_a_mesh(controls: list[Control], exact: str) -> list[Control]:
    """Of controls that mean the same, those spelled as ARKit does, then others on other meshes."""
    chosen: list[Control] = []
    covered: set[int] = set()
    for control in sorted(controls, key=lambda control: control.name != exact):
        meshes = {mesh for mesh, _, _ in control.moves}
        if not meshes & covered:
            chosen.append(control)
            covered |= meshes
    return chosen


def _visemes(controls: list[Control]) -> Links:
    named: dict[str, list[Control]] = {}
    bare: dict[str, list[Control]] = {}
    for control in controls:
        spelled = spelled_viseme(control.name)
        if spelled is not None:
            (named if spelled[1] else bare).setdefault(spelled[0], []).append(control)
    said = named or (bare if len(bare) >= FEWEST_BARE else {})
    if len(said) < FEWEST_VISEMES:
        return {}
    return {
        name: tuple(Link(c.name) for c in _one_a_mesh(said[name], f"viseme_{name}"))
        for name in VISEMES
        if name in said
    }


def _vowels(controls: Iterable[Control]) -> Links:
    found: Links = {}
    for control in controls:
        vowel = VOWELS.get((control.expression or "").lower())
        if vowel is not None and vowel not in found:
            found[vowel] = (Link(control.name),)
    return found if len(found) >= FEWEST_VISEMES else {}


def _gaze(controls: Iterable[Control]) -> Links:
    found: Links = {}
    for control in controls:
        for name in GAZES.get((control.expression or "").lower(), ()):
            found[name] = (Link(control.name, 0.5),)
    return found
