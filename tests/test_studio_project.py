"""Project files: reopened they are the same; whatever else is put into a zip is refused."""

import io
import itertools
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from avatars import person
from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.facs.table import EMOTIONS
from avitalk.instruct.document import parse_instruction
from avitalk.instruct.document_text import export_instruction
from avitalk.studio import schemas
from avitalk.studio.documents import document_of, instruction_of
from avitalk.studio.project import MANIFEST, read_project
from avitalk.types.motion import MOTION_REGIONS
from studio_server import clip, document, ended, held, opened, performed, recorded, running, said

MOST = 5_000_000


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with running(tmp_path_factory.mktemp("project"), project_bytes=MOST) as found:
        yield found


@pytest.fixture(scope="module")
def saved(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """A session with two versions and an avatar, and its project file."""
    path = clip(tmp_path_factory.mktemp("voice") / "talk.wav", 2.0)
    session = recorded(client, path, transcript="Some words that may fit or not.")
    mia = client.post(f"{session}/avatars", files={"file": ("mia.glb", person().glb())}).json()
    asked = document(client, session)
    asked["segments"] = [
        {"start_s": 0.111, "end_s": 0.9, "text": "He smiles: \"#1\" — 'so', yes; no? {a} [b]",
         "strength": 1.23456, "regions": {"mouth": 0.5}, "features": {"browInnerUp": 0.4},
         "emotion": [{"name": "anger", "probability": 0.337},
                     {"name": "happiness", "probability": 0.663}],
         "intensity": {"value": 0.123, "confidence": 0.987}, "take": 7},
        {"start_s": 0.9, "end_s": 2.0, "text": "calm " * 300},
    ]  # fmt: skip
    asked["settings"] |= {"guidance": 3.5, "offset_ms": -120.0, "regions": {"brows": 1.5}}
    asked["face"] = {"name": "ada", "modes": {"jaw": 1.5}, "scale": 1.1, "avatar": mia["id"]}
    performed(client, session, asked, to="b")
    return session, exported(client, session)


def exported(client: TestClient, session: str) -> bytes:
    body = {"version": "a", "document": document(client, session), "format": "avitalk"}
    job = ended(client, session, client.post(f"{session}/exports", json=body).json())
    assert job["state"] == "done", job
    assert job["result"]["name"] == "talk.avitalk"
    return client.get(job["result"]["url"]).content


def reopened(client: TestClient, data: bytes, name: str = "talk.avitalk") -> tuple[str, Any]:
    session = opened(client)
    answer = client.put(f"{session}/project", files={"file": (name, data)})
    assert answer.status_code == 202, answer.text
    return session, ended(client, session, answer.json())


def without_ids(found: dict[str, Any]) -> dict[str, Any]:
    """What of a session does not depend on which one it is."""
    avatars = [avatar["id"] for avatar in found["avatars"]]
    text = json.dumps({key: found[key] for key in ("recording", "documents", "avatars")})
    for key in avatars:
        text = text.replace(key, "avatar")
    result: dict[str, Any] = json.loads(text.replace(found["id"], "session"))
    return result


def test_a_project_reopens_exactly(client: TestClient, saved: tuple[str, bytes]) -> None:
    session, data = saved
    other, job = reopened(client, data)
    assert job["state"] == "done", job
    before, after = client.get(session).json(), client.get(other).json()
    assert without_ids(before) == without_ids(after)
    for version in ("a", "b"):
        _, rows = performed(client, session, before["documents"][version], to=version)
        _, same = performed(client, other, after["documents"][version], to=version)
        assert (rows == same).all()
    url = "recording/audio.wav"
    assert client.get(f"{session}/{url}").content == client.get(f"{other}/{url}").content
    assert client.get(after["avatars"][0]["url"]).content == person().glb()
    assert exported(client, other) == data


def test_a_project_is_a_plain_zip(saved: tuple[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(saved[1])) as archive:
        assert archive.namelist() == [
            "manifest.json", "a.instruction.yaml", "b.instruction.yaml", "recording.wav",
            "avatars/1.glb",
        ]  # fmt: skip
        assert b"He smiles" in archive.read("b.instruction.yaml")
        assert json.loads(archive.read("manifest.json"))["format"] == "avitalk-project-1"


Change = Callable[[zipfile.ZipFile, dict[str, bytes]], None]


def changed(data: bytes, change: Change) -> bytes:
    """A project with other members: `change` gets the new file and the old members."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        members = {name: old.read(name) for name in old.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        change(archive, members)
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_member(name: str, content: bytes = b"x") -> Change:
    return lambda archive, members: archive.writestr(name, content)


def manifest(**changes: Any) -> Change:
    def change(archive: zipfile.ZipFile, members: dict[str, bytes]) -> None:
        told = json.loads(members[MANIFEST]) | changes
        members[MANIFEST] = json.dumps(told).encode()

    return change


def without(name: str) -> Change:
    def change(archive: zipfile.ZipFile, members: dict[str, bytes]) -> None:
        del members[name]

    return change


def linked(archive: zipfile.ZipFile, members: dict[str, bytes]) -> None:
    entry = zipfile.ZipInfo("recording.wav")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    del members["recording.wav"]
    archive.writestr(entry, "/etc/passwd")


def bomb(archive: zipfile.ZipFile, members: dict[str, bytes]) -> None:
    members["recording.wav"] = b"\0" * 100_000_000


def other_words(archive: zipfile.ZipFile, members: dict[str, bytes]) -> None:
    text = members["a.instruction.yaml"].decode()
    at = text.index("sha256: '") + 9
    members["a.instruction.yaml"] = (text[:at] + "0" * 64 + text[at + 64 :]).encode()


def big_words(archive: zipfile.ZipFile, members: dict[str, bytes]) -> None:
    members["a.instruction.yaml"] = bytes(range(32, 127)) * 50_000


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_member("../evil.txt"), "'../evil.txt', which no project has"),
        (with_member("/etc/passwd"), "'/etc/passwd', which no project has"),
        (with_member("avatars/../../x.glb"), "which no project has"),
        (with_member("avatars\\1.glb"), "which no project has"),
        (with_member("manifest.json\n"), "which no project has"),
        (with_member(MANIFEST), "twice"),
        (lambda a, m: [a.writestr(f"{i}.txt", "x") for i in range(20)] and None, "files in it"),
        (linked, "is a link"),
        (bomb, "would unpack to"),
        (big_words, "at most"),
        (without(MANIFEST), "no manifest.json"),
        (without("recording.wav"), "'recording.wav' is missing"),
        (without("a.instruction.yaml"), "is missing"),
        (manifest(format="avitalk-project-9"), "avitalk-project-9; readable: avitalk-project-1"),
        (manifest(recording=3), "recording"),
        (manifest(documents={"c": {}}), "manifest.json"),
        (manifest(avatars=[{"file": "../../x", "name": "x"}]), "is missing in it"),
        (other_words, "written for"),
    ],
)
def test_what_does_not_belong_in_a_project_is_refused(
    client: TestClient, saved: tuple[str, bytes], change: Change, words: str
) -> None:
    session, job = reopened(client, changed(saved[1], change), "..evil.avitalk")
    assert job["state"] == "failed", job
    assert words in job["error"]["detail"]
    assert job["error"]["status"] == 422
    folder = held(client, session).folder
    assert str(folder) not in job["error"]["detail"]
    assert list(folder.iterdir()) == []
    assert client.get(session).json()["recording"] is None


def test_a_bomb_that_lies_about_its_size_is_stopped(
    saved: tuple[str, bytes], tmp_path: Path
) -> None:
    data = bytearray(changed(saved[1], bomb))
    size = (100_000_000).to_bytes(4, "little")
    while size in data:
        at = data.index(size)
        data[at : at + 4] = (100_000).to_bytes(4, "little")
    path = tmp_path / "bomb.avitalk"
    path.write_bytes(data)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(InputError, match=r"damaged|would unpack|more than it says"):
        read_project(path, folder, MOST, "bomb.avitalk")
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) <= MOST


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_cut_off_and_damaged_projects_are_refused(
    client: TestClient, saved: tuple[str, bytes], part: float
) -> None:
    data = saved[1][: int(part * len(saved[1]))]
    session = opened(client)
    answer = client.put(f"{session}/project", files={"file": ("talk.avitalk", data)})
    if not data:
        assert "empty" in said(answer, 422)
        return
    job = ended(client, session, answer.json())
    assert "talk.avitalk: not a project file, or damaged" in job["error"]["detail"]


def test_what_is_no_zip_is_refused_at_once(client: TestClient) -> None:
    session = opened(client)
    answer = client.put(f"{session}/project", files={"file": ("talk.avitalk", b"words")})
    assert "no project file" in said(answer, 415)


def test_a_project_that_is_refused_leaves_the_session_as_it_was(
    client: TestClient, saved: tuple[str, bytes]
) -> None:
    session, data = saved
    before = client.get(session).json()
    bad = changed(data, other_words)
    answer = client.put(f"{session}/project", files={"file": ("bad.avitalk", bad)})
    assert ended(client, session, answer.json())["state"] == "failed"
    after = client.get(session).json()
    assert without_ids(after) == without_ids(before)


shares = st.floats(0, 1)
strengths = st.floats(0, 2)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")),
    min_size=1, max_size=200,
).filter(lambda text: bool(text.split()))  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> schemas.Document:
    times = sorted(draw(st.sets(st.integers(0, 20_000), min_size=2, max_size=8)))
    segments = []
    for start, end in itertools.pairwise(times):
        names = draw(st.lists(st.sampled_from(EMOTIONS), unique=True, max_size=4))
        felt = [schemas.Estimate(name=name, probability=round(1 / len(names), 3)) for name in names]
        segments.append(
            schemas.Segment(
                start_s=start / 1000,
                end_s=end / 1000,
                text=draw(texts),
                author=draw(st.sampled_from(("model", "person"))),
                strength=draw(strengths),
                regions=draw(st.dictionaries(st.sampled_from(MOTION_REGIONS), strengths)),
                features=draw(st.dictionaries(st.sampled_from(ARKIT_52), shares, max_size=3)),
                emotion=felt,
                intensity=draw(
                    st.none() | st.builds(schemas.Intensity, value=shares, confidence=shares)
                ),
                take=draw(st.integers(0, 999)),
            )
        )
    return schemas.Document(seed=draw(st.integers(0, schemas.SAFE_SEED)), segments=segments)


@settings(max_examples=60, deadline=None)
@given(documents())
def test_documents_are_the_same_after_being_written_as_words(asked: schemas.Document) -> None:
    about = schemas.Recording(
        name="talk.wav", duration_s=20.0, sha256="0" * 64, transcript=None, words=[], phones=[],
        notes=[],
    )  # fmt: skip
    kept = document_of(instruction_of(asked, about), asked.settings, asked.face)
    data = export_instruction(instruction_of(kept, about))
    again = document_of(parse_instruction(data, "talk"), asked.settings, asked.face)
    assert again == kept
    assert document_of(instruction_of(kept, about), asked.settings, asked.face) == kept
