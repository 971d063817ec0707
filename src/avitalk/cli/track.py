"""`avitalk track`: videos of a face in, the motion of each out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avitalk.cli.animate import refuse_shared_names
from avitalk.cli.options import Json, LandmarkerFile, Out, Quiet, parse_names
from avitalk.cli.report import Report
from avitalk.errors import InputError

if TYPE_CHECKING:
    from avitalk.track import Landmarks


def track(
    videos: Annotated[
        list[Path],
        typer.Argument(help="Videos that show a face.", metavar="VIDEO...", show_default=False),
    ],
    out: Out = Path(),
    formats: Annotated[
        str, typer.Option("--format", "-f", help="Any of npz,csv,glb,usdz.", metavar="LIST")
    ] = "npz",
    model: LandmarkerFile = None,
    same_person: Annotated[
        bool,
        typer.Option("--same-person", help="All videos show one person: learn the face from all."),
    ] = False,
    fps: Annotated[
        float | None, typer.Option(help="Frames a second.", show_default="that of the video")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Track a face in video: 52 weights, head and gaze, with a report of how well they fit.

    Needs the extra 'track' (MediaPipe) and its model file: 'avitalk faces fetch', once.
    """
    from avitalk.export import EXPORTERS
    from avitalk.face import load_head
    from avitalk.files import write_bytes
    from avitalk.track import Landmarker, export_report, resting_face, video_landmarks, warnings_of
    from avitalk.track import track as solve

    wanted = parse_names(formats, tuple(EXPORTERS), "format")
    refuse_shared_names(videos)
    report = Report(as_json, quiet)
    seen: dict[Path, Landmarks] = {}
    with Landmarker(model) as landmarker:
        for path in videos:
            try:
                with report.progress(path.name, _frames(path)) as progress:
                    seen[path] = video_landmarks(path, landmarker, fps=fps, progress=progress)
            except InputError as error:
                report.failed(error)
    neutral = resting_face(list(seen.values())) if same_person and seen else None
    for path, landmarks in seen.items():
        try:
            tracked = solve(landmarks, neutral=neutral)
            # All of a video's files are made before any is written.
            files = {
                out / f"{path.stem}{EXPORTERS[name].suffix}": EXPORTERS[name]
                .write(tracked.motion, load_head())
                .data
                for name in wanted
            }
            told = export_report(landmarks, tracked, path.name)
            files[out / f"{path.stem}.track-report.json"] = told
            for target, data in files.items():
                write_bytes(target, data)
        except InputError as error:
            report.failed(error)
            continue
        written = [str(target) for target in files]
        doubts = warnings_of(landmarks, tracked)
        report.done(
            f"{path} ({landmarks.frames} frames, {int(tracked.found.sum())} with a face, fit "
            f"{tracked.error_px[tracked.found].mean():.2f} px) -> {', '.join(written)}"
            + "".join(f"\n  note: {doubt}" for doubt in doubts),
            input=str(path),
            frames=landmarks.frames,
            fps=landmarks.fps,
            frames_with_face=int(tracked.found.sum()),
            warnings=doubts,
            outputs=written,
        )
    raise typer.Exit(report.finish())


def _frames(path: Path) -> int:
    """About how many frames a video has, for the progress bar; 0 if it does not say."""
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            length_s = float((container.duration or 0) / av.time_base)
            return stream.frames or round(length_s * float(stream.average_rate or 0))
    except (av.FFmpegError, OSError, IndexError):
        return 0
