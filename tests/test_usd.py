"""USD: what UsdSkel makes of our files is what Head.pose makes of the motion; and back."""

import dataclasses
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, EYE_LOOK, INDEX, eye_look_weights
from avitalk.errors import InputError
from avitalk.export import EXPORTERS, export_usd, file_weights, read_motion, read_usd_motion
from avitalk.export.glb_mesh import EYES, FACE
from avitalk.export.usd_file import packaged
from avitalk.face import PARTS, Head, Texture, load_head
from avitalk.types import Motion
from miniature_head import lively_motion, miniature_head, without_lids

pxr = pytest.importorskip("pxr", reason="needs the extra usd")
from pxr import Gf, Usd, UsdGeom, UsdShade, UsdSkel, UsdValidation  # noqa: E402

HEAD = miniature_head()


def opened(data: bytes, folder: Path, name: str = "take.usdz"):
    path = folder / name
    path.write_bytes(data)
    return Usd.Stage.Open(str(path))


@pytest.fixture
def stage(tmp_path: Path):
    return opened(export_usd(lively_motion(), HEAD).data, tmp_path)


def assert_poses_alike(head: Head, motion: Motion, folder: Path, tolerance_m: float) -> None:
    """Let USD deform the meshes and compare every triangle's corners."""
    stage = opened(export_usd(motion, head).data, folder)
    assert UsdSkel.BakeSkinning(stage.Traverse(), Gf.Interval.GetFullInterval())
    weights, _ = file_weights(motion)
    part = head.part[head.triangles].max(axis=1)
    eyes = [PARTS.index("eye_left"), PARTS.index("eye_right")]
    for frame in (0, motion.frames // 2, motion.frames - 1):
        moved = None if motion.translation is None else motion.translation[frame]
        posed = head.pose_frame(weights[frame], motion.head[frame], motion.eyes[frame], moved)
        for name in ("face", "eye_left", "eye_right"):
            mesh = UsdGeom.Mesh(stage.GetPrimAtPath(f"/avatar/{name}"))
            world = UsdGeom.XformCache(frame).GetLocalToWorldTransform(mesh.GetPrim())
            matrix = np.array(world)
            points = np.array(mesh.GetPointsAttr().Get(frame)) @ matrix[:3, :3] + matrix[3, :3]
            corners = points[np.array(mesh.GetFaceVertexIndicesAttr().Get())].reshape(-1, 3, 3)
            mine = ~np.isin(part, eyes) if name == "face" else part == PARTS.index(name)
            assert np.abs(corners - posed[head.triangles[mine]]).max() < tolerance_m, name


def test_usd_poses_the_head_as_we_do(tmp_path: Path) -> None:
    assert_poses_alike(HEAD, lively_motion(9), tmp_path, 1e-6)


def test_usd_poses_the_shipped_head_as_we_do(tmp_path: Path) -> None:
    assert_poses_alike(without_lids(load_head()), lively_motion(3, moves=False), tmp_path, 3e-5)


@pytest.mark.parametrize("suffix", [".usdz", ".usdc", ".usda"])
def test_every_validator_of_usd_finds_nothing(suffix: str, tmp_path: Path) -> None:
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 20
    for head, motion in ((HEAD, lively_motion()), (HEAD, Motion.still(1, 25.0))):
        stage = opened(export_usd(motion, head, suffix).data, tmp_path, f"take{suffix}")
        context = UsdValidation.ValidationContext(validators)
        assert [error.GetErrorAsString() for error in context.Validate(stage)] == []


def test_the_shipped_head_is_valid(tmp_path: Path) -> None:
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    stage = opened(export_usd(lively_motion(2), load_head()).data, tmp_path)
    context = UsdValidation.ValidationContext(validators)
    assert [error.GetErrorAsString() for error in context.Validate(stage)] == []


def test_package_is_stored_and_aligned() -> None:
    for data in (export_usd(lively_motion(3), HEAD).data, packaged(b"x" * 70, "a.usdc")):
        with zipfile.ZipFile(BytesIO(data)) as package:
            assert package.testzip() is None
            (entry,) = package.infolist()
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.filename.endswith(".usdc")
            name, extra = np.frombuffer(data, "<u2", 2, entry.header_offset + 26)
            assert (entry.header_offset + 30 + name + extra) % 64 == 0


def test_stage_says_units_axes_rate_and_origin(stage) -> None:
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert (stage.GetTimeCodesPerSecond(), stage.GetFramesPerSecond()) == (25, 25)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 39)
    assert stage.GetDefaultPrim().IsA(UsdSkel.Root)
    notes = stage.GetRootLayer().customLayerData
    assert notes["generator"].startswith("avitalk ")
    assert notes["format_version"] == 1
    assert "ARKit" in stage.GetRootLayer().documentation


def test_blend_shapes_have_arkit_names_and_only_what_moves(stage) -> None:
    face = stage.GetPrimAtPath("/avatar/face")
    binding = UsdSkel.BindingAPI(face)
    assert tuple(binding.GetBlendShapesAttr().Get()) == ARKIT_52
    animation = UsdSkel.Animation(stage.GetPrimAtPath("/avatar/skeleton/speech"))
    assert tuple(animation.GetBlendShapesAttr().Get()) == ARKIT_52
    count = len(UsdGeom.Mesh(face).GetPointsAttr().Get())
    targets = binding.GetBlendShapeTargetsRel().GetTargets()
    sizes = []
    for name, path in zip(ARKIT_52, targets, strict=True):
        assert path.name == name
        shape = UsdSkel.BlendShape(stage.GetPrimAtPath(path))
        rows = np.array(shape.GetPointIndicesAttr().Get())
        assert len(shape.GetOffsetsAttr().Get()) == len(rows)
        assert len(shape.GetNormalOffsetsAttr().Get()) == len(rows)
        assert 0 <= rows.min() <= rows.max() < count
        sizes.append(len(rows))
    assert sizes[-1] == 1  # the miniature's tongueOut moves nothing
    assert np.median(sizes) < count / 2


def test_materials_colours_and_sides(stage) -> None:
    face = UsdGeom.Mesh(stage.GetPrimAtPath("/avatar/face"))
    subsets = UsdShade.MaterialBindingAPI(face).GetMaterialBindSubsets()
    names = {subset.GetPrim().GetName() for subset in subsets}
    assert names == {"skin", "lips", "mouth", "teeth", "tongue", "lashes"}
    faces = np.concatenate([np.array(subset.GetIndicesAttr().Get()) for subset in subsets])
    assert sorted(faces) == list(range(len(face.GetFaceVertexCountsAttr().Get())))
    assert face.GetDoubleSidedAttr().Get()
    for prim in (
        *(subset.GetPrim() for subset in subsets),
        stage.GetPrimAtPath("/avatar/eye_left"),
    ):
        material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()
        surface, *_ = material.ComputeSurfaceSource()
        assert surface.GetIdAttr().Get() == "UsdPreviewSurface"
        assert 0.1 < surface.GetInput("roughness").Get() < 0.7
        source = surface.GetInput("diffuseColor").GetConnectedSources()[0][0]
        reader = UsdShade.Shader(source.source.GetPrim())
        assert reader.GetInput("varname").Get() == "displayColor"
    colours = face.GetDisplayColorPrimvar()
    assert colours.GetInterpolation() == "vertex"
    values = np.array(colours.Get())
    assert len(values) == len(face.GetPointsAttr().Get())
    assert 0 <= values.min() < values.max() <= 1


def test_every_part_of_a_head_is_in_the_file() -> None:
    assert {name for surface in (*FACE, *EYES) for name in surface.parts} == set(PARTS)


def test_extents_hold_the_points(stage, tmp_path: Path) -> None:
    extent = np.array(UsdSkel.Root(stage.GetPrimAtPath("/avatar")).GetExtentAttr().Get())
    for posed in HEAD.pose(lively_motion()):
        assert (extent[0] < posed.min(axis=0)).all()
        assert (posed.max(axis=0) < extent[1]).all()


@pytest.mark.parametrize("suffix", [".usdz", ".usdc", ".usda"])
@pytest.mark.parametrize("fps", [24.0, 30_000 / 1001, 50.0, 47.3])
def test_motion_reads_back(suffix: str, fps: float) -> None:
    for motion in (
        lively_motion(60, fps),
        lively_motion(1, fps),
        lively_motion(7, fps, moves=False),
    ):
        expected = motion.with_weights(file_weights(motion)[0])
        back = read_usd_motion(export_usd(motion, HEAD, suffix).data)
        assert back.same_as(expected, 1e-6)
        assert (back.translation is None) == (motion.translation is None)


def test_weights_are_clamped_counted_and_gaze_follows_the_eyes() -> None:
    weights = np.zeros((3, 52))
    weights[0, INDEX["jawOpen"]], weights[1, INDEX["mouthClose"]] = 1.25, -0.5
    eyes = lively_motion(3).eyes
    exported = export_usd(Motion(weights, np.zeros((3, 3)), eyes, 25), HEAD)
    assert (exported.clamped, exported.report.largest_excess) == (2, 0.5)
    back = read_usd_motion(exported.data).weights
    assert back[0, INDEX["jawOpen"]] == 1
    assert np.allclose(back[:, list(EYE_LOOK)], eye_look_weights(eyes), atol=1e-6)


def test_same_motion_same_bytes_in_another_process(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from miniature_head import lively_motion, miniature_head\n"
        "from avitalk.export import export_usd\n"
        "sys.stdout.buffer.write(export_usd(lively_motion(), miniature_head()).data)\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    other = subprocess.run(command, check=True, capture_output=True, env={**os.environ, "TZ": "X"})
    assert other.stdout == export_usd(lively_motion(), HEAD).data


def test_files_of_others_are_read(tmp_path: Path) -> None:
    stage = Usd.Stage.CreateInMemory()
    stage.SetTimeCodesPerSecond(24)
    animation = UsdSkel.Animation.Define(stage, "/a")
    animation.CreateBlendShapesAttr(["jawOpen", "somethingElse"])
    weights = animation.CreateBlendShapeWeightsAttr()
    for code in range(0, 20, 2):
        weights.Set([code / 20, 1.0], code)
    motion = read_usd_motion(stage.GetRootLayer().ExportToString().encode())
    assert (motion.frames, motion.fps) == (10, 12.0)
    assert np.allclose(motion.weights[:, INDEX["jawOpen"]], np.arange(10) / 10)
    weights.Set([1.0, 1.0], 17)
    with pytest.raises(InputError, match="not evenly spaced"):
        read_usd_motion(stage.GetRootLayer().ExportToString().encode(), "x.usda")
    weights.Set([1.0], 4)
    with pytest.raises(InputError, match="not one for each"):
        read_usd_motion(stage.GetRootLayer().ExportToString().encode().replace(b"17:", b"20:"))


def test_usd_without_a_face_is_refused() -> None:
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.Sphere.Define(stage, "/ball")
    with pytest.raises(InputError, match=r"ball\.usda: .* no animation of ARKit blend shapes"):
        read_usd_motion(stage.GetRootLayer().ExportToString().encode(), "ball.usda")


def test_damaged_files_are_input_errors() -> None:
    rng = np.random.default_rng(1)
    whole = export_usd(lively_motion(4), HEAD).data
    for trial in range(60):
        broken = bytearray(whole)
        if trial % 2:
            broken = broken[: rng.integers(len(broken))]
        else:
            for place in rng.integers(0, len(broken), 20):
                broken[place] ^= 255
        try:
            read_usd_motion(bytes(broken), "x.usdz")
        except InputError as error:
            assert "x.usdz: cannot read" in str(error)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"#usda 1.0\n(", b"PXR-USDC" + bytes(99)])
def test_what_is_not_usd_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"x\.usd: cannot read"):
        read_usd_motion(data, "x.usd")


def test_avatars_are_refused_and_told_where_to_go() -> None:
    fewer = dataclasses.replace(HEAD, name="fox", shapes=HEAD.shapes[:15])
    with pytest.raises(InputError, match="export fox as glb"):
        export_usd(lively_motion(2), fewer)
    pictured = dataclasses.replace(HEAD, name="fox", texture=Texture(*[np.zeros(1)] * 4))
    with pytest.raises(InputError, match="export fox as glb"):
        export_usd(lively_motion(2), pictured)


def test_a_head_without_eyes_is_a_head(tmp_path: Path) -> None:
    mine = ~np.isin(HEAD.part[HEAD.triangles[:, 0]], [7, 8])
    blind = dataclasses.replace(HEAD, triangles=HEAD.triangles[mine])
    stage = opened(export_usd(lively_motion(3), blind).data, tmp_path)
    assert not stage.GetPrimAtPath("/avatar/eye_left")


def test_without_the_extra_the_command_to_install_it_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    for job in (
        lambda: export_usd(lively_motion(2), HEAD),
        lambda: read_usd_motion(b"#usda 1.0"),
        EXPORTERS["usdz"].ready,
    ):
        with pytest.raises(InputError, match=r"pip install 'avitalk\[usd\]'"):
            job()


def test_the_usual_formats_need_no_extra() -> None:
    from avitalk.pipeline import FORMATS, USUAL

    assert "usdz" in FORMATS
    assert "usdz" not in USUAL


def test_command_line_writes_and_reads_usdz(tmp_path: Path) -> None:
    motion = lively_motion(30, 50.0)
    motion.save(tmp_path / "take.motion.npz")

    def run(*words: object) -> None:
        command = [sys.executable, "-m", "avitalk.cli", "export", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    run("take.motion.npz", "--to", "usdz")
    run("take.usdz", "--to", "csv")
    curves = read_motion(tmp_path / "take.csv")
    expected = file_weights(motion)[0]
    assert np.abs(curves.weights - expected).max() < 1e-6
    assert np.abs(curves.head - motion.head).max() < 1e-6
