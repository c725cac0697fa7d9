"""Names of colour in a pack: each one is known to the config that the pack pins."""

from collections.abc import Iterator

from benchmarks.grading import names
from benchmarks.packs.entries import Entry, entries
from benchmarks.packs.node import Node
from benchmarks.packs.reader import COLOURS, colours
from benchmarks.packs.wording import mistake
from router.domain.errors import BadInput
from router.domain.mistake import Mistake
from router.files.yaml_file import Document

_LIGHT = (".exr", ".dpx")  # their values are nothing to look at without the name of a space


def mistakes(document: Document) -> Iterator[Mistake]:
    """Find config, spaces, display and view that do not exist, with the nearest that do."""
    pack = Node(document.data)
    block = pack.child("colour")
    if block is None or any(block.text(key) is None for key in COLOURS) or not _installed():
        return
    said = colours(block.data)
    if not names.PINNED.fullmatch(said.config):
        return  # the schema has said so
    wrong = list(names.wrong(said))
    for bad in wrong:
        field = block.at(bad.field)
        yield mistake(document, field, bad.found, bad.expected, "colour")
    if any(bad.field == "config" for bad in wrong):
        return
    config = names.config(said.config)
    for entry in entries(pack):
        name = entry.node.text("colour_space")
        if name is not None and config.getColorSpace(name) is None:
            field, expected = (
                entry.node.at("colour_space"),
                names.nearest(name, names.spaces(config)),
            )
            yield mistake(document, field, name, expected, "colour")


def warnings(document: Document) -> Iterator[Mistake]:
    """Say what light a picture lacks the name of, and that names could not be looked up."""
    for entry in entries(Node(document.data)):
        if entry.path.lower().endswith(_LIGHT) and _is_nameless(entry):
            expected = "the space of its values, such as ACEScg; without it no model sees it"
            yield mistake(
                document, entry.node.at("colour_space"), entry.path, expected, "colour_space"
            )
    if not _installed():
        expected = "OpenColorIO, to look the names up: pip install 'circletake[pipeline]'"
        yield mistake(document, "colour", "names that were not checked", expected, "colour")


def _is_nameless(entry: Entry) -> bool:
    """Say whether a still's space is missing; sequences and mattes go to no model as light."""
    lone = entry.functional_type != "matte" and not entry.node.has("frame_range")
    return lone and entry.node.text("colour_space") is None


def _installed() -> bool:
    try:
        names.library()
    except BadInput:
        return False
    return True
