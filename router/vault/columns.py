"""Which columns are sealed, and the two ways through: shut before writing, opened after reading.

Nothing here is ever searched by SQL. What SQL does search (flags of scores, rulings of verdicts,
codes of slots) stays readable by the database, and is deleted instead (`router/leaving`).
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Table

from router.vault.lock import is_sealed
from router.vault.vault import Vault

_VAULT = "circletake_vault"
SEALED: Mapping[str, tuple[str, ...]] = {
    "requests": ("body",),
    "takes": ("prompt",),
    "questions": ("text",),
    "campaigns": ("body",),
    "packs": ("title", "body"),
    "trials": ("body",),
    "steps": ("body",),
    "observations": ("body",),
    "decisions": ("body",),
    "writings": ("body",),
    "prompts": ("body",),
    "elsewhere": ("body",),
    "labour": ("body",),
    "judgements": ("body",),
    "notes": ("body",),
    "signoffs": ("body",),
    "tracked": ("body",),
    "exit_forms": ("body",),
    "asides": ("body",),
}


def attach(engine: Engine, vault: Vault) -> None:
    """Let every connection of an engine seal and open; without it rows are kept as they are."""
    engine.update_execution_options(**{_VAULT: vault})


def shut(connection: Connection, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row to write, its words sealed for their places; it must bear its whole key."""
    vault: Vault | None = connection.get_execution_options().get(_VAULT)
    columns = SEALED.get(table.name, ())
    if vault is None or not columns:
        return dict(row)
    key = _key(table, row)
    sealed = {
        name: vault.seal(row["partner"], f"{table.name}|{name}|{key}", _text(row[name]))
        for name in columns
        if row.get(name) not in (None, "")
    }
    return {**row, **sealed}


def opened(connection: Connection, table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Give a row as it was before it was shut; it must bear its whole key.

    Raises:
        StoreCorrupt: a word was changed, or moved here from another row.
    """
    found: dict[str, Any] = dict(row)
    for name in SEALED.get(table.name, ()):
        value = found.get(name)
        if isinstance(value, str) and is_sealed(value):
            found[name] = word(connection, table, found, name)
    return found


def word(connection: Connection, table: Table, row: Mapping[Any, Any], column: str) -> Any:
    """Give one column of a row, opened; a column of JSON as what it says."""
    value = row[column]
    if not isinstance(value, str) or not is_sealed(value):
        return value
    vault: Vault | None = connection.get_execution_options().get(_VAULT)
    if vault is None:
        raise LookupError(f"{table.name}.{column} is sealed, and this engine has no vault")
    text = vault.open(row["partner"], f"{table.name}|{column}|{_key(table, row)}", value)
    return json.loads(text) if _is_json(table, column) else text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, allow_nan=False)


def _is_json(table: Table, column: str) -> bool:
    return table.name == "requests" and column == "body"


def _key(table: Table, row: Mapping[Any, Any]) -> str:
    names = [c.name for c in table.primary_key.columns if c.name != "partner"]
    return "|".join(str(row[name]) for name in names)
