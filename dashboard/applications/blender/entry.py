"""Circle Take in Blender: camera, framing, depth, ids and turnarounds become a shot pack."""

import os

import bpy

from . import link, looking, packing, passes

bl_info = {
    "name": "Circle Take",
    "author": "Circle Take",
    "version": (0, 1, 0),
    "blender": (4, 2, 0),
    "location": "3D View > Sidebar > Circle Take",
    "description": "Hands shots in as shot packs, and shows the takes that come back",
    "category": "Render",
}
KINDS = [
    ("drawn", "Drawn", "A stylised figure"),
    ("creature", "Creature", "An animal or a fantasy creature"),
    ("object", "Object", "A thing that must stay itself"),
    ("person", "Person", "A digital human; one who resembles somebody needs consent in the pack"),
]
TASKS = [(task, task.replace("_", " ").capitalize(), "") for task in packing.TASKS]


class CircleTakeCharacter(bpy.types.PropertyGroup):
    """Who a collection is."""

    is_character: bpy.props.BoolProperty(name="Is a character")
    kind: bpy.props.EnumProperty(name="Kind", items=KINDS)
    description: bpy.props.StringProperty(
        name="Description", description="Goes word for word into every prompt"
    )


class CircleTakeShot(bpy.types.PropertyGroup):
    """What is asked for a scene."""

    inbox: bpy.props.StringProperty(name="Inbox", subtype="DIR_PATH")
    partner: bpy.props.StringProperty(name="Partner", default="my_studio")
    code: bpy.props.StringProperty(name="Show", default="SHOW")
    title: bpy.props.StringProperty(name="Title", default="Our show")
    owner: bpy.props.StringProperty(name="Owner", default="Our studio")
    cleared: bpy.props.BoolProperty(name="Inputs are cleared")
    shot: bpy.props.StringProperty(name="Shot", default="SQ010_SH0010")
    task: bpy.props.EnumProperty(name="Task", items=TASKS)
    description: bpy.props.StringProperty(name="Description")
    lines: bpy.props.StringProperty(
        name="Lines",
        description="What the director demands, each as kind: words; several with |",
        default="identity: The character stays the same",
    )
    views: bpy.props.EnumProperty(
        name="Views", items=[(n, n, "") for n in ("4", "8")], description="Of the turnaround"
    )
    samples: bpy.props.IntProperty(name="Samples", default=16, min=1, max=4096)
    wants_exr: bpy.props.BoolProperty(
        name="Plate as EXR", description="Scene-linear, instead of an 8-bit picture"
    )
    recipes: bpy.props.StringProperty(name="Recipes", description="Names with spaces; none = yours")
    takes: bpy.props.IntProperty(name="Takes", default=1, min=1, max=16)
    budget_usd: bpy.props.FloatProperty(name="Budget (USD)", default=5.0, min=0.01)
    real: bpy.props.BoolProperty(
        name="Real", description="Reaches models, and pays; off = simulated"
    )
    last: bpy.props.StringProperty(name="Last request")


class CIRCLETAKE_OT_pack(bpy.types.Operator):
    """Render turnarounds, the frame, depth and ids, and write them as a shot pack"""

    bl_idname = "circletake.pack"
    bl_label = "Write a shot pack"
    directory: bpy.props.StringProperty(subtype="DIR_PATH")

    def invoke(self, context, event):
        """Ask where to."""
        del event
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        """Write it; a folder that is a pack already is left alone."""
        try:
            if os.path.exists(os.path.join(self.directory, "shotpack.yaml")):
                raise link.Trouble("{} is a pack already".format(self.directory))
            files = made(context.scene)
        except link.Trouble as trouble:
            self.report({"ERROR"}, str(trouble))
            return {"CANCELLED"}
        for name, data in files.items():
            path = os.path.join(self.directory, *name.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        self.report({"INFO"}, "{}: now `circletake pack check`".format(self.directory))
        return {"FINISHED"}


class CIRCLETAKE_OT_submit(bpy.types.Operator):
    """Write a shot pack and drop it into the inbox that `circletake folder watch` looks into"""

    bl_idname = "circletake.submit"
    bl_label = "Hand in"

    def execute(self, context):
        """Drop it, whole or not at all."""
        said = context.scene.circletake
        try:
            files = made(context.scene)
            inbox = bpy.path.abspath(said.inbox)
            said.last = packing.submit(inbox, words(context.scene), files)
        except link.Trouble as trouble:
            self.report({"ERROR"}, str(trouble))
            return {"CANCELLED"}
        self.report({"INFO"}, "handed in as {}".format(said.last))
        return {"FINISHED"}


class CIRCLETAKE_OT_load(bpy.types.Operator):
    """Load the takes of the last request as pictures"""

    bl_idname = "circletake.load"
    bl_label = "Load takes"

    def execute(self, context):
        """Load what is there; never twice."""
        try:
            rows = link.takes(context.scene.circletake.last)
        except link.Trouble as trouble:
            self.report({"WARNING"}, str(trouble))
            return {"CANCELLED"}
        for row in rows:
            image = bpy.data.images.load(row["path"], check_existing=True)
            # An 8-bit take is a picture for a display; Blender's name for that is sRGB.
            linear = row["encoding"] == "scene_linear"
            image.colorspace_settings.name = "ACEScg" if linear else "sRGB"
        self.report({"INFO"}, "{} takes among the images".format(len(rows)))
        return {"FINISHED"}


class CIRCLETAKE_PT_panel(bpy.types.Panel):
    """What is asked, and how it stands"""

    bl_idname = "CIRCLETAKE_PT_panel"
    bl_label = "Circle Take"
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "Circle Take"

    def draw(self, context):
        """Lay it out."""
        said, column = context.scene.circletake, self.layout.column()
        figure = context.collection.circletake
        column.label(text="Collection {}".format(context.collection.name))
        for name in ("is_character", "kind", "description"):
            column.prop(figure, name)
        column.separator()
        for name in CircleTakeShot.__annotations__:
            if name != "last":
                column.prop(said, name)
        column.operator("circletake.pack")
        column.operator("circletake.submit")
        if said.last:
            column.label(text=link.state(said.last)["words"])
            column.operator("circletake.load")


def words(scene):
    """Give what the artist said."""
    said, render = scene.circletake, scene.render
    rate = "{:g}".format(round(render.fps / render.fps_base, 3))
    return {
        "partner": said.partner,
        "code": said.code,
        "title": said.title or said.code,
        "owner": said.owner,
        "cleared": said.cleared,
        "shot": said.shot,
        "task": said.task,
        "description": said.description,
        "lines": lines(said.lines),
        "fps": rate,
        "raster": (render.resolution_x, render.resolution_y),
        "frames": (scene.frame_start, scene.frame_end),
        "wants_exr": said.wants_exr,
        "recipes": said.recipes.split(),
        "takes": said.takes,
        "budget_usd": round(said.budget_usd, 2),
        "simulate": not said.real,
    }


def lines(text):
    """Read acceptance lines: `kind: words`, several with |; each is a must."""
    rows = []
    for one in text.split("|"):
        kind, _, criterion = one.strip().partition(":")
        if criterion and len(criterion.strip()) >= 8:
            rows.append({"criterion": criterion.strip(), "kind": kind.strip(), "must": True})
    return rows


def figures(scene):
    """Give the collections of a scene that are characters, by name."""
    found = [c for c in scene.collection.children_recursive if c.circletake.is_character]
    return sorted(found, key=lambda each: each.name)


def made(scene):
    """Render a scene into the files of a pack; raises Trouble in words."""
    said, chosen = words(scene), figures(scene)
    missing = packing.wrong(said, chosen)
    if missing:
        raise link.Trouble(missing)
    if scene.camera is None:
        raise link.Trouble("the scene has no camera")
    lists = [list(each.all_objects) for each in chosen]
    rows = [
        {
            "id": packing.identifier(each.name),
            "name": each.name,
            "kind": each.circletake.kind,
            "description": each.circletake.description,
            "views": turned(scene, objects),
        }
        for each, objects in zip(chosen, lists)
    ]
    seen = passes.shot(scene, lists, scene.circletake.samples)
    seen["picture"] = passes.picture(seen["colour"])
    seen["mattes"] = [passes.matte(seen["ids"] == n) for n in range(1, len(lists) + 1)]
    camera = looking.camera(scene, looking.corners(lists[0]))
    return packing.pack(said, camera, seen, rows)


def turned(scene, objects):
    """Render a character's turnaround as PNG."""
    said = scene.circletake
    views = passes.turnaround(scene, objects, int(said.views), samples=said.samples)
    return [(degrees, name, passes.picture(colour)) for degrees, name, colour in views]


CLASSES = (
    CircleTakeCharacter,
    CircleTakeShot,
    CIRCLETAKE_OT_pack,
    CIRCLETAKE_OT_submit,
    CIRCLETAKE_OT_load,
    CIRCLETAKE_PT_panel,
)


def register():
    """Let Blender know all of it."""
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Collection.circletake = bpy.props.PointerProperty(type=CircleTakeCharacter)
    bpy.types.Scene.circletake = bpy.props.PointerProperty(type=CircleTakeShot)


def unregister():
    """Leave nothing behind."""
    del bpy.types.Scene.circletake
    del bpy.types.Collection.circletake
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
