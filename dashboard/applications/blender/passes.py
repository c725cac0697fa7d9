"""Pictures, depth and ids, rendered in a copy of the scene: the artist's own is not touched."""

import contextlib
import math
import os
import shutil
import tempfile

import bpy
import mathutils
import numpy as np

from . import link, looking

FAR = 1e9  # what lies behind everything has no depth
VIEWS = {  # by how far the camera has gone round, anticlockwise from above; the figure looks at -Y
    0: "front",
    45: "three_quarter_left",
    90: "profile_left",
    180: "back",
    270: "profile_right",
    315: "three_quarter_right",
}


def shot(scene, figures, samples=16):
    """Render one frame as the active camera sees it.

    Args:
        scene: the artist's.
        figures: lists of objects; the first gets id 1.
        samples: light samples a pixel.

    Returns:
        {"colour": (H, W, 4) scene-linear Rec.709, "depth": (H, W) in metres, 0 = nothing there,
        "ids": (H, W) whole numbers, 0 = no figure}, rows from the top, and "exr": {pass: bytes}.
    """
    with _copied(scene) as stage, _numbered(figures):
        _plain(stage, samples)
        stage.view_layers[0].use_pass_z = True
        stage.view_layers[0].use_pass_object_index = True
        return _rendered(stage, looking.metres(scene))


def turnaround(scene, objects, views, size=512, samples=16):
    """Render a figure from all sides, alone, in neutral light.

    Returns:
        A list of (degrees, view's name or None, (size, size, 4) scene-linear Rec.709).
    """
    seen = looking.corners(objects)
    if not seen:
        raise link.Trouble("nothing of this character can be seen: no mesh, curve or text in it")
    found = []
    with _copied(scene, objects) as stage, _studio(stage, seen, size) as go_to:
        _plain(stage, samples)
        for number in range(views):
            degrees = number * 360.0 / views
            go_to(math.radians(degrees))
            found.append((degrees, VIEWS.get(degrees), _rendered(stage, 1.0)["colour"]))
    return found


def picture(colour):
    """Make the bytes of a PNG: sRGB, as the view `Standard` shows it; highlights are cut off."""
    rgb = np.clip(np.nan_to_num(colour[..., :3]), 0.0, 1.0)
    low, high = rgb * 12.92, 1.055 * np.power(rgb, 1 / 2.4) - 0.055
    coded = np.round(np.where(rgb <= 0.0031308, low, high) * 255).astype(np.uint8)
    height, width = coded.shape[:2]
    return link.png(width, height, coded.tobytes())


def matte(mask):
    """Make the bytes of a PNG matte: white where `mask` is true."""
    height, width = mask.shape
    return link.png(width, height, (mask * np.uint8(255)).astype(np.uint8).tobytes(), channels=1)


@contextlib.contextmanager
def _copied(scene, only=None):
    """Give a linked copy: same objects, settings of its own; with `only`, just these and no light.

    The copy sees what the scene's first view layer sees.
    """
    stage = scene.copy()
    try:
        if only is not None:
            for child in list(stage.collection.children):
                stage.collection.children.unlink(child)
            for each in list(stage.collection.objects):
                stage.collection.objects.unlink(each)
            for each in only:
                stage.collection.objects.link(each)
        yield stage
    finally:
        bpy.data.scenes.remove(stage)


@contextlib.contextmanager
def _numbered(figures):
    """Give objects their ids, and their own numbers back."""
    before = {each: each.pass_index for each in bpy.data.objects}
    try:
        for each in before:
            each.pass_index = 0
        for number, objects in enumerate(figures, 1):
            for each in objects:
                each.pass_index = number
        yield
    finally:
        for each, number in before.items():
            each.pass_index = number


@contextlib.contextmanager
def _studio(stage, seen, size):
    """Light a figure evenly, and give what moves the camera round it."""
    low = mathutils.Vector([min(c[i] for c in seen) for i in range(3)])
    high = mathutils.Vector([max(c[i] for c in seen) for i in range(3)])
    middle, wide = (low + high) / 2, (high - low).xy.length / 2
    eye, away = _eye(wide, max(wide, (high.z - low.z) / 2, 1e-3))
    world = bpy.data.worlds.new("circletake_turnaround")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.5, 0.5, 0.5, 1.0)
    lamp = bpy.data.lights.new("circletake_turnaround", "SUN")
    lamp.energy, lamp.angle = 1.2, math.radians(40)
    sun = bpy.data.objects.new("circletake_turnaround", lamp)
    for each in (eye, sun):
        stage.collection.objects.link(each)
    stage.camera, stage.world = eye, world
    stage.render.resolution_x = stage.render.resolution_y = size

    def go_to(turn):
        eye.location = middle + mathutils.Vector((math.sin(turn), -math.cos(turn), 0)) * away
        eye.rotation_euler = (math.pi / 2, 0, turn)
        sun.rotation_euler = (math.radians(50), 0, turn + math.radians(20))  # the light goes along

    try:
        yield go_to
    finally:
        bpy.data.cameras.remove(eye.data)  # and with it the object
        bpy.data.lights.remove(lamp)
        bpy.data.worlds.remove(world)


def _eye(wide, half):
    """Make a camera, and say how far away it sees a turning cylinder: `half` its larger half."""
    lens = bpy.data.cameras.new("circletake_turnaround")
    lens.lens, lens.sensor_width, lens.sensor_fit = 85.0, 36.0, "HORIZONTAL"
    away = wide + 1.05 * half * 2 * lens.lens / lens.sensor_width
    lens.clip_start, lens.clip_end = away / 1000, away * 10
    return bpy.data.objects.new("circletake_turnaround", lens), away


def _plain(stage, samples):
    """Cycles on the processor, the same picture on every machine, nothing composited."""
    stage.render.engine = "CYCLES"
    stage.cycles.device = "CPU"
    stage.cycles.samples, stage.cycles.seed = samples, 0
    stage.cycles.use_denoising = False
    stage.render.resolution_percentage = 100
    stage.render.use_border = stage.render.use_sequencer = stage.render.use_multiview = False
    for layer in stage.view_layers[1:]:
        layer.use = False
    stage.use_nodes = stage.render.use_compositing = True


def _rendered(stage, scale):
    folder = tempfile.mkdtemp(prefix="circletake-")
    try:
        wanted = ["Image"]
        if stage.view_layers[0].use_pass_z and stage.view_layers[0].use_pass_object_index:
            wanted += ["Depth", "IndexOB"]
        _wired(stage, wanted, folder, scale)
        bpy.ops.render.render(scene=stage.name)
        files = {name: _file(folder, name) for name in wanted}
        found = {"colour": _pixels(files["Image"]), "exr": {}}
        for name, path in files.items():
            with open(path, "rb") as file:
                found["exr"][name] = file.read()
        if len(wanted) > 1:
            depth = _pixels(files["Depth"])[..., 0]
            found["depth"] = np.where(depth < FAR, depth, 0.0)
            found["ids"] = np.rint(_pixels(files["IndexOB"])[..., 0]).astype(int)
        return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wired(stage, wanted, folder, scale):
    """Write each pass to an OpenEXR file of its own, depth in metres."""
    tree = stage.node_tree
    tree.nodes.clear()
    layers = tree.nodes.new("CompositorNodeRLayers")
    layers.scene, layers.layer = stage, stage.view_layers[0].name
    for name in wanted:
        end = tree.nodes.new("CompositorNodeOutputFile")
        end.base_path = folder
        end.format.file_format, end.format.color_depth = "OPEN_EXR", "32"
        end.format.exr_codec = "ZIP"
        # A single channel would be called V, which few readers know; so it stands in all three.
        end.format.color_mode = "RGBA" if name == "Image" else "RGB"
        end.file_slots[0].path = name
        source = layers.outputs[name]
        if name == "Depth":
            times = tree.nodes.new("CompositorNodeMath")
            times.operation = "MULTIPLY"
            times.inputs[1].default_value = scale
            tree.links.new(source, times.inputs[0])
            source = times.outputs[0]
        tree.links.new(source, end.inputs[0])


def _file(folder, name):
    (found,) = [each for each in os.listdir(folder) if each.startswith(name)]
    return os.path.join(folder, found)


def _pixels(path):
    """Read an OpenEXR file as it is, rows from the top."""
    image = bpy.data.images.load(path)
    try:
        image.colorspace_settings.name = "Non-Color"
        width, height = image.size
        data = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(data)
        return data.reshape(height, width, image.channels)[::-1].copy()
    finally:
        bpy.data.images.remove(image)
