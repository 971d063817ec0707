"""What the studio does with a session: requests in, jobs and motions out. `Studio` says when."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from avitalk import audio
from avitalk.errors import InputError
from avitalk.render.film import Video
from avitalk.studio import avatars, schemas, wire
from avitalk.studio.documents import document_of, instruction_of, place_of
from avitalk.studio.heads import head_for
from avitalk.studio.jobs import Cancelled, Progress
from avitalk.studio.models import Models
from avitalk.studio.options import Limits
from avitalk.studio.performance import Performance, Performed, Settings
from avitalk.studio.problems import Refusal
from avitalk.studio.project import SUFFIX, read_project, write_project
from avitalk.studio.projects import documents_in, project_of
from avitalk.studio.schemas import JobResult, VersionName
from avitalk.studio.sessions import (
    NO_RECORDING,
    Recorded,
    Session,
    Sessions,
    Version,
    new_token,
)
from avitalk.studio.sound import check_length, write_wav

PROJECT: Final = "avitalk"


class Work:
    """Everything that takes time; called in threads, never in the event loop."""

    def __init__(self, models: Models, sessions: Sessions, limits: Limits) -> None:
        self._models = models
        self._sessions = sessions
        self._limits = limits

    def analyse(
        self, session: Session, path: Path, name: str, transcript: str | None, progress: Progress
    ) -> JobResult:
        """Hear a recording, write what the face does, and perform it as version a."""
        try:
            recorded = self._recorded(path, name, transcript, progress)
            progress(0.5, "writing what the face does")
            words = _of(recorded).write(seed=0)
            progress(0.8, "performing it")
            kept = session.versions["a"].document
            face = schemas.Face() if kept is None else kept.face
            document = document_of(words, schemas.Settings(), face)
            self._replace(session, recorded, {"a": document}, {})
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        return JobResult(version="a")

    def write(
        self,
        session: Session,
        version: VersionName,
        request: schemas.WriteRequest,
        progress: Progress,
    ) -> JobResult:
        """Have the instructor write other words; people's segments stay if asked for."""
        progress(0.05, "listening again")
        given = request.document
        with session.lock:
            recorded = self.ready(session)
            performance = _of(recorded)
            old = instruction_of(given, recorded.shown)
        progress(0.2, "writing what the face does")
        words = performance.write(seed=request.seed, keep=old if request.keep else None)
        progress(0.7, "performing it")
        self.perform(session, version, document_of(words, given.settings, given.face))
        return JobResult(version=version)

    def ready(self, session: Session) -> Recorded:
        """The session's recording, heard again if memory was short; hold the session's lock.

        Raises Refusal (409) if there is none.
        """
        recorded = session.recorded
        if session.closed:
            raise Refusal(404, "This session has ended.")
        if recorded is None:
            raise Refusal(409, NO_RECORDING)
        if recorded.performance is None:
            recorded.performance = self._heard(recorded.path, recorded.shown.transcript)
            self._sessions.trim(session)
        return recorded

    def perform(
        self, session: Session, version: VersionName, document: schemas.Document
    ) -> tuple[Version, Performed]:
        """Perform a document and keep it as a version."""
        schemas.check_length(document, self._limits.most_segments)
        with session.lock:
            recorded = self.ready(session)
            kept = session.versions[version]
            words = instruction_of(document, recorded.shown)
            performed = _of(recorded).perform(
                words, _settings(document.settings), before=kept.performed
            )
            if kept.performed is None or performed.count:
                kept.revision += 1
            kept.performed = performed
            kept.document = document_of(words, document.settings, document.face)
            return kept, performed

    def motion(
        self, session: Session, version: VersionName, request: schemas.PerformRequest
    ) -> bytes:
        """Perform a document; the frames that the page does not have yet."""
        with session.lock:
            kept = session.versions[version]
            before = None if kept.performed is None else kept.revision
            kept, performed = self.perform(session, version, request.document)
            first, count = performed.first, performed.count
            if before is None or request.have != before:
                first, count = 0, performed.motion.frames
            return wire.pack_motion(
                performed.motion, first=first, count=count, revision=kept.revision
            )

    def takes(self, session: Session, version: VersionName, request: schemas.TakesRequest) -> bytes:
        """A segment's span in other takes."""
        document = request.document
        schemas.check_length(document, self._limits.most_segments)
        with session.lock:
            recorded = self.ready(session)
            words = instruction_of(document, recorded.shown)
            first, motions = _of(recorded).take(
                words,
                _settings(document.settings),
                place_of(document, request.segment),
                request.takes,
            )
            kept = session.versions[version]
            frames = round(recorded.shown.duration_s * motions[0].fps)
            if kept.performed is not None:
                frames = kept.performed.motion.frames
            return wire.pack_takes(
                motions, request.takes, first=first, frames=frames, revision=kept.revision
            )

    def export(
        self, session: Session, request: schemas.ExportRequest, progress: Progress
    ) -> JobResult:
        """Write a version as a file to download."""
        progress(0.0, "performing it")
        _, performed = self.perform(session, request.version, request.document)
        recorded = session.recorded
        if recorded is None or session.closed:
            raise Cancelled
        progress(0.05, "drawing" if request.format == "mp4" else "writing the file")
        folder = session.new_folder("export")
        try:
            if request.format == PROJECT:
                path = folder / f"project{SUFFIX}"
                write_project(path, project_of(session, recorded))
            else:
                path = self._saved(session, recorded, request, performed, folder, progress)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        name = _file_name(recorded.shown.name, request, path)
        key = session.store(path, name, self._limits.files)
        url = f"/api/sessions/{session.id}/files/{key}"
        return JobResult(file=key, name=name, bytes=path.stat().st_size, url=url)

    def open(self, session: Session, path: Path, name: str, progress: Progress) -> JobResult:
        """Open a project: its recording, versions and avatars take the place of the session's."""
        progress(0.02, "unpacking")
        folder = session.new_folder("project")
        try:
            project = read_project(path, folder, self._limits.project_bytes, name)
            part = project.manifest.recording
            recorded = self._recorded(project.recording, part.name, part.transcript, progress)
            found = [
                self._avatar(session, file, named.name)
                for file, named in zip(project.avatars, project.manifest.avatars, strict=True)
            ]
            documents = documents_in(
                project, _of(recorded).speech, [avatar.id for avatar, _ in found], name
            )
            progress(0.8, "performing it")
            kept = {avatar.id: (avatar, file) for avatar, file in found}
            self._replace(session, recorded, documents, kept)
        except InputError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise InputError(str(error).replace(f"{folder}/", f"{name}: ")) from error
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)
        return JobResult(version=next(iter(documents), None))

    def add_avatar(self, session: Session, path: Path, name: str) -> schemas.Avatar:
        """Take an avatar into a session. Raises InputError if it cannot be driven."""
        avatar, file = self._avatar(session, path, name)
        with session.lock:
            session.avatars[avatar.id] = avatar, file
            self._thin_out(session, avatar.id)
        return avatar

    def _thin_out(self, session: Session, newest: str) -> None:
        """Drop avatars that no version wears, oldest first, until there are not too many."""
        worn = {v.document.face.avatar for v in session.versions.values() if v.document}
        for key in list(session.avatars):
            if len(session.avatars) <= self._limits.avatars:
                break
            if key not in worn and key != newest:
                _, old = session.avatars.pop(key)
                old.unlink(missing_ok=True)

    def _avatar(self, session: Session, path: Path, name: str) -> tuple[schemas.Avatar, Path]:
        key = new_token()
        url = f"/api/sessions/{session.id}/avatars/{key}"
        return avatars.describe(path, name, key, url), path

    def _recorded(
        self, path: Path, name: str, transcript: str | None, progress: Progress
    ) -> Recorded:
        """A recording, decoded and heard."""
        progress(0.05, "decoding")
        check_length(path, self._limits.longest_s, lambda: progress(0.05))
        ready = self._models.ready
        progress(0.1, "listening" if ready else "loading the models and listening")
        performance = self._heard(path, transcript)
        speech = performance.speech
        progress(0.45)
        sound = path.with_name("sound.wav")
        write_wav(sound, speech)
        shown = schemas.Recording(
            name=name,
            duration_s=speech.duration_s,
            sha256=speech.sha256,
            transcript=transcript,
            words=[
                schemas.Word(start_s=word.start_s, end_s=word.end_s, text=word.text)
                for word in performance.said.words
            ],
            phones=[
                schemas.Phone(start_s=each.start_s, end_s=each.end_s, phone=each.phone)
                for each in performance.said.phones
            ],
            notes=[note.replace(str(path), name) for note in performance.said.notes],
        )
        return Recorded(shown, path, sound, performance)

    def _heard(self, path: Path, transcript: str | None) -> Performance:
        return Performance.hear(self._models.animator, audio.load(path), text=transcript)

    def _replace(
        self,
        session: Session,
        recorded: Recorded,
        documents: dict[VersionName, schemas.Document],
        found: dict[str, tuple[schemas.Avatar, Path]],
    ) -> None:
        """Put a recording, its versions and avatars in the place of what the session had."""
        made = {
            name: _of(recorded).perform(
                instruction_of(document, recorded.shown), _settings(document.settings)
            )
            for name, document in documents.items()
        }
        with session.lock:
            if session.closed:
                raise Cancelled
            old, session.recorded = session.recorded, recorded
            for name, version in session.versions.items():
                version.document, version.performed = documents.get(name), made.get(name)
                version.revision += 1
            session.avatars |= found
            self._thin_out(session, next(reversed(found), ""))
        if old is not None:
            for path in (old.path, old.sound):
                path.unlink(missing_ok=True)
        self._sessions.trim()

    def _saved(
        self,
        session: Session,
        recorded: Recorded,
        request: schemas.ExportRequest,
        performed: Performed,
        folder: Path,
        progress: Progress,
    ) -> Path:
        head = head_for(request.document.face, session.avatar_files())
        animation = performed.animation
        words = replace(animation.instruction, audio_name=recorded.shown.name)
        animation = replace(animation, head=head, instruction=words)
        asked = request.video or schemas.Video()
        video = Video(
            size=(asked.size, asked.size),
            fps=asked.fps,
            camera=asked.camera,
            background=asked.background,
            draft=asked.draft,
        )
        total = animation.motion.resample(asked.fps).frames

        def drawn(count: int) -> None:
            progress(0.05 + 0.94 * count / total, f"frame {count} of {total}")

        paths = animation.save(
            folder, [request.format], name="performance", video=video, progress=drawn
        )
        return paths[0]


def _of(recorded: Recorded) -> Performance:
    """The performance of a recording that is ready."""
    assert recorded.performance is not None
    return recorded.performance


def _settings(given: schemas.Settings) -> Settings:
    """The settings of a document as performances take them."""
    values = given.model_dump(exclude={"regions"})
    return Settings(**values, regions=tuple(given.regions.items()))


def _file_name(recording: str, request: schemas.ExportRequest, path: Path) -> str:
    """'talk.mp4', and 'talk-b.mp4' for version b."""
    stem = Path(recording).stem or recording
    suffix = path.name.removeprefix("performance").removeprefix("project")
    return f"{stem}{'-b' if request.version == 'b' else ''}{suffix}"
