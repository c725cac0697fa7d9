"""Runs inside Blender (bpy), in a process of its own: installs the add-on, hands a scene in.

`python stage.py ADDON.zip SCRIPTS OUT`: prints one JSON line. Never imported by our tests.
"""

import json
import math
import os
import sys
from pathlib import Path

os.environ["BLENDER_USER_SCRIPTS"] = sys.argv[2]

import bpy

ADDON, _, OUT = sys.argv[1:4]
DEPTH_M, BALL_M, SIZE = 5.0, 0.5, (384, 256)


def stage():
    """A wall that stands 5 m before the camera, and a figure half way: a ball on a cone."""
    import addon_utils  # Blender's own; it is there once bpy is

    for each in list(bpy.data.objects):
        bpy.data.objects.remove(each)
    addon_utils.enable("cycles")
    scene = bpy.context.scene
    eye = bpy.data.objects.new("eye", bpy.data.cameras.new("eye"))
    scene.collection.objects.link(eye)
    eye.location, eye.rotation_euler = (0, -DEPTH_M, 1), (math.pi / 2, 0, 0)
    eye.data.lens, eye.data.sensor_width = 35.0, 36.0
    scene.camera = eye
    bpy.ops.mesh.primitive_plane_add(size=60, rotation=(math.pi / 2, 0, 0), location=(0, 0, 1))
    lamp = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    scene.collection.objects.link(lamp)
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.frame_start, scene.frame_end = 1001, 1024
    figure = bpy.data.collections.new("Red Ball")
    scene.collection.children.link(figure)
    bpy.ops.mesh.primitive_uv_sphere_add(
        radius=BALL_M, location=(0, -2.5, 1), segments=96, ring_count=48
    )
    ball = bpy.context.object
    for each in list(ball.users_collection):
        each.objects.unlink(ball)
    figure.objects.link(ball)
    red = bpy.data.materials.new("red")
    red.use_nodes = True
    red.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.8, 0, 0, 1)
    ball.data.materials.append(red)
    ball.pass_index = 7  # the artist's own number
    return scene, figure, ball


def refused(operator, **options):
    """Run an operator that must not go; gives what it said."""
    try:
        return sorted(operator(**options))
    except RuntimeError as error:
        return str(error).strip()


def main():
    """Do it all."""
    bpy.ops.preferences.addon_install(filepath=ADDON)
    bpy.ops.preferences.addon_enable(module="circle_take")
    scene, figure, ball = stage()
    said = scene.circletake
    told = {"unsaid": refused(bpy.ops.circletake.pack, directory=OUT + "/none")}
    figure.circletake.is_character = True
    figure.circletake.kind = "object"
    figure.circletake.description = "a plain red ball"
    said.partner, said.code, said.shot = "my_studio", "BALLS", "SQ010_SH0010"
    said.description = "A red ball floats before a grey wall, in even light."
    said.lines = "identity: The ball stays red|technical: Delivered as asked"
    told["uncleared"] = refused(bpy.ops.circletake.pack, directory=OUT + "/none")
    said.cleared, said.samples, said.views = True, 4, "4"
    before = _facts(scene, ball)
    bpy.ops.circletake.pack(directory=OUT + "/pack")
    told["untouched"] = before == _facts(scene, ball)
    told["again"] = refused(bpy.ops.circletake.pack, directory=OUT + "/pack")
    said.task, said.wants_exr = "inpaint_cleanup", True
    scene.unit_settings.scale_length = 2.0
    said.inbox = OUT + "/inbox"
    Path(OUT, "inbox").mkdir()
    bpy.ops.circletake.submit()
    told["request"] = said.last
    told["early"] = refused(bpy.ops.circletake.load)
    told["moves"] = moves(scene)
    bpy.ops.preferences.addon_disable(module="circle_take")
    told["gone"] = not hasattr(bpy.types.Scene, "circletake")
    told["version"] = bpy.app.version_string
    sys.stdout.write("STAGE " + json.dumps(told) + "\n")


def moves(scene):
    """Name moves of the camera, each set by two keys."""
    looking = sys.modules["circle_take.looking"]
    eye, found = scene.camera, {}
    for name, way, turn in (
        ("static", (0, 0, 0), (0, 0, 0)),
        ("dolly_in", (0, 1, 0), (0, 0, 0)),
        ("dolly_out", (0, -1, 0), (0, 0, 0)),
        ("truck", (1, 0, 0), (0, 0, 0)),
        ("crane", (0, 0, 1), (0, 0, 0)),
        ("pan", (0, 0, 0), (0, 0, 0.3)),
        ("tilt", (0, 0, 0), (0.3, 0, 0)),
        ("orbit", (2, 0.4, 0), (0, 0, 0.4)),
    ):
        home, angle = (0, -DEPTH_M, 1), (math.pi / 2, 0, 0)
        for frame, share in ((scene.frame_start, 0), (scene.frame_end, 1)):
            eye.location = [a + share * b for a, b in zip(home, way, strict=True)]
            eye.rotation_euler = [a + share * b for a, b in zip(angle, turn, strict=True)]
            eye.keyframe_insert("location", frame=frame)
            eye.keyframe_insert("rotation_euler", frame=frame)
        found[name] = looking.movement(scene)
        eye.animation_data_clear()
    return found


def _facts(scene, ball):
    """What an artist would miss."""
    return [
        scene.render.engine, scene.use_nodes, scene.camera.name, ball.pass_index,
        scene.frame_current, len(bpy.data.scenes), len(bpy.data.objects), len(bpy.data.cameras),
        len(bpy.data.lights), len(bpy.data.worlds), len(bpy.data.images), scene.render.filepath,
    ]  # fmt: skip


main()
