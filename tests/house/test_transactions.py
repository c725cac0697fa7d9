"""Every transaction on partners' rows says whose it is."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("router", "evaluators", "benchmarks", "dashboard")
# These open the transactions of all others, or speak to tables that no partner has rows in.
OPENERS = {
    "router/store/database.py",
    "router/store/isolation.py",  # looks at the catalogue of PostgreSQL
    "benchmarks/schema.py",  # migrates, for all partners
    "router/jobs/engine.py",  # its own schema: ids only
    "router/leases.py",
    "router/pacing/shared_lanes.py",
    "router/leaving/rows.py",  # VACUUM of a home's own file
}


def opened_in(path: Path) -> list[int]:
    """Give the lines on which an engine is asked for a connection directly."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"begin", "connect", "raw_connection"}
        and ast.unparse(call.func.value).endswith("engine")
    ]


def test_only_the_store_opens_a_transaction_without_a_partner():
    files = (p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
    found = {str(p.relative_to(ROOT)) for p in files if opened_in(p)}
    assert found <= OPENERS
    assert "router/store/database.py" in found
