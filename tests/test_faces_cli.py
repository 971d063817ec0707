"""`avitalk faces` and --face as a user runs them: names, files, exit codes, one-line errors."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import avatars
from avitalk.errors import InputError
from avitalk.export import read_motion
from avitalk.face import library
from avitalk.face.avatar.drawing import load_avatar
from miniature_head import lively_motion

SMALL = ("--size", "64")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AVITALK_HOME", str(tmp_path / "home ü"))
    return tmp_path / "home ü"


@pytest.fixture
def avatar(tmp_path: Path) -> Path:
    path = tmp_path / "Mia Müller.glb"
    path.write_bytes(avatars.person(avatars.underscored).glb())
    return path


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "avitalk.cli", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, env=os.environ
    )


def answer(*words: object, code: int = 0) -> dict:
    done = run(*words, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)["results"]


def refused(*words: object) -> str:
    done = run(*words)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_add_list_show_and_remove(home: Path, avatar: Path, tmp_path: Path) -> None:
    (added,) = answer("faces", "add", avatar, "--name", "mia")
    assert Path(added["file"]).read_bytes() == avatar.read_bytes()
    names = [face["name"] for face in answer("faces", "list")]
    assert names[0] == "default"
    assert names[-1] == "mia"
    assert "--force replaces it" in refused("faces", "add", avatar, "--name", "Mia")
    assert run("faces", "add", avatar, "--name", "Mia", "--force").returncode == 0
    (shown,) = answer("faces", "show", "mia", "--out", tmp_path / "mia.png")
    assert shown["licence"] == "CC0 1.0 somebody"
    assert (tmp_path / "mia.png").read_bytes()[:4] == b"\x89PNG"
    assert run("faces", "remove", "mia").returncode == 0
    assert not list((home / "faces").iterdir())
    assert "is not among yours" in refused("faces", "remove", "mia")
    assert "is built in" in refused("faces", "remove", "default")


def test_check_says_what_is_bound_and_writes_a_binding(
    home: Path, avatar: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mia.yaml"
    (found,) = answer("faces", "check", avatar, "--write-binding", out)
    assert found["speaks"]
    assert not found["missing"]
    assert found["bound"]["mouthSmileLeft"][0]["target"] == "mouthSmile_L"
    assert found["nodes"] == {"head": "Head", "left eye": "LeftEye", "right eye": "RightEye"}
    text = out.read_text(encoding="utf-8").replace("target: jawOpen\n    gain: 1.0",
                                                   "target: jawOpen\n    gain: 0.5")  # fmt: skip
    out.write_text(text, encoding="utf-8")
    (found,) = answer("faces", "check", avatar, "--binding", out)
    assert found["bound"]["jawOpen"] == [{"target": "jawOpen", "gain": 0.5, "offset": 0.0}]
    table = run("faces", "check", avatar).stdout
    assert "52 of 52 bound; its mouth can be driven" in table
    out.write_text(text.replace("target: jawOpen", "target: jawOpne"), encoding="utf-8")
    assert "did you mean 'jawOpen'" in refused("faces", "check", avatar, "--binding", out)
    assert "default: all 52" in run("faces", "check", "default").stdout


def test_check_tells_mouths_that_cannot_move_from_files_that_cannot_be_read(
    home: Path, tmp_path: Path
) -> None:
    made = avatars.person(names=("browInnerUp", "eyeBlinkLeft", "eyeBlinkRight"), more=("odd",))
    path = tmp_path / "mute.glb"
    path.write_bytes(made.glb())
    (found,) = answer("faces", "check", path, code=1)
    assert not found["speaks"]
    assert "odd" in found["unused"]
    assert "no morph target opens the mouth" in refused("faces", "add", path)
    path.write_bytes(b"glTF")
    assert "mute.glb: cannot read" in refused("faces", "check", path)
    assert "no such file" in refused("faces", "check", tmp_path / "none.glb")
    assert "unknown face 'defualt'; did you mean 'default'?" in refused("faces", "show", "defualt")


def test_targets_that_move_nothing_are_told(home: Path, avatar: Path, tmp_path: Path) -> None:
    made = avatars.person()
    for mesh in made.document["meshes"][:2]:
        target = mesh["primitives"][0]["targets"][17]
        count = made.document["accessors"][target["POSITION"]]["count"]
        made.document["accessors"].append({"componentType": 5126, "count": count, "type": "VEC3"})
        target["POSITION"] = len(made.document["accessors"]) - 1
    (tmp_path / "stiff.glb").write_bytes(made.glb())
    (found,) = answer("faces", "check", tmp_path / "stiff.glb", code=1)
    assert "jawOpen: jawOpen moves nothing" in found["warnings"]


def test_render_and_export_with_a_face(home: Path, avatar: Path, tmp_path: Path) -> None:
    motion = lively_motion(12, moves=False)
    take = tmp_path / "take.motion.npz"
    motion.save(take)
    (tmp_path / "v.vrm").write_bytes(avatars.vrm1().glb())
    answer("export", take, "--to", "glb,csv", "--face", avatar, "-o", tmp_path / "out")
    assert read_motion(tmp_path / "out" / "take.glb").frames == 12
    assert (tmp_path / "out" / "take.csv").exists()
    answer("export", take, "--to", "glb", "--face", tmp_path / "v.vrm", "-o", tmp_path / "out")
    assert load_avatar(tmp_path / "out" / "take.vrm").avatar is not None
    done = run("render", take, "-o", tmp_path / "s.png", "--at", 0.2, "--face", avatar, *SMALL)
    assert done.returncode == 0, done.stderr
    renamed = avatar.rename(tmp_path / "take.glb")
    said = refused("export", take, "--to", "glb", "--face", renamed, "-o", tmp_path)
    assert "would replace its source" in said
    assert "needs no binding" in refused("export", take, "--to", "glb", "--binding", take)


def test_animate_with_a_face_names_it_in_the_provenance(
    home: Path, avatar: Path, tmp_path: Path
) -> None:
    import numpy as np
    import soundfile

    voice = tmp_path / "hum.wav"
    soundfile.write(voice, 0.1 * np.sin(np.arange(8000) / 20), 16_000)
    answer("faces", "add", avatar, "--name", "mia")
    answer("animate", voice, "-f", "glb,json", "--face", "mia", "-o", tmp_path / "out")
    origin = json.loads((tmp_path / "out" / "hum.json").read_text(encoding="utf-8"))
    face = origin["ingredients"][-1]
    assert face["name"] == "mia"
    assert face["role"] == "face (glTF)"
    assert face["licence"] == "CC0 1.0 somebody"
    source = load_avatar(avatar).source
    assert source is not None
    assert face["sha256"] == source.sha256
    assert read_motion(tmp_path / "out" / "hum.glb").fps == 50
    assert "unknown face" in refused("animate", voice, "--face", "nobody")


def test_a_gltf_is_added_as_one_file(home: Path, tmp_path: Path) -> None:
    path = avatars.write_gltf(avatars.person(), tmp_path / "loose")
    entry = library.add_face(path, name="tom")
    assert entry.path is not None
    assert entry.path.name == "avatar.glb"
    head = library.find_face("tom")
    assert head.name == "tom"
    assert head.texture is not None
    assert len(head.texture.images) == 2


def test_a_binding_is_kept_with_its_face(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.glb"
    path.write_bytes(avatars.person(names=(), more=("up", "down")).glb())
    binding = tmp_path / "odd.yaml"
    binding.write_text("format: avitalk-binding-1\nweights: {jawOpen: {target: down}}\n")
    with pytest.raises(InputError, match="opens the mouth"):
        library.add_face(path)
    library.add_face(path, binding=binding)
    binding.unlink()
    head = library.find_face("odd")
    assert head.binding is not None
    assert head.binding.targets == ("down",)


@pytest.mark.parametrize("name", ["default", "Default", "", "../up", "a/b", ".hidden", "x" * 65])
def test_names_that_cannot_be_used(name: str, home: Path, avatar: Path) -> None:
    with pytest.raises(InputError, match=r"allowed: 1 to 64|already"):
        library.add_face(avatar, name=name)
    assert not home.exists()


def test_a_failed_addition_leaves_what_was_there(
    home: Path, avatar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add_face(avatar, name="mia")
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == library.CARD:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    for name in ("mia", "tom"):
        with pytest.raises(InputError, match="No space left"):
            library.add_face(avatar, name=name, force=True)
    assert [path.name for path in (home / "faces").iterdir()] == ["mia"]
    assert library.find_face("mia").name == "mia"


def test_folders_of_every_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AVITALK_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert library.faces_folder() == tmp_path / "avitalk" / "faces"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert library.faces_folder().parts[-3:] == ("Application Support", "avitalk", "faces")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert library.faces_folder() == tmp_path / "local" / "avitalk" / "faces"
