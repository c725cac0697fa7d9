"""Names inside a pack: each given once, and each that is used exists."""

from collections.abc import Iterable, Iterator, Mapping

from benchmarks.packs.node import Node
from benchmarks.packs.wording import mistake, one_of
from router.domain.mistake import Mistake
from router.files.yaml_file import Document


def mistakes(document: Document) -> Iterator[Mistake]:
    """Give ids that stand twice, ids that nothing answers to, and shots at odds with each other."""
    pack = Node(document.data)
    yield from _twice(document, pack)
    for field, name, known in _used(pack):
        if name not in known:
            yield mistake(document, field, name, one_of(known, name), "unknown_reference")
    worn = {shot.text("id"): _worn(shot) for shot in pack.children("shots")}
    for shot in pack.children("shots"):
        yield from _own_name(document, shot)
        yield from _other_costumes(document, shot, worn)


def _twice(document: Document, pack: Node) -> Iterator[Mistake]:
    groups: list[list[Node]] = [
        # A prop and a character are both named where a character is asked for.
        [*pack.children("characters"), *pack.children("props")],
        *(
            list(pack.children(k))
            for k in ("participants", "locations", "lighting_groups", "shots")
        ),
    ]
    for character in pack.children("characters"):
        groups += [list(character.children(k)) for k in ("wardrobe", "styling")]
    for group in groups:
        seen: dict[str, str] = {}
        for node in group:
            name = node.text("id")
            if name is None:
                continue
            if name in seen:
                expected = f"an id of its own; {seen[name]} has this one"
                yield mistake(document, node.at("id"), name, expected, "duplicate_id")
            seen.setdefault(name, node.field)


def _ids(nodes: Iterable[Node]) -> list[str]:
    return [name for node in nodes if (name := node.text("id")) is not None]


def _used(pack: Node) -> Iterator[tuple[str, str, list[str]]]:
    """Give every use of a name: (field, name, the names that exist)."""
    people = _ids(pack.children("participants"))
    for consent in pack.children("consents"):
        yield from _one(consent, "participant", people)
    characters = {node.text("id"): node for node in pack.children("characters")}
    for character in characters.values():
        yield from _one(character, "portrayed_by", people)
    known = [name for name in characters if name is not None]
    groups = {
        "location": _ids(pack.children("locations")),
        "props": _ids(pack.children("props")),
        "lighting_group": _ids(pack.children("lighting_groups")),
        "shots": _ids(pack.children("shots")),
    }
    for shot in pack.children("shots"):
        for appearance in shot.children("characters"):
            yield from _one(appearance, "character", known)
            shown = characters.get(appearance.text("character"))
            if shown is not None:
                for key in ("wardrobe", "styling"):
                    yield from _one(appearance, key, _ids(shown.children(key)))
        yield from _of_shot(shot, groups)


def _of_shot(shot: Node, groups: dict[str, list[str]]) -> Iterator[tuple[str, str, list[str]]]:
    yield from _one(shot, "location", groups["location"])
    for field, name in shot.texts("props"):
        yield field, name, groups["props"]
    continuity = shot.child("continuity")
    if continuity is None:
        return
    others = [name for name in groups["shots"] if name != shot.text("id")]
    yield from _one(continuity, "lighting_group", groups["lighting_group"])
    for key in ("match_grade_to", "follows"):
        yield from _one(continuity, key, others)
    for key in ("same_scene_as", "same_costume_as"):
        for field, name in continuity.texts(key):
            yield field, name, others


def _one(node: Node, key: str, known: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    name = node.text(key)
    if name is not None:
        yield node.at(key), name, known


def _own_name(document: Document, shot: Node) -> Iterator[Mistake]:
    parts = (shot.text("sequence"), shot.text("shot"))
    name = shot.text("id")
    if name is not None and None not in parts and name != f"{parts[0]}_{parts[1]}":
        expected = f"{parts[0]}_{parts[1]}, made of sequence and shot"
        yield mistake(document, shot.at("id"), name, expected, "shot_id")


def _other_costumes(
    document: Document, shot: Node, worn: Mapping[str | None, Mapping[str, str]]
) -> Iterator[Mistake]:
    continuity = shot.child("continuity")
    if continuity is None:
        return
    here = worn[shot.text("id")]
    for field, name in continuity.texts("same_costume_as"):
        there = worn.get(name, {})
        for character in sorted(here.keys() & there.keys()):
            if here[character] != there[character]:
                found = f"{character} in {here[character]} here, in {there[character]} there"
                expected = f"the same wardrobe as in {name}"
                yield mistake(document, field, found, expected, "costume_differs")


def _worn(shot: Node) -> dict[str, str]:
    pairs = ((a.text("character"), a.text("wardrobe")) for a in shot.children("characters"))
    return {character: costume for character, costume in pairs if character and costume}
