"""The weekly digest is short, says what changed, and turns red in time."""

from datetime import date

import pytest

from dashboard.printing.digest import as_html, as_text, digest

TODAY = date(2026, 11, 23)


def told(document, day=TODAY, before=None, **trials):
    document["campaigns"][0]["trials"] |= trials
    status = {"campaign": document["campaigns"][0]["id"], "forecast_finish": "2027-06-02T00:00:00Z"}
    return digest(document, [status], day, before)


@pytest.mark.parametrize(
    ("trials", "day", "why"),
    [
        ({"parked": 3}, TODAY, "parked"),
        ({"open": 3}, TODAY, "too late"),
        ({"open": 3}, date(2027, 6, 1), "were due"),
    ],
)
def test_a_plan_that_cannot_make_it_is_red(document, trials, day, why):
    found = told(document, day, **trials)
    assert found["state"] == "red"
    assert why in " ".join(found["campaigns"][0]["why"])


def test_a_plan_that_is_through_is_not_red(document):
    assert told(document, open=0, parked=0, unknown=0)["campaigns"][0]["state"] == "green"


def test_it_says_what_changed_since_last_week(document):
    before = told(document)
    document["campaigns"][0]["trials"]["done"] += 4
    document["findings"].append({"id": "new", "claim": "A beats B"})
    changed = " ".join(told(document, before=before)["changed"])
    assert "4 more trials" in changed
    assert "A beats B" in changed
    assert told(document, before=told(document))["changed"] == ["nothing since the last digest"]


def test_names_are_words_on_both_and_simulated_is_said(document):
    document["campaigns"][0]["partner_name"] = "<img src=x onerror=alert(1)>\u202e\n[RED]"
    found = told(document)
    page, text = as_html(found), as_text(found)
    assert "<img" not in page
    assert "\u202e" not in page + text
    assert "SIMULATED" in page
    assert "SIMULATED" in text
    assert len(text) < 2000
