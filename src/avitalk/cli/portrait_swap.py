"""`avitalk portrait PHOTO --swap-into VIDEO`: the photo's face on the video, said openly."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avitalk.cli.portrait_motion import sounds
from avitalk.cli.report import Report
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.track.landmarker import Face, Landmarker

FACE_PX = (640, 640)
"""Size at which the photo's face is worked on."""


def swap(
    picture: Any, face: "Face", photo: Path, video: Path, target: Path, looks: "Landmarker",
    report: Report,
) -> None:  # fmt: skip
    """Write `target`, and beside it, always, the file that says what was done.

    Raises InputError if the video shows no face, and as `Portrait.of` does.
    """
    from avitalk.audio import sound_blocks
    from avitalk.files import write_bytes
    from avitalk.portrait import Portrait, frame_photo
    from avitalk.portrait.disclosure import SUFFIX, Disclosure, Part
    from avitalk.portrait.drivers import is_picture
    from avitalk.portrait.portrait import CRF
    from avitalk.portrait.swap import Swap
    from avitalk.render.video import Sound, write_mp4
    from avitalk.track import video_landmarks

    if is_picture(video):
        raise InputError(f"{video}: a picture; --swap-into takes a video")
    if target.exists() and video.exists() and target.samefile(video):
        raise InputError(f"{target}: would replace the video; choose another --out")
    donor = Portrait.of(frame_photo(picture, face, "crop", FACE_PX, str(photo)))
    landmarks = video_landmarks(video, looks)
    made = Swap.of(donor, landmarks)
    told = Disclosure(
        (Part.of("face of", photo), Part.of("video", video)),
        {"fps": landmarks.fps, "frames_with_face": int(landmarks.found.sum())},
        swapped=True,
    )
    sound = Sound(*sound_blocks(video)) if sounds(video) else None
    with report.progress(target.name, landmarks.frames) as progress:
        frames = made.frames(_steady(video, landmarks.fps, landmarks.frames))
        write_mp4(
            target, frames, fps=landmarks.fps, sound=sound, crf=CRF, metadata=told.tags(),
            progress=progress,
        )  # fmt: skip
    beside = target.with_suffix(SUFFIX)
    write_bytes(beside, told.export([target]))
    report.done(
        f"{photo} into {video} -> {target}, {beside}\n  {told.statement}",
        input=str(photo), video=str(video), outputs=[str(target), str(beside)],
    )  # fmt: skip


def _steady(video: Path, fps: float, count: int) -> Iterator[Any]:
    """`count` pictures of the video, at `fps` as its landmarks are; an odd last row or column is
    left out.
    """
    from avitalk.track.video import at_rate, read_frames

    for frame in at_rate(read_frames(video), fps, count):
        yield frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]
