"""What Blender's camera sees, said in the words of a shot pack."""

import math

import mathutils

# How much of a figure's height the frame holds, from far to near: 1 = the frame is as high.
FRAMINGS = ((4.0, "EWS"), (0.95, "WS"), (0.65, "MWS"), (0.42, "MS"), (0.28, "MCU"), (0.14, "CU"))
LEVEL, STEEP, TILTED = math.radians(10), math.radians(70), math.radians(8)
STILL_M, STILL_RAD, STILL_MM = 0.01, math.radians(0.5), 0.5
DEPTHS = {"in": "dolly_in", "out": "dolly_out"}


def camera(scene, figure):
    """Give the pack's `camera` of a scene: framing, angle, movement, lens, sensor, height.

    Args:
        scene: with an active camera.
        figure: corners (world) of what the shot is about; none = the framing is wide.
    """
    eye = scene.camera
    return {
        "framing": framing(scene, figure),
        "angle": angle(eye.matrix_world),
        "movement": movement(scene),
        "lens_mm": round(eye.data.lens, 3),
        "sensor_width_mm": round(eye.data.sensor_width, 3),
        "camera_height_m": round(eye.matrix_world.translation.z * metres(scene), 3),
    }


def metres(scene):
    """Say how many metres a unit of the scene is."""
    return scene.unit_settings.scale_length


def framing(scene, figure):
    """Say how near a figure is, by how much of its height the frame holds."""
    from bpy_extras.object_utils import world_to_camera_view

    if not figure:
        return "WS"
    seen = [world_to_camera_view(scene, scene.camera, corner).y for corner in figure]
    height = max(seen) - min(seen)
    held = 1.0 / height if height > 1e-6 else math.inf
    for least, name in FRAMINGS:
        if held >= least:
            return name
    return "ECU"


def angle(matrix):
    """Say how a camera is held: by where it looks, and by its roll."""
    forward = matrix.to_3x3() @ mathutils.Vector((0, 0, -1))
    pitch = math.asin(max(-1.0, min(1.0, forward.normalized().z)))
    if abs(pitch) > STEEP:
        return "overhead" if pitch < 0 else "worms_eye"
    right = matrix.to_3x3() @ mathutils.Vector((1, 0, 0))
    if abs(math.asin(max(-1.0, min(1.0, right.normalized().z)))) > TILTED:
        return "dutch"
    if abs(pitch) <= LEVEL:
        return "eye"
    return "high" if pitch < 0 else "low"


def movement(scene):
    """Say how the camera moves from the first frame to the last."""
    now = scene.frame_current
    try:
        first, last = (_at(scene, frame) for frame in (scene.frame_start, scene.frame_end))
    finally:
        scene.frame_set(now)
    return moved(first, last, metres(scene))


def moved(first, last, scale=1.0):
    """Name a move between two (matrix, lens in mm) of a camera; the largest part names it."""
    (before, lens), (after, other) = first, last
    if abs(other - lens) > STILL_MM:
        return "zoom_in" if other > lens else "zoom_out"
    way = (before.inverted() @ after).translation * scale  # in the first camera's own axes
    turn = before.to_quaternion().inverted() @ after.to_quaternion()
    if way.length <= STILL_M:
        if turn.angle <= STILL_RAD:
            return "static"
        return "tilt" if abs(turn.axis.x) > abs(turn.axis.y) else "pan"
    side, rise, depth = abs(way.x), abs(way.y), abs(way.z)
    if side >= max(rise, depth):
        return "orbit" if turn.angle > 10 * STILL_RAD else "truck"
    if rise >= depth:
        return "crane"
    return DEPTHS["in" if way.z < 0 else "out"]


def corners(objects):
    """Give the corners of what is seen of objects, in the world."""
    return [
        each.matrix_world @ mathutils.Vector(corner)
        for each in objects
        if each.type in {"MESH", "CURVE", "SURFACE", "META", "FONT"} and not each.hide_render
        for corner in each.bound_box
    ]


def _at(scene, frame):
    scene.frame_set(frame)
    return scene.camera.matrix_world.copy(), scene.camera.data.lens
