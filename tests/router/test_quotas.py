"""Quotas: found by the names that AWS gives its models, kept beside the catalogue."""

from datetime import date

import pytest

from router import catalog
from router.cloud import quota_file
from router.cloud.quotas import AT_ONCE, CALLS, TOKENS, Listed, asked_for, match
from router.domain.mistake import BadFile

CATALOGUE = catalog.load()
DAY = date(2026, 11, 21)
TITLES = {
    "stability.stable-image-core-v1:1": "Stable Image Core 1.0",
    "stability.sd3-5-large-v1:0": "Stable Diffusion 3.5 Large",
    "luma.ray-v2:0": "Ray v2",
    "amazon.nova-2-lite-v1:0": "Nova 2 Lite",
}
_CALLS = "On-demand InvokeModel requests per minute for"


def listed(name, value=60.0, region="us-west-2", code="L-1"):
    return Listed(code=code, name=name, value=value, region=region)


def of(*rows):
    return match(asked_for(CATALOGUE), rows, TITLES)


@pytest.mark.parametrize(
    ("name", "model", "kind"),
    [
        (f"{_CALLS} Stable Image Core 1.0", "stable-image-core", CALLS),
        (f"{_CALLS} Stability.ai Stable Image Core", "stable-image-core", CALLS),
        (f"{_CALLS} Stability AI Stable Diffusion 3.5 Large", "sd35-large", CALLS),
        ("On-demand model inference concurrent requests for Luma Ray V2", "luma-ray2", AT_ONCE),
        (
            "Cross-Region InvokeModel tokens per minute for Amazon Nova 2 Lite",
            "judge-nova-2-lite",
            TOKENS,
        ),
    ],
)
def test_a_quota_is_found_by_the_name_of_its_model(name, model, kind):
    (found,) = of(listed(name)).found
    assert (found.model, found.kind, found.value) == (model, kind, 60.0)


@pytest.mark.parametrize(
    "name",
    [
        f"{_CALLS} Stable Image Ultra 2.0",  # another one of the family
        f"{_CALLS} Nova 2 Lite",  # we call it behind its profile, which counts by itself
        "Cross-Region InvokeModel tokens per minute for Nova Lite",  # a model before it
        "Model invocation max tokens per day for Nova 2 Lite",
        "Batch inference job size for Stable Image Core",
    ],
)
def test_what_is_another_models_or_another_ways_is_not_taken(name):
    assert of(listed(name)).found == ()


def test_a_quota_of_a_region_where_the_model_is_not_is_not_its():
    assert of(listed(f"{_CALLS} Stable Image Core 1.0", region="us-east-1")).found == ()


def test_names_that_fit_twice_are_said_and_not_taken():
    twice = of(
        listed(f"{_CALLS} Stable Image Core 1.0", 10),
        listed(f"{_CALLS} Stability Stable Image Core", 90, code="L-2"),
    )
    assert twice.found == ()
    assert "more than one requests_per_minute" in twice.doubtful[0]
    assert "L-2" in twice.doubtful[0]


def test_a_model_of_which_only_tokens_are_listed_keeps_the_catalogues_numbers():
    found = of(listed("Cross-Region InvokeModel tokens per minute for Nova 2 Lite", 4_000_000))
    assert "judge-nova-2-lite" in found.unlisted
    assert "judge-nova-2-lite" not in quota_file.text(found, DAY)


def test_what_was_read_counts_and_the_rest_of_the_catalogue_stays(tmp_path):
    path = tmp_path / quota_file.NAME
    found = of(
        listed(f"{_CALLS} Stable Image Core 1.0", 7),
        listed("On-demand concurrent requests for Ray v2", 1, code="L-9"),
    )
    path.write_text(quota_file.text(found, DAY), encoding="utf-8")
    now = quota_file.applied(CATALOGUE, path)
    core, film = now["stable-image-core"].quota, now["luma-ray2"].quota
    assert core.requests_per_minute == 7
    assert core.in_flight == CATALOGUE["stable-image-core"].quota.in_flight
    assert film.in_flight == 1
    assert "L-9 in us-west-2, read 2026-11-21" in film.source
    assert now["sd35-large"] is CATALOGUE["sd35-large"]


def test_the_least_over_regions_counts():
    name = "Cross-Region InvokeModel requests per minute for Stable Fast Upscale"
    every = [listed(name, v, r) for v, r in ((30, "us-west-2"), (10, "us-east-1"))]
    assert of(*every).of("stability-fast-upscale", CALLS) == 10


def test_a_quota_of_zero_closes_a_model_and_is_never_written():
    found = of(listed(f"{_CALLS} Stable Image Core 1.0", 0))
    assert quota_file.closed(found) == ("stable-image-core",)
    assert "stable-image-core" not in quota_file.text(found, DAY)


def test_nothing_read_is_a_file_that_changes_nothing(tmp_path):
    path = tmp_path / quota_file.NAME
    path.write_text(quota_file.text(of(), DAY), encoding="utf-8")
    assert quota_file.applied(CATALOGUE, path) == dict(CATALOGUE)


@pytest.mark.parametrize(
    "text",
    [
        "schema: quotas/1\nread_on: 2026-11-21\nmodels: {nobody: {source: me}}\n",
        "schema: quotas/1\nread_on: 2026-11-21\nmodels: {luma-ray2: {in_flight: 0, source: me}}\n",
        "schema: quotas/1\nread_on: 2026-11-21\nmodels: {luma-ray2: {rpm: 1, source: me}}\n",
    ],
)
def test_a_file_with_a_mistake_stops_the_house_instead_of_counting_in_part(tmp_path, text):
    path = tmp_path / quota_file.NAME
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile):
        quota_file.applied(CATALOGUE, path)
