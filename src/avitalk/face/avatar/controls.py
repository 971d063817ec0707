"""What an avatar can be told: its morph targets by name, and a VRM's expressions."""

from dataclasses import dataclass
from typing import Any, Final

from avitalk.face.gltf.accessors import whole
from avitalk.face.gltf.container import GltfFile

EXPRESSION: Final = "vrm:"
"""How the names of a VRM's expressions begin here, to tell them from morph targets."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that a weight drives."""

    name: str
    """Name of the morph targets, or 'vrm:' and the name of a VRM's expression."""
    moves: tuple[tuple[int, int, float], ...]
    """Mesh, number of its morph target, and that target's weight when this one's is 1."""

    @property
    def expression(self) -> str | None:
        """Name of the VRM's expression; None for a morph target."""
        named = self.name.startswith(EXPRESSION)
        return self.name.removeprefix(EXPRESSION) if named else None


def controls_of(file: GltfFile) -> tuple[Control, ...]:
    """Everything that can be driven, in the file's order; targets of one name are one control."""
    moves: dict[str, list[tuple[int, int, float]]] = {}
    for number, mesh in enumerate(file.items("meshes")):
        for index, name in enumerate(target_names(file, mesh, number)):
            moves.setdefault(name, []).append((number, index, 1.0))
    for name, binds in _expressions(file).items():
        if binds:
            moves[EXPRESSION + name] = binds
    return tuple(Control(name, tuple(found)) for name, found in moves.items())


def target_count(mesh: dict[str, Any]) -> int:
    """Morph targets of a mesh; all its primitives have the same."""
    counts = {len(primitive.get("targets", [])) for primitive in mesh["primitives"]}
    if len(counts) > 1:
        raise ValueError("primitives of one mesh have different morph targets")
    return counts.pop() if counts else 0


def target_names(file: GltfFile, mesh: dict[str, Any], number: int) -> list[str]:
    """Names of a mesh's morph targets; those without one are called 'MeshName[0]' and so on."""
    count = target_count(mesh)
    if not count:
        return []
    primitive = mesh["primitives"][0]
    accessors = file.items("accessors")
    for named in (
        (mesh.get("extras") or {}).get("targetNames"),
        (primitive.get("extras") or {}).get("targetNames"),  # Unity's exporters
        [(target.get("extra") or {}).get("name") for target in primitive["targets"]],
        [accessors[whole(t["POSITION"])].get("name") for t in primitive["targets"]
         if "POSITION" in t],
    ):  # fmt: skip
        if isinstance(named, list) and len(named) == count and all(
            isinstance(name, str) and name for name in named
        ):  # fmt: skip
            return named
    title = mesh.get("name") or f"mesh{number}"
    return [f"{title}[{index}]" for index in range(count)]


def _expressions(file: GltfFile) -> dict[str, list[tuple[int, int, float]]]:
    extensions = file.document.get("extensions", {})
    if "VRMC_vrm" in extensions:
        return _vrm1(file, extensions["VRMC_vrm"])
    groups = extensions.get("VRM", {}).get("blendShapeMaster", {}).get("blendShapeGroups", [])
    found: dict[str, list[tuple[int, int, float]]] = {}
    for group in groups:
        preset = str(group.get("presetName", "unknown")).lower()
        name = str(group.get("name", "")) if preset in ("unknown", "") else preset
        found[name] = [
            (whole(bind["mesh"]), whole(bind["index"]), float(bind["weight"]) / 100)
            for bind in group.get("binds") or []
        ]
    return found


def _vrm1(file: GltfFile, vrm: dict[str, Any]) -> dict[str, list[tuple[int, int, float]]]:
    expressions = vrm.get("expressions", {})
    nodes = file.items("nodes")
    found = {}
    for name, expression in {
        **expressions.get("custom", {}), **expressions.get("preset", {})
    }.items():  # fmt: skip
        found[name] = [
            (whole(nodes[whole(bind["node"])]["mesh"]), whole(bind["index"]), float(bind["weight"]))
            for bind in expression.get("morphTargetBinds") or []
        ]
    return found
