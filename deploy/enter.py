"""The entry of every container: secrets of the platform become files of the house, then it runs.

Secrets come as files in $CIRCLETAKE_GIVEN (compose), or in variables SECRET_<NAME> (ECS, which has
no files). Each is written for its owner alone into $CIRCLETAKE_RUN, a folder in memory, and no
variable of the process that follows holds one. A variable that is empty counts as not given.

pepper                     → CIRCLETAKE_PEPPER_FILE
audit_key                  → audit.key in CIRCLETAKE_KEYS
database_password          → the passwords of the application's role, and
database_owner_password      of the role that migrates, in a file that PostgreSQL's client reads
database_root_password       (and of the one that makes both): PGPASSFILE names it
aws_credentials            → AWS_SHARED_CREDENTIALS_FILE
oidc                       → Streamlit's secrets.toml in HOME
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROLES = {
    "database_password": "circletake_app",
    "database_owner_password": "circletake_owner",
    "database_root_password": "postgres",
}
NAMES = ("pepper", "audit_key", *ROLES, "aws_credentials", "oidc")


def main(words: list[str]) -> None:
    """Prepare, then become the command."""
    if not words:
        sys.exit("enter: say what to run, for example: circletake worker")
    os.umask(0o077)
    given = {name: value for name, value in os.environ.items() if value}
    secrets = _secrets(given)
    given = {name: value for name, value in given.items() if not name.startswith("SECRET_")}
    given |= _kept(secrets, Path(given["CIRCLETAKE_RUN"]), given)
    os.execvpe(words[0], words, given)  # noqa: S606 - the command of the container, not a shell


def _secrets(given: Mapping[str, str]) -> dict[str, bytes]:
    folder = Path(given.get("CIRCLETAKE_GIVEN", "/run/secrets"))
    found = {
        n: given[f"SECRET_{n.upper()}"].encode() for n in NAMES if f"SECRET_{n.upper()}" in given
    }
    found |= {n: (folder / n).read_bytes() for n in NAMES if (folder / n).is_file()}
    return {name: data for name, data in found.items() if data}


def _kept(secrets: Mapping[str, bytes], run: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Write secrets where the house reads them; gives the variables that say where."""
    home = run / "home"
    places = {
        "pepper": run / "pepper",
        "audit_key": Path(given.get("CIRCLETAKE_KEYS") or run / "keys") / "audit.key",
        "aws_credentials": run / "aws_credentials",
        "oidc": home / ".streamlit" / "secrets.toml",
    }
    for name in places.keys() & secrets.keys():
        _write(places[name], secrets[name])
    lines = [
        f"*:*:*:{role}:{_spelled(secrets[name])}" for name, role in ROLES.items() if name in secrets
    ]
    if lines:
        _write(run / "pgpass", "\n".join([*lines, ""]).encode())
    home.mkdir(parents=True, exist_ok=True)
    said = {"HOME": str(home), "PGPASSFILE": str(run / "pgpass")}
    if "pepper" in secrets:
        said["CIRCLETAKE_PEPPER_FILE"] = str(places["pepper"])
    if "aws_credentials" in secrets:
        said["AWS_SHARED_CREDENTIALS_FILE"] = str(places["aws_credentials"])
    return said


def _spelled(password: bytes) -> str:
    """Spell a password as PostgreSQL's file wants it: one line, backslash and colon escaped."""
    text = password.decode().rstrip("\r\n")
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _write(path: Path, data: bytes) -> None:
    """Put a file in place whole: containers that share its folder start in the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_file() and path.read_bytes() == data:
        return
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # its owner's alone
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(draft).replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
