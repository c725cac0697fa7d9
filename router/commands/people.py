"""`circletake people`: who may sign in; the first beta lead is invited here."""

from typing import TYPE_CHECKING, Annotated

import typer

from router.console import console

if TYPE_CHECKING:
    from router.domain.access import Person

Partner = Annotated[
    str | None, typer.Argument(help="The partner.  [default: the house, for roles of the house]")
]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Who may sign in, and as what.")
    group.command("invite")(invite)
    group.command("list")(list_)
    group.command("remove")(remove)
    app.add_typer(group, name="people")


def invite(
    context: typer.Context,
    partner: Partner = None,
    *,
    subject: Annotated[str, typer.Option(help="Who it is at the identity provider; no e-mail.")],
    name: Annotated[str, typer.Option(help="As people know that one.")],
    role: Annotated[
        str | None,
        typer.Option(
            help="partner_member, partner_admin; of the house: internal_analyst, beta_lead."
            "  [default: partner_member, or internal_analyst]"
        ),
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="The identity provider.  [default: the one in the settings]")
    ] = None,
) -> None:
    """Let somebody sign in, or give somebody another role."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict
    from router.domain.access import HOUSE
    from router.domain.caller import Role
    from router.domain.errors import BadInput
    from router.domain.words import one_of

    said = console(context)
    there = settings.read(said.home)
    vouches = issuer or there.oidc_issuer
    if vouches is None:
        expected = "an address, here or as CIRCLETAKE_OIDC_ISSUER"
        raise BadInput(field="--issuer", found=None, expected=expected)
    chosen = one_of(Role, "--role", role or ("partner_member" if partner else "internal_analyst"))
    with machine(there) as here:
        person = here.desk.people.invite(
            here.caller, partner or HOUSE, issuer=vouches, subject=subject, name=name, role=chosen
        )
    said.answer(as_dict(person), _line(person))


def list_(context: typer.Context, partner: Partner = None) -> None:
    """List who was invited, those who were removed too."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict

    said = console(context)
    with machine(settings.read(said.home)) as here:
        found = here.desk.people.list(here.caller, partner)
    body = {"people": [as_dict(person) for person in found]}
    said.answer(body, "\n".join(map(_line, found)) or "Nobody was invited yet.")


def remove(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="As `people list` shows it.")],
) -> None:
    """Let somebody in no more; sessions end with the next call."""
    from router import settings
    from router.access.opening import machine
    from router.api.access_wire import as_dict

    said = console(context)
    with machine(settings.read(said.home)) as here:
        person = here.desk.people.remove(here.caller, id_)
    said.answer(as_dict(person), _line(person))


def _line(person: "Person") -> str:
    state = "" if person.in_force else "  removed"
    return f"{person.id}  {person.partner:24} {person.role.value:16} {person.name}{state}"
