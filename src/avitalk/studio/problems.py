"""What goes wrong, as problem+json (RFC 9457): exceptions in, sentences for people out."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from avitalk.errors import InputError

MEDIA_TYPE: Final = "application/problem+json"
BUG: Final = (
    "Something in the studio itself went wrong. Your recording and words are kept; try again, and "
    "report it with the lines in the window that the studio was started from."
)
SENTENCES: Final = {
    404: "There is nothing at this address.",
    405: "This address does not understand that kind of request.",
}
SELF_EVIDENT: Final = ("missing", "value_error", "extra_forbidden", "string_too_long")
MOST_SHOWN: Final = 60  # characters of a value that is repeated to its sender


class Problem(BaseModel):
    """What went wrong, for programs and for people."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "guidance 12; allowed: 0 to 10",
                }
            ]
        },
    )

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="One sentence: what was wrong, and what is allowed.")


class Refusal(HTTPException):
    """A request that is turned down, with a sentence for people."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))


def problem(status: int, detail: str) -> Problem:
    """The problem with a status's usual title."""
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=" ".join(detail.split()))


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **extras: Any
) -> Response:
    """The same as a response; `extras` are further members."""
    body = problem(status, detail).model_dump() | extras
    text = json.dumps(body, ensure_ascii=True)
    return Response(text, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def of_exception(error: BaseException, names: Mapping[str, str]) -> Problem:
    """The problem of a job that failed; `names` are those that people know files by."""
    if isinstance(error, InputError):
        return problem(422, renamed(str(error), names))
    if isinstance(error, HTTPException):
        return problem(error.status_code, str(error.detail))
    return problem(500, BUG)


def renamed(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence with paths replaced by the names that people know; longer paths first."""
    for path in sorted(names, key=len, reverse=True):
        sentence = sentence.replace(path, names[path])
    return sentence


def add_handlers(app: FastAPI) -> None:
    """Turn every exception into a problem."""

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, StarletteHTTPException)
        status, detail = error.status_code, str(error.detail)
        if not isinstance(error, Refusal) and detail == HTTPStatus(status).phrase:
            detail = SENTENCES.get(status, detail)
        return problem_response(status, detail, error.headers)

    async def fields(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [told(each) for each in error.errors()]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return problem_response(422, found[0] + more, errors=found[:20])

    async def given(_: Request, error: Exception) -> Response:
        return problem_response(422, str(error))

    async def bug(_: Request, __: Exception) -> Response:
        return problem_response(500, BUG)

    app.add_exception_handler(StarletteHTTPException, http)
    app.add_exception_handler(RequestValidationError, fields)
    app.add_exception_handler(InputError, given)
    app.add_exception_handler(Exception, bug)


def told(error: Mapping[str, Any]) -> str:
    """One error of pydantic's as a sentence: where, what is needed, what was given."""
    if error["type"] == "json_invalid":
        return f"the request is not JSON: {error.get('ctx', {}).get('error', 'it is cut off')}"
    place = [
        part for part in error.get("loc", ()) if part not in ("body", "query", "path", "[key]")
    ]
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).lstrip(".")
    needed = str(error["msg"]).removeprefix("Value error, ")
    needed = needed[:1].lower() + needed[1:]
    given = error.get("input")
    shown = ""
    if isinstance(given, str | int | float | bool) and error["type"] not in SELF_EVIDENT:
        value = json.dumps(given, ensure_ascii=False)
        shown = f", not {value if len(value) <= MOST_SHOWN else value[:MOST_SHOWN] + '...'}"
    return f"{where or 'the request'}: {needed}{shown}"
