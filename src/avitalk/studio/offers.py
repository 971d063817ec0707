"""What there is to choose from: faces, modes, regions, shapes, speakers, emotions, cameras."""

import json
from functools import cache

from safetensors import safe_open

from avitalk import weights
from avitalk.arkit import ARKIT_52
from avitalk.audio.rates import VIDEO_FPS
from avitalk.face.cast import CAST
from avitalk.face.identity import LIMIT, MODES, Identity
from avitalk.facs.table import EMOTIONS
from avitalk.render.camera import CAMERAS
from avitalk.studio import schemas
from avitalk.studio.heads import LABELS
from avitalk.types.motion import MOTION_REGIONS


@cache
def choices() -> schemas.Choices:
    """All of it; the models are not loaded for this."""
    people = {"default": ("the head of this program", Identity())}
    people |= {name: (face.about, face.identity) for name, face in CAST.items()}
    return schemas.Choices(
        faces=[
            schemas.NamedFace(
                name=name, about=about, modes=dict(identity.coefficients), scale=identity.scale
            )
            for name, (about, identity) in people.items()
        ],
        modes=[schemas.Labelled(name=mode, label=LABELS[mode]) for mode in MODES],
        mode_limit=LIMIT,
        regions=list(MOTION_REGIONS),
        shapes=list(ARKIT_52),
        speakers=list(speakers()),
        emotions=list(EMOTIONS),
        cameras=list(CAMERAS),
        video_fps=list(VIDEO_FPS),
    )


@cache
def speakers() -> tuple[str, ...]:
    """Whose way of moving the lips the talker knows: it stands in the header of its weights."""
    with safe_open(weights.find("talker").path, framework="np") as file:
        config = json.loads((file.metadata() or {}).get("config", "{}"))
    return tuple(config.get("styles", ()))
