"""A Head in, UsdSkel meshes out: points, colours, materials, joint weights, 52 blend shapes."""

from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.arkit import ARKIT_52
from avitalk.export.glb_mesh import EYES, FACE, STILL_M, STILL_NORMAL, Surface, roughness_of, shaded
from avitalk.export.strands import mass_normals
from avitalk.face.head import PARTS, Head
from avitalk.face.mesh import vertex_normals

Array = NDArray[Any]

JOINTS: Final = ("rig", "neck", "head", "eye_left", "eye_right")
RIG, NECK, HEAD, FIRST_EYE = range(4)


class UsdMeshWriter:
    """Writes the head's meshes and materials below one UsdSkelRoot."""

    def __init__(self, stage: Any, root: str, head: Head, library: SimpleNamespace) -> None:
        self._stage, self._root, self._head, self._usd = stage, root, head, library
        self._flat = _unit(vertex_normals(head.vertices, head.triangles))
        self._normals = mass_normals(head, self._flat)
        self._materials: dict[str, Any] = {}
        self._surface = {surface: surface.worn_by(head) for surface in (*FACE, *EYES)}

    def face(self) -> Any:
        """Add everything but the eyeballs: one mesh, a subset for each material, 52 shapes."""
        surfaces = [surface for surface in FACE if self._surface[surface].any()]
        mine = np.any([self._surface[surface] for surface in surfaces], axis=0)
        double_sided = any(surface.double_sided for surface in surfaces)
        mesh, used = self._mesh("face", mine, surfaces, double_sided=double_sided)
        self._skin_face(mesh, used)
        self._subsets(mesh, surfaces, np.flatnonzero(mine))
        self._blend_shapes(mesh, used)
        return mesh

    def eye(self, side: int) -> Any | None:
        """Add one eyeball (0 left, 1 right), rigid on its joint; None if the head has none."""
        surface = EYES[side]
        mine = self._surface[surface]
        if not mine.any():
            return None
        mesh, _ = self._mesh(surface.parts[0], mine, [surface], double_sided=surface.double_sided)
        binding = self._bind(mesh)
        binding.CreateJointIndicesPrimvar(True, 1).Set([FIRST_EYE + side])
        binding.CreateJointWeightsPrimvar(True, 1).Set([1.0])
        self._wear(mesh.GetPrim(), surface)
        return mesh

    def _mesh(
        self, name: str, mine: Array, surfaces: list[Surface], *, double_sided: bool
    ) -> tuple[Any, Array]:
        """A mesh of the triangles `mine` (T,), and the head's vertices (n,) that it uses."""
        head, Vt, geom = self._head, self._usd.Vt, self._usd.UsdGeom
        used, corners = np.unique(head.triangles[mine], return_inverse=True)
        mesh = geom.Mesh.Define(self._stage, f"{self._root}/{name}")
        points = head.vertices[used]
        mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(points, np.float32)))
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray([3] * int(mine.sum())))
        indices = np.asarray(corners.reshape(-1), np.int32)
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(indices))
        mesh.CreateSubdivisionSchemeAttr(geom.Tokens.none)
        mesh.CreateDoubleSidedAttr(double_sided)
        mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(self._normals[used])))
        mesh.SetNormalsInterpolation(geom.Tokens.vertex)
        mesh.CreateExtentAttr([row.tolist() for row in (points.min(axis=0), points.max(axis=0))])
        colours = mesh.CreateDisplayColorPrimvar(geom.Tokens.vertex)
        colours.Set(Vt.Vec3fArray.FromNumpy(self._colours(used, surfaces)))
        return mesh, used

    def _colours(self, used: Array, surfaces: list[Surface]) -> NDArray[np.float32]:
        """Linear colours (n, 3), darkened by occlusion as in glTF."""
        head = self._head
        colours = np.zeros((len(used), 3))
        for surface in surfaces:
            mine = np.isin(head.part[used], [PARTS.index(name) for name in surface.parts])
            colours[mine] = shaded(head, used[mine], surface)
        return np.ascontiguousarray(colours, np.float32)

    def _bind(self, mesh: Any) -> Any:
        skel, prim = self._usd.UsdSkel, mesh.GetPrim()
        binding = skel.BindingAPI.Apply(prim)
        binding.CreateSkeletonRel().SetTargets([f"{self._root}/skeleton"])
        binding.CreateGeomBindTransformAttr(self._usd.Gf.Matrix4d(1.0))
        return binding

    def _skin_face(self, mesh: Any, used: Array) -> None:
        binding, Vt = self._bind(mesh), self._usd.Vt
        share = np.clip(self._head.head_weight[used], 0, 1)
        joints = np.tile(np.array([NECK, HEAD], np.int32), (len(used), 1))
        weights = np.stack([1 - share, share], axis=1).astype(np.float32)
        indices = Vt.IntArray.FromNumpy(joints.reshape(-1))
        binding.CreateJointIndicesPrimvar(False, 2).Set(indices)
        weight_row = Vt.FloatArray.FromNumpy(np.ascontiguousarray(weights.reshape(-1)))
        binding.CreateJointWeightsPrimvar(False, 2).Set(weight_row)

    def _subsets(self, mesh: Any, surfaces: list[Surface], faces: Array) -> None:
        for surface in surfaces:
            numbers = np.flatnonzero(self._surface[surface][faces]).astype(np.int32)
            subset = self._usd.UsdShade.MaterialBindingAPI(mesh.GetPrim()).CreateMaterialBindSubset(
                surface.name, self._usd.Vt.IntArray.FromNumpy(numbers)
            )
            self._wear(subset.GetPrim(), surface)

    def _blend_shapes(self, mesh: Any, used: Array) -> None:
        skel, Vt = self._usd.UsdSkel, self._usd.Vt
        paths = []
        for name, shape in zip(ARKIT_52, self._head.shapes, strict=True):
            path = mesh.GetPath().AppendChild(name)
            target = skel.BlendShape.Define(self._stage, path)
            rows, moved, bent = self._displacements(shape, used)
            target.CreateOffsetsAttr(Vt.Vec3fArray.FromNumpy(moved))
            target.CreateNormalOffsetsAttr(Vt.Vec3fArray.FromNumpy(bent))
            target.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(rows))
            paths.append(path)
        binding = skel.BindingAPI(mesh.GetPrim())
        binding.CreateBlendShapesAttr(list(ARKIT_52))
        binding.CreateBlendShapeTargetsRel().SetTargets(paths)

    def _displacements(self, shape: Array, used: Array) -> tuple[Array, Array, Array]:
        """Mesh points (n,) that one shape moves, their offsets (n, 3), and those of normals."""
        head = self._head
        bent = np.zeros_like(self._normals)
        if shape.any():
            bent = _unit(vertex_normals(head.vertices + shape, head.triangles)) - self._flat
        moved = np.asarray(shape[used], np.float32)
        far = np.linalg.norm(moved, axis=1) >= STILL_M
        rows = np.flatnonzero(far | (np.linalg.norm(bent[used], axis=1) >= STILL_NORMAL))
        if not len(rows):
            rows = np.zeros(1, np.int64)  # without indices the offsets would be those of all points
        return rows.astype(np.int32), moved[rows], bent[used][rows]

    def _wear(self, prim: Any, surface: Surface) -> None:
        shade = self._usd.UsdShade
        if surface.name not in self._materials:
            self._materials[surface.name] = self._material(surface)
        shade.MaterialBindingAPI.Apply(prim).Bind(self._materials[surface.name])

    def _material(self, surface: Surface) -> Any:
        """UsdPreviewSurface that reads its colour from the vertices."""
        shade, types = self._usd.UsdShade, self._usd.Sdf.ValueTypeNames
        path = f"{self._root}/materials/{surface.name}"
        material = shade.Material.Define(self._stage, path)
        reader = shade.Shader.Define(self._stage, f"{path}/colour")
        reader.CreateIdAttr("UsdPrimvarReader_float3")
        reader.CreateInput("varname", types.String).Set("displayColor")
        reader.CreateInput("fallback", types.Float3).Set((0.5, 0.5, 0.5))
        colour = reader.CreateOutput("result", types.Float3)
        drawn = shade.Shader.Define(self._stage, f"{path}/surface")
        drawn.CreateIdAttr("UsdPreviewSurface")
        drawn.CreateInput("diffuseColor", types.Color3f).ConnectToSource(colour)
        roughness = roughness_of(self._head, self._wearing(surface), surface)
        drawn.CreateInput("roughness", types.Float).Set(roughness)
        drawn.CreateInput("metallic", types.Float).Set(0.0)
        material.CreateSurfaceOutput().ConnectToSource(drawn.ConnectableAPI(), "surface")
        return material

    def _wearing(self, surface: Surface) -> Array:
        """The head's vertices under one surface."""
        return np.unique(self._head.triangles[self._surface[surface]])


def _unit(vectors: Array) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    forward = np.where(length > 1e-12, vectors, [0.0, 0.0, 1.0])
    return np.asarray(forward / np.where(length > 1e-12, length, 1.0), np.float32)
