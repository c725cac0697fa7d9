"""`circletake provenance sign`, `approve` and `log`: copies that leave, and who made what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.commands import provenance
from router.console import console

if TYPE_CHECKING:
    from benchmarks.studio import Studio
    from router.provenance.claim import Claim, Part
    from router.provenance.keys import SigningKey

Take = Annotated[str, typer.Argument(help="Take id.")]
EXR = "image/x-exr"
SUFFIXES = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/tiff": (".tif", ".tiff"),
    "video/mp4": (".mp4", ".mov"),
    EXR: (".exr",),
}


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
    from benchmarks.rights.claims import Subject, claim, parts, take_of
    from router.domain.errors import Conflict
    from router.provenance import keys

    said = console(context)
    if out.exists():
        expected = "a name that is free: a copy never replaces a file"
        raise Conflict(field="--out", found=str(out), expected=expected)
    with studio(said.home) as here:
        case = here.case(here.campaign_of(take))
        found = take_of(case, take)
        now = here.clock.now()
        key = keys.ready(here.settings.home, found.partner, now)
        subject = Subject(
            case=case,
            take=found,
            request=_request(here, found.partner, found.request),
            model=here.catalogue.get(found.model),
            secret=here.vault.lock(found.partner).secret,
            finished=file is not None,
        )
        words = claim(subject, now)
        every = {t.id: t for t in here.router.takes(found.partner, account=found.account)}
        made_of = parts(subject, here.media, every)
        source = file or here.media.path(found.partner, found.media.sha256)
        beside = _written(source, out, words, made_of, key)
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
    from benchmarks.views.takes import decision_row
    from router.provenance.sidecar import sha256_of_file

    said = console(context)
    sha = sha256_of_file(evidence)
    with studio(said.home) as here:
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
    from benchmarks.circled import SEEN
    from benchmarks.rights import authorship
    from router.csv_text import csv_text
    from router.domain.errors import BadInput

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
    out.write_text(text, encoding="utf-8", newline="")
    people = sorted({line.by for line in lines})
    said.answer(
        {"campaign": campaign, "file": str(out), "lines": len(lines), "by": people},
        f"{len(lines)} acts written to {out}",
    )


def _request(here: "Studio", partner: str, request: str) -> Any:
    """Give what was asked; None for a take that nothing was asked for."""
    from router.domain.errors import UnknownName

    try:
        return here.router.request(partner, request)
    except UnknownName:
        return None


def _written(
    source: Path, out: Path, words: "Claim", made_of: "tuple[Part, ...]", key: "SigningKey"
) -> Path | None:
    """Write the copy, whole or not at all; gives the file beside it, where it is signed there."""
    from importlib.metadata import version

    from router.provenance import content, exr, sidecar
    from router.provenance.asking import mime_of
    from router.provenance.manifest import definition

    mime = mime_of(source)
    _named(out, mime)
    draft = out.with_name(f".{words.take[:8]}.draft{out.suffix}")
    try:
        if mime == EXR:
            exr.mark(source, draft, _header(words, sidecar.beside(out).name))
        else:
            body = definition(words, made_of, mime, version("circletake"))
            content.stamp(source, draft, mime, body, made_of, key)
        draft.rename(out)
    finally:
        draft.unlink(missing_ok=True)
    return sidecar.write(out, words, made_of, key) if mime == EXR else None


def _named(out: Path, mime: str) -> None:
    """Refuse a name that says another kind of file."""
    from router.domain.errors import BadInput

    expected = SUFFIXES.get(mime, ())
    if out.suffix.lower() not in expected:
        wanted = f"a name that ends in {' or '.join(expected)}" if expected else "another format"
        raise BadInput(field="--out", found=f"{out.name} for {mime}", expected=wanted)


def _header(words: "Claim", signature: str) -> dict[str, str]:
    return {
        "take": words.take,
        "shot": words.shot,
        "made_by": words.made_by,
        "simulated": "yes" if words.simulated else "no",
        "digital_source_type": "compositeWithTrainedAlgorithmicMedia",
        "signature": signature,
    }
