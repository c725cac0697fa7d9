"""`circletake weights`: what learned metrics need, by allow-list and hash."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import bad_news, console

if TYPE_CHECKING:
    from evaluators.domain.weights import Weights

Asked = Annotated[list[str] | None, typer.Argument(help="Rows of the allow-list.  [default: all]")]
Wanted = Annotated[list[str], typer.Argument(help="Rows of the allow-list.")]

group = typer.Typer(no_args_is_help=True, help="Weights of learned metrics, known by hash.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("list")(show)
    group.command("fetch")(fetch)
    group.command("verify")(verify)
    app.add_typer(group, name="weights")


def show(context: typer.Context) -> None:
    """Show the allow-list: what is there, its licence, and what it is used for."""
    from evaluators import weights

    said = console(context)
    where = _folder(said.home)
    rows = [_row(w, where) for w in weights.allowed()]
    text = [
        f"{r['id']:14} {r['state']:10} {r['licence']:10} {r['used_for']}{_refusal(r)}" for r in rows
    ]
    said.answer({"folder": str(where), "weights": rows}, "\n".join([str(where), *text]))


def fetch(context: typer.Context, names: Wanted) -> None:
    """Download the named weights from their pinned addresses; keeps only what has the known hash.

    Exit code 3 when a server does not answer, or gives another file than the known one.
    """
    from evaluators import weights, weights_fetch

    said = console(context)
    where = _folder(said.home)
    chosen = [weights.row(name) for name in names]
    with weights_fetch.client() as client:
        for one in chosen:
            weights_fetch.fetch(one, where, client, said.tell)
    rows = [_row(w, where) for w in chosen]
    said.answer(
        {"folder": str(where), "weights": rows},
        "\n".join(f"{r['id']}: {r['state']} ({r['licence']}, {r['source']})" for r in rows),
    )


def verify(context: typer.Context, names: Asked = None) -> None:
    """Hash every file again. Exit code 1 when one is wrong, or a named one is absent."""
    from evaluators import weights

    said = console(context)
    where = _folder(said.home)
    weights.forget()
    chosen = [weights.row(n) for n in names] if names else list(weights.allowed())
    rows = [_row(w, where) for w in chosen]
    good = {"present"} if names else {"present", "absent", "unpinned"}
    ok = all(r["state"] in good for r in rows)
    text = "\n".join(f"{r['id']:14} {r['state']}" for r in rows)
    said.answer({"ok": ok, "folder": str(where), "weights": rows}, text)
    if not ok:
        raise bad_news()


def _refusal(row: dict[str, Any]) -> str:
    """Say why a row is never used, whatever lies in the folder."""
    return "; no hash is pinned, so it is never used" if row["state"] == "unpinned" else ""


def _folder(home: Path | None) -> Path:
    from router import settings

    return settings.read(home).weights


def _row(one: "Weights", where: Path) -> dict[str, Any]:
    from evaluators import weights

    return {
        "id": one.id,
        "state": weights.presence(one, where).value,
        "tier": one.tier.value,
        "licence": one.licence,
        "used_for": one.used_for,
        "source": one.source,
        "dimension": one.dimension,
        "precision": one.precision,
        "preprocessing": one.preprocessing,
        "files": [{"file": f.file, "sha256": f.sha256, "url": f.url} for f in one.files],
    }
