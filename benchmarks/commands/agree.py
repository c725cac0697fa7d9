"""`circletake agree`: how far metrics say what people say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import anywhere
from router.console import console

if TYPE_CHECKING:
    from benchmarks.agreement.agree import Agreement, MetricAgreement, MetricDifference
    from benchmarks.agreement.tables import Scores
    from evaluators.domain.score import Direction

ScoresFile = Annotated[
    Path, typer.Option(help="CSV: item, shot, model, metric, value; direction if you like.")
]
RatingsFile = Annotated[Path, typer.Option(help="CSV: item, rater, dimension, value.")]
CalibrationFile = Annotated[
    Path | None,
    typer.Option(help="From `circletake calibrate`: also try its composite, if it passed."),
]


def register(app: typer.Typer) -> None:
    """Mount the sub-command of this file."""
    app.command("agree")(agree)


@anywhere
def agree(
    context: typer.Context,
    scores: ScoresFile,
    ratings: RatingsFile,
    calibration: CalibrationFile = None,
) -> None:
    """Compare metrics with people's ratings, within shots; higher ratings are better.

    A metric is validated with 30 shots or more where it agrees on at least 65 % of the pairs that
    people tell apart, and surely on more than half.
    """
    said = console(context)
    from benchmarks.agreement import agree as agreement
    from benchmarks.agreement import calibration_file, tables
    from benchmarks.agreement.calibration import estimates

    read, rated = tables.read_scores(scores, directions()), tables.read_ratings(ratings)
    warnings: list[str] = []
    if calibration is not None:
        read = _with_composites(read, calibration, ratings, warnings)
    found = agreement.agree(read, rated)
    document = as_document(found)
    document["warnings"] += warnings
    document["estimates"] = calibration_file.estimate_rows(tuple(estimates(read, rated)))
    said.answer(document, "\n".join([*_lines(found), *(f"Warning: {w}" for w in warnings)]))


def _with_composites(
    scores: "Scores", calibration: Path, ratings: Path, warnings: list[str]
) -> "Scores":
    """Add the composites of a calibration as further metrics, and say what is odd about it."""
    from dataclasses import replace
    from hashlib import sha256

    from benchmarks.agreement import calibration_file
    from evaluators.domain.score import Direction

    composites, fitted_on = calibration_file.read_composites(calibration)
    if fitted_on.get("ratings") == sha256(ratings.read_bytes()).hexdigest():
        warnings.append(
            "the composite was fitted on these very ratings: what it reads here flatters it; its "
            "held-out figures stand in the calibration"
        )
    values, ways = dict(scores.values), dict(scores.directions)
    for dimension, weights in composites.items():
        found = weights.values(scores)
        if not found:
            warnings.append(f"composite.{dimension}: no take has all its metrics; left out")
            continue
        values[f"composite.{dimension}"] = found
        ways[f"composite.{dimension}"] = Direction.HIGHER
    return replace(scores, values=values, directions=ways)


def directions() -> "dict[str, Direction]":
    """Say which way each metric of the house is better."""
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
