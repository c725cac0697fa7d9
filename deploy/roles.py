"""Makes the roles and the database of a fresh PostgreSQL; run again, it changes passwords only.

Run before `circletake database migrate`, as a role that may create others: CIRCLETAKE_DATABASE_ROOT
names the superuser of one's own server, or the master user of RDS. Neither role that is made can
pass row security.
"""

import os
from pathlib import Path

import psycopg
from psycopg import sql

DATABASE = "circletake"
OWNER, APP = "circletake_owner", "circletake_app"


def main() -> None:
    """Make what is missing."""
    with psycopg.connect(os.environ["CIRCLETAKE_DATABASE_ROOT"], autocommit=True) as root:
        for role in (OWNER, APP):
            known = root.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            said = sql.SQL("{} ROLE {} LOGIN PASSWORD {}")  # and nothing more, which is the default
            root.execute(said.format(verb, sql.Identifier(role), sql.Literal(_password(role))))
        # A master user that is no superuser may give a database to those only that it belongs to.
        root.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
        there = root.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if not there:
            names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
            root.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    print(f"{DATABASE}, its owner {OWNER}, and {APP}, which owns nothing, are there")


def _password(role: str) -> str:
    """Read a role's password where the entry has put it."""
    for line in Path(os.environ["PGPASSFILE"]).read_text(encoding="utf-8").splitlines():
        if line.startswith(f"*:*:*:{role}:"):
            spelled = line.removeprefix(f"*:*:*:{role}:")
            return spelled.replace("\\:", ":").replace("\\\\", "\\")
    raise SystemExit(f"roles: no password of {role} was handed over")


if __name__ == "__main__":
    main()
