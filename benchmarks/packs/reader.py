"""Pack data that has been checked, turned into nouns."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.domain.pack import (
    Appearance,
    Approval,
    Baseline,
    Consent,
    Credit,
    PackFile,
    Shot,
    ShotPack,
)
from benchmarks.domain.rendering import Colours
from benchmarks.packs.entries import entries
from benchmarks.packs.media import Found
from benchmarks.packs.node import Node
from evaluators.domain.character import Character, Costume, Kind
from evaluators.domain.verdict import AcceptanceLine
from router.domain.ids import content_id

Data = Mapping[str, Any]
COLOURS = ("config", "working_space", "model_display", "model_view")


def read(root: Path, data: dict[str, Any], found: Mapping[str, Found]) -> ShotPack:
    """Make a ShotPack of data that the schema accepts and of files that are there.

    `found` holds the files by field path (`shots[0].inputs[1]`); `root` is absolute.
    """
    listed = tuple(entries(Node(data)))
    files = {e.node.field: _file(e.node.data, found[e.node.field].paths[0]) for e in listed}
    sealed = all(e.sha256 for e in listed)
    production, rights = data["production"], data["rights"]
    handles = production.get("delivery", {}).get("handles", 0)
    return ShotPack(
        root=root,
        partner=production["partner"],
        code=production["code"],
        title=production["title"],
        fps=float(production["fps"]),
        raster=(production["raster"][0], production["raster"][1]),
        master=production.get("delivery", {}).get("master", ""),
        providers=tuple(rights.get("third_party_models_allowed", ())),
        regions=tuple(rights.get("regions_allowed", ())),
        retention_days=rights["retention_days"],
        data_retention=rights.get("data_retention_allowed", ""),
        disclosure_tier=rights["disclosure_tier"],
        characters=tuple(_character(c) for c in data["characters"]),
        props=tuple(_prop(p) for p in data.get("props", ())),
        shots=tuple(_shot(s, i, files, handles) for i, s in enumerate(data["shots"])),
        consents=tuple(_consent(c) for c in data.get("consents", ())),
        files=tuple(files.values()),
        locations=tuple((x["id"], x["description"]) for x in data.get("locations", ())),
        portrayals=tuple(
            (c["id"], c["portrayed_by"]) for c in data["characters"] if "portrayed_by" in c
        ),
        approvals=tuple(_approval(a) for a in rights.get("approvals", ())),
        credits=tuple(Credit(**c) for c in rights.get("artist_credits", ())),
        fictional=tuple(
            p["id"] for p in data.get("participants", ()) if p["kind"] == "fictional_only"
        ),
        notices=tuple(
            (c["id"], date.fromisoformat(c["synthetic_notice"]["date"]))
            for c in data["characters"]
            if "synthetic_notice" in c
        ),
        colours=colours(data["colour"]),
        sealed=sealed,
        seal=content_id("pack", data) if sealed else "",
    )


def colours(data: Data) -> Colours:
    """Give the names of the colour block."""
    return Colours(**{key: data[key] for key in COLOURS})


def _approval(data: Data) -> Approval:
    return Approval(
        who=data["who"],
        what=data["what"],
        on=date.fromisoformat(data["date"]),
        evidence_sha256=data["evidence_sha256"],
        covers=tuple(data.get("covers", ())),
    )


def _file(data: Data, path: Path) -> PackFile:
    span = data.get("frame_range")
    return PackFile(
        path=path,
        name=data["path"],
        sha256=data.get("sha256"),
        functional_type=data["functional_type"],
        view=data.get("view"),
        likeness_of=data.get("likeness_of"),
        colour_space=data.get("colour_space"),
        frame_range=(span[0], span[1]) if span else None,
    )


def _names(references: Any) -> tuple[str, ...]:
    return tuple(r["path"] for r in references or ())


def _character(data: Data) -> Character:
    return Character(
        id=data["id"],
        name=data["name"],
        kind=Kind(data["kind"]),
        description=data.get("description", ""),
        references=_names(data["references"]),
        costumes=tuple(_costume(w) for w in data.get("wardrobe", ())),
        invariants=tuple(data.get("invariants", ())),
    )


def _costume(data: Data) -> Costume:
    return Costume(
        id=data["id"],
        description=data["description"],
        references=_names(data.get("references")),
        invariants=tuple(data.get("invariants", ())),
    )


def _prop(data: Data) -> Character:
    return Character(
        id=data["id"],
        name=data["name"],
        kind=Kind.OBJECT,
        description=data.get("description", ""),
        references=_names(data["references"]),
    )


def _shot(data: Data, number: int, files: Mapping[str, PackFile], handles: int) -> Shot:
    continuity, timing = data.get("continuity", {}), data.get("timing")
    inputs = data.get("inputs", ())
    baseline = data.get("baseline")
    return Shot(
        id=data["id"],
        sequence=data["sequence"],
        order=data.get("order", number),
        task=data["task"],
        description=data["description"],
        acceptance=tuple(_lines(data["acceptance"])),
        framing=data["camera"]["framing"],
        movement=data["camera"].get("movement", "static"),
        angle=data["camera"].get("angle", ""),
        lens_mm=data["camera"].get("lens_mm"),
        negative=data.get("negative", ""),
        director_notes=data.get("director_notes", ""),
        priority=data.get("priority", "standard"),
        complexity=data.get("complexity", "medium"),
        appearances=tuple(_appearance(a) for a in data.get("characters", ())),
        props=tuple(data.get("props", ())),
        location=data.get("location"),
        lighting_group=continuity.get("lighting_group"),
        aspect=data.get("aspect"),
        cut_frames=timing["cut_out"] - timing["cut_in"] + 1 if timing else None,
        cut_in=timing["cut_in"] if timing else None,
        handles=_handles(timing, handles) if timing else (0, 0),
        inputs=tuple(files[f"shots[{number}].inputs[{i}]"] for i in range(len(inputs))),
        takes_wanted=data.get("takes_wanted", 2),
        baseline=Baseline(**baseline) if baseline else None,
    )


def _handles(timing: Data, usual: int) -> tuple[int, int]:
    """Give the shot's own handles, else those of the delivery."""
    return timing.get("head_handle", usual), timing.get("tail_handle", usual)


def _lines(data: list[Data]) -> Iterator[AcceptanceLine]:
    for number, line in enumerate(data, start=1):
        yield AcceptanceLine(
            number=number,
            criterion=line["criterion"],
            kind=line["kind"],
            must=line.get("must", True),
            metric=line.get("metric"),
            threshold=line.get("threshold"),
        )


def _appearance(data: Data) -> Appearance:
    return Appearance(
        character=data["character"],
        costume=data.get("wardrobe"),
        screen_position=data.get("screen_position"),
        action=data.get("action", ""),
    )


def _consent(data: Data) -> Consent:
    return Consent(
        participant=data["participant"],
        permitted=tuple(data["permitted"]),
        granted_on=date.fromisoformat(data["granted_on"]),
        expires_on=date.fromisoformat(data["expires_on"]),
        evidence_sha256=data["evidence_sha256"],
    )
