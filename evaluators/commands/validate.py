"""`circletake validate`: how far each metric can be trusted, tried on material of others."""

from pathlib import Path
from typing import Annotated

import typer

from router.console import bad_news, console

Data = Annotated[
    Path | None, typer.Option(help="Folder of the material.  [default: $CIRCLETAKE_DATA]")
]
Out = Annotated[Path | None, typer.Option(help="Folder for validation.json.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("validate")(validate)


def validate(context: typer.Context, data: Data = None, out: Out = None) -> None:
    """Try the metrics on real footage, photographs and published values; print what came out.

    Takes a few minutes. The file is a page of the report: `report build --validation FILE`. Exit
    code 1 when something does not hold.
    """
    said = console(context)
    import json

    from evaluators import weights
    from evaluators.validation import study
    from router import settings
    from router.clock import SystemClock

    here = settings.read(said.home)
    folder = study.whole(data or here.material)
    weights.use(here.weights)
    found = study.run(
        folder, now=SystemClock().now(), cache=here.home / "scores" / "validation", tell=said.tell
    )
    if out:
        out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1, allow_nan=False, ensure_ascii=False)
        (out / "validation.json").write_text(text + "\n", encoding="utf-8")
    said.answer(found, study.table(found))
    if any(row["holds"] is False for row in found["rows"]):
        raise bad_news()
