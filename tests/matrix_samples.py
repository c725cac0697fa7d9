"""How each route of the service is asked, for `tests.matrix`; a new route needs a row here."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from benchmarks.voting.lessons import LESSONS
from router.domain.caller import Scope

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How a route is asked; `{campaign}` and the like stand for a tenant's ids."""

    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    data: bytes | None = None  # instead of a body
    headers: Mapping[str, str] = field(default_factory=dict)
    right: frozenset[int] = frozenset({200, 201, 202})  # with one's own ids
    link: Callable[[Any, str, str], str | None] | None = None  # (caller, tenant) → a link
    link_scope: Scope = Scope.READ  # of the route that makes it


BYTES = b"no picture"
UPLOAD: Json = {"partner": "{partner}", "name": "a.png", "bytes": len(BYTES), "kind": "file"}
ONCE = {"Idempotency-Key": "{nonce}"}
REPAIR: Json = {"lines": [2], "rounds": 1, "budget_usd": 1.0, "by": "Ann"}
NOTE: Json = {
    "region": [0.25, 0.25, 0.5, 0.5],
    "text": "Paint this away, {nonce}",
    "wish": "inpaint",
    "by": "Ann",
}
ORDER: Json = {
    "partner": "{partner}",
    "packs": ["{pack}"],
    "recipes": ["init_image"],
    "takes": 1,
    "budget_usd": 1.5,
}
WISH: Json = {
    "partner": "{partner}",
    "account": "by-hand",
    "budget_usd": 1.0,
    "model": "sd35-large",
    "operation": "text_to_image",
    "prompt": "A harbour at dusk",
    "aspect": "16:9",
    "clearance": {
        "permitted": ["evaluate_only", "still_image"],
        "expires_on": None,
        "evidence_sha256": "0" * 64,
    },
}


def _of_take(name: str) -> Callable[[Any, str, str], str | None]:
    def link(world: Any, key: str, tenant: str) -> str | None:
        found = world.ask(key, "GET", f"/v1/takes/{world.ids[tenant]['take']}")
        return found.json()["links"][name] if found.is_success else None

    return link


def _of_line(world: Any, key: str, tenant: str) -> str | None:
    found = world.ask(key, "GET", f"/v1/takes/{world.ids[tenant]['take']}")
    lines = found.json()["lines"] if found.is_success else []
    return next((v["evidence_link"] for v in lines if v["evidence_link"]), None)


def _of_question(world: Any, key: str, tenant: str) -> str | None:
    ids = world.ids[tenant]
    params = {"rater": ids["rater"]}
    for lesson in range(1, len(LESSONS) + 1):  # practice comes before the first picture of a shot
        said = {"rater": ids["rater"], "lesson": lesson, "outcome": "tie"}
        world.ask(key, "POST", f"/v1/studies/{ids['study']}/lessons", json=said)
    found = world.ask(key, "GET", f"/v1/studies/{ids['study']}/next", params=params)
    return found.json()["left"]["link"] if found.is_success else None


def _of_report(world: Any, key: str, tenant: str) -> str | None:
    rows = world.ask(key, "GET", "/v1/reports").json().get("reports", [])
    mine = [r for r in rows if r["campaigns"] == [world.ids[tenant]["campaign"]]]
    return mine[0]["files"][0]["link"] if mine else None


ACCESS = {
    ("GET", "/v1/me"): Sample(),
    ("GET", "/v1/keys"): Sample(query={"partner": "{partner}"}),
    ("POST", "/v1/keys"): Sample(body={"partner": "{partner}", "name": "a test", "days": 1}),
    ("DELETE", "/v1/keys/{id}"): Sample(query={"id": "{key}"}),
    ("GET", "/v1/people"): Sample(query={"partner": "{partner}"}),
    ("POST", "/v1/people"): Sample(
        body={
            "partner": "{partner}",
            "issuer": "https://id.example",
            "subject": "s2",
            "name": "Pat",
            "role": "partner_member",
        }
    ),
    ("DELETE", "/v1/people/{id}"): Sample(query={"id": "{person}"}),
    ("GET", "/v1/grants"): Sample(query={"partner": "{partner}"}),
    ("POST", "/v1/grants"): Sample(
        body={
            "partner": "{partner}",
            "who": "{looker}",
            "reason": "scores and votes disagree",
            "until": "{until}",
        }
    ),
    ("POST", "/v1/grants/{id}/confirm"): Sample(query={"id": "{grant}"}, body={}),
    ("DELETE", "/v1/grants/{id}"): Sample(query={"id": "{ending}"}),
    # A key has no session, and this house no identity provider.
    ("POST", "/v1/session"): Sample(body={"id_token": "e30.e30.e30"}, right=frozenset({403})),
    ("POST", "/v1/session/renewal"): Sample(body={}, right=frozenset({401})),
    ("DELETE", "/v1/session"): Sample(right=frozenset({401})),
}
RECORDS = {
    ("GET", "/v1/audit"): Sample(query={"partner": "{partner}"}),
    ("GET", "/v1/audit/verify"): Sample(query={"partner": "{partner}"}),
    ("GET", "/v1/partners/{name}/holdings"): Sample(query={"name": "{partner}"}),
    # The name is not said twice: nobody leaves while the others are asked.
    ("POST", "/v1/partners/{name}/purge"): Sample(
        query={"name": "{partner}"}, body={"confirm": "somebody"}, right=frozenset({422})
    ),
}
SAMPLES: dict[tuple[str, str], Sample] = {
    ("GET", "/healthz"): Sample(),
    ("GET", "/readyz"): Sample(right=frozenset({200, 503})),  # 503 until the first look is over
    ("GET", "/metrics"): Sample(),
    ("GET", "/openapi.json"): Sample(),
    ("GET", "/v1/models"): Sample(),
    ("GET", "/v1/agreements"): Sample(),
    ("GET", "/v1/partners"): Sample(),
    **ACCESS,
    **RECORDS,
    ("POST", "/v1/requests"): Sample(body=WISH, headers=ONCE),
    ("GET", "/v1/requests/{id}"): Sample(query={"id": "{request}", "partner": "{partner}"}),
    ("GET", "/v1/media/{sha256}"): Sample(link=_of_take("media")),
    ("GET", "/v1/scores"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/metrics"): Sample(),
    ("GET", "/v1/campaigns"): Sample(query={"partner": "{partner}"}),
    ("GET", "/v1/campaigns/{id}"): Sample(query={"id": "{campaign}"}),
    ("GET", "/v1/takes"): Sample(query={"partner": "{partner}", "campaign": "{campaign}"}),
    ("GET", "/v1/takes/{id}"): Sample(query={"id": "{take}"}),
    ("POST", "/v1/takes/{id}/decisions"): Sample(query={"id": "{take}"}, body={"by": "Ann"}),
    ("POST", "/v1/takes/{id}/looks"): Sample(query={"id": "{take}"}, body={"by": "Ann"}),
    ("POST", "/v1/takes/{id}/verdicts/{line}"): Sample(
        query={"id": "{take}", "line": "1"},
        body={"ruling": "pass", "reason": "{nonce}", "by": "Ann"},
    ),
    ("GET", "/v1/takes/{id}/history"): Sample(query={"id": "{take}"}),
    ("GET", "/v1/sheet"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/evidence/{take}/{line}"): Sample(link=_of_line),
    ("GET", "/v1/signed/{take}"): Sample(link=_of_take("signed")),
    ("GET", "/v1/findings"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/comparisons"): Sample(query={"campaign": "{campaign}"}),
    ("POST", "/v1/campaigns/plan"): Sample(body=ORDER),
    ("POST", "/v1/campaigns"): Sample(
        body=ORDER,
        headers=ONCE,
        right=frozenset({202, 409}),  # the spare one is cancelled
    ),
    ("POST", "/v1/campaigns/{id}/resume"): Sample(
        query={"id": "{spare}"}, body={"budget_usd": 2.0}, headers=ONCE, right=frozenset({202, 409})
    ),
    ("POST", "/v1/campaigns/{id}/cancel"): Sample(query={"id": "{spare}"}, body={}),
    ("GET", "/v1/campaigns/{id}/status"): Sample(query={"id": "{campaign}"}),
    ("GET", "/v1/campaigns/{id}/events"): Sample(query={"id": "{campaign}"}),
    ("POST", "/v1/observations"): Sample(
        body={
            "campaign": "{campaign}",
            "takes": ["{take}"],
            "text": "{nonce}",
            "role": "director",
            "by": "Ann",
        }
    ),
    ("POST", "/v1/takes/{id}/repairs"): Sample(query={"id": "{take}"}, body=REPAIR, headers=ONCE),
    ("POST", "/v1/takes/{id}/notes"): Sample(query={"id": "{take}"}, body=NOTE),
    ("GET", "/v1/takes/{id}/notes"): Sample(query={"id": "{take}"}),
    ("POST", "/v1/takes/{id}/refinements"): Sample(
        query={"id": "{take}"},
        body={"notes": ["{note}"], "budget_usd": 1.0, "by": "Ann"},
        headers=ONCE,
    ),
    ("GET", "/v1/verdicts"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/decisions"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/observations"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/signoff"): Sample(query={"campaign": "{campaign}"}),
    ("POST", "/v1/signoff/{item}"): Sample(
        query={"item": "{item}"}, body={"campaign": "{campaign}", "answer": "approve", "by": "Ann"}
    ),
    ("POST", "/v1/exit-forms"): Sample(
        body={"partner": "{partner}", "again": "yes", "shots": "{nonce}", "by": "Ann"}
    ),
    ("GET", "/v1/exit-forms"): Sample(query={"partner": "{partner}"}),
    ("GET", "/v1/repairs/{id}"): Sample(query={"id": "{repair}"}),
    ("GET", "/v1/recipes"): Sample(),
    ("GET", "/v1/ledger"): Sample(query={"partner": "{partner}", "campaign": "{campaign}"}),
    ("GET", "/v1/studies"): Sample(),
    ("GET", "/v1/studies/{id}/reveal"): Sample(query={"id": "{closed}", "rater": "{rater}"}),
    ("POST", "/v1/studies/{id}/lessons"): Sample(
        query={"id": "{study}"}, body={"rater": "{voter}", "lesson": 1, "outcome": "tie"}
    ),
    ("POST", "/v1/studies/{id}/remarks"): Sample(
        query={"id": "{study}"},
        body={"rater": "{seated}", "slot": 1, "parts": {"left": {"face": "broken"}}},
    ),
    ("GET", "/v1/studies/{id}"): Sample(query={"id": "{study}"}),
    ("GET", "/v1/studies/{id}/next"): Sample(query={"id": "{study}", "rater": "{rater}"}),
    ("POST", "/v1/studies/{id}/votes"): Sample(
        query={"id": "{study}"}, body={"rater": "{voter}", "slot": 1, "outcome": "tie"}
    ),
    ("GET", "/v1/studies/{id}/pictures/{code}"): Sample(link=_of_question, link_scope=Scope.SUBMIT),
    ("POST", "/v1/uploads"): Sample(body=UPLOAD),
    ("GET", "/v1/uploads/{id}"): Sample(query={"id": "{upload}", "partner": "{partner}"}),
    ("PUT", "/v1/uploads/{id}/parts/{number}"): Sample(
        query={"id": "{upload}", "partner": "{partner}", "number": "0"},
        data=BYTES,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Digest": f"sha-256=:{b64encode(sha256(BYTES).digest()).decode()}:",
        },
    ),
    ("POST", "/v1/uploads/{id}/complete"): Sample(
        query={"id": "{upload}", "partner": "{partner}"}, body={}, right=frozenset({409, 422})
    ),
    ("DELETE", "/v1/uploads/{id}"): Sample(
        query={"id": "{dropped}", "partner": "{partner}"}, right=frozenset({204, 404})
    ),
    ("POST", "/v1/packs"): Sample(
        body={"partner": "{partner}", "upload": "{upload}"}, right=frozenset({409, 422})
    ),
    ("GET", "/v1/packs"): Sample(query={"partner": "{partner}"}),
    ("GET", "/v1/packs/{seal}"): Sample(query={"seal": "{pack}", "partner": "{partner}"}),
    ("GET", "/v1/digest"): Sample(query={"campaign": "{campaign}"}),
    ("GET", "/v1/reports"): Sample(),
    ("POST", "/v1/reports"): Sample(body={"campaigns": ["{campaign}"], "edition": "{partner}"}),
    ("GET", "/v1/reports/{id}/{name}"): Sample(link=_of_report),
}
