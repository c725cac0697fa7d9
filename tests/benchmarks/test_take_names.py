"""A take is called by its id, the beginning of one, or the name on its proxy."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.browsing.candidates import Candidate, WhichTake, one_of
from benchmarks.domain import version
from benchmarks.domain.repair import Decision
from benchmarks.editorial.versions import numbered, superseded

PLACE, OTHER = ("seal", "SQ010_SH0010"), ("seal", "SQ010_SH0020")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        "SQ010_SH0020_genai_v003", "sq010_sh0020_v3", "SQ010_SH0020_genai_v003_review.mp4",
        "SQ010SH0020genaiv003", "SQ010_SH0020_genai_v003.exr",
    ],
)  # fmt: skip
def test_a_version_is_read_as_proxies_sheets_files_and_reels_write_it(said):
    assert version.read(said) == ("SQ010SH0020", 3)


@pytest.mark.parametrize("said", ["nothing", "SQ010_SH0020", "82f365e579", "v003", ""])
def test_what_is_no_version_is_not_read_as_one(said):
    assert version.read(said) is None


@pytest.mark.parametrize(
    ("said", "split"),
    [
        ("e8e684a4/SQ010_SH0020_v3", ("e8e684a4", "SQ010_SH0020_v3")),
        ("review/SQ010_SH0020_v3", ("", "SQ010_SH0020_v3")),
        (" 82f365 ", ("", "82f365")),
    ],
)
def test_a_campaign_may_stand_before_a_version(said, split):
    assert version.split(said) == split


@pytest.mark.parametrize(("said", "fits"), [("82f36", False), ("82f365", True), ("82F365x", False)])
def test_six_digits_of_an_id_are_enough_and_five_are_not(said, fits):
    assert version.is_prefix(said) is fits


def test_among_several_nobody_guesses_and_each_is_named():
    two = [
        Candidate(take=take, name="SQ010_SH0020_genai_v003", campaign=campaign)
        for take, campaign in (("a" * 32, "c1" * 16), ("b" * 32, "d2" * 16))
    ]
    with pytest.raises(WhichTake, match="takes list") as refused:
        one_of("SQ010_SH0020_genai_v003", two)
    assert all(one.take in refused.value.expected for one in two)
    assert "2 takes" in str(refused.value.found)
    assert refused.value.code == "which_take"


def test_an_unknown_version_names_those_that_the_shot_has():
    near = [Candidate(take="a" * 32, name="SQ010_SH0020_genai_v001", campaign="c" * 32)]
    with pytest.raises(WhichTake, match="SQ010_SH0020_genai_v001") as refused:
        one_of("SQ010_SH0020_genai_v009", (), near)
    assert refused.value.code == "unknown_name", "as for every name that is not there"


def test_versions_are_counted_shot_by_shot_in_the_order_they_were_made():
    made = [("b", PLACE, 2), ("a", PLACE, 1), ("c", OTHER, 3)]
    told = numbered((take, place, NOON + timedelta(hours=h)) for take, place, h in made)
    assert {take: one.name for take, one in told.items()} == {
        "a": "SQ010_SH0010_genai_v001",
        "b": "SQ010_SH0010_genai_v002",
        "c": "SQ010_SH0020_genai_v001",
    }


def test_the_take_that_was_circled_last_supersedes_the_others_of_its_shot_alone():
    places = {"a": PLACE, "b": PLACE, "c": OTHER, "d": PLACE}
    versions = numbered((take, place, NOON) for take, place in places.items())
    said = [("b", "circled", 2), ("a", "circled", 3), ("c", "circled", 1), ("d", "rejected", 4)]
    decided = {
        take: Decision(
            partner="p", id=take, campaign="k", take=take, by="Ana", role="", status=status,
            notes="", created_at=NOON + timedelta(hours=h),
        )
        for take, status, h in said
    }  # fmt: skip
    assert superseded(decided, versions) == {"b": "a"}
