"""`circletake database`: a PostgreSQL that several machines share, brought up to date."""

import typer

from router.console import console


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="The shared database, for its administrator.")
    group.command("migrate")(migrate)
    app.add_typer(group, name="database")


def migrate(context: typer.Context) -> None:
    """Bring the database of CIRCLETAKE_DATABASE up to date, and close it between partners.

    It is done as the role of CIRCLETAKE_DATABASE_ADMIN, which owns the tables; the role of
    CIRCLETAKE_DATABASE, as which everything else runs, is given rows and nothing more. All of it is
    done or nothing; doing it again changes nothing. A home without CIRCLETAKE_DATABASE needs no
    such step: its own file is brought up to date whenever it is opened.
    """
    said = console(context)
    from benchmarks import schema
    from router import settings

    role = schema.migrate_shared(settings.read(said.home))
    text = f"up to date; every partner's rows are closed to the others; {role} owns nothing"
    said.answer({"application_role": role}, text)
