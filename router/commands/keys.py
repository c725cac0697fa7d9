"""`circletake partners key`: keys of machines; the first ones are made here."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar
from router.console import Console, console

if TYPE_CHECKING:
    from datetime import datetime

Row = dict[str, Any]
Name = Annotated[
    str | None, typer.Argument(help="The partner.  [default: the house, for roles of the house]")
]
group = typer.Typer(no_args_is_help=True, help="Keys of pipelines and of people without sign-in.")


@afar("router.remote.keys:create")
def create(
    context: typer.Context,
    name: Name = None,
    role: Annotated[
        str | None,
        typer.Option(
            help="partner_member, partner_admin; of the house: internal_analyst, beta_lead."
            "  [default: partner_member, or internal_analyst]"
        ),
    ] = None,
    scopes: Annotated[
        list[str] | None, typer.Option(help="Fewer than the role's: read submit manage …")
    ] = None,
    days: Annotated[int, typer.Option(help="For how long; at most 90.")] = 90,
    whom: Annotated[str, typer.Option("--for", help="Whom or what it is for.")] = "pipeline",
) -> None:
    """Make a key. It is shown this once and kept nowhere."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict
    from router.domain.access import HOUSE
    from router.domain.caller import Role, Scope
    from router.domain.words import one_of

    said = console(context)
    chosen = one_of(Role, "--role", role or ("partner_member" if name else "internal_analyst"))
    narrow = [one_of(Scope, "--scopes", scope) for scope in scopes or ()]
    with machine(settings.read(said.home)) as here:
        made = here.desk.keys.make(
            here.caller, name or HOUSE, name=whom, role=chosen, scopes=narrow, days=days
        )
    made_(said, {**as_dict(made.key), "key": made.text})


def made_(said: Console, row: Row) -> None:
    """Answer with a key just made."""
    said.tell(
        f"shown this once; it ends on {row['expires_at'][:10]}. Its owner puts it into "
        "~/.config/circletake/key (chmod 600) or CIRCLETAKE_KEY; `circletake --server URL whoami`"
    )
    said.answer(row, row["key"])


@afar("router.remote.keys:list_")
def list_(context: typer.Context, name: Name = None) -> None:
    """List keys, those that ended too; never a secret."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict
    from router.clock import SystemClock

    said = console(context)
    with machine(settings.read(said.home)) as here:
        found = here.desk.keys.list(here.caller, name)
    listed(said, [as_dict(key) for key in found], SystemClock().now())


def listed(said: Console, rows: list[Row], now: "datetime") -> None:
    """Answer with keys."""
    text = "\n".join(_line(row, f"{now:%Y-%m-%dT%H:%M:%SZ}") for row in rows)
    said.answer({"keys": rows}, text or "There are no keys yet.")


@afar("router.remote.keys:revoke")
def revoke(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `key list` shows it.")],
) -> None:
    """Revoke a key; the next call with it is turned away."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict

    said = console(context)
    with machine(settings.read(said.home)) as here:
        key = here.desk.keys.revoke(here.caller, id_)
    revoked(said, as_dict(key))


def revoked(said: Console, row: Row) -> None:
    """Answer with a key that was revoked."""
    said.answer(row, f"{row['id']}, for {row['name']}, opens nothing any more")


def _line(row: Row, now: str) -> str:
    ended = "" if row["expires_at"] > now else "  ended"
    state = "  revoked" if row["revoked_at"] else ended
    until = f"until {row['expires_at'][:10]}"
    used = f"used {row['last_used'][:10]}" if row["last_used"] else "never used"
    return (
        f"{row['id']}  {row['partner']:24} {row['role']:16} {until}  {used}  {row['name']}{state}"
    )


group.command("create")(create)
group.command("list")(list_)
group.command("revoke")(revoke)
