"""Runs inside Blender's Python: imports one of our files and says what Blender made of it.

python blender_judge.py FILE FPS FRAMES.json ANSWER.json [PICTURE.png FRAME]
"""

import json
import math
import sys
from pathlib import Path

import bpy
from mathutils import Matrix, Vector

# Blender is +Z up and looks along +Y; importers turn our +Y up, +Z forward like this.
TO_OURS = Matrix(((1, 0, 0), (0, 0, 1), (0, -1, 0)))


def import_file(path: str, fps: int) -> None:
    """What docs/imports.md tells people to do."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = fps  # before importing: keys then lie on whole frames
    if path.endswith(".glb"):
        bpy.ops.import_scene.gltf(filepath=path)
    else:
        bpy.ops.wm.usd_import(filepath=path)


def vertices_of(name: str) -> list[list[float]]:
    """Deformed vertices of one object in the world, in our axes."""
    graph = bpy.context.evaluated_depsgraph_get()
    shown = bpy.data.objects[name].evaluated_get(graph)
    mesh = shown.to_mesh()
    found = [list(TO_OURS @ (shown.matrix_world @ vertex.co)) for vertex in mesh.vertices]
    shown.to_mesh_clear()
    return found


def head_turn() -> list[list[float]]:
    """The head bone's rotation from rest, in our axes."""
    rig = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    bone = rig.pose.bones["head"]
    turn = rig.matrix_world.to_3x3() @ bone.matrix.to_3x3()
    rest = rig.matrix_world.to_3x3() @ bone.bone.matrix_local.to_3x3()
    return [list(row) for row in TO_OURS @ turn @ rest.inverted() @ TO_OURS.transposed()]


def shown_at(frame: int) -> dict:
    """Weights, head rotation and deformed vertices at one frame."""
    bpy.context.scene.frame_set(frame)
    keys = bpy.data.objects["face"].data.shape_keys.key_blocks
    return {
        "weights": {key.name: key.value for key in keys},
        "head": head_turn(),
        "vertices": {name: vertices_of(name) for name in ("face", "eye_left", "eye_right")},
    }


def key_frames() -> list[float]:
    """Frames of the keys of jawOpen."""
    block = bpy.data.objects["face"].data.shape_keys
    action, slot = block.animation_data.action, block.animation_data.action_slot
    bag = action.layers[0].strips[0].channelbag(slot)
    (curve,) = (c for c in bag.fcurves if c.data_path == 'key_blocks["jawOpen"].value')
    return [point.co[0] for point in curve.keyframe_points]


def draw(path: str, frame: int) -> None:
    """A small picture by Cycles, which needs no display."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", 24
    scene.render.resolution_x = scene.render.resolution_y = 384
    scene.world = bpy.data.worlds.new("grey")
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.lens, camera.location = 85, (0.0, -1.0, -0.03)
    camera.rotation_euler = (math.pi / 2, 0, 0)
    lamp = bpy.data.objects.new("lamp", bpy.data.lights.new("lamp", "AREA"))
    lamp.data.energy, lamp.data.size = 14, 0.6
    lamp.location = Vector((0.5, -0.9, 0.6))
    lamp.rotation_euler = (-lamp.location).to_track_quat("-Z", "Y").to_euler()
    for thing in (camera, lamp):
        scene.collection.objects.link(thing)
    scene.camera = camera
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def main() -> None:
    """Import, look, answer."""
    path, fps, frames, answer, *picture = sys.argv[1:]
    import_file(path, int(fps))
    scene = bpy.context.scene
    found = {
        "version": bpy.app.version_string,
        "fps": scene.render.fps,
        "key_frames": key_frames(),
        "materials": sorted(m.name for m in bpy.data.materials),
        "shown": [shown_at(frame) for frame in json.loads(Path(frames).read_text())],
    }
    Path(answer).write_text(json.dumps(found))
    if picture:
        draw(picture[0], int(picture[1]))


if __name__ == "__main__":
    main()
