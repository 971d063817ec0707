"""Pictures out: a head and a Motion become frames, an .mp4, stills and contact sheets."""

from avitalk.render.background import STUDIO
from avitalk.render.camera import CAMERAS, Camera, camera_named
from avitalk.render.look import Lamp, Look
from avitalk.render.scene import Renderer, render_motion
from avitalk.render.still import contact_sheet, png_bytes
from avitalk.render.video import Sound, check_video_size, sound_of, write_mp4

__all__ = [
    "CAMERAS",
    "STUDIO",
    "Camera",
    "Lamp",
    "Look",
    "Renderer",
    "Sound",
    "camera_named",
    "check_video_size",
    "contact_sheet",
    "png_bytes",
    "render_motion",
    "sound_of",
    "write_mp4",
]
