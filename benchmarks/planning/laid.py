"""A plan in words for whoever pays and whoever wrote the shots; its JSON says everything."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.planning import costs
from router.domain.errors import BadInput

Row = Mapping[str, Any]
MOST_SHOTS = 4  # named one by one
MORE = "every cost, every model's rights, every shot that is not asked: --verbose, or --json"


def told(body: Row, *, verbose: bool = False) -> str:
    """Say what a campaign would ask for (`campaign plan --json`): in short, or all of it."""
    lines = [_headline(body), *_beside(body), *_warned(body)]
    lines += [_of_recipe(row) for row in body["by_recipe"]]
    if verbose:
        lines += costs.told(body["costs"]) if body.get("costs") else []
        lines += [f"  {r['recipe']:24} {r['needs']}" for r in body["by_recipe"] if r.get("needs")]
        lines += [f"  {r['recipe']:24} {r['rights']}" for r in body["by_recipe"] if r.get("rights")]
    lines += [f"  not asked: {text}" for text in _refused(body["refused"], verbose=verbose)]
    lines += [f"  note: {text}" for text in [*filter(None, [body["pace"]]), *body["warnings"]]]
    return "\n".join([*lines, *([] if verbose else [f"  {MORE}"])])


def reasons(rows: Sequence[Row]) -> str:
    """Say in a sentence why nothing is asked; free arms are nobody's question."""
    paid = [r for r in rows if not r.get("free")] or rows
    return "; ".join(_refused(paid[:MOST_SHOTS], verbose=False))


def refuse_empty(body: Row) -> None:
    """Let nobody wait for a campaign that asks nothing.

    Raises:
        BadInput: no trial can be asked; says why.
    """
    if not body["trials"]:
        why = reasons(body["refused"]) or "no recipe that serves these shots"
        expected = "at least one trial; `circletake campaign plan` says all of it"
        raise BadInput(field="--recipes", found=f"nothing to ask: {why}", expected=expected)


def _headline(body: Row) -> str:
    money = "simulated, spends nothing" if body["simulated"] else "real money, through AWS"
    return (
        f"campaign {body['campaign']}: {body['trials']} trials, at most "
        f"{body['worst_case_usd']:.2f} USD for the models, which the budget of "
        f"{body['budget_usd']:.2f} USD caps ({money}), done by {body['forecast_finish']}"
    )


def _beside(body: Row) -> Iterator[str]:
    """Name what the budget does not cap."""
    if not body.get("costs"):
        return
    rows = {row["part"]: row for row in body["costs"]["lines"]}
    judge = rows["judge"]
    own = sum(
        row["worst_usd"]
        for part, row in rows.items()
        if part not in {"provider", "judge"} and row["worst_usd"] is not None
    )
    yield (
        f"  beside it, outside this budget: judges, if you ask them, {_usd(judge['typical_usd'])} "
        f"(at worst {_usd(judge['worst_usd'])}); measuring and keeping {_usd(own)} at worst"
    )


def _usd(amount: float) -> str:
    return "under 0.01" if 0 < amount < 0.01 else f"{amount:.2f}"


def _warned(body: Row) -> Iterator[str]:
    if body["worst_case_usd"] > body["budget_usd"]:
        yield f"  the budget of {body['budget_usd']:.2f} USD may end before all are asked"


def _of_recipe(row: Row) -> str:
    return f"  {row['recipe']:24} {row['trials']:4} trials  {row['worst_case_usd']:9.2f} USD"


def _refused(rows: Sequence[Row], *, verbose: bool) -> Iterator[str]:
    """Give what is not asked; in short, free arms in one line and equal reasons together."""
    if verbose:
        yield from (f"{r['recipe']} × {r['shot']}: {r['reason']}" for r in rows)
        return
    free = [r for r in rows if r.get("free")]
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if not row.get("free"):
            groups.setdefault((row["recipe"], _why(row)), []).append(row["shot"])
    for (recipe, why), shots in groups.items():
        yield f"{recipe} × {_named(shots)}: {why}" if shots != ["*"] else f"{recipe}: {why}"
    if free:
        names = ", ".join(dict.fromkeys(r["recipe"] for r in free))
        shots = list(dict.fromkeys(r["shot"] for r in free))
        yield f"free controls that have nothing to work on there: {names} × {_named(shots)}"


def _why(row: Row) -> str:
    """Leave out the field that repeats the shot's name."""
    _, cut, rest = str(row["reason"]).partition(f"{row['shot']}.")
    return rest if cut else str(row["reason"])


def _named(shots: Iterable[str]) -> str:
    every = list(shots)
    more = len(every) - MOST_SHOTS
    return ", ".join(every[:MOST_SHOTS]) + (f" and {more} more" if more > 0 else "")
