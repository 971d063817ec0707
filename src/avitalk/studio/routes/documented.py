"""What the OpenAPI document says of every address: its problems, and bodies that are no JSON."""

from typing import Any, Final

from avitalk.studio.problems import Problem

PROBLEMS: Final = {
    400: "The request is not whole.",
    401: "The token is missing or wrong.",
    403: "Another page asked for this.",
    404: "There is no such session, or no such thing in it.",
    405: "Another kind of request is needed here.",
    409: "There is no recording in this session yet.",
    413: "Too large.",
    415: "A file of an unknown kind.",
    416: "A range outside the file.",
    421: "The studio does not go by this host name.",
    422: "A field or a file cannot be used; the detail says why.",
    429: "Too much waits; the header Retry-After says when to try again.",
    500: "A bug of the studio.",
}
BINARY: Final = {"type": "string", "format": "binary"}
ALWAYS: Final = (400, 401, 403, 404, 405, 413, 421, 422, 500)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What may go wrong at an address, for the OpenAPI document."""
    return {
        status: {"model": Problem, "description": PROBLEMS[status]}
        for status in sorted({*ALWAYS, *statuses})
    }
