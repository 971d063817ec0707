"""What a request names: the studio, a session, a version, an id; looked up before a route runs."""

from typing import Annotated

from fastapi import Depends, Path, Request

from avitalk.studio.problems import Refusal
from avitalk.studio.schemas import TOKEN, VersionName
from avitalk.studio.sessions import NO_RECORDING, Recorded, Session
from avitalk.studio.studio import Studio


def studio_of(request: Request) -> Studio:
    """The studio that a request is for."""
    found: Studio = request.app.state.studio
    return found


TheStudio = Annotated[Studio, Depends(studio_of)]


def session_of(
    studio: TheStudio,
    sid: Annotated[str, Path(pattern=TOKEN, description="Id of the session.")],
) -> Session:
    """The session that a request is for. Raises Refusal (404) if there is none."""
    return studio.sessions.find(sid)


TheSession = Annotated[Session, Depends(session_of)]
TheVersion = Annotated[VersionName, Path(description="Which of the two versions.")]
Id = Annotated[str, Path(pattern=TOKEN)]


def require_recording(session: Session) -> Recorded:
    """The session's recording. Raises Refusal (409) if there is none."""
    if session.recorded is None:
        raise Refusal(409, NO_RECORDING)
    return session.recorded
