"""What judges said about a campaign, as an answer for people and programs."""

from collections.abc import Sequence
from typing import Any

from benchmarks.judgement.judging import Laid, Result
from benchmarks.planning.plan import usd
from benchmarks.votes.opinion import REAL, SIMULATED, account_row, ranking_row
from benchmarks.votes.ranking import Ranking
from evaluators.domain.judging import Comparison
from evaluators.judges.tally import Account


def plan(laid: Laid) -> dict[str, Any]:
    """Say what would be asked, and what it can cost at most."""
    case = laid.docket.case
    planted = sum(p.control is not None for p in laid.pairs)
    limit = laid.wanted.budget_musd
    return {
        "judging": laid.id,
        "campaign": case.id,
        "criterion": laid.brief.criterion,
        "simulated": case.simulated,
        "judges": [s.name for s in laid.docket.seats],
        "pairs": len(laid.pairs) - planted,
        "controls": planted,
        "calls": laid.calls,
        "worst_case_usd": usd(laid.worst_case_musd),
        "budget_usd": None if limit is None else usd(limit),
        "skipped": [{"shot": s, "reason": r} for s, r in laid.docket.skipped.items()],
    }


def document(result: Result) -> dict[str, Any]:
    """Say what came of a judging."""
    said = plan(result.laid)
    simulated = result.laid.docket.case.simulated
    return said | {
        "state": result.state,
        "stopped": result.stopped,
        "said_by": SIMULATED if simulated else REAL,
        "spend_usd": usd(sum(c.cost_musd for c in result.comparisons)),
        "comparisons": len(result.comparisons),
        "counted": len(result.counted),
        "void": result.void,
        "accounts": [account_row(a, simulated=simulated) for a in result.accounts],
        "to_look_at": [_flagged(c) for c in result.comparisons if _is_to_look_at(c)],
        "ranking": None if result.ranking is None else ranking_row(result.ranking),
    }


def plan_text(laid: Laid) -> str:
    """Say it in a line or two."""
    body = plan(laid)
    money = "simulated, spends nothing" if body["simulated"] else "real money, through AWS"
    lines = [
        f"{body['pairs']} pairs and {body['controls']} controls, judged in both orders by "
        f"{' and '.join(body['judges'])}: {body['calls']} calls, "
        f"at most {body['worst_case_usd']:.6f} USD ({money})"
    ]
    lines += [f"  not shown: {s['shot']}: {s['reason']}" for s in body["skipped"]]
    return "\n".join(lines)


def text(result: Result) -> str:
    """Say it for a person."""
    body = document(result)
    lines = [f"{body['said_by']}.", f"Criterion: {body['criterion']}"]
    lines += [_line(a) for a in result.accounts]
    if result.void:
        lines.append(f"VOID: {result.void}. Nothing is ranked.")
    lines += _ranks(result.ranking)
    if body["to_look_at"]:
        many = f"{len(body['to_look_at'])} comparisons show writing in a picture"
        lines.append(f"{many}: kept, not ranked; look at them.")
    if result.stopped:
        lines.append(f"stopped: {result.stopped}; the same command goes on where it stood")
    lines.append(f"{body['spend_usd']:.6f} USD")
    return "\n".join(lines)


def _is_to_look_at(comparison: Comparison) -> bool:
    return bool(comparison.flagged) and comparison.pair.control is None


def _flagged(comparison: Comparison) -> dict[str, Any]:
    pair = comparison.pair
    takes = {"left": pair.left.take, "right": pair.right.take}
    return {
        "shot": pair.shot,
        "judge": comparison.name,
        "takes": [takes[side] for side in comparison.flagged],
        "flag": "text_in_picture",
    }


def _line(one: Account) -> str:
    same, first = one.concordant, one.first
    agree = "-" if same.share is None else f"{same.share:.0%} of {same.n}"
    place = "-" if first.share is None else f"{first.share:.0%} of {first.n}"
    held = ", ".join(f"{c.kind} {c.passed}/{c.passed + c.failed}" for c in one.controls)
    lost = ", ".join(f"{n} {code}" for code, n in one.missing) or "none"
    return (
        f"{one.name}: said the same in both orders {agree}; the first one won {place}; "
        f"controls {held}; answers missing: {lost}"
    )


def _ranks(ranking: Ranking | None) -> Sequence[str]:
    if ranking is None:
        return ()
    rows = []
    for model in ranking.models:
        elo = "-" if model.elo is None else f"{model.elo:.0f}"
        won = "-" if model.win_rate is None else f"{model.win_rate:.0%}"
        rows.append(f"  {model.name:24} elo {elo:>5}  won {won:>4} of {model.votes}")
    return [*rows, *(f"  note: {w}" for w in ranking.warnings)]
