"""`circletake votes`: what blind votes say, from any study, ours or not."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar, anywhere
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
    group.command("cast")(cast)
    group.command("import")(import_)
    app.add_typer(group, name="votes")


@anywhere
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
    said.answer(document, "\n".join([*ranking_lines(found), *_tipping(tipping)]))


@afar("benchmarks.remote.votes:cast_")
def cast(
    context: typer.Context,
    study: Annotated[str, typer.Argument(help="Study id.")],
    *,
    rater: Annotated[str, typer.Option(help="Who votes.")],
    slot: Annotated[
        int | None, typer.Option(help="Question that is answered.  [default: show the next one]")
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="left, right, tie or both_fail.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Looked at for so long.")] = None,
    plays: Annotated[int | None, typer.Option(min=0, help="Plays of a clip.")] = None,
) -> None:
    """Answer a blind question; without an outcome, show the next one."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.domain.vote import Outcome
    from benchmarks.voting.booth import booth_of
    from router.domain.errors import BadInput

    with studio(said.home) as here:
        booth = booth_of(here)
        if slot is None or outcome is None:
            if slot is not None or outcome is not None:
                raise BadInput(field="vote", found="one of two", expected="--slot and --outcome")
            asked = booth.question(study, rater)
            said.answer(asked, question(asked))
            return
        if outcome not in frozenset(Outcome):
            expected = f"one of: {', '.join(Outcome)}"
            raise BadInput(field="outcome", found=outcome, expected=expected)
        kept = booth.cast(study, rater, slot, Outcome(outcome), seconds=seconds, plays=plays)
    said.answer(kept, "kept" if kept["new"] else "the same vote was there already")


def import_(
    context: typer.Context,
    study: Annotated[str, typer.Argument(help="Study id.")],
    file: Annotated[
        Path, typer.Argument(help="CSV: rater, slot, outcome[, left, right, seconds, plays].")
    ],
) -> None:
    """Keep votes that were cast elsewhere; importing the same file again changes nothing."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.voting import sheets
    from benchmarks.voting.booth import booth_of

    with studio(said.home) as here:
        booth = booth_of(here)
        casts = sheets.read(file, booth.given(study), here.clock.now())
        new = booth.keep(casts)
    body = {"study": study, "rows": len(casts), "new": new, "known": len(casts) - new}
    said.answer(body, f"{new} new votes, {len(casts) - new} were there already")


def question(asked: dict[str, Any]) -> str:
    """Say what is asked next."""
    if asked["slot"] is None:
        return "nothing more to answer"
    sides = f"left {asked['left']['code']}, right {asked['right']['code']}"
    return f"slot {asked['slot']}: {asked['question']} {asked['brief']}\n{sides}"


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


def ranking_lines(ranking: "Ranking") -> list[str]:
    """Give a ranking for people."""
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
