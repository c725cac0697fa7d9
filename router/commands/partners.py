"""`circletake partners`: the studios of the beta and what their agreements allow."""

from typing import Annotated

import typer

from router.commands import keys, leaving
from router.console import bad_news, console


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="The studios of the beta, one YAML file each.")
    group.command("new")(new)
    group.command("check")(check)
    group.command("purge")(leaving.purge)
    group.command("retention")(leaving.retention)
    group.add_typer(keys.group, name="key")
    app.add_typer(group, name="partners")


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits and _; as the packs say it.")],
) -> None:
    """Write a commented partner file to start from."""
    from router import partners, settings
    from router.domain.errors import Conflict

    said = console(context)
    here = settings.read(said.home)
    path = here.own_partners / f"{name}.yaml"
    if path.exists() or name in partners.load(*here.partner_folders):
        raise Conflict(field="partner", found=f"{name} exists", expected="a new name")
    here.home.mkdir(parents=True, exist_ok=True, mode=0o700)  # faces will lie there
    path.parent.mkdir(exist_ok=True)
    path.write_text(partners.starter(here.partners, name), encoding="utf-8")
    said.answer(
        {"partner": name, "file": str(path)},
        f"{path}\nWhat now?  Make it yours, then `circletake partners check`.",
    )


def check(context: typer.Context) -> None:
    """Validate every partner file: all mistakes at once, secrets refused unseen."""
    from dataclasses import asdict

    from router import partners, settings

    said = console(context)
    folders = settings.read(said.home).partner_folders
    mistakes = partners.check(*folders)
    known = () if mistakes else tuple(partners.load(*folders))
    body = {"ok": not mistakes, "partners": known, "errors": [asdict(m) for m in mistakes]}
    lines = [str(m) for m in mistakes] or [f"{len(known)} partners are fine: {', '.join(known)}"]
    said.answer(body, "\n".join(lines))
    if mistakes:
        raise bad_news()
