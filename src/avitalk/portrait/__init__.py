"""A photo whose face talks: our head is fitted to it, bent to meet it, and moves its pixels.

read_photo(path)                            upright RGB
find_face(picture, landmarker, ...)         which face, its points
frame_photo(picture, face, framing, size)   the picture that becomes the video
Portrait.of(canvas)                         camera, identity, texture, mouth, eyes, surroundings
portrait.frames(portrait.drive(motion))     pictures
"""

from avitalk.portrait.drive import Controls, Driven
from avitalk.portrait.photo import FRAMINGS, Canvas, find_face, frame_photo, read_photo
from avitalk.portrait.portrait import Portrait

__all__ = [
    "FRAMINGS",
    "Canvas",
    "Controls",
    "Driven",
    "Portrait",
    "find_face",
    "frame_photo",
    "read_photo",
]
