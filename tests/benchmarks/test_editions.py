"""A partner's edition reveals no other partner: not by itself, and not by taking away one's own."""

import itertools
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.reporting.editions import LEAST_OTHERS, ROOM, STEP, Held, of_others, room
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from benchmarks.views.document import Imprint, document
from benchmarks.views.others import edition_row
from benchmarks.views.pictures import Album
from benchmarks.views.veil import Veil
from router.domain.errors import BadInput
from router.domain.partner import Sharing

NAMES = tuple("abcdef")
SIGNED = Sharing(evidence_sha256="e" * 64, signed_by="Ada", granted_on=date(2027, 1, 1))


def held(partner, share=0.5, recipe="r"):
    return Held(partner=partner, recipe=recipe, share=share)


def test_with_three_partners_nothing_of_the_others_is_shown():
    rows = [held(p) for p in "abc"]
    assert all(of_others(rows, reader, ()) == () for reader in "abc")


def test_a_consenting_partner_is_shown_by_name_and_is_in_no_pool():
    rows = [held(p) for p in "abcde"]
    shown = of_others(rows, "a", {"b"})
    assert [(s.partner, s.partners) for s in shown] == [("b", 1), (None, 3)]
    # with one fewer, the two who are left are not shown as "all less b"
    assert [s.partner for s in of_others(rows[:-1], "a", {"b"})] == ["b"]


def test_a_mean_that_tells_of_everybody_is_withheld():
    (shown,) = of_others([held(p, 1.0) for p in "abcd"], "a", ())
    assert shown.share is None
    assert "too much" in shown.why


@st.composite
def worlds(draw):
    recipes = draw(st.integers(1, 3))
    cells = itertools.product(NAMES[: draw(st.integers(2, 6))], range(recipes))
    rows = [held(p, draw(st.floats(0, 1)), f"r{r}") for p, r in cells if draw(st.booleans())]
    consented = {p for p in NAMES if draw(st.integers(0, 3)) == 0}
    return rows, consented


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_no_reader_can_tell_what_another_partner_found(world):
    """Whoever knows the own results and the whole edition leaves every other one half the scale.

    Each printed pool is one equation over partners that occur in no other one for that recipe, and
    the reader's own number is in none: what a single value can be follows from its pool alone.
    """
    rows, consented = world
    for reader in NAMES:
        shown = of_others(rows, reader, consented)
        for row in rows:
            if row.partner == reader or row.partner in consented:
                assert not any(s.partner == row.partner == reader for s in shown)
                continue
            assert not any(s.partner == row.partner for s in shown)
            pools = [s for s in shown if s.recipe == row.recipe and s.partner is None]
            assert len(pools) <= 1  # two pools could be taken from each other
            for pool in pools:
                assert pool.partners >= LEAST_OTHERS
                if pool.share is not None:
                    assert room(pool.share, pool.partners) >= ROOM - pool.partners * STEP


@settings(max_examples=100, deadline=None)
@given(worlds(), st.floats(0, 1))
def test_ones_own_results_change_nothing_of_what_one_reads_of_others(world, other):
    """If they did, a difference of two editions would be a difference of results."""
    rows, consented = world
    for reader in NAMES:
        changed = [replace(r, share=other) if r.partner == reader else r for r in rows]
        without = [r for r in rows if r.partner != reader]
        shown = of_others(rows, reader, consented)
        assert (
            shown == of_others(changed, reader, consented) == of_others(without, reader, consented)
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"))
    stage.finish("init_image", takes=1)
    yield stage
    stage.engine.dispose()


@pytest.fixture(scope="module")
def cases(stage):
    """Five partners with one campaign each."""
    case = stage.case()
    kept = case.kept
    found = []
    for n, name in enumerate(NAMES[:5]):
        own = replace(case.partner, name=f"studio_{name}", display_name=f"Studio {name.upper()}")
        campaign = replace(kept.campaign, id=f"campaign{n}", partner=own.name)
        found.append(replace(case, partner=own, kept=replace(kept, campaign=campaign)))
    return found


def compiled(stage, cases, edition):
    room_ = Album(media=stage.media, darkroom=None, names_only=True)
    imprint = Imprint(
        title="t",
        now=doubles.NOW,
        code_version="1",
        generated_by="g",
        reproduce="r",
        fictional=[c.partner.name for c in cases],
        edition=edition,
    )
    renamed = [replace(c, partner=c.partner) for c in cases]
    return document(renamed, stage.catalogue, room_, imprint)[0]


def test_a_partners_edition_holds_its_own_campaigns_and_no_other_name(stage, cases):
    mine = [replace(cases[0], partner=replace(cases[0].partner, name="lantern"))]
    told = compiled(stage, [*mine, *cases[1:3]], "lantern")
    text = json.dumps(told)
    assert [c["id"] for c in told["campaigns"]] == ["campaign0"]
    assert not any(name in text for name in ("Studio B", "Studio C", "studio_b", "campaign1"))
    assert told["edition"]["others"] == []
    assert "3 others" in told["edition"]["note"]


def test_four_others_are_a_pool_and_a_consent_out_of_date_is_none(stage, cases):
    veil = Veil(stage.catalogue, simulated=True, fictional=[c.partner.name for c in cases])
    row = edition_row(cases, "studio_a", veil, doubles.NOW.date())
    assert [(s["partner"], s["partners"]) for s in row["others"]] == [(None, 4)]
    sharing = replace(SIGNED, expires_on=date(2027, 2, 1))
    cases = [replace(c, partner=replace(c.partner, shares_findings=sharing)) for c in cases]
    row = edition_row(cases, "studio_a", veil, doubles.NOW.date())
    assert all(s["partner"] is None for s in row["others"])
    cases = [replace(c, partner=replace(c.partner, shares_findings=SIGNED)) for c in cases]
    row = edition_row(cases, "studio_a", veil, doubles.NOW.date())
    assert {s["partner"] for s in row["others"]} == {f"Studio {x}" for x in "BCDE"}


def test_an_edition_of_somebody_without_a_campaign_is_refused(stage, cases):
    with pytest.raises(BadInput, match="edition"):
        compiled(stage, cases, "somebody")


def test_the_internal_edition_says_that_it_is_handed_to_nobody(stage, cases):
    mine = [replace(cases[0], partner=replace(cases[0].partner, name="lantern"))]
    told = compiled(stage, mine, "internal")
    assert "handed to none" in told["edition"]["note"]
