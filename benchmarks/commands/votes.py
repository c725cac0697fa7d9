"""`circletake votes`: what blind votes say, from any study, ours or not."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from benchmarks.votes.ranking import PositionBias, Ranking, Standing
    from benchmarks.votes.robust import Tipping

File = Annotated[Path, typer.Argument(help="CSV: rater, shot, left, right, outcome.")]
Models = Annotated[
    list[str] | None,
    typer.Option(help="Only these may be compared; a row with another name is refused."),
]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Blind votes: who is better, and how sure.")
    group.command("rank")(rank)
    app.add_typer(group, name="votes")


def rank(context: typer.Context, file: File, models: Models = None) -> None:
    """Rank by Bradley-Terry strength, with intervals, rank ranges and groups of equals.

    Outcomes are left, right, tie and both_fail. A tie is half a win each; both_fail says nothing
    about which is better and is reported as a rate.
    """
    said = console(context)
    from benchmarks.votes import ballots, ranking, robust

    read = ballots.read(file, models or ())
    found = ranking.rank(read)
    tipping = robust.tipping(read)
    document = as_document(found) | {"tipping": asdict(tipping) if tipping else None}
    said.answer(document, "\n".join([*_lines(found), *_tipping(tipping)]))


def as_document(ranking: "Ranking") -> dict[str, Any]:
    """Give the answer of `votes rank --json`."""
    document = asdict(ranking)
    document["models"] = [_rounded(asdict(model)) for model in ranking.models]
    document["groups"] = [list(group) for group in ranking.groups]
    document["position_bias"] = _rounded(asdict(ranking.position_bias))
    document["wins"] = [list(row) for row in ranking.wins]
    document["warnings"] = list(ranking.warnings)
    return document


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()}


def _lines(ranking: "Ranking") -> list[str]:
    people = f"{ranking.n_raters} raters, {ranking.n_shots} shots"
    lines = [f"{ranking.n_votes} votes by {people}", "", _HEAD]
    lines += [_line(model) for model in ranking.models]
    if ranking.groups:
        lines += ["", "Not surely different from each other:"]
        lines += [f"  {' = '.join(group)}" for group in ranking.groups]
    lines += ["", _position(ranking.position_bias)]
    return lines + [f"Warning: {warning}" for warning in ranking.warnings]


def _tipping(found: "Tipping | None") -> list[str]:
    if found is None:
        return []
    few = f"{found.votes} votes ({found.share:.1%})"
    return [f"Without {few}, {found.instead} would lead instead of {found.leader}."]


_HEAD = f"{'rank':>7}  {'name':24} {'elo':>6}  {'95 % interval':>15}  {'won':>5}  both fail  votes"


def _line(model: "Standing") -> str:
    ranks = "-" if model.rank_low is None else f"{model.rank_low}-{model.rank_high}"
    elo = "-" if model.elo is None else f"{model.elo:.0f}"
    sure = "-"
    if model.ci_low is not None and model.ci_high is not None:
        sure = f"{model.ci_low:.0f} to {model.ci_high:.0f}"
    won = "-" if model.win_rate is None else f"{model.win_rate:.0%}"
    failed = f"{model.both_fail_rate:.0%}"
    return (
        f"{ranks:>7}  {model.name:24} {elo:>6}  {sure:>15}  {won:>5}  {failed:>9}  {model.votes:>5}"
    )


def _position(bias: "PositionBias") -> str:
    if bias.left_win_rate is None:
        return "No vote has a winner: nothing can be said about sides."
    line = f"The left side won {bias.left_win_rate:.0%} of {bias.n} votes with a winner"
    if bias.ci_low is None or bias.ci_high is None:
        return f"{line}."
    balanced = bias.ci_low <= 0.5 <= bias.ci_high
    verdict = "no sign of a side being preferred" if balanced else "one side was preferred"
    return f"{line} ({bias.ci_low:.0%} to {bias.ci_high:.0%}): {verdict}."
