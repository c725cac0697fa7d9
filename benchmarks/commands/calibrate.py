"""`circletake calibrate`: what a metric's number means to people, and one number only if earned."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.agree import RatingsFile, ScoresFile, directions
from router.console import console

if TYPE_CHECKING:
    from benchmarks.agreement.calibration import Calibrated, Calibration, Estimate
    from benchmarks.agreement.calibration_composite import Composite

MOST_ESTIMATES = 12  # printed; the document has all


class Curve(StrEnum):
    """How numbers are mapped."""

    ISOTONIC = "isotonic"
    LOGISTIC = "logistic"


OutFile = Annotated[Path | None, typer.Option(help="Keep the calibration in this JSON file.")]
CurveOption = Annotated[Curve, typer.Option("--map", help="isotonic: any curve that never falls.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-command of this file."""
    app.command("calibrate")(calibrate)


def calibrate(
    context: typer.Context,
    scores: ScoresFile,
    ratings: RatingsFile,
    out: OutFile = None,
    curve: CurveOption = Curve.ISOTONIC,
) -> None:
    """Map metrics to what people say, tried on shots that were held out.

    A composite of several metrics is given only where it passes the gate: 30 shots, held-out
    within-shot accuracy of at least .65 and surely above .5, copies of the reference out. A
    refusal is an answer.
    """
    said = console(context)
    import json
    from hashlib import sha256

    from benchmarks.agreement import calibration_file, tables
    from benchmarks.agreement.calibration import calibrate as made_of
    from benchmarks.agreement.calibration_maps import Way
    from router.files.durable_file import write_durably

    read = tables.read_scores(scores, directions()), tables.read_ratings(ratings)
    found = made_of(*read, Way(curve.value))
    files = {"scores": scores, "ratings": ratings}
    hashes = {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    document = calibration_file.as_document(found, hashes)
    if out is not None:
        text = json.dumps(document, indent=1, ensure_ascii=False)
        write_durably(out, f"{text}\n".encode())
    said.answer(document, "\n".join(_lines(found)))


def _lines(found: "Calibration") -> list[str]:
    lines = [line for one in found.metrics for line in _metric(one)]
    lines += [line for one in found.composites for line in _composite(one)]
    lines += [_estimate(one) for one in found.estimates[:MOST_ESTIMATES]]
    if len(found.estimates) > MOST_ESTIMATES:
        lines.append(f"… and {len(found.estimates) - MOST_ESTIMATES} more estimates with --json")
    return lines + [f"Warning: {warning}" for warning in found.warnings]


def _metric(one: "Calibrated") -> list[str]:
    lines = [f"{one.metric} → {one.dimension}"]
    if one.preference is not None and one.preference.brier.value is not None:
        p = one.preference
        lines.append(
            f"  who is preferred: Brier {p.brier.value:.3f}{_ends(p.brier.low, p.brier.high)} "
            f"(a coin: 0.250), calibration error {p.ece:.3f}; "
            f"{p.n_pairs} pairs on {p.brier.shots} held-out shots"
        )
    if one.rating is not None and one.rating.error.value is not None:
        r = one.rating
        lines.append(
            f"  mean rating: off by {r.error.value:.3g}{_ends(r.error.low, r.error.high)} on "
            f"held-out shots; who always says the mean is off by {r.error_of_the_mean:.3g}"
        )
        lines.append(f"  {_reach(r.half_width, r.coverage.value)}")
    return [*lines, f"  {one.reason}"] if one.reason else lines


def _reach(half_width: float | None, coverage: float | None) -> str:
    if half_width is None:
        return "90 % interval: too few shots"
    tried = "not tried: too few shots" if coverage is None else f"held in {coverage:.1%} of them"
    return f"90 % interval for a take of a new shot: ±{half_width:.3g}; {tried}"


def _composite(one: "Composite") -> list[str]:
    if not one.passed or one.weights is None or one.accuracy is None:
        return [f"Composite for {one.dimension}: refused. " + "; ".join(one.reasons)]
    rate = one.accuracy
    parts = ", ".join(
        f"{m} {w:.2f}" for m, w in zip(one.weights.metrics, one.weights.weights, strict=True)
    )
    better = f"surely better than {one.best_single}, the best metric alone"
    return [
        f"Composite for {one.dimension}: held-out accuracy {rate.value:.3f}"
        f"{_ends(rate.low, rate.high)}; {rate.n} pairs, {rate.shots} shots",
        f"  weights: {parts}; {one.disqualified} copies of a reference disqualified",
        f"  {better if one.surely_better else '; '.join(one.reasons)}",
    ]


def _estimate(one: "Estimate") -> str:
    f = one.found
    alone = "no interval" if f.alone.mean is None else f"{f.alone.mean:.3g}"
    return (
        f"{one.model}: {one.dimension} {f.estimate:.3g} [{f.low:.3g}, {f.high:.3g}] with "
        f"{one.metric} on {f.n_unrated} unrated shots; {alone}{_ends(f.alone.low, f.alone.high)} "
        f"from the {f.n_rated} rated ones alone"
    )


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.3g}, {high:.3g}]"
