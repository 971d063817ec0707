"""Light and finish of a picture: lamps as a photographer hangs them, ambient light, exposure."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.render.shading import Lighting

Colour = tuple[float, float, float]

SHADOW_SIDE: Final = 160  # texels across the shadow map
SHADOW_REACH_M: Final = 0.19  # half its width: a head and the top of the neck


@dataclass(frozen=True)
class Lamp:
    """One lamp, hung relative to the camera: it moves round the head with it."""

    aside_deg: float
    """Degrees from the camera's direction, positive to the camera's left."""
    above_deg: float
    """Degrees above eye level."""
    colour: Colour
    """Linear RGB times strength: 1 facing white matt paint gives radiance 1."""
    size: float
    """0 = a bare bulb, 1 = a large soft box close by."""


@dataclass(frozen=True)
class Look:
    """Everything about a picture that is neither head, camera nor background."""

    lamps: tuple[Lamp, ...] = (
        Lamp(aside_deg=38, above_deg=36, colour=(1.22, 1.13, 1.03), size=0.8),
        Lamp(aside_deg=-52, above_deg=8, colour=(0.27, 0.29, 0.34), size=1.0),
        Lamp(aside_deg=-145, above_deg=28, colour=(1.0, 1.03, 1.1), size=0.3),
        Lamp(aside_deg=158, above_deg=22, colour=(0.45, 0.45, 0.48), size=0.3),
    )
    """The first is the key light and casts the shadow; then fill and rims."""
    sky: Colour = (0.40, 0.42, 0.46)
    """Ambient light from above."""
    ground: Colour = (0.20, 0.17, 0.155)
    """Ambient light from below."""
    exposure: float = 1.0
    """Factor on all light before the filmic curve."""
    shadow: bool = True
    """Soft shadow of the key light (nose, chin)."""
    detail: float = 1.0
    """Strength of skin mottling and pores, 0 for none."""

    def lighting(self, camera_yaw_rad: float, centre: NDArray[np.floating]) -> Lighting:
        """Hang the lamps round a head whose middle is `centre` (3,), metres.

        Seen from its left or right side, the key light comes from where the face looks to
        ("short lighting"), so the set-up is mirrored with the camera's side.
        """
        mirrored = -1.0 if camera_yaw_rad < 0 else 1.0
        rows = []
        for lamp in self.lamps:
            yaw = camera_yaw_rad - mirrored * math.radians(lamp.aside_deg)
            up = math.radians(lamp.above_deg)
            towards = (math.sin(yaw) * math.cos(up), math.sin(up), math.cos(yaw) * math.cos(up))
            rows.append((*towards, *lamp.colour, lamp.size))
        lamps = np.array(rows, np.float32)
        towards_key = lamps[0, :3].astype(np.float64)
        right = np.cross([0.0, 1.0, 0.0], towards_key)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(towards_key, right), towards_key])
        first = axes @ np.asarray(centre, np.float64) - SHADOW_REACH_M
        density = SHADOW_SIDE / (2 * SHADOW_REACH_M)
        shadow = np.column_stack([axes, [first[0], first[1], density]])
        return Lighting(
            lamps=lamps,
            sky=np.array(self.sky, np.float32),
            ground=np.array(self.ground, np.float32),
            shadow=shadow.astype(np.float32),
            bias_m=1.3 / density,
        )
