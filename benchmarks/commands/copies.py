"""`circletake provenance sign`, `approve` and `log`: copies that leave, and who made what."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.takes import Take
from router.commands import provenance
from router.console import console


def register(app: typer.Typer) -> None:
    """Add the sub-commands of this file to the group of the storey below."""
    del app
    provenance.group.command("sign")(sign)
    provenance.group.command("approve")(approve)
    provenance.group.command("log")(log)


def sign(
    context: typer.Context,
    take: Take,
    out: Annotated[Path, typer.Option(help="The signed copy; what is there is not replaced.")],
    file: Annotated[
        Path | None,
        typer.Option(help="A file that people made of the take (an EXR, a finished picture)."),
    ] = None,
) -> None:
    """Write a signed copy of a take; the kept bytes stay as the provider sent them.

    PNG, JPEG, WebP, TIFF and MP4 carry the signature. An EXR carries words in its header and is
    signed beside itself.
    """
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called
    from benchmarks.rights import stamping
    from benchmarks.rights.claims import take_of
    from router.domain.errors import Conflict
    from router.provenance import keys

    said = console(context)
    if out.exists():
        expected = "a name that is free: a copy never replaces a file"
        raise Conflict(field="--out", found=str(out), expected=expected)
    with studio(said.home) as here:
        take = called(here, take)
        case = here.case(here.campaign_of(take))
        found = take_of(case, take)
        key = keys.ready(here.settings.home, found.partner, here.clock.now())
        words, made_of = stamping.Stamper(here, case, key).words(found, finished=file is not None)
        source = file or here.media.path(found.partner, found.media.sha256)
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = stamping.stamped(source, out, words, made_of, key)
    body = {
        "take": take,
        "file": str(out),
        "sidecar": str(beside) if beside else None,
        "claim": words.as_json(),
        "key": {"name": key.name, "origin": key.origin, "note": key.note},
    }
    next_ = f"`circletake provenance verify {out}` says what others can check"
    said.answer(body, f"{out} signed as {key.name}\n{key.note}\n{next_}")


def approve(
    context: typer.Context,
    take: Take,
    by: Annotated[str, typer.Option(help="Who approves.")],
    evidence: Annotated[Path, typer.Option(help="The signed paper; only its hash is kept.")],
    role: Annotated[str, typer.Option(help="As what: production, legal, …")] = "",
    note: Annotated[str, typer.Option(help="What is approved, in their own words.")] = "",
) -> None:
    """Put an approval on record: a take of a human whom nobody plays may be circled then."""
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called
    from benchmarks.views.takes import decision_row
    from router.provenance.sidecar import sha256_of_file

    said = console(context)
    sha = sha256_of_file(evidence)
    with studio(said.home) as here:
        take = called(here, take)
        kept = here.clear(take, sha, by=by, role=role, note=note)
    body = {"take": take, "campaign": kept.campaign, "decision": decision_row(kept)}
    said.answer(body, f"{take} may be circled: approved by {kept.by}, evidence {sha}")


def log(
    context: typer.Context,
    campaign: Annotated[str, typer.Option(help="Campaign id.")],
    out: Annotated[Path, typer.Option(help="A .csv or .json file.")],
) -> None:
    """Export the human-authorship log: who prompted, chose, edited, repaired, circled, and when."""
    import json

    from benchmarks.bootstrap import studio
    from benchmarks.decisions.circled import SEEN
    from benchmarks.rights import authorship
    from router.domain.errors import BadInput
    from router.files.csv_text import csv_text

    said = console(context)
    if out.suffix not in {".csv", ".json"}:
        raise BadInput(field="--out", found=str(out), expected="a name that ends in .csv or .json")
    with studio(said.home) as here:
        case = here.case(campaign)
        wanted = [id_ for trial in case.trials for id_ in trial.requests]
        partner = case.partner.name
        asked = {id_: here.router.request(partner, id_) for id_ in wanted if id_ in case.attempts}
        every = here.store.decisions(partner, campaign)
        decisions = [d for d in every if d.status != SEEN]  # looking is no act of making
        lines = authorship.log(case, decisions, asked)
    body = authorship.as_dict(case, lines)
    if out.suffix == ".csv":
        rows = ([str(row[name]) for name in authorship.COLUMNS] for row in body["log"])
        text = csv_text(authorship.COLUMNS, rows)
    else:
        text = json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8", newline="")
    people = sorted({line.by for line in lines})
    said.answer(
        {"campaign": campaign, "file": str(out), "lines": len(lines), "by": people},
        f"{len(lines)} acts written to {out}",
    )
