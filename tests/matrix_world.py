"""One home in which two tenants have lived, and the real service over it with a key of each role.

What each role should reach stands in CALLERS, by the page on roles; who is let in, and how far, is
said by the doorkeeper of a shared service, from keys and grants that were made as anybody's are.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal

from benchmarks.bootstrap import studio
from benchmarks.desk import opened
from benchmarks.domain.vote import Outcome
from benchmarks.farewell import site_of
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.running.wire import Wire
from benchmarks.studio import DIALECTS
from benchmarks.testing import doubles
from benchmarks.testing.home import with_partners
from benchmarks.voting.booth import Call, booth_of
from dashboard import service, watch
from router.access import doorkeeper
from router.access.key import read
from router.access.limits import Paces
from router.access.rules import OF_THE_HOUSE
from router.domain.access import HOUSE
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.provenance import keys
from router.store.buckets import Pace
from tests.matrix_samples import SAMPLES

Json = dict[str, Any]
TENANTS = ("lantern", "neighbour")
A, B = TENANTS


def caller(role: Role, *partners: str, looks: tuple[str, ...] | None = None) -> Caller:
    reads = Reach(frozenset(partners))
    seen = reads if looks is None else Reach(frozenset(looks))
    every = TENANTS if role in OF_THE_HOUSE else ()
    name = f"{role.value}.{'-'.join(partners)}"
    return Caller(
        id=name,
        name=name,
        role=role,
        scopes=GRANTED[role],
        reads=reads,
        looks=seen,
        pools=Reach(frozenset(every)),
        session=name,
    )


CALLERS = {
    **{f"{t}-member": caller(Role.PARTNER_MEMBER, t) for t in TENANTS},
    **{f"{t}-admin": caller(Role.PARTNER_ADMIN, t) for t in TENANTS},
    "analyst": caller(Role.INTERNAL_ANALYST),
    "granted-analyst": caller(Role.INTERNAL_ANALYST, A),
    "lead": caller(Role.BETA_LEAD, *TENANTS, looks=()),
    "granted-lead": caller(Role.BETA_LEAD, *TENANTS, looks=(A,)),
}
NOBODY = "nobody"
REASON = "scores and votes disagree"
WIDE = Pace(per_s=1e6, burst=1e6)  # the matrix asks more than anybody may


@dataclass(slots=True, kw_only=True)
class World:
    """One service over one home in which two tenants have lived."""

    app: Any
    studio: Any  # the house below
    desk: Any  # of keys, people and grants
    keys: dict[str, str]  # role → the text of its key
    http: Callable[..., httpx.Response]
    ids: dict[str, dict[str, str]]  # tenant → kind → id
    secrets: dict[str, frozenset[str]] = field(default_factory=dict)  # tenant → what is its alone
    calls: int = 0

    def ask(self, key: str, method: str, path: str, **given: Any) -> httpx.Response:
        """Ask as somebody; links are fetched without a key by NOBODY only."""
        self.calls += 1
        headers = dict(given.pop("headers", {}))
        if key != NOBODY:
            headers["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        return self.http(method, path, headers=headers, **given)

    def sent(self, key: str, route: tuple[str, str], ids: Mapping[str, str]) -> httpx.Response:
        """Ask a route by its sample, with these ids in its places."""
        (method, path), sample = route, SAMPLES[route]
        ids = {**ids, "nonce": f"nonce-{self.calls}"}
        query = {k: put(v, ids) for k, v in sample.query.items()}
        for name in [n for n in query if "{" + n + "}" in path]:
            path = path.replace("{" + name + "}", query.pop(name))
        body = None if sample.body is None else put(sample.body, ids)
        given: Json = {"params": query, "headers": put(dict(sample.headers), ids)}
        if sample.data is not None:
            given["content"] = sample.data
        elif method != "GET" and body is not None:
            given["json"] = body
        return self.ask(key, method, path, **given)


def put(value: Any, ids: Mapping[str, str]) -> Any:
    text = json.dumps(value)
    for kind, id_ in ids.items():
        text = text.replace("{" + kind + "}", id_)
    return json.loads(text)


def live(home: Path) -> dict[str, dict[str, str]]:
    """Let two tenants live in a home; gives their ids."""
    with_partners(home)
    with studio(home, Wire.SIMULATED, emulator=("--instant",)) as here:
        for tenant in TENANTS:
            keys.new_test_chain(home, tenant, here.clock.now())
        return {tenant: _lived(here, home, tenant) for tenant in TENANTS}


@contextmanager
def world(home: Path, ids: dict[str, dict[str, str]]) -> Iterator[World]:
    """Open the service as `serve --guarded` does, over a home in which two tenants have lived."""
    with opened(home, Wire.SIMULATED) as desk, start_blocking_portal() as portal:
        house = desk.studio
        paces = Paces(key=WIDE, partner=WIDE, failures=WIDE)
        ground = doorkeeper.ground(
            house.audit.engine, house.settings, house.partners, house.clock, house.audit, paces
        )
        access = doorkeeper.desk(ground, house.settings)
        app = service.build(
            desk,
            signing_key=b"k" * 32,
            reports_folder=home / "reports",
            doorkeeper=doorkeeper.over(ground, house.settings),
            site=site_of(house),
            access=access,
            health=watch.health_of(house, Wire.SIMULATED),
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8400")

        def http(method: str, path: str, **given: Any) -> httpx.Response:
            return portal.call(partial(client.request, method, path, **given))

        made = World(app=app, http=http, ids=ids, studio=desk, desk=access, keys=_let_in(access))
        _give(made, house.clock.now() + timedelta(days=1))
        _fill(made)
        yield made
        portal.call(client.aclose)


def _let_in(desk: Any) -> dict[str, str]:
    """Make a key for each role, where the records are."""
    machine, made = doorkeeper.at_the_machine(TENANTS), {}
    for name, who in CALLERS.items():
        partner = HOUSE if who.role in OF_THE_HOUSE else name.partition("-")[0]
        made[name] = desk.keys.make(machine, partner, name=name, role=who.role).text
    return made


def _give(made: World, until: datetime) -> None:
    """Give grants, and what may be taken away again: a key, a person and grants of each tenant."""
    desk, machine = made.desk, doorkeeper.at_the_machine(TENANTS)
    spare = desk.keys.make(machine, HOUSE, name="spare", role=Role.INTERNAL_ANALYST).key.id
    common = {"looker": spare, "until": until.isoformat()}
    for name in ("granted-analyst", "granted-lead"):
        body = {"partner": A, "who": read(made.keys[name]).id, "reason": REASON}
        given = made.ask("lead", "POST", "/v1/grants", json={**body, "until": common["until"]})
        assert given.is_success, given.text
        if given.json()["needs_second"]:
            desk.grants.confirm(machine, given.json()["id"])
    for tenant in TENANTS:
        ids = made.ids[tenant]
        ids.update(common)
        who = {"issuer": "https://id.example", "subject": "s1", "name": f"Pat of {tenant}"}
        ids["key"] = desk.keys.make(machine, tenant, name="spare", role=Role.PARTNER_MEMBER).key.id
        ids["person"] = desk.people.invite(machine, tenant, **who, role=Role.PARTNER_MEMBER).id
        for kind in ("grant", "ending"):
            given = made.sent("lead", ("POST", "/v1/grants"), ids)
            ids[kind] = given.json()["id"]


def _lived(here: Any, home: Path, tenant: str) -> dict[str, str]:
    drawn = doubles.pack(home / f"pack-{tenant}", code=f"T{tenant[:9].upper()}")
    title = f"The secret of {tenant}"
    pack = replace(drawn, partner=tenant, title=title, shots=drawn.shots[:1])
    order = Order(
        partner=here.partner(tenant),
        packs=[pack],
        recipes=recipes.choose(here.recipes, ["init_image", "canonical_text"]),
        takes=1,
        budget_musd=20_000_000,
        simulated=True,
    )
    files = take_in(pack, here.media)
    stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)
    laid = plan(order, stock, now=here.clock.now())
    here.runner.run(laid, files)
    booth = booth_of(here)
    people = {name: f"{name.title()} of {tenant}" for name in ("rater", "voter", "seated")}
    raters = [f"{name}@{tenant}" for name in people.values()]
    call = Call(campaigns=[laid.campaign.id], raters=raters, votes=6)
    study = booth.open(call)[0].id
    booth.cast(study, people["seated"], 1, Outcome.TIE)
    closed = booth.open(replace(call, votes=3))[0].id
    booth.cast(closed, people["rater"], 1, Outcome.TIE)
    booth.close(closed)
    booth.darkroom.close()
    return {
        "partner": tenant,
        "campaign": laid.campaign.id,
        "study": study,
        "closed": closed,
        "pack": pack.seal,
        **people,
    }


def _fill(made: World) -> None:
    """Learn the ids that a tenant sees, and which of them are its alone."""
    texts = {}
    for tenant in TENANTS:
        key, ids = f"{tenant}-member", made.ids[tenant]
        rows = made.ask(key, "GET", "/v1/takes", params={"limit": 200}).json()["takes"]
        made_of = next(r for r in rows if r["recipe"] == "init_image")
        ids["take"], ids["asset"] = made_of["take"], made_of["sha256"]
        laid = made.sent(key, ("GET", "/v1/signoff"), ids).json()
        ids["item"] = laid["items"][0]["item"]
        asked = made.sent(key, ("POST", "/v1/requests"), ids)
        ids["request"] = asked.json()["request"]
        built = made.sent(key, ("POST", "/v1/reports"), ids)
        ids["report"] = built.json()["report"]
        for name in ("upload", "dropped"):
            begun = made.sent(key, ("POST", "/v1/uploads"), ids)
            ids[name] = begun.json()["upload"]
        spare = made.sent(key, ("POST", "/v1/campaigns"), ids)
        ids["spare"] = spare.json()["campaign"]
        ids["note"] = made.sent(key, ("POST", "/v1/takes/{id}/notes"), ids).json()["id"]
        repair = made.sent(key, ("POST", "/v1/takes/{id}/repairs"), ids)
        assert repair.is_success, repair.text
        ids["repair"] = repair.json()["repair"]
        seen = [made.ask(key, "GET", f"/v1/campaigns/{ids['campaign']}").text, json.dumps(rows)]
        seen += [f'"{tenant}"', *(f'"{i}"' for i in ids.values()), f'"The secret of {tenant}"']
        texts[tenant] = set(re.findall(r'"([^"\\]{12,})"', " ".join(seen))) | {tenant}
    for tenant, other in (TENANTS, TENANTS[::-1]):
        alone = {s for s in texts[tenant] - texts[other] if not re.match(r"/v1/|\d{4}-\d\d-|: ", s)}
        made.secrets[tenant] = frozenset(alone)
