"""`circletake season`: what a whole season costs, how it would go, and where it breaks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import anywhere
from router.console import bad_news, console

if TYPE_CHECKING:
    from benchmarks.domain.campaign import Recipe
    from benchmarks.domain.season import Endured
    from router.domain.model import Model

Shots = Annotated[int, typer.Option(min=1, max=1000, help="Shots of the season.")]
Takes = Annotated[int, typer.Option(min=1, max=16, help="Takes of each shot by each recipe.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="A season on paper and in rehearsal.")
    for command in (cost, rehearse, grow):
        group.command(command.__name__)(command)
    app.add_typer(group, name="season")


@anywhere
def cost(
    context: typer.Context,
    shots: Shots = 400,
    takes: Takes = 4,
    recipes: Annotated[
        list[str] | None, typer.Option(help="Recipes.  [default: all that are paid for]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write to this .csv or .md.  [default: print]")
    ] = None,
) -> None:
    """Say what a season costs by each recipe, in all and for each take that is approved."""
    from benchmarks.planning.unit_costs import load
    from benchmarks.seasons import seasonal

    _checked(out, (".csv", ".md"))
    catalogue, known = _known()
    chosen = _chosen(known, recipes)
    unit = load()
    rows = seasonal.sheet(chosen, catalogue, unit, shots=shots, takes=takes)
    written = seasonal.as_columns if out is None else seasonal.as_text
    notes = [f"not counted: {said}" for said in unit.not_counted]
    page = "\n".join([written(rows, shots, takes, unit), "", *(f"- {note}" for note in notes), ""])
    body = {
        "shots": shots,
        "takes": takes,
        "recipes": seasonal.as_rows(rows),
        "approved_share": {
            "best": unit.circled.low,
            "likely": unit.circled.typical,
            "worst": unit.circled.worst,
        },
        "not_counted": list(unit.not_counted),
        "sources": dict(unit.sources),
        "as_of": unit.as_of,
    }
    is_csv = out is not None and out.suffix == ".csv"
    _give(context, out, body, seasonal.as_csv(rows) if is_csv else page)


@anywhere
def rehearse(
    context: typer.Context,
    shots: Shots = 400,
    takes: Takes = 4,
    seed: Annotated[int, typer.Option(help="Another one is another luck.")] = 1,
) -> None:
    """Play a season on a simulated clock: faults in 5 % of calls, a worker killed each minute.

    Queues, quotas, router and ledger are real; provider and time are not. Spends nothing, keeps
    nothing, and takes minutes for 12,800 takes.
    """
    import tempfile
    from dataclasses import replace

    from benchmarks.seasons import logbook, weather

    said = console(context)
    with tempfile.TemporaryDirectory(prefix="circletake-season-") as folder:
        found = weather.endure(Path(folder), replace(weather.documented(shots, takes), seed=seed))
    body = logbook.as_json(found, shots)
    said.answer(body, logbook.as_text(body))
    if _is_bad(found):
        raise bad_news()


@anywhere
def grow(
    context: typer.Context,
    shots: Shots = 400,
    takes: Takes = 4,
    out: Annotated[Path | None, typer.Option(help="Write to this .md.  [default: print]")] = None,
) -> None:
    """Multiply a season by 10 and by 100, on paper: what breaks first, and what then."""
    from benchmarks.planning.unit_costs import load
    from benchmarks.seasons import growth, weather

    _checked(out, (".md",))
    catalogue, known = _known()
    unit = load()
    chosen = [known[name] for name in weather.RECIPES]
    sizes = growth.grown(chosen, catalogue, unit, shots=shots, takes=takes)
    page = growth.page(sizes, unit, shots=shots, takes=takes)
    _give(context, out, growth.as_json(sizes), page)


def _known() -> "tuple[dict[str, Model], dict[str, Recipe]]":
    from benchmarks.planning import recipes
    from router import catalog, tasks

    catalogue = catalog.load()
    return dict(catalogue), dict(recipes.load(catalogue, tasks.load()))


def _chosen(known: "dict[str, Recipe]", names: list[str] | None) -> "list[Recipe]":
    from benchmarks.planning.recipes import choose

    paid = [name for name, recipe in known.items() if not recipe.control]
    return [r for r in choose(known, names or paid) if not r.control]


def _checked(out: Path | None, kinds: tuple[str, ...]) -> None:
    from router.domain.errors import BadInput

    if out is not None and out.suffix not in kinds:
        expected = f"a name that ends in {' or '.join(kinds)}"
        raise BadInput(field="--out", found=out.name, expected=expected)


def _give(context: typer.Context, out: Path | None, body: dict[str, Any], text: str) -> None:
    said = console(context)
    if out is None:
        said.answer(body, text)
        return
    out.write_bytes(text.encode())
    said.answer({**body, "written": str(out)}, f"written: {out}")


def _is_bad(found: "Endured") -> bool:
    return bool(found.lost or found.double or found.unowed)
