"""`circletake omc export`: a pack or a campaign for software that speaks OMC-JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.console import console

if TYPE_CHECKING:
    from benchmarks.domain.pack import ShotPack
    from benchmarks.omc.writing import Made
    from benchmarks.studio import Studio


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(
        no_args_is_help=True, help="The Ontology for Media Creation (MovieLabs), as OMC-JSON."
    )
    group.command("export")(export)
    app.add_typer(group, name="omc")


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="A .json file; what is there is not replaced.")],
    campaign: Annotated[str | None, typer.Option(help="Campaign id: packs with takes.")] = None,
    pack: Annotated[Path | None, typer.Option(help="A pack's folder: without takes.")] = None,
) -> None:
    """Write works, scenes, shots, characters, wardrobe, tasks, takes and who circled them.

    Held against our own part of OMC-JSON v2.8, not against MovieLabs' schema.
    """
    import json
    from collections import Counter

    from benchmarks.bootstrap import studio
    from benchmarks.omc import checking, writing
    from router.domain.errors import BadInput, Conflict

    if (campaign is None) == (pack is None):
        expected = "one of --campaign and --pack"
        raise BadInput(field="--campaign", found="both or none", expected=expected)
    if out.exists():
        raise Conflict(field="--out", found=str(out), expected="a name that is free")
    said = console(context)
    with studio(said.home) as here:
        told = _told(here, campaign) if campaign else []
        told += [(here.pack(pack), writing.Made())] if pack else []
    entities = [each for of, made in told for each in writing.entities(of, made)]
    entities = list({each["identifier"][0]["identifierValue"]: each for each in entities}.values())
    checking.require(entities)
    text = json.dumps(entities, indent=1, ensure_ascii=False, allow_nan=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")
    counts = dict(sorted(Counter(each["entityType"] for each in entities).items()))
    words = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    said.answer({"file": str(out), "entities": counts}, f"{out}: {words}")


def _told(here: "Studio", campaign: str) -> "list[tuple[ShotPack, Made]]":
    """Give each pack of a campaign with its takes."""
    from benchmarks.editorial.versions import versions
    from benchmarks.omc.writing import Made

    case = here.case(campaign)
    return [
        (
            kept.pack,
            Made(
                takes={shot.id: versions(case, seal, shot.id) for shot in kept.pack.shots},
                decisions={
                    take: said
                    for take, said in case.decisions.items()
                    if take in case.trial_of and case.trial_of[take].pack == seal
                },
                simulated=case.simulated,
            ),
        )
        for seal, kept in case.packs.items()
    ]
