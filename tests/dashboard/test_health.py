"""Alive, ready and in figures: quick, honest, and telling of nobody."""

import json
import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from dashboard import service, watch
from router.api.health import Health
from router.api.permit import Owner
from router.clock import SystemClock
from router.domain.caller import GRANTED, Role
from router.domain.errors import Unreachable
from router.telling import log
from router.telling.doors import Heard
from router.telling.metrics import Metrics
from router.telling.pulse import Pulse, beat
from router.telling.readiness import Check, Readiness
from router.testing.doubles import ScriptedBackend, partner, request, setback
from router.testing.routing import open_router

P = partner().name
SECRET = "postgresql://ct:CANARYPASSWORD@db/beta"


def sound():
    return "ok"


def broken():
    raise Unreachable(field="database", found=SECRET, expected="an answer")


def raw():
    raise OperationalError(SECRET, {}, Exception(SECRET))


def hangs():
    threading.Event().wait(60)
    return "ok"


@pytest.fixture
def asking(studio, clock, tmp_path, portal, http):
    opened = []

    def ask(checks=None, *, text=bytes, keeper=None):
        readiness = Readiness(checks or {}, broken=(OperationalError,))
        app = service.build(
            studio,
            signing_key=b"k" * 32,
            reports_folder=tmp_path,
            clock=clock,
            doorkeeper=keeper,
            health=lambda heard: Health(signs=readiness, metrics=lambda: text(heard)),
        )
        opened.append(http.connect(app))
        return opened[-1]

    yield ask
    for client in opened:
        portal.call(client._client.aclose)


def test_a_sound_service_is_ready_and_says_so_part_by_part(asking):
    client = asking({"database": Check(look=sound), "media": Check(look=sound)})
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "parts": [{"part": p, "ok": True, "found": "ok"} for p in ("database", "media")],
    }


@pytest.mark.parametrize(("look", "found"), [(broken, "unreachable"), (raw, "OperationalError")])
def test_without_a_vital_part_it_is_not_ready_and_no_secret_is_told(asking, look, found):
    client = asking({"media": Check(look=sound), "database": Check(look=look)})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["field"], body["found"]) == ("not_ready", "database", found)
    assert "CANARY" not in answer.text


def test_without_a_worker_it_is_degraded_and_goes_on_taking_orders(asking):
    client = asking({"database": Check(look=sound), "worker": Check(look=broken, vital=False)})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_a_part_that_hangs_holds_nobody_up_and_counts_as_not_ready(asking):
    client = asking({"media": Check(look=sound), "database": Check(look=hangs)})
    client.get("/readyz")
    times = []
    for _ in range(5):
        began = time.perf_counter()
        answer = client.get("/readyz")
        times.append(time.perf_counter() - began)
    assert answer.status_code == 503
    assert answer.json()["found"] == "not looked at yet"
    assert min(times) < 0.1


def test_being_alive_needs_no_part(asking):
    client = asking({"database": Check(look=broken)})
    assert client.get("/healthz").json()["status"] == "ok"


def families(text):
    found = {}
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            found[s.name, tuple(sorted(s.labels.items()))] = s.value
    return found


def test_figures_count_queues_states_money_latency_breakers_and_disk(tmp_path):
    down = setback("refused", code="filtered")
    backend = ScriptedBackend(script=lambda call, _n: down if call.request.id == "bad" else None)
    clock = SystemClock()
    router = open_router(tmp_path, {"scripted": backend}, cap_musd=10**8, clock=clock)
    wishes = [replace(request(), id=name) for name in ("good", "bad", "waits")]
    good, bad, _ = router.submit(wishes)
    router.advance(P, good.id)
    router.advance(P, bad.id)
    lanes = {"us-west-2:still-a": True, "credentials": False}
    pulse = Pulse(worker="worker-0", at=clock.now(), running=3, dropped=0, breakers=lanes)
    beat(tmp_path / "workers", pulse)
    metrics = Metrics(
        engine=router.records,
        partners=(P,),
        home=tmp_path,
        clock=clock,
        workers=lambda: True,
    )
    text = metrics.text().decode()
    found = families(text)
    model = (("model", good.model),)
    assert found["circletake_queue_depth", model] == 1
    assert found["circletake_queue_oldest_seconds", model] > 0
    assert found["circletake_attempts", (("code", ""), ("state", "settled"))] == 1
    assert found["circletake_attempts", (("code", "filtered"), ("state", "refused"))] == 1
    assert found["circletake_provider_seconds_count", model] == 1
    assert found["circletake_provider_seconds_bucket", (("le", "+Inf"), *model)] == 1
    spent = sum(v for (name, _), v in found.items() if name == "circletake_spent_usd")
    assert round(spent * 1e6) == router.balance(P, "c1").spent_musd > 0
    breaker = (("lane", "us-west-2:still-a"), ("worker", "worker-0"))
    assert found["circletake_breaker_open", breaker] == 1
    assert found["circletake_any_worker_alive", ()] == 1
    assert found["circletake_disk_free_bytes", ()] > 0
    assert P not in text
    assert request().prompt not in text


def test_answers_are_counted_by_the_route_as_declared(asking):
    from prometheus_client import generate_latest

    client = asking(text=lambda heard: generate_latest(heard.registry))
    client.get("/v1/takes/CANARYTAKE")
    client.get("/CANARYPATH")
    client.request("CANARY", "/v1/models")
    text = client.get("/metrics").text
    assert "CANARY" not in text
    routes = {dict(labels).get("route") for (_, labels) in families(text)}
    assert "none" in routes
    assert any(r and r.startswith("/v1/takes/{") for r in routes)


def test_every_figure_of_the_alerts_on_the_page_is_one_that_is_given(tmp_path):
    page = (Path(__file__).parents[2] / "router" / "README.md").read_text(encoding="utf-8")
    rules = yaml.safe_load(re.search(r"```yaml\n(groups:.*?)```", page, re.DOTALL)[1])
    asked = {
        n for r in rules["groups"][0]["rules"] for n in re.findall(r"circletake_\w+", r["expr"])
    }
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=10**8)
    given = Metrics(
        engine=router.records,
        partners=(P,),
        home=tmp_path,
        clock=SystemClock(),
        workers=lambda: True,
    )
    heard = Heard()
    heard.answered("GET", "/v1/takes", 429, 0.1)
    text = given.text(heard.registry).decode()
    families = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    assert len(asked) > 10
    assert {
        a for a in asked if a not in families and a.removesuffix("_bucket") not in families
    } == set()


def test_what_broke_stands_in_the_log_beside_the_id_that_the_answer_bears(asking, tmp_path):
    def breaks(_heard):
        raise ZeroDivisionError("CANARY the heroine dies")

    log.open_log(tmp_path / "circletake.log")
    client = asking(text=breaks)
    assert client.get("/metrics").status_code == 500
    answer = client.get("/openapi.json")
    log.close_log()
    told = [json.loads(line) for line in (tmp_path / "circletake.log").read_text().splitlines()]
    assert answer.headers["x-request-id"] in {t.get("request_id") for t in told}
    (fault,) = [t for t in told if t.get("kind") == "ZeroDivisionError"]
    assert (fault["status"], fault["route"]) == (500, "/metrics")
    assert fault["where"].startswith("test_health.breaks")
    assert "CANARY" not in json.dumps(told)


class Keeper:
    def __init__(self, role):
        self.role = role

    def identify(self, request):
        owner = Owner(frozenset({P})).caller()
        return replace(owner, role=self.role, scopes=GRANTED[self.role])


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OWNER, 200), (Role.BETA_LEAD, 200), (Role.PARTNER_ADMIN, 403)],
)
def test_figures_are_for_whoever_operates(asking, role, status):
    client = asking(text=lambda _heard: b"x 1\n", keeper=Keeper(role))
    assert client.get("/metrics").status_code == status


def test_what_locks_nobody_in_is_no_jail():
    assert watch.jailed("namespace+seccomp") == "namespace+seccomp"
    with pytest.raises(watch.Open):
        watch.jailed("open: neither namespaces nor seccomp are to be had")
