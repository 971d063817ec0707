"""glTF files as programs write them, and as accidents and malice leave them."""

import base64
import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

import avatars
from avitalk.arkit import ARKIT_52
from avitalk.errors import InputError
from avitalk.face.avatar.avatar import open_avatar
from avitalk.face.avatar.drawing import load_avatar
from avitalk.face.gltf import GltfFile, open_gltf


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_avatar(path)
    assert path.name in str(caught.value)
    return str(caught.value)


def written(folder: Path, change=None, made=None, name: str = "me.glb") -> Path:
    """A small avatar whose document went through `change`."""
    document, binary = avatars.unpacked((made or avatars.person()).glb())
    if change is not None:
        document = change(document) or document
    path = folder / name
    path.write_bytes(avatars.packed(document, binary))
    return path


@pytest.mark.parametrize("kept", [0, 3, 12, 30, 5000, -1])
def test_cut_off_files_are_refused(kept: int, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    assert "cannot read" in refused(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    for data in (b"RIFF0000WAVE", b"", b"glTF", np.random.default_rng(0).bytes(500), b"[1]", b"{}"):
        (tmp_path / "me.glb").write_bytes(data)
        refused(tmp_path / "me.glb")
    assert "unknown kind" in refused(tmp_path / "me.fbx")
    assert "No such file" in refused(tmp_path / "absent.glb")
    (tmp_path / "folder.glb").mkdir()
    refused(tmp_path / "folder.glb")
    (tmp_path / "one.glb").write_bytes(struct.pack("<4sII", b"glTF", 1, 12))
    assert "glTF version 1" in refused(tmp_path / "one.glb")


def test_files_without_what_is_needed_say_what_is_missing(tmp_path: Path) -> None:
    plain = avatars.person(names=())
    assert "no mesh has morph targets" in refused(written(tmp_path, made=plain))
    others = avatars.person(names=("browInnerUp", "eyeBlinkLeft", "eyeBlinkRight"))
    said = refused(written(tmp_path, made=others))
    assert "no morph target opens the mouth" in said
    assert "faces check" in said


@pytest.mark.parametrize(
    "extension", ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "ACME_cube_meshes"]
)
def test_what_cannot_be_decoded_is_named(extension: str, tmp_path: Path) -> None:
    def change(document):
        document["extensionsUsed"] = document["extensionsRequired"] = [extension]

    said = refused(written(tmp_path, change))
    assert extension in said
    assert "export it again without" in said


def test_compression_without_plain_data_is_named_even_if_not_required(tmp_path: Path) -> None:
    def draco(document):
        document["extensionsUsed"] = ["KHR_draco_mesh_compression"]
        primitive = document["meshes"][0]["primitives"][0]
        primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0}}
        del document["accessors"][primitive["attributes"]["POSITION"]]["bufferView"]

    def meshopt(document):
        document["buffers"].append({"byteLength": 99})
        document["bufferViews"][0] |= {
            "buffer": 1, "extensions": {"EXT_meshopt_compression": {"buffer": 0}},
        }  # fmt: skip

    assert "KHR_draco_mesh_compression" in refused(written(tmp_path, draco))
    assert "EXT_meshopt_compression" in refused(written(tmp_path, meshopt))


def test_a_circle_of_nodes_and_two_parents_are_refused(tmp_path: Path) -> None:
    def circle(document):
        document["nodes"][3]["children"].append(1)

    def round_about(document):
        document["nodes"][0]["children"].remove(1)
        document["nodes"][3]["children"].append(1)

    assert "hangs on two" in refused(written(tmp_path, circle))
    assert "circle" in refused(written(tmp_path, round_about))


def broken(place, value):
    def change(document):
        at = document
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = value

    return change


POSITION = ("meshes", 0, "primitives", 0, "attributes", "POSITION")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("accessors", 0, "count"), 10**12),
        (("accessors", 0, "count"), -1),
        (("accessors", 0, "count"), True),
        (("accessors", 0), {"componentType": 5126, "count": 10**8, "type": "VEC3"}),
        (("accessors", 0, "byteOffset"), 2**40),
        (("accessors", 0, "componentType"), 5124),
        (("bufferViews", 0, "byteLength"), 2**40),
        (("bufferViews", 0, "byteStride"), 0),
        (("bufferViews", 1, "buffer"), 7),
        (("buffers", 0, "byteLength"), 2**33),
        (POSITION, 9999),
        (POSITION, "zero"),
        (("meshes", 0, "primitives"), None),
        (("meshes", 0, "weights"), [0.1]),
        (("meshes", 0, "primitives", 0, "targets", 3, "POSITION"), -5),
        (("nodes", 3, "rotation"), [0, 0, 0, 0]),
        (("nodes", 3, "rotation"), [0, 0, 1]),
        (("nodes", 1, "translation"), "here"),
        (("nodes", 1, "matrix"), [1, 2, 3]),
        (("nodes", 1), None),
        (("nodes", 1, "children"), [99]),
        (("skins", 0, "joints"), [1]),
        (("skins", 0, "joints"), [1, 2, 3, 4, 500]),
        (("scenes", 0, "nodes"), [77]),
        (("scene",), 5),
        (("asset",), {"version": "1.0"}),
        (("materials", 0), 3),
        (("materials", 0, "pbrMetallicRoughness", "baseColorTexture", "index"), 44),
        (("images", 0, "bufferView"), 4444),
    ],
)
def test_documents_that_do_not_hold_together_are_refused(place, value, tmp_path: Path) -> None:
    refused(written(tmp_path, broken(place, value)))


def test_flipped_bits_give_a_head_or_an_input_error(tmp_path: Path) -> None:
    made = avatars.person(names=ARKIT_52[14:22])
    data = made.glb()
    rng = np.random.default_rng(3)
    size = struct.unpack_from("<I", data, 12)[0]
    for round_ in range(150):
        flipped = bytearray(data)
        end = size if round_ % 2 else len(data)
        for at in rng.integers(20, end, 2):
            flipped[at] ^= 1 << int(rng.integers(8))
        (tmp_path / "me.glb").write_bytes(bytes(flipped))
        try:
            load_avatar(tmp_path / "me.glb")
        except InputError:
            continue


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    path = avatars.write_gltf(avatars.person(), tmp_path / "inside")
    good = path.read_text()
    (tmp_path / "secret.bin").write_bytes((path.parent / "avatar.bin").read_bytes())
    (path.parent / "link.bin").symlink_to(tmp_path / "secret.bin")
    load_avatar(path)
    for uri in ("../secret.bin", "%2e%2e/secret.bin", str(tmp_path / "secret.bin"), "link.bin",
                "file:///etc/passwd", "http://127.0.0.1/x.bin", "textures/../../secret.bin",
                "..\\secret.bin", "c:/x.bin", "absent.bin", "", "data:nonsense",
                "data:;base64,!!!", 7):  # fmt: skip
        document = json.loads(good)
        document["buffers"][0]["uri"] = uri
        path.write_text(json.dumps(document))
        refused(path)


def test_a_gltf_may_carry_its_data_itself(tmp_path: Path) -> None:
    document, binary = avatars.unpacked(avatars.person().glb())
    coded = base64.b64encode(binary).decode()
    document["buffers"] = [
        {"byteLength": len(binary), "uri": f"data:application/octet-stream;base64,{coded}"}
    ]
    path = tmp_path / "me.gltf"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert len(load_avatar(path).shapes) == 52


def same(first: Path, second: Path, tolerance: float = 1e-6) -> None:
    a, b = load_avatar(first), load_avatar(second)
    assert np.abs(a.vertices - b.vertices).max() < tolerance
    assert np.abs(a.shapes - b.shapes).max() < tolerance
    assert a.texture is not None
    assert b.texture is not None
    assert np.allclose(a.texture.uv, b.texture.uv, atol=1e-5)


def test_interleaved_sparse_and_quantized_data_read_alike(tmp_path: Path) -> None:
    plain = written(tmp_path, name="plain.glb")
    made = avatars.person()
    document = made.document
    file = GltfFile(plain.read_bytes())
    # Positions and texture coordinates of the head interleaved in one view.
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    rows = np.hstack(
        [file.accessor(attributes["POSITION"]), file.accessor(attributes["TEXCOORD_0"])]
    )
    view = made.view(rows.astype("<f4").tobytes(), byteStride=20)
    document["accessors"][attributes["POSITION"]] |= {"bufferView": view}
    document["accessors"][attributes["TEXCOORD_0"]] |= {"bufferView": view, "byteOffset": 12}
    # A morph target as a sparse accessor without a base.
    target = document["meshes"][0]["primitives"][0]["targets"][17]["POSITION"]
    moved = file.accessor(target)
    at = np.flatnonzero(np.any(moved, axis=1))
    document["accessors"][target].pop("bufferView")
    document["accessors"][target]["sparse"] = {
        "count": len(at),
        "indices": {"bufferView": made.view(at.astype("<u2").tobytes()), "componentType": 5123},
        "values": {"bufferView": made.view(moved[at].astype("<f4").tobytes())},
    }
    (tmp_path / "mixed.glb").write_bytes(made.glb())
    same(plain, tmp_path / "mixed.glb")
    # The teeth with normalized 16-bit positions, undone by their node's scale (mesh quantization).
    teeth = next(i for i, n in enumerate(document["nodes"]) if n["name"] == "Wolf3D_Teeth")
    primitive = document["meshes"][1]["primitives"][0]
    for attribute in ("JOINTS_0", "WEIGHTS_0"):
        del primitive["attributes"][attribute]
    del document["nodes"][teeth]["skin"]
    places = file.accessor(primitive["attributes"]["POSITION"])
    (tmp_path / "loose.glb").write_bytes(made.glb())
    step = np.abs(places).max() / 32767
    coarse = np.rint(places / step).astype("<i2")
    stored = made.add(np.hstack([coarse, np.zeros((len(coarse), 1), "<i2")])[:, :3].copy(),
                      normalized=True)  # fmt: skip
    document["accessors"][stored]["type"] = "VEC3"
    primitive["attributes"]["POSITION"] = stored
    for target in primitive["targets"]:
        moved = np.rint(file.accessor(target["POSITION"]) / step).astype("<i2")
        target["POSITION"] = made.add(moved, normalized=True)
    document["nodes"][teeth]["scale"] = [float(step * 32767)] * 3
    document["extensionsUsed"] = document["extensionsRequired"] = ["KHR_mesh_quantization"]
    (tmp_path / "coarse.glb").write_bytes(made.glb())
    same(tmp_path / "loose.glb", tmp_path / "coarse.glb", 1e-4)


def test_names_from_primitives_and_accessors_and_none_at_all(tmp_path: Path) -> None:
    def in_primitive(document):
        for mesh in document["meshes"]:
            extras = mesh.pop("extras", None)
            if extras:
                mesh["primitives"][0]["extras"] = extras

    def in_accessors(document):
        for mesh in document["meshes"]:
            for name, target in zip(
                mesh.pop("extras", {}).get("targetNames", []),
                mesh["primitives"][0].get("targets", []),
                strict=True,
            ):
                document["accessors"][target["POSITION"]]["name"] = name

    def nowhere(document):
        for mesh in document["meshes"]:
            mesh.pop("extras", None)

    for change in (in_primitive, in_accessors):
        assert not open_avatar(written(tmp_path, change)).wiring.missing
    avatar = open_avatar(written(tmp_path, nowhere))
    assert not avatar.wiring.speaks
    assert avatar.controls[17].name == "Wolf3D_Head[17]"


def test_strips_and_fans_and_unindexed_triangles(tmp_path: Path) -> None:
    file = open_gltf(written(tmp_path))
    for mode, count in ((5, 40), (6, 40), (4, 39)):

        def change(document, mode=mode, count=count):
            primitive = document["meshes"][1]["primitives"][0]
            primitive["mode"] = mode
            del primitive["indices"]
            for at in [*primitive["attributes"].values(),
                       *(target["POSITION"] for target in primitive["targets"])]:  # fmt: skip
                document["accessors"][at]["count"] = min(count, document["accessors"][at]["count"])

        head = load_avatar(written(tmp_path, change))
        assert len(head.triangles)
    assert file.binary


def test_alpha_vertex_colours_and_texture_transforms(tmp_path: Path) -> None:
    made = avatars.person()
    document = made.document
    document["materials"][0] |= {"alphaMode": "MASK", "alphaCutoff": 0.3}
    picture = document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
    picture["extensions"] = {"KHR_texture_transform": {"offset": [0.5, 0], "scale": [2, 1]}}
    document["materials"][1]["pbrMetallicRoughness"]["baseColorFactor"] = [0.5, 1, 1, 1]
    teeth = document["meshes"][1]["primitives"][0]["attributes"]
    count = document["accessors"][teeth["POSITION"]]["count"]
    half = np.full((count, 4), 128, np.uint8)
    teeth["COLOR_0"] = made.add(half, normalized=True)
    document["materials"][2] |= {"alphaMode": "BLEND"}
    document["materials"][2]["pbrMetallicRoughness"]["baseColorFactor"] = [1, 1, 1, 0.2]
    plain = load_avatar(written(tmp_path, name="plain.glb"))
    (tmp_path / "me.glb").write_bytes(made.glb())
    head = load_avatar(tmp_path / "me.glb")
    texture = head.texture
    assert texture is not None
    assert texture.cutoff[0] == pytest.approx(0.3)
    uv = plain.texture.uv[:10]
    assert np.allclose(texture.uv[:10], uv * [2, 1] + [0.5, 0], atol=1e-5)
    teeth_part = head.part == 4
    assert np.allclose(head.colour[teeth_part], np.array([0.5, 1, 1]) * 128 / 255, atol=1e-3)
    assert len(head.triangles) < len(plain.triangles)  # clear eyes are not drawn


def test_pictures_that_cannot_be_decoded_are_plain(tmp_path: Path) -> None:
    made = avatars.person()
    view = made.view(b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(40))
    made.document["images"][0] = {"bufferView": view, "mimeType": "image/ktx2"}
    (tmp_path / "me.glb").write_bytes(made.glb())
    head = load_avatar(tmp_path / "me.glb")
    assert head.texture is not None
    assert head.texture.images[0].shape == (1, 1, 4)


def test_rights_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.vrm").write_bytes(avatars.vrm0().glb())
    (tmp_path / "b.vrm").write_bytes(avatars.vrm1().glb())
    source = load_avatar(tmp_path / "a.vrm").source
    assert source is not None
    assert source.licence == "CC0 1.0 somebody; CC_BY"
    assert source.credit == "Somebody, A. Maker"
    source = load_avatar(tmp_path / "b.vrm").source
    assert source is not None
    assert source.licence.endswith("https://vrm.dev/licenses/1.0/")
    assert source.kind == "VRM 1"


def test_a_body_far_from_the_head_is_not_carried_along(tmp_path: Path) -> None:
    made = avatars.person()
    from miniature_head import ball

    points, faces = ball(20, 20, 0.2)
    mesh = made.mesh("shoes", points + np.array([0, -1.5, 0]), faces, 0, joint=0)
    made.node("shoes", 0, mesh=mesh, skin=0)
    (tmp_path / "tall.glb").write_bytes(made.glb())
    without = load_avatar(written(tmp_path))
    assert len(load_avatar(tmp_path / "tall.glb").vertices) == len(without.vertices)


def test_an_unreadable_file_is_an_input_error(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = written(tmp_path)
    path.chmod(0)
    assert "cannot read" in refused(path)
