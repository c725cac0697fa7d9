"""A calibration as a JSON document, and its composites read back: those that passed, no others."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.agreement.accuracy import Rate
from benchmarks.agreement.calibration import Calibrated, Calibration, Estimate
from benchmarks.agreement.calibration_composite import Composite, Weights
from benchmarks.agreement.calibration_maps import Map
from router.domain.errors import BadInput

SCHEMA = "calibration/1"
Json = dict[str, Any]


def as_document(found: Calibration, fitted_on: Mapping[str, str]) -> Json:
    """Give the document; `fitted_on`: name → sha-256 of the files that it was made from."""
    return {
        "schema": SCHEMA,
        "map": found.way.value,
        "passed": found.passed,
        "fitted_on": dict(fitted_on),
        "metrics": [_metric_row(m) for m in found.metrics],
        "composites": [_composite_row(c) for c in found.composites],
        "estimates": estimate_rows(found.estimates),
        "warnings": list(found.warnings),
    }


def estimate_rows(estimates: "tuple[Estimate, ...]") -> list[Json]:
    """Give prediction-powered estimates as rows."""
    return [
        {
            "model": e.model,
            "metric": e.metric,
            "dimension": e.dimension,
            "mean_rating": e.found.estimate,
            "ci": [e.found.low, e.found.high],
            "rated_only": e.found.alone.mean,
            "rated_only_ci": _ends(e.found.alone.low, e.found.alone.high),
            "width_ratio": e.found.narrower,
            "n_rated_shots": e.found.n_rated,
            "n_unrated_shots": e.found.n_unrated,
        }
        for e in estimates
    ]


def read_composites(path: Path) -> tuple[dict[str, Weights], dict[str, str]]:
    """Read the composites that passed, by dimension, and what they were fitted on.

    Raises:
        BadInput: not a calibration, or none of its composites passed.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(field="file", found=str(path), expected="a calibration") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(field=path.name, found=str(error), expected="JSON") from None
    schema = told.get("schema") if isinstance(told, dict) else None
    if schema != SCHEMA:
        raise BadInput(field=f"{path.name}: schema", found=schema, expected=SCHEMA)
    passed = [c for c in told.get("composites", ()) if c.get("passed")]
    if not passed:
        expected = "a calibration with a composite that passed its gate; none may be shown without"
        raise BadInput(field=f"{path.name}: passed", found="none", expected=expected)
    try:
        return {c["dimension"]: _weights(c["weights"]) for c in passed}, dict(told["fitted_on"])
    except (KeyError, TypeError, ValueError) as error:
        expected = "as `circletake calibrate` wrote it"
        raise BadInput(
            field=f"{path.name}: weights", found=repr(error), expected=expected
        ) from None


def _weights(told: Json) -> Weights:
    names = tuple(told["metrics"])
    rows = [tuple(float(v) for v in told[k]) for k in ("weights", "means", "spreads")]
    if any(len(row) != len(names) for row in rows) or min(rows[2]) <= 0:
        raise ValueError("weights, means and spreads do not belong together")
    return Weights(
        metrics=names,
        weights=rows[0],
        means=rows[1],
        spreads=rows[2],
        paste_limit=float(told["paste_limit"]),
    )


def _metric_row(one: Calibrated) -> Json:
    told: Json = {"metric": one.metric, "dimension": one.dimension, "direction": one.direction}
    preference, rating = one.preference, one.rating
    told["preference"] = preference and {
        "map": _map(preference.map),
        "brier": preference.brier.value,
        "brier_ci": _rate_ends(preference.brier),
        "brier_of_a_coin": 0.25,
        "ece": preference.ece,
        "n_pairs": preference.n_pairs,
        "n_shots": preference.brier.shots,
    }
    told["rating"] = rating and {
        "map": _map(rating.map),
        "scale": list(rating.scale),
        "mean_absolute_error": rating.error.value,
        "mean_absolute_error_ci": _rate_ends(rating.error),
        "mean_absolute_error_of_the_mean": rating.error_of_the_mean,
        "half_width_90": rating.half_width,
        "coverage_90": rating.coverage.value,
        "coverage_90_ci": _rate_ends(rating.coverage),
        "n_items": rating.error.n,
        "n_shots": rating.error.shots,
    }
    return told | {"reason": one.reason or None}


def _composite_row(one: Composite) -> Json:
    rate, gain = one.accuracy, one.gain
    return {
        "dimension": one.dimension,
        "passed": one.passed,
        "reasons": list(one.reasons),
        "weights": asdict(one.weights) if one.weights and one.passed else None,
        "weights_over_folds": one.range_over_folds if one.passed else None,
        "held_out_accuracy": rate.value if rate else None,
        "ci": _rate_ends(rate) if rate else None,
        "n_pairs": rate.n if rate else 0,
        "n_shots": rate.shots if rate else 0,
        "best_single": one.best_single,
        "gain_over_best_single": gain.value if gain else None,
        "gain_ci": _rate_ends(gain) if gain else None,
        "surely_better_than_best_single": one.surely_better,
        "disqualified_copies": one.disqualified,
    }


def _map(one: Map) -> Json:
    """Give a map over x, the metric turned so that more is better."""
    told = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(one).items()}
    logistic = one.way.value == "logistic"
    wanted = ("way", "intercept", "slope") if logistic else ("way", "knots", "values")
    return {k: told[k] for k in wanted}


def _rate_ends(rate: Rate) -> list[float] | None:
    return _ends(rate.low, rate.high)


def _ends(low: float | None, high: float | None) -> list[float] | None:
    return None if low is None or high is None else [low, high]
