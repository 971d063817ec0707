"""Light and finish of a picture: lamps as a photographer hangs them, ambient light, exposure."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.render.tables import MAX_LAMPS, Lighting

Colour = tuple[float, float, float]

KEY_SIDE: Final = 384  # texels across the key light's shadow map
SHADOW_SIDE: Final = 128  # and across the other lamps'
SHADOW_REACH_M: Final = 0.21  # half its width: a head, neck and collar
TURN_OVER: Final = math.radians(25)  # the set-up changes sides within this of the middle


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
        Lamp(aside_deg=36, above_deg=34, colour=(1.40, 1.31, 1.21), size=0.8),
        Lamp(aside_deg=-50, above_deg=4, colour=(0.20, 0.215, 0.25), size=0.5),
        Lamp(aside_deg=-138, above_deg=26, colour=(0.50, 0.525, 0.57), size=0.5),
        Lamp(aside_deg=150, above_deg=20, colour=(0.30, 0.30, 0.33), size=0.5),
    )
    """Key light, fill, rims; all cast shadows."""
    sky: Colour = (0.225, 0.225, 0.235)
    """Ambient light from above."""
    ground: Colour = (0.12, 0.092, 0.078)
    """Ambient light from below."""
    exposure: float = 1.0
    """Factor on all light before the filmic curve."""
    shadow: bool = True
    """Soft shadows (nose, chin), else none."""
    detail: float = 1.0
    """Strength of skin mottling and pores, 0 for none."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.lamps) <= MAX_LAMPS:
            raise InputError(f"{len(self.lamps)} lamps; allowed: 1 to {MAX_LAMPS}")

    def lighting(
        self, camera_yaw_rad: float, centre: NDArray[np.floating], *, key_side: int = KEY_SIDE
    ) -> Lighting:
        """Hang the lamps round a head whose middle is `centre` (3,), metres.

        `key_side` texels across are in the key light's shadow map.

        Seen from its left or right side, the key light comes from where the face looks to
        ("short lighting"): as the camera passes the front (or the back) the lamps walk over to
        the other side.
        """
        mirrored = _other_side(camera_yaw_rad)
        rows: list[tuple[float, ...]] = []
        matrices: list[NDArray[np.float32]] = []
        for lamp in self.lamps:
            # Lamps before the head cross before it, those behind it cross behind.
            half_turn = 0.0 if abs(lamp.aside_deg) <= 90 else math.copysign(180, lamp.aside_deg)
            aside = lamp.aside_deg + mirrored * 2 * (half_turn - lamp.aside_deg)
            yaw = camera_yaw_rad - math.radians(aside)
            up = math.radians(lamp.above_deg)
            towards = (math.sin(yaw) * math.cos(up), math.sin(up), math.cos(yaw) * math.cos(up))
            rows.append((*towards, *lamp.colour, lamp.size))
            side = SHADOW_SIDE if matrices else key_side
            matrices.append(_shadow_matrix(np.array(towards), centre, side))
        return Lighting(
            lamps=np.array(rows, np.float64),
            sky=np.array(self.sky, np.float32),
            ground=np.array(self.ground, np.float32),
            shadow=np.stack(matrices),
        )


def _other_side(camera_yaw_rad: float) -> float:
    """0 where the camera sees the head's left side, 1 for the right, continuous all round."""
    yaw = (camera_yaw_rad + math.pi) % (2 * math.pi) - math.pi
    beyond = yaw - math.pi + TURN_OVER if yaw > math.pi / 2 else -yaw
    share = min(max(beyond / TURN_OVER, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _shadow_matrix(
    towards: NDArray[np.floating], centre: NDArray[np.floating], side: int
) -> NDArray[np.float32]:
    """(3, 5) see `shadow.shadow_map`: a map about `centre` for a lamp at `towards`."""
    right = np.cross([0.0, 1.0, 0.0], towards)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(towards, right), towards])
    # Sums, not @: see `Head.pose_frame`.
    middle = (axes * np.asarray(centre, np.float64)).sum(axis=1)
    first = middle - [SHADOW_REACH_M, SHADOW_REACH_M, 0.0]
    density = np.full(3, side / (2 * SHADOW_REACH_M))
    return np.column_stack([axes, first, density]).astype(np.float32)
