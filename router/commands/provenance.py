"""`circletake provenance`: what a file says of where it came from, and whether that is so."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from router.provenance.keys import SigningKey
    from router.settings import Settings

File = Annotated[Path, typer.Argument(help="A picture or clip.")]
Partner = Annotated[str, typer.Option(help="Whose key.")]

# The storey above adds `sign`, `approve` and `log`.
group = typer.Typer(no_args_is_help=True, help="Where a file came from: shown, checked, signed.")
keys_group = typer.Typer(no_args_is_help=True, help="Keys that copies are signed with.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("show")(show)
    group.command("verify")(verify)
    keys_group.command("new")(new)
    keys_group.command("use")(use)
    keys_group.command("list")(list_)
    group.add_typer(keys_group, name="keys")
    app.add_typer(group, name="provenance")


def show(context: typer.Context, file: File) -> None:
    """Show what a file says of itself; exit code 1 where it says nothing."""
    from router import settings
    from router.clock import SystemClock
    from router.provenance import asking, keys, telling

    said = console(context)
    anchors = keys.anchors(settings.read(said.home).home)
    signature = asking.signature_of(file, anchors, SystemClock().now())
    header = asking.header_of(file)
    lines = telling.said(signature) if signature else ["no signature, in the file or beside it"]
    lines += [f"header       {name} = {value}" for name, value in header.items()]
    if header and signature is None:
        lines.append("a header is not signed: anybody can have written it")
    body = telling.signature_dict(signature) if signature else None
    said.answer({"file": str(file), "signature": body, "header": header}, "\n".join(lines))
    if signature is None:
        raise bad_news()


def verify(
    context: typer.Context,
    file: File,
    partner: Annotated[
        str | None, typer.Option(help="Look among this partner's takes only.")
    ] = None,
) -> None:
    """Say whether a file is as it was signed; without a signature, which take it may be.

    Exit code 0: signed by a key that this home trusts and whole, or exactly the bytes of a take or
    of what was handed in.
    """
    from router import partners, settings
    from router.clock import SystemClock
    from router.domain.errors import UnknownName
    from router.provenance import asking, keys, telling

    said = console(context)
    here = settings.read(said.home)
    known = sorted(partners.load(*here.partner_folders))
    if partner is not None and partner not in known:
        raise UnknownName("partner", partner, known)
    with asking.archive_of(here, known if partner is None else [partner]) as archive:
        found = asking.verify(file, keys.anchors(here.home), archive, SystemClock().now())
    body = {"file": str(file), **telling.as_dict(found)}
    said.answer(body, "\n".join(telling.told(found)))
    if not found.is_good:
        raise bad_news()


def new(context: typer.Context, partner: Partner) -> None:
    """Make a test chain: good for trials; public viewers show it as untrusted."""
    from router.clock import SystemClock
    from router.provenance import keys

    said = console(context)
    here = _home_of(said, partner)
    _answer(said, keys.new_test_chain(here.home, partner, SystemClock().now()))


def use(
    context: typer.Context,
    partner: Partner,
    key: Annotated[Path, typer.Option(help="Private key, PEM, without a password.")],
    chain: Annotated[Path, typer.Option(help="Certificates, PEM, leaf first, up to the root.")],
) -> None:
    """Take over a partner's own key and chain; they are copied into the home, mode 0600."""
    from router.clock import SystemClock
    from router.provenance import keys

    said = console(context)
    here = _home_of(said, partner)
    _answer(said, keys.adopt(here.home, partner, key, chain, SystemClock().now()))


def list_(context: typer.Context) -> None:
    """List the keys of this home; no secret is shown."""
    from router import settings
    from router.provenance import keys

    said = console(context)
    home = settings.read(said.home).home
    rows = [_row(keys.load(home, name)) for name in keys.partners(home)]
    lines = [
        f"{r['partner']:20} {r['algorithm']:8} until {r['ends_at']}  {r['note']}" for r in rows
    ]
    said.answer({"keys": rows}, "\n".join(lines) or "no keys; `circletake provenance keys new`")


def _home_of(said: Console, partner: str) -> "Settings":
    from router import partners, settings
    from router.domain.errors import UnknownName

    here = settings.read(said.home)
    known = partners.load(*here.partner_folders)
    if partner not in known:
        hint = f"`circletake partners new {partner}` adds one"
        raise UnknownName("partner", partner, known, hint=hint)
    return here


def _answer(said: Console, key: "SigningKey") -> None:
    row = _row(key)
    text = f"{row['name']} ({row['algorithm']}), until {row['ends_at']}\n{row['note']}"
    said.answer(row, text)


def _row(key: "SigningKey") -> dict[str, Any]:
    return {
        "partner": key.partner,
        "origin": key.origin,
        "name": key.name,
        "algorithm": key.algorithm,
        "ends_at": key.ends_at.date().isoformat(),
        "note": key.note,
    }


def _line(row: dict[str, Any]) -> str:
    return f"{row['partner']:20} {row['algorithm']:8} until {row['ends_at']}  {row['note']}"
