"""Plays a .glb as the glTF specification says, in double precision, without our geometry."""

from collections.abc import Iterator

import numpy as np

from avitalk.face.gltf import GltfFile


def turned(quaternion: np.ndarray) -> np.ndarray:
    x, y, z, w = quaternion
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


class Player:
    """Evaluates one animation of a file: the first unless told otherwise."""

    def __init__(self, data: bytes, animation: int = 0) -> None:
        self.file = GltfFile(data)
        self.document = self.file.document
        self.animation = self.document["animations"][animation]

    def key(self, node: int, path: str, frame: int) -> np.ndarray | None:
        for channel in self.animation["channels"]:
            if channel["target"] == {"node": node, "path": path}:
                sampler = self.animation["samplers"][channel["sampler"]]
                count = len(self.file.accessor(sampler["input"]))
                values = self.file.accessor(sampler["output"]).astype(np.float64)
                return values.reshape(count, -1)[frame]
        return None

    def worlds(self, frame: int) -> dict[int, np.ndarray]:
        """World matrix of every node of the scene."""
        nodes, done = self.document["nodes"], {}

        def walk(number: int, above: np.ndarray) -> None:
            node, local = nodes[number], np.eye(4)
            if "matrix" in node:
                local = np.array(node["matrix"], float).reshape(4, 4).T
                assert self.key(number, "rotation", frame) is None
            else:
                parts = {}
                for path, rest in (
                    ("translation", [0, 0, 0]), ("rotation", [0, 0, 0, 1]), ("scale", [1, 1, 1])
                ):  # fmt: skip
                    moved = self.key(number, path, frame)
                    parts[path] = np.array(node.get(path, rest) if moved is None else moved, float)
                local[:3, :3] = turned(parts["rotation"]) @ np.diag(parts["scale"])
                local[:3, 3] = parts["translation"]
            done[number] = above @ local
            for child in node.get("children", []):
                walk(child, done[number])

        for number in self.document["scenes"][0]["nodes"]:
            walk(number, np.eye(4))
        return done

    def placed(self, frame: int) -> Iterator[tuple[dict, dict, np.ndarray]]:
        """Node, primitive and its (n, 3) vertices in the scene, for everything drawn."""
        worlds = self.worlds(frame)
        for number, node in enumerate(self.document["nodes"]):
            if "mesh" not in node:
                continue
            mesh = self.document["meshes"][node["mesh"]]
            weights = self.key(number, "weights", frame)
            if weights is None:
                weights = mesh.get("weights", [])
            for primitive in mesh["primitives"]:
                yield node, primitive, self._posed(primitive, node, weights, worlds, number)

    def vertices(self, frame: int) -> dict[str, np.ndarray]:
        """Node's name -> (n, 3) vertices of its mesh's only primitive, in the scene."""
        return {node["name"]: place for node, _, place in self.placed(frame)}

    def _posed(self, primitive, node, weights, worlds, number) -> np.ndarray:
        read = {name: self.file.accessor(at) for name, at in primitive["attributes"].items()}
        place = read["POSITION"].astype(np.float64)
        for weight, target in zip(weights, primitive.get("targets", []), strict=True):
            place = place + weight * self.file.accessor(target["POSITION"])
        place = np.concatenate([place, np.ones((len(place), 1))], axis=1)
        if "skin" not in node:
            return (place @ worlds[number].T)[:, :3]
        skin = self.document["skins"][node["skin"]]
        inverse = self.file.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4)
        matrices = np.stack(
            [worlds[joint] @ back.T for joint, back in zip(skin["joints"], inverse, strict=True)]
        )
        assert np.allclose(read["WEIGHTS_0"].sum(axis=1), 1)
        blended = np.einsum("vj,vjab->vab", read["WEIGHTS_0"], matrices[read["JOINTS_0"]])
        return np.einsum("vab,vb->va", blended, place)[:, :3]
