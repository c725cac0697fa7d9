"""Every kind of acceptance line, with every number that there is: who answers, and who may fail."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.domain.score import Direction, Score, Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.measuring import all_metrics, metric
from evaluators.thresholds import ARITHMETIC, KINDS, LIMITS
from evaluators.verdicts import decide

SCHEMA = Path(__file__).parents[2] / "benchmarks/packs/shotpack.schema.yaml"
OUTPUTS = {o.name: (o, metric(n)) for n in all_metrics() for o in metric(n).outputs}
REGIONS = st.sampled_from(["mask", "box", "torso", "centre", None])


def line(kind, metric=None, threshold=None):
    return AcceptanceLine(
        number=1, criterion="as it says", kind=kind, must=True, metric=metric, threshold=threshold
    )


def number(name, value, **evidence):
    output, _ = OUTPUTS[name]
    return Score(
        metric=name, unit=output.unit, direction=output.direction, status=Status.MEASURED,
        value=value, coverage=1.0, n_used=8, n_expected=8, evidence=evidence,
    )  # fmt: skip


def silence(name, status, reason):
    output, _ = OUTPUTS[name]
    return Score(
        metric=name, unit=output.unit, direction=output.direction, status=status, reason=reason
    )


def test_every_kind_of_the_schema_has_a_metric_with_a_default_or_says_why_not():
    kinds = yaml.safe_load(SCHEMA.read_text())["$defs"]["acceptance"]["properties"]["kind"]["enum"]
    assert set(kinds) == set(KINDS)
    for kind, answer in KINDS.items():
        assert bool(answer.metrics) != bool(answer.silent), kind
        assert set(answer.metrics) <= set(LIMITS), kind


@pytest.mark.parametrize("kind", [k for k, a in KINDS.items() if not a.metrics])
def test_a_kind_without_a_metric_is_silent_and_says_what_to_do(kind):
    got = decide(line(kind), "t", [number(name, 0.5) for name in OUTPUTS])
    assert got.ruling is Ruling.NOT_MEASURED
    assert KINDS[kind].silent in got.reason
    assert "a person must look" in got.reason


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(sorted(OUTPUTS)),
    kind=st.sampled_from(sorted(KINDS)),
    value=st.floats(-1e6, 1e6),
    threshold=st.none() | st.floats(-1e3, 1e3),
    region=REGIONS,
)
def test_no_line_ever_fails_by_a_metric_that_only_diagnoses(name, kind, value, threshold, region):
    evidence = {"region": region} if region else {}
    every = [number(n, value, **evidence) for n in OUTPUTS]
    for demand in (line(kind), line(kind, name, threshold)):
        got = decide(demand, "t", every)
        if got.ruling is Ruling.FAIL:
            assert got.metric.partition(".")[0] in ARITHMETIC
            assert OUTPUTS[got.metric][1].deterministic
            assert "costume" not in got.metric or region in {"mask", "box"}


@given(
    name=st.sampled_from(sorted(OUTPUTS)),
    kind=st.sampled_from(sorted(KINDS)),
    threshold=st.floats(-100, 100),
)
def test_a_lines_own_metric_and_threshold_win(name, kind, threshold):
    got = decide(line(kind, name, threshold), "t", [number(n, 0.5) for n in OUTPUTS])
    assert (got.metric, got.threshold) == (name, threshold)


CREATURE = silence("id_ref", Status.NOT_APPLICABLE, "face identity is for persons")


@pytest.mark.parametrize(
    ("value", "ruling"),
    [(0.9, Ruling.PASS), (0.47, Ruling.UNSURE), (0.2, Ruling.UNSURE)],
)
def test_the_identity_of_a_creature_is_told_by_its_appearance_and_never_fails(value, ruling):
    got = decide(line("identity"), "t", [CREATURE, number("ref_embed", value)])
    assert (got.ruling, got.metric, got.threshold) == (ruling, "ref_embed", 0.45)


def test_a_recoloured_creature_does_not_pass_by_its_shape():
    red = number("subject_colour", 20.0, recoloured=True)
    got = decide(line("identity"), "t", [CREATURE, number("ref_embed", 0.9), red])
    assert got.ruling is Ruling.UNSURE
    assert "blind to colour" in got.reason


def test_without_weights_a_creatures_identity_is_silent_for_want_of_them():
    absent = silence("ref_embed", Status.NOT_MEASURED, "weights are not there")
    got = decide(line("identity"), "t", [CREATURE, absent])
    assert (got.ruling, got.reason) == (Ruling.NOT_MEASURED, "weights are not there")


@pytest.mark.parametrize(
    ("witness", "value"), [("id_worst", 0.4), ("id_drift", 0.3), ("id_drift.slope", 0.1)]
)
def test_a_face_that_drifts_does_not_pass_by_its_median(witness, value):
    found = [number("id_ref", 0.8), number(witness, value)]
    got = decide(line("identity"), "t", found)
    assert got.ruling is Ruling.UNSURE
    assert witness in got.reason
    named = decide(line("identity", "id_ref"), "t", found)
    assert named.ruling is Ruling.PASS


def test_directions_of_all_limits_are_known():
    signed = {n for n in LIMITS if OUTPUTS[n][0].direction is Direction.NONE}
    assert all(LIMITS[n].threshold > 0 for n in signed)
