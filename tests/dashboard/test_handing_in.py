"""Work is handed in and watched, people are quoted by name, lists and answers are bound."""

import json

import pytest

from dashboard import service
from router.api.events import Pace, Streams
from router.domain.caller import Role
from router.testing.doorkeeper import Porter, key, person

A, B = "northlight_pictures", "neighbour"
CALLERS = {
    "ada": person("Ada", Role.PARTNER_MEMBER, [A]),
    "ben": person("Ben", Role.PARTNER_MEMBER, [A]),
    "bea": person("Bea", Role.PARTNER_MEMBER, [B]),
    "pipe": key("a pipeline", Role.PARTNER_MEMBER, [A]),
    "pipe-b": key("b pipeline", Role.PARTNER_MEMBER, [B]),
    "analyst": person("Ann", Role.INTERNAL_ANALYST, [A, B]),
}
ORDER = {"partner": A, "packs": ["9f" * 16], "recipes": ["init_image"], "budget_usd": 5.0}
BRISK = Pace(look_s=0.001, heartbeat_s=0.004, recheck_s=0.002)
SAID = {"text": "Softer light, please.", "role": "director"}


@pytest.fixture
def porter():
    return Porter(CALLERS)


@pytest.fixture
def app(studio, clock, porter, tmp_path):
    app = service.build(
        studio, signing_key=b"k" * 32, reports_folder=tmp_path, clock=clock, doorkeeper=porter
    )
    app.state.streams = Streams(pace=BRISK)
    return app


@pytest.fixture
def ask(http):
    def ask(who, method, path, *, idem=None, **given):
        headers = {"Authorization": f"Bearer {who}", **given.pop("headers", {})}
        if idem is not None:
            headers["Idempotency-Key"] = idem
        return http.request(method, path, headers=headers, **given)

    return ask


@pytest.fixture
def campaign(ask):
    return ask("pipe", "POST", "/v1/campaigns", json=ORDER, idem="first").json()["campaign"]


@pytest.fixture
def take(studio, campaign):
    studio.front.takes = {"t1": campaign}
    return "t1"


PAID = [
    ("/v1/campaigns", ORDER),
    ("/v1/campaigns/{campaign}/resume", {"budget_usd": 7.5}),
    ("/v1/takes/{take}/repairs", {"lines": [2], "by": "Ada"}),
]


@pytest.mark.parametrize(("path", "body"), PAID)
class TestPaidWishes:
    @pytest.fixture
    def send(self, ask, campaign, take, path):
        place = path.format(campaign=campaign, take=take)
        return lambda body, idem, who="pipe": ask(who, "POST", place, json=body, idem=idem)

    def test_the_same_key_and_body_is_one_wish_with_one_answer(self, send, body):
        first, second = send(body, "k"), send(body, "k")
        assert (first.status_code, second.status_code) == (202, 202), first.text
        assert first.content == second.content
        assert first.headers["location"] == second.headers["location"]
        assert second.headers["idempotency-replayed"] == "true"

    def test_the_same_key_with_another_body_is_refused(self, send, body, path):
        send(body, "k")
        other = {**body, "budget_usd": 9.0}
        refused = send(other, "k")
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")

    def test_a_wish_without_a_key_is_refused(self, send, body):
        refused = send(body, None)
        assert (refused.status_code, refused.json()["field"]) == (400, "Idempotency-Key")

    def test_a_wish_in_flight_says_when_to_ask_again(self, send, body, studio):
        send(body, "k")
        studio.answers.kept.clear()  # as if the process had died before the answer was kept
        refused = send(body, "k")
        assert (refused.status_code, refused.headers["retry-after"]) == (409, "30")
        assert refused.json()["code"] == "idempotency_in_flight"

    def test_who_only_reads_may_not_wish(self, send, body):
        assert send(body, "k", "analyst").status_code == 403

    def test_what_is_another_studios_is_unknown_as_what_never_was(self, send, body):
        assert send(body, "k", "bea").status_code == 404

    @pytest.mark.parametrize("wrong", [True, "5", -5, 0, 1e12])
    def test_a_budget_that_is_no_amount_is_refused(self, send, body, wrong):
        refused = send({**body, "budget_usd": wrong}, "k")
        assert (refused.status_code, refused.json()["field"]) == (422, "budget_usd")

    @pytest.mark.parametrize("field", ["tenant_id", "role", "cost", "simulated"])
    def test_a_field_that_nobody_documented_is_refused(self, send, body, field):
        assert send({**body, field: "x"}, "k").json()["field"] == field


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"budget_usd": 5.0, "budget_usd": 50000.0}', "unreadable"),
        (b'{"budget_usd": NaN}', "not_finite"),
        (b'{"budget_usd": Infinity}', "not_finite"),
    ],
)
def test_a_body_that_moves_money_is_parsed_strictly(ask, data, code):
    headers = {"Content-Type": "application/json"}
    refused = ask("pipe", "POST", "/v1/campaigns", content=data, headers=headers, idem="k")
    assert refused.json()["code"] == code


def test_keys_of_two_studios_never_meet(ask, campaign):
    theirs = ask("pipe-b", "POST", "/v1/campaigns", json={**ORDER, "partner": B}, idem="first")
    assert theirs.status_code == 202
    assert theirs.json()["campaign"] != campaign


def test_a_wish_that_was_refused_leaves_its_key_free(ask, studio):
    studio.front.most_musd = 1_000_000
    assert ask("pipe", "POST", "/v1/campaigns", json=ORDER, idem="k").status_code == 402
    studio.front.most_musd = 100_000_000
    assert ask("pipe", "POST", "/v1/campaigns", json=ORDER, idem="k").status_code == 202


def test_a_plan_keeps_nothing(ask, studio):
    assert ask("pipe", "POST", "/v1/campaigns/plan", json=ORDER).json()["trials"] == 1
    assert studio.front.handed_in == []


def test_a_campaign_without_a_worker_says_what_to_start(ask, campaign):
    status = ask("ada", "GET", f"/v1/campaigns/{campaign}/status").json()
    assert "circletake worker" in status["note"]


def test_what_is_cancelled_does_not_go_on(ask, campaign):
    path = f"/v1/campaigns/{campaign}"
    assert ask("pipe", "POST", f"{path}/cancel", json={}).json()["state"] == "cancelled"
    assert ask("pipe", "POST", f"{path}/resume", json={}, idem="r").status_code == 409


class TestEvents:
    def listen(self, ask, campaign, last=None, who="ada"):
        headers = {"Last-Event-ID": last} if last else {}
        found = ask(who, "GET", f"/v1/campaigns/{campaign}/events", headers=headers)
        blocks = [b for b in found.text.split("\n\n") if b.startswith(("id", "event"))]
        events = [dict(line.split(": ", 1) for line in b.splitlines()) for b in blocks]
        return found, [(e.get("id"), e["event"], json.loads(e["data"])) for e in events]

    def test_each_change_is_told_once_until_the_end(self, ask, campaign, studio):
        changes = [{}, {}, {"state": "running"}, {}, {"scored": 1}, {"state": "done"}]
        studio.front.goes_on = iter(changes)
        answer, events = self.listen(ask, campaign)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert [(kind, e["state"], e["scored"]) for _, kind, e in events] == [
            ("progress", "planned", 0),
            ("progress", "running", 0),
            ("progress", "running", 1),
            ("progress", "done", 1),
            ("end", "done", 1),
        ]

    def test_who_comes_back_hears_only_what_is_new(self, ask, campaign, studio):
        studio.front.goes_on = iter([{}, {"state": "running"}, {"state": "done"}])
        _, events = self.listen(ask, campaign)
        _, rest = self.listen(ask, campaign, last=events[-2][0])
        assert rest == events[-1:]
        after, nothing = self.listen(ask, campaign, last=events[-1][0])
        assert (after.status_code, nothing) == (204, [])

    def test_silence_is_broken_now_and_then(self, ask, campaign, studio):
        studio.front.goes_on = iter([{}] * 40 + [{"state": "done"}])
        answer, _ = self.listen(ask, campaign)
        assert ": still here" in answer.text

    def test_a_stream_ends_with_the_permission(self, ask, campaign, studio, porter):
        def revoked():
            yield {}
            porter.gone.add("ada")
            while True:
                yield {}

        studio.front.goes_on = revoked()
        _, events = self.listen(ask, campaign)
        assert events[-1] == (None, "end", {"closed": "not_known"})

    def test_another_studios_campaign_is_not_heard(self, ask, campaign):
        assert self.listen(ask, campaign, who="bea")[0].status_code == 404


class TestWhoSaysIt:
    def observe(self, ask, who, campaign, **more):
        body = {**SAID, "campaign": campaign, **more}
        return ask(who, "POST", "/v1/observations", json=body)

    def test_a_person_speaks_in_their_own_name(self, ask, campaign):
        kept = self.observe(ask, "ada", campaign)
        assert (kept.status_code, kept.json()["by"]) == (201, "Ada")
        assert self.observe(ask, "ada", campaign, by="Ada").status_code == 201

    def test_a_person_does_not_speak_for_another(self, ask, campaign, studio):
        refused = self.observe(ask, "ada", campaign, by="Ben")
        assert (refused.status_code, refused.json()["code"]) == (422, "not_your_name")
        assert "Ben" not in refused.text
        assert studio.front.said == []

    def test_a_key_speaks_for_the_person_it_names(self, ask, campaign):
        assert self.observe(ask, "pipe", campaign, by="Ada").json()["by"] == "Ada"
        assert self.observe(ask, "pipe", campaign).json()["field"] == "by"

    def test_what_was_said_is_listed(self, ask, campaign):
        self.observe(ask, "ada", campaign, severity="major")
        found = ask("analyst", "GET", "/v1/observations", params={"campaign": campaign}).json()
        assert [(o["by"], o["severity"]) for o in found["observations"]] == [("Ada", "major")]


class TestPages:
    def books(self, ask, who="ada", partner=A, **params):
        return ask(who, "GET", "/v1/ledger", params={"partner": partner, **params})

    def test_pages_of_the_books_join_to_the_whole(self, ask, campaign):
        seen, cursor = [], {}
        while True:
            page = self.books(ask, limit=2, **cursor).json()
            seen += [line["attempt"] for line in page["lines"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert seen == [f"a{n}" for n in range(5)]

    def test_a_cursor_fits_neither_another_question_nor_another_tenant(self, ask, campaign):
        cursor = self.books(ask, limit=2).json()["next"]
        assert self.books(ask, limit=2, cursor=cursor).status_code == 200
        assert self.books(ask, who="ben", limit=2, cursor=cursor).status_code == 200
        for refused in (
            self.books(ask, limit=2, cursor=cursor, campaign=campaign),
            self.books(ask, who="analyst", limit=2, cursor=cursor),
            ask("ada", "GET", "/v1/verdicts", params={"campaign": campaign, "cursor": cursor}),
        ):
            assert (refused.status_code, refused.json()["field"]) == (422, "cursor")

    def test_a_cursor_that_was_changed_anywhere_is_refused(self, ask, campaign):
        cursor = self.books(ask, limit=2).json()["next"]
        for at in range(len(cursor)):
            forged = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
            refused = self.books(ask, limit=2, cursor=forged)
            assert refused.status_code == 422, forged

    @pytest.mark.parametrize("limit", [0, 201, 10**9, "x"])
    @pytest.mark.parametrize("path", ["ledger", "verdicts", "decisions", "observations"])
    def test_a_page_has_bounds(self, ask, campaign, path, limit):
        params = {"partner": A, "campaign": campaign, "limit": limit}
        assert ask("ada", "GET", f"/v1/{path}", params=params).status_code == 422

    @pytest.mark.parametrize("path", ["verdicts", "decisions", "observations", "ledger"])
    def test_lists_of_another_studio_are_unknown(self, ask, campaign, path):
        params = {"partner": A, "campaign": campaign}
        assert ask("bea", "GET", f"/v1/{path}", params=params).status_code == 404


class TestEtags:
    @pytest.mark.parametrize("path", ["/v1/campaigns", "/v1/recipes", "/v1/takes?limit=5"])
    def test_an_answer_that_is_known_is_not_sent_again(self, ask, path):
        first = ask("analyst", "GET", path)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        again = ask("analyst", "GET", path, headers={"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = ask("analyst", "GET", path, headers={"If-None-Match": '"other"'})
        assert other.content == first.content

    def test_a_change_is_another_tag(self, ask, campaign):
        path = f"/v1/campaigns/{campaign}/status"
        tag = ask("ada", "GET", path).headers["etag"]
        ask("pipe", "POST", f"/v1/campaigns/{campaign}/cancel", json={})
        changed = ask("ada", "GET", path, headers={"If-None-Match": tag})
        assert (changed.status_code, changed.json()["state"]) == (200, "cancelled")

    def test_who_may_not_look_is_not_told_that_nothing_changed(self, ask, campaign):
        path = f"/v1/campaigns/{campaign}/status"
        tag = ask("ada", "GET", path).headers["etag"]
        assert ask("bea", "GET", path, headers={"If-None-Match": tag}).status_code == 404
        assert ask("nobody", "GET", path, headers={"If-None-Match": "*"}).status_code == 401


def test_recipes_are_listed_by_task(ask):
    names = [r["recipe"] for r in ask("ada", "GET", "/v1/recipes?task=erase").json()["recipes"]]
    assert names == ["do_nothing"]


def test_a_repair_is_found_by_its_place(ask, take):
    wish = {"lines": [2, 3], "rounds": 2}
    asked = ask("ada", "POST", f"/v1/takes/{take}/repairs", json=wish, idem="r")
    found = ask("ben", "GET", asked.headers["location"]).json()
    assert (found["by"], found["lines"], found["state"]) == ("Ada", [2, 3], "waiting")
    assert ask("bea", "GET", asked.headers["location"]).status_code == 404


def test_a_person_decides_in_their_own_name(ask):
    (take,) = ask("ada", "GET", "/v1/takes", params={"limit": 1, "partner": A}).json()["takes"]
    place = f"/v1/takes/{take['take']}/decisions"
    assert ask("ada", "POST", place, json={"note": "this one"}).json()["by"] == "Ada"
    refused = ask("ada", "POST", place, json={"by": "Ben"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_your_name")


def test_a_list_with_links_keeps_its_tag_for_as_long_as_its_links_are_fresh(ask, clock):
    def tag():
        return ask("ada", "GET", "/v1/takes", params={"limit": 3}).headers["etag"]

    first = tag()
    clock.sleep(29)
    assert tag() == first
    clock.sleep(1)
    assert tag() != first


def test_campaigns_come_in_pages_that_join_to_the_whole(ask):
    whole = [c["id"] for c in ask("ada", "GET", "/v1/campaigns").json()["campaigns"]]
    seen, cursor = [], {}
    while True:
        page = ask("ada", "GET", "/v1/campaigns", params={"limit": 1, **cursor}).json()
        seen += [c["id"] for c in page["campaigns"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == whole
    assert page["total"] == len(whole) > 0
