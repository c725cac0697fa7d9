"""`circletake partners`: the studios of the beta and what their agreements allow."""

import typer

from router.console import bad_news, console


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="The studios of the beta, one YAML file each.")
    group.command("check")(check)
    app.add_typer(group, name="partners")


def check(context: typer.Context) -> None:
    """Validate every partner file: all mistakes at once, secrets refused unseen."""
    from dataclasses import asdict

    from router import partners, settings

    said = console(context)
    folder = settings.read(said.home).partners
    mistakes = partners.check(folder)
    known = () if mistakes else tuple(partners.load(folder))
    body = {"ok": not mistakes, "partners": known, "errors": [asdict(m) for m in mistakes]}
    lines = [str(m) for m in mistakes] or [f"{len(known)} partners are fine: {', '.join(known)}"]
    said.answer(body, "\n".join(lines))
    if mistakes:
        raise bad_news()
