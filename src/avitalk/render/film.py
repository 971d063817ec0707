"""`Video`: how a motion is filmed. A Motion comes in, an mp4 with sound or stills go out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avitalk import audio
from avitalk.errors import InputError
from avitalk.face import Head, load_head
from avitalk.render.background import STUDIO
from avitalk.render.camera import camera_named
from avitalk.render.scene import Renderer, render_motion
from avitalk.render.video import Sound, check_video_size, sound_of, write_mp4
from avitalk.types import Motion, Speech


@dataclass(frozen=True)
class Video:
    """How a motion is drawn. Raises InputError on values that no video can have."""

    size: tuple[int, int] = (512, 512)
    """Width and height in pixels, even."""
    fps: int = audio.DEFAULT_VIDEO_FPS
    """Frames a second, of `audio.VIDEO_FPS`."""
    camera: str = "front"
    """A name of `avitalk.render.CAMERAS`."""
    background: str = STUDIO
    """See `avitalk.render.Renderer`."""
    draft: bool = False
    """Draw faster: fewer samples, plainer light."""

    def __post_init__(self) -> None:
        camera_named(self.camera)
        if self.fps not in audio.VIDEO_FPS:
            allowed = ", ".join(map(str, audio.VIDEO_FPS))
            raise InputError(f"video at {self.fps} fps; available: {allowed}")

    def stills(
        self, motion: Motion, times_s: Sequence[float], *, head: Head | None = None
    ) -> list[NDArray[np.uint8]]:
        """Pictures (H, W, 3 or 4) of the frames nearest to `times_s`; `head` or the default one."""
        camera, head = camera_named(self.camera), head or load_head()
        draw = Renderer(
            head, size=self.size, camera=camera, background=self.background, draft=self.draft
        )
        frames = [min(round(time * motion.fps), motion.frames - 1) for time in times_s]
        return [draw.frame(head.pose_at(motion, frame)) for frame in frames]

    def write(
        self,
        path: Path,
        motion: Motion,
        *,
        head: Head | None = None,
        sound: Path | Speech | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Draw `motion` as an mp4 with the sound of a file or of Speech, atomically."""
        check_video_size(self.size)
        if self.background == "transparent":
            raise InputError("H.264 video cannot be transparent; choose another background")
        track: Sound | None = None
        if isinstance(sound, Speech):
            track = sound_of(sound.samples, sound.rate_hz)
        elif sound is not None:
            track = Sound(*audio.sound_blocks(sound))
        frames = render_motion(
            head or load_head(),
            motion,
            size=self.size,
            fps=self.fps,
            camera=camera_named(self.camera),
            background=self.background,
            draft=self.draft,
            enlarged=False,
        )
        write_mp4(
            path,
            frames,
            fps=self.fps,
            sound=track,
            preset="ultrafast" if self.draft else "veryfast",
            size=self.size,
            progress=progress,
        )
