"""glTF 2.0 files (.glb, .gltf, .vrm): bytes in, documents, arrays and matrices out, and back."""

from avitalk.face.gltf.container import GltfFile, open_gltf, reading
from avitalk.face.gltf.pack import Packer
from avitalk.face.gltf.scene import Scene

__all__ = ["GltfFile", "Packer", "Scene", "open_gltf", "reading"]
