"""`circletake audit`: who did what, and whether the record of it is as it was written."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from router.audit.log import AuditLog
    from router.settings import Settings

Partner = Annotated[
    str | None, typer.Option(help="Whose chain.  [default: the house's own, or all to verify]")
]

Row = dict[str, Any]
group = typer.Typer(no_args_is_help=True, help="Who did what, chained record by record.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("verify")(verify)
    group.command("show")(show)
    app.add_typer(group, name="audit")


@afar("router.remote.records:verify")
def verify(
    context: typer.Context,
    anchor: Annotated[
        str | None, typer.Option(help="Heads kept elsewhere: a file, or s3://bucket/prefix.")
    ] = None,
    partner: Partner = None,
) -> None:
    """Walk every chain from its first record; changed, missing or cut records are bad news."""
    from router.audit.opening import anchor_of
    from router.audit.paid import take_over

    said = console(context)
    with _opened(said) as (here, log):
        for name in sorted(log.partners):
            take_over(log, name)
        found = log.verify([partner] if partner else None, anchor_of(here, anchor))
    flaws = [
        {"chain": f.chain, "number": f.number, "code": f.code, "found": f.found}
        for f in found.flaws
    ]
    body = {"ok": found.ok, "records": dict(found.records), "anchored": found.anchored}
    checked(said, body | {"flaws": flaws})


def checked(said: Console, body: Row) -> None:
    """Answer with what became of the records; flaws are bad news."""
    said.answer(body, "\n".join(_told(body)))
    if not body["ok"]:
        raise bad_news()


@afar("router.remote.records:show")
def show(
    context: typer.Context,
    partner: Partner = None,
    after: Annotated[int, typer.Option(help="Go on after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
) -> None:
    """Show records of one chain, oldest first."""
    from router.api.audit import as_dict
    from router.audit.chain import HOUSE

    said = console(context)
    with _opened(said) as (_, log):
        found = log.records(partner or HOUSE, after=after, limit=limit)
    shown(said, [as_dict(r) for r in found])


def shown(said: Console, rows: list[Row]) -> None:
    """Answer with records."""
    lines = [
        f"{r['number']:6}  {r['at'][:19].replace('T', ' ')}  {r['actor']:20}  {r['event']:16}  "
        + " ".join(f"{name}={value}" for name, value in r["ids"].items())
        for r in rows
    ]
    said.answer({"events": rows}, "\n".join(lines) or "nothing recorded")


def _told(found: Row) -> "Iterator[str]":
    for chain, count in found["records"].items():
        yield f"{'the house' if chain == '-' else chain}: {count} records"
    for flaw in found["flaws"]:
        yield f"FLAW  {flaw['chain']} number {flaw['number']}: {flaw['code']} ({flaw['found']})"
    if found["anchored"] == 0:
        yield "no anchor: a chain that was cut short would not be seen (CIRCLETAKE_AUDIT_ANCHOR)"
    yield "every record is as it was written" if found["ok"] else f"{len(found['flaws'])} flaws"


def _opened(said: Console) -> "AbstractContextManager[tuple[Settings, AuditLog]]":
    from contextlib import contextmanager

    from router import partners, settings
    from router.leaving import opening

    @contextmanager
    def opened() -> "Iterator[tuple[Settings, AuditLog]]":
        here = settings.read(said.home)
        with opening.site(here, partners.load(*here.partner_folders)) as site:
            yield here, site.audit

    return opened()
