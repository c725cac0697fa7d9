"""The HTTP service: what it gives, what it refuses, and in which words."""

import json

import pytest

from dashboard import service
from router.domain.errors import BadInput

CANARY = "canary-7f3a"
WISH = {
    "partner": "northlight_pictures",
    "account": "lookdev",
    "budget_usd": 1.25,
    "model": "emulated-a",
    "operation": "text_to_image",
    "prompt": "A harbour at dusk.",
    "seed": 7,
    "clearance": {
        "permitted": ["evaluate_only", "still_image"],
        "expires_on": "2027-01-31",
        "evidence_sha256": "0" * 64,
    },
}


def send(http, body, key="key-1", **headers):
    given = {"Content-Type": "application/json", **headers}
    if key is not None:
        given["Idempotency-Key"] = key
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return http.post("/v1/requests", content=data, headers=given)


def is_problem(response, status, field):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["field"] == field
    assert body["found"]
    assert body["expected"]
    assert body["request_id"] == response.headers["x-request-id"]
    assert CANARY not in response.text
    return body


def a_take(http, **filters):
    return http.get("/v1/takes", params={"limit": 1, **filters}).json()["takes"][0]


def test_the_service_says_that_it_is_up(http):
    assert http.get("/healthz").json()["status"] == "ok"


def test_the_catalogue_is_listed_by_task(http):
    assert len(http.get("/v1/models").json()["models"]) == 2
    assert http.get("/v1/models", params={"task": "erase"}).json()["models"] == []


def test_a_wish_is_accepted_once_however_often_it_is_sent(http, studio):
    answers = [send(http, WISH) for _ in range(3)]
    assert [a.status_code for a in answers] == [202, 202, 202]
    assert len({a.json()["request"] for a in answers}) == 1
    (request,) = studio.submitted.values()
    assert request.prompt == WISH["prompt"]
    assert request.clearance.expires_on.isoformat() == "2027-01-31"
    assert studio.caps == {("northlight_pictures", "lookdev"): 1_250_000}
    assert http.get(answers[0].headers["location"]).json()["state"] == "ready"


def test_another_key_is_another_request_and_another_partner_too(http, studio):
    send(http, WISH, key="key-1")
    send(http, WISH, key="key-2")
    send(http, {**WISH, "partner": "paper_lantern"}, key="key-1")
    assert len(studio.submitted) == 3


def test_a_wish_without_a_key_is_refused(http, studio):
    is_problem(send(http, WISH, key=None), 400, "Idempotency-Key")
    is_problem(send(http, WISH, key=" "), 400, "Idempotency-Key")
    assert studio.submitted == {}


def test_the_same_key_with_another_body_is_refused(http, studio):
    send(http, WISH)
    body = is_problem(send(http, {**WISH, "prompt": CANARY}), 422, "Idempotency-Key")
    assert body["code"] == "idempotency_key_reused"
    assert len(studio.submitted) == 1


def test_what_the_gate_refuses_is_a_403_that_explains_itself(http):
    body = is_problem(send(http, {**WISH, "model": "emulated-z"}), 403, "model")
    assert body["found"] == "retired on 2026-09-30"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tenant_id": CANARY}, "tenant_id"),
        ({"seed": CANARY}, "seed"),
        ({"seed": True}, "seed"),
        ({"budget_usd": -5}, "budget_usd"),
        ({"budget_usd": "5"}, "budget_usd"),
        ({"partner": CANARY.upper()}, "partner"),
        ({"inputs": [{"role": "mask", "sha256": CANARY}]}, "inputs[0].sha256"),
        ({"parameters": {"strength": [CANARY]}}, "parameters.strength.str"),
        ({"clearance": None}, "clearance"),
        ({"prompt": CANARY * 2000}, "prompt"),
    ],
)
def test_a_mistake_is_named_by_field_and_never_repeated(http, studio, change, field):
    is_problem(send(http, {**WISH, **change}), 422, field)
    assert studio.submitted == {}


def test_every_mistake_is_named_at_once(http):
    body = send(http, {**WISH, "seed": "x", "aspect": "wide", "budget_usd": 0}).json()
    assert {e["field"] for e in body["errors"]} == {"seed", "aspect", "budget_usd"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused_in_valid_json(http, number):
    text = json.dumps(WISH).replace("1.25", number).encode()
    response = send(http, text)
    assert response.status_code == 422
    json.loads(response.text, parse_constant=lambda c: pytest.fail(f"{c} in the answer"))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"partner": "a", "partner": "b"}',
        b"[" * 100 + b"]" * 100,
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_unreadable_json_is_a_400(http, data):
    is_problem(send(http, data), 400, "body")


def test_a_body_of_more_than_a_megabyte_is_refused_also_without_a_length(http):
    is_problem(send(http, b" " * 1_000_001), 413, "body")

    async def drops():
        for _ in range(1100):
            yield b" " * 1000

    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    is_problem(http.post("/v1/requests", content=drops(), headers=headers), 413, "body")


def test_another_content_type_is_refused(http):
    response = send(http, b"prompt=x", **{"Content-Type": "application/x-www-form-urlencoded"})
    is_problem(response, 415, "Content-Type")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1/?x", ""])
def test_another_host_name_is_refused(http, host):
    is_problem(http.get("/v1/campaigns", headers={"Host": host}), 400, "Host")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:8400", "LOCALHOST:1"])
def test_every_name_of_this_machine_is_served(http, host):
    assert http.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.com", "::"])
def test_a_home_is_served_on_loopback_only_and_a_shared_service_by_the_names_of_callers(host):
    with pytest.raises(BadInput, match="CIRCLETAKE_DATABASE"):
        service.listening(host, shared=False, names=["take.example"])
    with pytest.raises(BadInput, match="--name"):
        service.listening(host, shared=True)
    assert service.listening(host, shared=True, names=["take.example"]) == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_loopback_is_listened_on_whatever_is_served(host):
    assert [service.listening(host, shared=s) for s in (True, False)] == [host, host]


def test_an_unknown_path_and_method_are_problems_too(http):
    is_problem(http.get(f"/v1/{CANARY}"), 404, "request")
    is_problem(http.delete("/v1/campaigns"), 405, "request")


@pytest.mark.parametrize("kind", ["campaigns", "takes"])
def test_an_unknown_id_is_a_404_that_does_not_repeat_it(http, kind):
    is_problem(http.get(f"/v1/{kind}/{CANARY}"), 404, kind.removesuffix("s"))


def test_a_fault_of_ours_is_a_500_without_details(http, studio):
    studio.campaigns = lambda partner: 1 / 0
    response = http.get("/v1/campaigns")
    assert response.status_code == 500
    assert response.json()["code"] == "broken"
    assert "division" not in response.text


def test_campaign_states_add_up(http):
    for campaign in http.get("/v1/campaigns").json()["campaigns"]:
        trials = campaign["trials"]
        assert sum(v for k, v in trials.items() if k != "total") == trials["total"]
        assert http.get(f"/v1/campaigns/{campaign['id']}").json() == campaign


def test_campaigns_are_given_for_one_partner(http):
    found = http.get("/v1/campaigns", params={"partner": "paper_lantern"}).json()["campaigns"]
    assert [c["partner"] for c in found] == ["paper_lantern"]


def test_pages_of_takes_join_to_the_whole_without_overlap(http, document):
    seen, cursor = [], None
    while True:
        params = {"limit": 20} | ({"cursor": cursor} if cursor else {})
        page = http.get("/v1/takes", params=params).json()
        assert page["first"] == len(seen) + 1
        seen += [t["take"] for t in page["takes"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [t["take"] for t in document["takes"]]
    assert page["total"] == len(seen)


def test_a_cursor_fits_only_its_own_question(http):
    cursor = http.get("/v1/takes", params={"limit": 5}).json()["next"]
    other = http.get("/v1/takes", params={"limit": 5, "recipe": "do_nothing", "cursor": cursor})
    is_problem(other, 422, "cursor")
    is_problem(http.get("/v1/takes", params={"cursor": "rubbish"}), 422, "cursor")


@pytest.mark.parametrize("params", [{"limit": 201}, {"limit": 0}, {"unknown": 1}])
def test_a_page_has_bounds_and_known_filters(http, params):
    assert http.get("/v1/takes", params=params).status_code == 422


def test_takes_are_filtered_by_verdict_and_flag(http):
    failed = http.get("/v1/takes", params={"verdict": "fail"}).json()["takes"]
    assert failed
    assert all(t["verdicts"]["fail"] for t in failed)
    pasted = http.get("/v1/takes", params={"flag": "copy_paste"}).json()["takes"]
    assert {t["recipe"] for t in pasted} == {"paste_reference"}


def test_trials_that_gave_no_take_are_listed_with_their_reason(http, document):
    refused = http.get("/v1/takes", params={"state": "refused"}).json()["takes"]
    assert len(refused) == len(document["failures"])
    assert all(t["take"] is None and t["reason"] for t in refused)
    assert all(set(t["links"].values()) == {None} for t in refused)


def test_a_named_person_circles_a_take_and_the_take_says_so(http):
    take = a_take(http)["take"]
    nameless = http.post(f"/v1/takes/{take}/decisions", json={"note": "that one"})
    assert nameless.status_code == 422
    assert nameless.json()["field"] == "by"
    kept = http.post(f"/v1/takes/{take}/decisions", json={"by": "Ines", "role": "director"})
    assert (kept.status_code, kept.json()["status"]) == (201, "circled")
    assert http.get(f"/v1/takes/{take}").json()["decision"]["by"] == "Ines"
    assert http.post("/v1/takes/none/decisions", json={"by": "Ines"}).status_code == 404


def test_a_take_comes_with_lines_evidence_scores_references_and_siblings(http):
    row = a_take(http, verdict="fail")
    take = http.get(f"/v1/takes/{row['take']}").json()
    assert {s["take"] for s in take["siblings"]}.isdisjoint({row["take"]})
    assert all(s["shot"] == row["shot"] for s in take["siblings"])
    failed = next(v for v in take["lines"] if v["verdict"] == "fail")
    assert http.get(failed["evidence_link"]).headers["content-type"] == "image/png"
    assert http.get(take["references"][0]["link"]).status_code == 200
    assert take["scores"]


def test_scores_come_in_pages_and_a_missing_one_has_a_reason(http, document):
    campaign = document["campaigns"][0]["id"]
    params = {"campaign": campaign, "metric": "id_ref", "limit": 200}
    page = http.get("/v1/scores", params=params).json()
    assert page["total"] == len(page["scores"])
    assert all((s["value"] is None) == (s["status"] != "measured") for s in page["scores"])
    assert all(s["reason"] for s in page["scores"] if s["value"] is None)


def test_findings_are_the_report_document(http, document):
    ids = [c["id"] for c in document["campaigns"]]
    assert http.get("/v1/findings", params={"campaign": ids}).json() == document
    summary = http.get("/v1/findings", params={"campaign": ids, "part": "summary"}).json()
    assert summary["answer"] == document["answer"]
    assert "takes" not in summary
    found = http.get("/v1/comparisons", params={"campaign": ids}).json()
    assert found == {"simulated": True, "comparisons": document["comparisons"]}


class TestSignedLinks:
    def test_a_fresh_link_gives_the_bytes_sealed_against_misuse(self, http):
        response = http.get(a_take(http)["links"]["thumb"])
        assert response.status_code == 200
        assert response.headers["content-type"] == "image/jpeg"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "private, no-store"
        assert "sandbox" in response.headers["content-security-policy"]

    def test_a_link_ends_after_two_minutes(self, http, clock):
        link = a_take(http)["links"]["media"]
        clock.sleep(119)
        assert http.get(link).status_code == 200
        clock.sleep(2)
        is_problem(http.get(link), 403, "e")

    @pytest.mark.parametrize(
        ("part", "other"),
        [
            ("variant=thumb", "variant=original"),
            ("partner=northlight_pictures", "partner=paper_lantern"),
            ("e=1", "e=2"),
            ("s=", "s=0"),
        ],
    )
    def test_a_link_that_was_changed_anywhere_is_refused(self, http, part, other):
        link = a_take(http)["links"]["thumb"]
        assert part in link
        is_problem(http.get(link.replace(part, other, 1)), 403, "s")

    def test_a_link_opens_only_its_own_take(self, http):
        one, two = http.get("/v1/takes", params={"limit": 2}).json()["takes"]
        link = one["links"]["thumb"].replace(one["sha256"], two["sha256"])
        is_problem(http.get(link), 403, "s")

    def test_media_without_a_signature_are_not_given(self, http):
        assert http.get(f"/v1/media/{a_take(http)['sha256']}").status_code == 422

    def test_a_link_of_another_service_does_not_work(self, http, studio, tmp_path, clock):
        other = service.build(studio, signing_key=b"o" * 32, reports_folder=tmp_path, clock=clock)
        link = a_take(http)["links"]["thumb"]
        assert http.connect(other).get(link).status_code == 403

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [("bytes=0-9", 0, 9), ("bytes=5-", 5, None), ("bytes=-7", -7, None)],
    )
    def test_a_single_range_is_honoured(self, http, asked, first, last):
        link = a_take(http)["links"]["media"]
        whole = http.get(link).content
        part = http.get(link, headers={"Range": asked})
        assert part.status_code == 206
        assert part.content == whole[first : None if last is None else last + 1]

    @pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=9999999-", "bytes=5-2", "lines=1"])
    def test_any_other_range_is_refused(self, http, asked):
        link = a_take(http)["links"]["media"]
        is_problem(http.get(link, headers={"Range": asked}), 416, "Range")

    def test_a_key_that_is_too_short_is_not_accepted(self, studio, tmp_path):
        with pytest.raises(ValueError, match="32 bytes"):
            service.build(studio, signing_key=b"short", reports_folder=tmp_path)


class TestReports:
    def built(self, http, document):
        ids = [c["id"] for c in document["campaigns"]]
        return http.post("/v1/reports", json={"campaigns": ids})

    def test_a_report_is_built_listed_and_downloaded(self, http, studio, document):
        studio.assets = {}
        response = self.built(http, document)
        assert response.status_code == 201
        (listed,) = http.get("/v1/reports").json()["reports"]
        assert listed["report"] == response.json()["report"]
        links = {f["name"]: f["link"] for f in listed["files"]}
        page = http.get(links["findings.html"])
        assert "sandbox" in page.headers["content-security-policy"]
        assert document["title"] in page.text
        assert http.get(links["findings.json"]).json() == document
        assert "attachment" in http.get(links["takes.parquet"]).headers["content-disposition"]
        assert http.get(links["MANIFEST.json"]).json()["snapshot"] == listed["snapshot"]

    def test_a_report_that_was_changed_on_disk_is_not_given(self, http, studio, document, tmp_path):
        studio.assets = {}
        links = {f["name"]: f["link"] for f in self.built(http, document).json()["files"]}
        next(tmp_path.glob("*/findings.json")).write_text("{}")
        assert http.get(links["findings.json"]).status_code == 500

    def test_only_files_of_the_report_are_given(self, http, studio, document):
        studio.assets = {}
        link = self.built(http, document).json()["files"][0]["link"]
        assert http.get(link.replace("findings.json", "..%2Fsecret.json")).status_code in {404, 422}
        assert http.get(link.replace("findings.json", "takes.parquet")).status_code == 403

    def test_a_report_of_an_unknown_campaign_is_not_built(self, http):
        is_problem(http.post("/v1/reports", json={"campaigns": [CANARY]}), 404, "campaign")


class TestDescription:
    def test_every_route_is_described_and_every_error_is_a_problem(self, http):
        api = http.get("/openapi.json").json()
        assert len(api["paths"]) >= 13
        for path, methods in api["paths"].items():
            for method, route in methods.items():
                assert route.get("summary"), (method, path)
                assert route.get("description"), (method, path)
                for status, answer in route["responses"].items():
                    if status >= "4":
                        assert list(answer["content"]) == ["application/problem+json"], path

    def test_the_examples_are_true(self, http):
        schemas = http.get("/openapi.json").json()["components"]["schemas"]
        (example,) = schemas["Generation"]["examples"]
        assert send(http, {**example, "model": "emulated-a"}).status_code == 202
        for name in ("RequestState", "CampaignRow", "ScoreRow", "Problem"):
            (example,) = schemas[name]["examples"]
            assert set(schemas[name]["required"]) <= set(example)
