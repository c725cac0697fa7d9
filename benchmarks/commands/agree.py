"""`circletake agree`: how far metrics say what people say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from benchmarks.agreement.agree import Agreement, MetricAgreement, MetricDifference
    from evaluators.domain.score import Direction

ScoresFile = Annotated[
    Path, typer.Option(help="CSV: item, shot, model, metric, value; direction if you like.")
]
RatingsFile = Annotated[Path, typer.Option(help="CSV: item, rater, dimension, value.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-command of this file."""
    app.command("agree")(agree)


def agree(context: typer.Context, scores: ScoresFile, ratings: RatingsFile) -> None:
    """Compare metrics with people's ratings, within shots; higher ratings are better.

    A metric is validated with 30 shots or more where it agrees on at least 65 % of the pairs that
    people tell apart, and surely on more than half.
    """
    said = console(context)
    from benchmarks.agreement import agree as agreement
    from benchmarks.agreement import tables

    found = agreement.agree(tables.read_scores(scores, _directions()), tables.read_ratings(ratings))
    said.answer(as_document(found), "\n".join(_lines(found)))


def _directions() -> "dict[str, Direction]":
    from evaluators.measuring import all_metrics, metric

    return {o.name: o.direction for name in all_metrics() for o in metric(name).outputs}


def as_document(found: "Agreement") -> dict[str, Any]:
    """Give the answer of `agree --json`."""
    return {
        "metrics": [_metric_row(m) for m in found.metrics],
        "human": {
            name: {
                "alpha": h.alpha.value,
                "alpha_ci": _ends(h.alpha.low, h.alpha.high),
                "ceiling_accuracy": h.ceiling_accuracy,
            }
            for name, h in found.human.items()
        },
        "differences": [_difference_row(d) for d in found.differences],
        "warnings": list(found.warnings),
    }


def _metric_row(one: "MetricAgreement") -> dict[str, Any]:
    return {
        "metric": one.metric,
        "dimension": one.dimension,
        "within_shot_accuracy": one.accuracy.value,
        "ci": _ends(one.accuracy.low, one.accuracy.high),
        "n_pairs": one.accuracy.n,
        "n_shots": one.accuracy.shots,
        "spearman": one.spearman,
        "spearman_ci": None if one.spearman_ci is None else list(one.spearman_ci),
        "kendall_tau_b": one.kendall_tau_b,
        "system_spearman": one.system_spearman,
        "n_systems": one.n_systems,
        "status": one.status,
    }


def _difference_row(one: "MetricDifference") -> dict[str, Any]:
    gap = one.difference
    return {
        "a": one.a,
        "b": one.b,
        "dimension": one.dimension,
        "difference": gap.value,
        "ci": _ends(gap.low, gap.high),
        "n_pairs": gap.n,
    }


def _ends(low: float | None, high: float | None) -> list[float] | None:
    return None if low is None or high is None else [low, high]


def _lines(found: "Agreement") -> list[str]:
    lines = []
    for dimension, human in found.human.items():
        alpha = human.alpha
        lines += [
            f"{dimension}: raters among themselves: alpha {_shown(alpha.value)}"
            f"{_interval(alpha.low, alpha.high)}, accuracy {_shown(human.ceiling_accuracy)}",
            f"  {'metric':28} {'accuracy':>8} {'95 %':>14} {'pairs':>6} {'spearman':>8}  status",
        ]
        lines += [_line(m) for m in found.metrics if m.dimension == dimension]
    return lines + [f"Warning: {warning}" for warning in found.warnings]


def _line(one: "MetricAgreement") -> str:
    rate = one.accuracy
    interval = _interval(rate.low, rate.high).strip() or "-"
    return (
        f"  {one.metric:28} {_shown(rate.value):>8} {interval:>14} {rate.n:>6} "
        f"{_shown(one.spearman):>8}  {one.status}"
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"
