"""Draws the pictures of the documentation with the program itself.

python docs/make_images.py            writes docs/images/*.png
"""

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from avitalk import Animation, Animator
from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, eye_angles
from avitalk.face import head_names, load_head
from avitalk.files import write_bytes
from avitalk.render import Camera, Renderer, camera_named, contact_sheet, png_bytes
from avitalk.types import Motion

ROOT = Path(__file__).resolve().parent
VOICE = ROOT.parent / "examples" / "dashwood.wav"
FACE = Camera(distance_m=0.8, target_m=(0.0, -0.025, 0.0))
WITH_OPEN_JAW = ("mouthClose", "tongueOut")  # these shapes belong to an open jaw


def shapes_sheet() -> np.ndarray:
    """Each of the 52 shapes at full weight; mouthClose and tongueOut over an open jaw."""
    head = load_head()
    draw = Renderer(head, size=(240, 240), camera=FACE)
    pictures, captions = [], []
    for index, name in enumerate(ARKIT_52):
        weights = np.zeros(52, np.float32)
        weights[index] = 1
        if name in WITH_OPEN_JAW:
            weights[INDEX["jawOpen"]] = 1.0 if name == "mouthClose" else 0.3
            name += " + jawOpen"  # noqa: PLW2901
        eyes = eye_angles(weights) if index in EYE_LOOK else np.zeros((2, 3), np.float32)
        pictures.append(draw.frame(head.pose_frame(weights, np.zeros(3, np.float32), eyes)))
        captions.append(name)
    return contact_sheet(pictures, captions, columns=8)


def sentence_sheet(animation: Animation, camera: Camera, columns: int = 12) -> np.ndarray:
    """One picture at the middle of each phone heard, with the phone and its time."""
    head, motion = animation.head, animation.motion
    draw = Renderer(head, size=(180, 180), camera=camera)
    pictures, captions = [], []
    for phone in animation.phones:
        middle_s = (phone.start_s + phone.end_s) / 2
        frame = min(round(middle_s * motion.fps), motion.frames - 1)
        pictures.append(draw.frame(head.pose_at(motion, frame)))
        captions.append(f"{phone.phone}  {middle_s:.2f}")
    return contact_sheet(pictures, captions, columns=columns)


def strip(animation: Animation, count: int = 5) -> np.ndarray:
    """A row of larger frames for the README, at the widest mouths apart from each other."""
    motion: Motion = animation.motion
    opening = motion.weights[:, INDEX["jawOpen"]]
    draw = Renderer(animation.head, size=(320, 384))
    edges = np.linspace(0, motion.frames, count + 1).astype(int)
    pictures = []
    for start, end in itertools.pairwise(edges):
        frame = start + int(np.argmax(opening[start:end] - motion.weights[start:end, 0]))
        pictures.append(draw.frame(animation.head.pose_at(motion, frame)))
    return np.concatenate(pictures, axis=1)


def cast_sheet(columns: int = 6) -> np.ndarray:
    """Each built-in face, half a smile."""
    weights = np.zeros(len(ARKIT_52), np.float32)
    for name, value in (("mouthSmile", 0.45), ("cheekSquint", 0.25), ("mouthDimple", 0.15)):
        weights[[INDEX[name + "Left"], INDEX[name + "Right"]]] = value
    camera = replace(camera_named("three-quarter"), yaw_rad=math.radians(18))
    pictures = []
    for name in head_names():
        head = load_head(name)
        pictures.append(
            Renderer(head, size=(320, 320), camera=camera).frame(head.pose_frame(weights))
        )
    return contact_sheet(pictures, list(head_names()), columns=columns)


def main() -> None:
    animation = Animator().animate(VOICE, seed=1)
    images = ROOT / "images"
    write_bytes(images / "shapes.png", png_bytes(shapes_sheet()))
    write_bytes(
        images / "sentence-mouth.png", png_bytes(sentence_sheet(animation, camera_named("close")))
    )
    write_bytes(images / "sentence-face.png", png_bytes(sentence_sheet(animation, FACE)))
    write_bytes(images / "readme.png", png_bytes(strip(animation)))
    write_bytes(images / "cast.png", png_bytes(cast_sheet()))


if __name__ == "__main__":
    main()
