"""The OpenAPI document: complete, with examples, and no request that follows it finds a bug."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from avitalk.studio.app import create_app
from avitalk.studio.options import Limits, Options
from avitalk.studio.serve import bound
from studio_server import animator, clip, recorded

FEW, MANY = 5, 60
SID = "sid"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real server's address, and the id of a session with a recording."""
    folder = tmp_path_factory.mktemp("openapi")
    with bound("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        limits = Limits(sessions=1000, upload_bytes=1_000_000)
        app = create_app(Options(port=port, folder=folder / "s", limits=limits), animator)
        serving = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
        thread.start()
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, timeout=60) as client:
            session = recorded(client, clip(folder / "talk.wav", 1.0))
        yield address, session.rsplit("/", 1)[1]
        serving.should_exit = True
        thread.join()


def document() -> dict[str, Any]:
    return create_app(Options()).openapi()


def test_every_operation_says_what_may_go_wrong() -> None:
    paths = document()["paths"]
    assert len(paths) >= 18
    for path, item in paths.items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["operationId"], where
            assert operation["summary"], where
            assert any(status.startswith("2") for status in operation["responses"]), where
            for status in ("404", "405", "422", "500"):
                content = operation["responses"][status]["content"]
                assert list(content) == ["application/problem+json"], where
                schema = content["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, where
    assert {"Document", "Segment", "Settings", "Face", "Job", "Session"} <= {
        name.removesuffix("-Input") for name in document()["components"]["schemas"]
    }


def test_names_are_written_out() -> None:
    parts = document()["components"]["schemas"]
    segment = next(parts[name] for name in parts if name.startswith("Segment"))
    features = segment["properties"]["features"]
    assert "jawOpen" in features["propertyNames"]["enum"]
    assert segment["examples"]


schema = schemathesis.openapi.from_dict(document())


@schema.parametrize()
@settings(max_examples=FEW, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_that_follows_the_document_finds_a_bug(
    case: schemathesis.Case, server: tuple[str, str]
) -> None:
    check(case, server)


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_of_many_finds_a_bug(case: schemathesis.Case, server: tuple[str, str]) -> None:
    check(case, server)


def check(case: schemathesis.Case, server: tuple[str, str]) -> None:
    """Send a request; the answer is as documented, and no bug."""
    address, session = server
    if SID in case.path_parameters and case.method != "DELETE":
        case.path_parameters[SID] = session
    answer = case.call(base_url=address, timeout=120)
    case.validate_response(answer, checks=[not_a_server_error, status_code_conformance,
                           content_type_conformance, response_schema_conformance])  # fmt: skip
    if answer.status_code >= 400:
        assert answer.headers["content-type"][0] == "application/problem+json"
        assert answer.json()["detail"]
    if answer.status_code == 202:  # whether it works is for other tests; here it only takes time
        url = f"{address}/api/sessions/{session}/jobs/{answer.json()['id']}"
        assert httpx.delete(url).status_code == 200
