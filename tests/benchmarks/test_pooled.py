"""What internal people read over several partners: of groups of three, or by consent; unnamed."""

import json

import pytest

from benchmarks.api.routes import told as read
from benchmarks.reporting.pooled import TooFew, enough, pooled, require
from router.api.permit import NotAllowed
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.domain.errors import UnknownName


def told(partners, recipes=("a", "b")):
    """A document in which each partner made a take of each recipe."""
    takes = [
        {"take": f"{p}-{r}", "recipe": r, "campaign": f"c-{p}"} for p in partners for r in recipes
    ]
    ids = [t["take"] for t in takes]
    arms = [{"recipe": r, "mean": 1.0} for r in recipes]
    comparison = {
        "id": "q1",
        "metric": "m",
        "arms": arms,
        "evidence": ids,
        "contrasts": [{"a": "a", "b": "b", "sentence": "a is ahead in The Kite of studio_x"}],
    }
    finding = {"id": "f1", "comparison": "q1", "claim": "The Kite: a is ahead", "evidence": ids}
    return {
        "schema": "report/1",
        "title": "T",
        "created_at": "",
        "simulated": True,
        "code_version": "1",
        "currency": "USD",
        "confidence": {},
        "answer": ["secret 42"],
        "campaigns": [
            {
                "id": f"c-{p}",
                "partner": p,
                "partner_name": f"Name {p}",
                "packs": [{"title": "The Kite", "code": f"KITE{p}"}],
            }
            for p in partners
        ],
        "comparisons": [comparison],
        "findings": [finding],
        "takes": takes,
        "observations": [{"text": "secret 43"}],
        "sheet": [{"x": 1}],
        "old_way": {"y": 2},
    }


def owners(partners):
    return {f"c-{p}": p for p in partners}


@pytest.mark.parametrize(
    ("partners", "consented", "may"),
    [
        (["x"], [], False),
        (["x", "y"], [], False),
        (["x", "y"], ["x"], False),
        (["x", "y"], ["x", "y"], True),
        (["x", "y", "z"], [], True),
        ([], [], False),
        (["x", "x", "x"], [], False),
    ],
)
def test_a_number_is_told_of_three_or_by_consent_of_all(partners, consented, may):
    assert enough(partners, consented) is may
    if not may:
        with pytest.raises(TooFew):
            require(partners, consented)


def test_only_groups_stand_in_it_and_nobodys_name_title_or_take():
    three = ["studio_x", "studio_y", "studio_z"]
    cut = pooled(told(three), owners(three), ())
    text = json.dumps(cut)
    for name in (*three, "Kite", "KITE", "secret", "c-studio"):
        assert name not in text
    assert [a["recipe"] for a in cut["comparisons"][0]["arms"]] == ["a", "b"]
    assert cut["findings"][0]["evidence"] == []
    assert (cut["takes"], cut["campaigns"], cut["old_way"]) == ([], [], {})


def test_a_recipe_of_too_few_partners_is_withheld_with_all_that_compares_it():
    document = told(["x", "y", "z"])
    document["takes"] = [t for t in document["takes"] if t["take"] != "z-b"]
    cut = pooled(document, owners(["x", "y", "z"]), ())
    assert [a["recipe"] for a in cut["comparisons"][0]["arms"]] == ["a"]
    assert cut["comparisons"][0]["contrasts"] == []
    assert cut["findings"] == []
    assert "1 results of recipes are withheld" in cut["answer"][0]


class Desk:
    """Answers for one simulated campaign of each of the partners that it is given."""

    def __init__(self, *partners):
        self.rows = {f"c-{p}": p for p in partners}

    def campaigns(self, reach):
        every = [{"id": c, "partner": p, "simulated": True} for c, p in self.rows.items()]
        return [row for row in every if row["partner"] in reach]

    def owners(self, reach, campaigns):
        for one in campaigns:
            if self.rows.get(one) not in reach:
                raise UnknownName("campaign", one, ())
        return {c: self.rows[c] for c in campaigns}

    def consented(self, reach):
        return frozenset()

    def document(self, reach, campaigns, *, pictures, edition):
        return told([self.rows[c] for c in campaigns]), {}


def caller(role, *reads):
    none, every = Reach(frozenset()), Reach(frozenset("xyz"))
    kept = {"id": "k", "name": "k", "role": role, "scopes": GRANTED[role]}
    return Caller(reads=Reach(frozenset(reads)), looks=none, pools=every, **kept)


ANALYST = caller(Role.INTERNAL_ANALYST)


def test_an_analyst_reads_the_one_pool_of_all_and_names_no_campaign():
    document = read(Desk(*"xyz"), ANALYST, [], simulated=True)
    assert [a["recipe"] for a in document["comparisons"][0]["arms"]] == ["a", "b"]
    assert document["campaigns"] == []


def test_what_goes_into_a_pool_is_not_the_analysts_choice_so_nothing_can_be_taken_away_again():
    for some in (["c-x"], ["c-x", "c-y"], ["c-x", "c-y", "c-z"]):
        with pytest.raises(UnknownName):
            read(Desk(*"xyz"), ANALYST, some)


def test_a_pool_of_two_partners_or_of_none_is_told_to_nobody():
    lead = caller(Role.BETA_LEAD, *"xyz")
    for who in (ANALYST, lead):
        for desk in (Desk("x", "y"), Desk()):
            with pytest.raises(TooFew):
                read(desk, who, [], simulated=True)
        with pytest.raises(TooFew):  # nothing real was made
            read(Desk(*"xyz"), who, [])


def test_a_partner_has_no_pool():
    with pytest.raises(NotAllowed):
        read(Desk(*"xyz"), caller(Role.PARTNER_ADMIN, "x"), [], simulated=True)
