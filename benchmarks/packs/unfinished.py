"""What is valid and not yet said: shots nobody has written, and removals that nothing asks for."""

from collections.abc import Iterator

from benchmarks.domain.unwritten import REMOVING, UNWRITTEN, is_unwritten
from benchmarks.packs.node import Node
from benchmarks.packs.wording import mistake
from router.domain.mistake import Mistake
from router.files.yaml_file import Document

CONTACT = "Your name"  # as the starter has it
LEFT = "removal.left"
# Without a metric they are never passed unseen: a person looks.
_BY_EYE = ("artefact", "action", "continuity")


def warnings(document: Document) -> Iterator[Mistake]:
    """Give shots without words of their own, and removals that doing nothing would pass."""
    pack = Node(document.data)
    production = pack.child("production")
    for contact in production.children("contacts") if production else ():
        if contact.text("name") == CONTACT:
            expected = "the name of whoever is asked when something is unclear"
            yield mistake(document, contact.at("name"), CONTACT, expected, "contact")
    for shot in pack.children("shots"):
        said = shot.text("description") or ""
        if is_unwritten(said):
            expected = "what is seen in the shot: models are told these words"
            yield mistake(document, shot.at("description"), said, expected, UNWRITTEN)
        if shot.text("task") in REMOVING and not any(map(_asks, shot.children("acceptance"))):
            found = "no must-line asks whether it is gone: a take that changes nothing would pass"
            expected = (
                "a line such as {criterion: Nothing of it is left, kind: artefact, must: true, "
                f"metric: {LEFT}}}"
            )
            yield mistake(document, shot.at("acceptance"), found, expected, "removal_not_asked")


def _asks(line: Node) -> bool:
    """Say whether a line demands that something is gone; a line is a demand unless it says not."""
    if line.data.get("must") is False:
        return False
    metric = line.text("metric")
    if metric is None:
        return line.text("kind") in _BY_EYE
    return metric.partition(".")[0] == LEFT.partition(".")[0]
