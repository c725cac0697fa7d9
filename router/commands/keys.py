"""`circletake partners key`: keys of machines; the first ones are made here."""

from typing import TYPE_CHECKING, Annotated

import typer

from router.console import console

if TYPE_CHECKING:
    from router.domain.access import Key

Name = Annotated[
    str | None, typer.Argument(help="The partner.  [default: the house, for roles of the house]")
]
group = typer.Typer(no_args_is_help=True, help="Keys of pipelines and of people without sign-in.")


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
    said.tell(f"shown this once; it ends on {made.key.expires_at:%Y-%m-%d}")
    said.answer({**as_dict(made.key), "key": made.text}, made.text)


def list_(context: typer.Context, name: Name = None) -> None:
    """List keys, those that ended too; never a secret."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict
    from router.clock import SystemClock

    said = console(context)
    with machine(settings.read(said.home)) as here:
        found = here.desk.keys.list(here.caller, name)
    now = SystemClock().now()
    lines = [_line(key, is_good=key.in_force(now)) for key in found]
    said.answer(
        {"keys": [as_dict(key) for key in found]}, "\n".join(lines) or "There are no keys yet."
    )


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
    said.answer(as_dict(key), f"{key.id}, for {key.name}, opens nothing any more")


def _line(key: "Key", *, is_good: bool) -> str:
    state = "" if is_good else ("  revoked" if key.revoked_at else "  ended")
    until = f"until {key.expires_at:%Y-%m-%d}"
    used = f"used {key.last_used:%Y-%m-%d}" if key.last_used else "never used"
    return f"{key.id}  {key.partner:24} {key.role.value:16} {until}  {used}  {key.name}{state}"


group.command("create")(create)
group.command("list")(list_)
group.command("revoke")(revoke)
