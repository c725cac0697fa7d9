"""Names of colour in a pack: each one is known to the config that the pack pins."""

from collections.abc import Iterator

from benchmarks.grading import names
from benchmarks.packs.entries import entries
from benchmarks.packs.node import Node
from benchmarks.packs.reader import COLOURS, colours
from benchmarks.packs.wording import mistake
from router.domain.errors import BadInput
from router.domain.mistake import Mistake
from router.yaml_file import Document


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
    """Say that names of colour were not looked up, where OpenColorIO is not installed."""
    if not _installed():
        expected = "OpenColorIO, to look the names up: pip install 'circletake[pipeline]'"
        yield mistake(document, "colour", "names that were not checked", expected, "colour")


def _installed() -> bool:
    try:
        names.library()
    except BadInput:
        return False
    return True
