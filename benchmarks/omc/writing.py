"""A pack, and what a campaign made of it, as OMC-JSON: entities, and the edges between them.

A shot is an Asset that requires work (`shot.vfx`). A take is an Asset too: another take of the
shot is its Alternative, the plate what it is a DerivationOf, and a take that came of a repair or a
note is the RevisionOf its parent. Whoever circled a take is the contributor of its Context. No
name of a model or vendor stands in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.pack import PackFile, Shot, ShotPack
from benchmarks.domain.repair import Decision
from benchmarks.domain.version import name_of
from benchmarks.omc import words
from benchmarks.omc.words import Json
from evaluators.domain.character import Character
from router.domain.ids import content_id
from router.domain.take import Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a campaign made of a pack; nothing, where only the pack is told."""

    takes: Mapping[str, Sequence[Take]] = field(default_factory=dict)  # by shot, oldest first
    decisions: Mapping[str, Decision] = field(default_factory=dict)  # that count, by take
    simulated: bool = False


def entities(pack: ShotPack, made: Made) -> list[Json]:
    """Give a pack as OMC entities, each once and in a stable order; edges are identifiers."""
    work = _entity("CreativeWork", f"cw/{pack.code}", pack.title)
    work["creativeWorkType"] = "creativeWork"
    work["creativeWorkTitle"] = [{"titleName": pack.title, "titleType": "workingTitle"}]
    found = [work]
    for scene in sorted({shot.sequence for shot in pack.shots}):
        found += _scene(pack, scene)
    for one in pack.characters:
        found += _character(pack, one)
    for shot in sorted(pack.shots, key=lambda s: (s.order, s.id)):
        found += _shot(pack, shot, made)
    found += _people(made)
    return list({_id(each): each for each in found}.values())


def _scene(pack: ShotPack, scene: str) -> Iterator[Json]:
    told = _entity("NarrativeScene", f"nscn/{pack.code}/{scene}", scene)
    told["narrativeType"] = "narrativeScene"
    told["sceneName"] = {"fullName": scene}
    yield from _placed(told, **{"for": {"CreativeWork": [f"cw/{pack.code}"]}})


def _character(pack: ShotPack, one: Character) -> Iterator[Json]:
    told = _entity("Character", f"chr/{pack.code}/{one.id}", one.name, one.description)
    told |= {"characterType": "character", "characterName": {"fullName": one.name}}
    yield told
    for costume in one.costumes:
        worn = _entity(
            "NarrativeWardrobe", _worn(pack, one.id, costume.id), costume.id, costume.description
        )
        worn["narrativeType"] = "narrativeWardrobe"
        yield from _placed(worn, **{"for": {"Character": [f"chr/{pack.code}/{one.id}"]}})


def _shot(pack: ShotPack, shot: Shot, made: Made) -> Iterator[Json]:
    id_, takes = f"ast/{pack.code}/{shot.id}", made.takes.get(shot.id, ())
    told = _entity("Asset", id_, shot.id, shot.description)
    told["assetFC"] = {"functionalType": "shot.vfx"}
    known = {c.id for c in pack.characters}
    seen = [a for a in shot.appearances if a.character in known]
    files = [_file_id(pack, shot, file) for file in shot.inputs]
    edges: dict[str, dict[str, list[str]]] = {
        "featuresIn": {"NarrativeScene": [f"nscn/{pack.code}/{shot.sequence}"]},
        "features": {
            "Character": [f"chr/{pack.code}/{a.character}" for a in seen],
            "NarrativeWardrobe": [
                _worn(pack, a.character, a.costume) for a in seen if a.costume is not None
            ],
        },
        "needs": {"Asset": files},
        "has": {"Asset": [f"ast/{take.id}" for take in takes]},
    }
    yield from _placed(told, **edges)
    for file in shot.inputs:
        yield _file(pack, shot, file)
    task = _entity("Task", f"tsk/{pack.code}/{shot.id}", f"{shot.id} {shot.task}")
    task["taskFC"] = {"functionalType": shot.task}
    yield from _placed(task, uses={"Asset": files}, contributesTo={"Asset": [id_]})
    for number, take in enumerate(takes, start=1):
        yield from _take(pack, shot, take, number, made)


def _file(pack: ShotPack, shot: Shot, file: PackFile) -> Json:
    told = _entity("Asset", _file_id(pack, shot, file), file.name)
    kind = words.OF_FILE.get(file.functional_type, words.REFERENCE)
    form = "digital.imageSequence" if file.frame_range else "digital.image"
    if file.functional_type in {"cdl", "lut", "document"}:
        form = "digital.data"
    told["AssetSC"] = _form(told, form, {"fileName": file.name})
    told["assetFC"] = {"functionalType": kind}
    return told


def _take(pack: ShotPack, shot: Shot, take: Take, number: int, made: Made) -> Iterator[Json]:
    name = name_of(shot.id, number)
    told = _entity("Asset", f"ast/{take.id}", name)
    form = "digital.movingImage" if take.media.is_video else "digital.image"
    told["AssetSC"] = _form(told, form, {"fileName": name, "mediaType": take.media.mime})
    kind = "artwork.conceptArt" if shot.task in words.LOOKDEV else "shot.vfx"
    told["assetFC"] = {"functionalType": kind}
    told["version"] = _version(pack, shot, take, number, made)
    said = made.decisions.get(take.id)
    is_circled = said is not None and said.status == CIRCLED
    tags = [
        word for word, holds in (("simulated", made.simulated), ("circled", is_circled)) if holds
    ]
    if tags:
        told["tag"] = [{"domain": "circletake", "value": tags}]
    if said is None or not is_circled:
        yield told
        return
    yield from _placed(told, contributor={"Participant": [_person_id(said)]})


def _version(pack: ShotPack, shot: Shot, take: Take, number: int, made: Made) -> Json:
    others = [f"ast/{t.id}" for t in made.takes[shot.id] if t.id != take.id]
    siblings = {t.id for t in made.takes[shot.id]}
    plate = shot.input("x.plate")
    told: Json = {"versionNumber": str(number)}
    if others:
        told["Alternative"] = _links(others)
    if take.parent in siblings:
        told["RevisionOf"] = _link(f"ast/{take.parent}")
    elif plate is not None:
        told["DerivationOf"] = _link(_file_id(pack, shot, plate))
    return told


def _people(made: Made) -> Iterator[Json]:
    for said in made.decisions.values():
        if said.status == CIRCLED:
            told = _entity("Participant", _person_id(said), said.by)
            person = _entity("Person", f"{_person_id(said)}/person", said.by)
            person |= {"structuralType": "Person", "personName": {"fullName": said.by}}
            told["ParticipantSC"] = person | ({"jobTitle": said.role} if said.role else {})
            yield told


def _placed(told: Json, **edges: Mapping[str, Iterable[str]]) -> Iterator[Json]:
    """Give an entity and the Context that holds its edges; none, where it has no edge."""
    held = {
        edge: {kind: _links(ids) for kind, ids in of.items() if ids} for edge, of in edges.items()
    }
    held = {edge: of for edge, of in held.items() if of}
    if not held:
        yield told
        return
    id_ = f"cxt/{_id(told)}"
    yield {**told, "Context": [_link(id_)]}
    yield {**_entity("Context", id_, f"of {told['name']}"), "contextType": "production", **held}


def _entity(kind: str, id_: str, name: str, description: str = "") -> Json:
    told = {
        "schemaVersion": words.VERSION,
        "entityType": kind,
        "identifier": _link(id_)["identifier"],
        "name": name,
    }
    return told | ({"description": description} if description else {})


def _form(told: Json, form: str, file: Json) -> Json:
    made = _entity("AssetSC", f"asc/{_id(told)}", told["name"])
    return made | {"structuralType": form, "structuralProperties": {"fileDetails": file}}


def _link(id_: str) -> Json:
    return {"identifier": [{"identifierScope": words.SCOPE, "identifierValue": id_}]}


def _links(ids: Iterable[str]) -> list[Json]:
    return [_link(id_) for id_ in dict.fromkeys(ids)]


def _id(told: Json) -> str:
    return str(told["identifier"][0]["identifierValue"])


def _worn(pack: ShotPack, character: str, costume: str) -> str:
    return f"wrd/{pack.code}/{character}/{costume}"


def _file_id(pack: ShotPack, shot: Shot, file: PackFile) -> str:
    return f"ast/{pack.code}/{shot.id}/{content_id('file', file.name)[:12]}"


def _person_id(said: Decision) -> str:
    return f"ptc/{content_id('person', said.by)[:16]}"
