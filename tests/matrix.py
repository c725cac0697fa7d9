"""Who gets what: every route, asked by every role, with its own ids, another tenant's, and none.

What is right follows from the policy that each route declares. A route without a sample here is a
fault, and so is an answer about another tenant's thing that differs from one about nothing at all.

    python -m tests.matrix          prints the table
"""

import json
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from router.api.permit import Opening, Permit, policies
from tests.matrix_samples import SAMPLES, Sample
from tests.matrix_world import CALLERS, NOBODY, TENANTS, A, B, World, live, world

EVERYBODYS = {"nonce", "looker", "until"}  # stand in samples, and are no tenant's
REQUEST_ID = re.compile(r'"request_id": ?"[0-9a-f]+"')
Fault = str


def _kinds(sample: Sample) -> list[str]:
    text = json.dumps([dict(sample.query), sample.body])
    return sorted(set(re.findall(r"\{([a-z0-9]+)\}", text)) - EVERYBODYS)


def _nothing(id_: str) -> str:
    """Give an id of the same form that nothing has."""
    fixed = id_[0] + re.sub(r"[a-z]", "q", id_[1:]) if not _is_hex(id_) else "e" * len(id_)
    return re.sub(r"[0-9]", "7", fixed)


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{12,}", text) is not None


def said(answer: httpx.Response) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Give all of an answer but its request id."""
    left_out = {"x-request-id", "date"}
    headers = tuple(sorted((k, v) for k, v in answer.headers.items() if k not in left_out))
    return answer.status_code, REQUEST_ID.sub("", answer.text), headers


def faults(
    world: World, route: tuple[str, str], keys: Collection[str] = (*CALLERS, NOBODY)
) -> Iterator[Fault]:
    """Ask one route in every way; gives what is wrong, as sentences."""
    policy = policies(world.app)[route]
    if route not in SAMPLES:
        yield f"{route}: a new route without a sample in tests/matrix.py"
        return
    if SAMPLES[route].link is not None:
        yield from _link_faults(world, route, keys)
        return
    for key in keys:
        yield from _own_faults(world, route, policy, key)
        for other in foreign(key):
            yield from _foreign_faults(world, route, key, other)


def foreign(key: str) -> list[str]:
    """Name the tenants of which somebody must learn nothing."""
    return [t for t in TENANTS if key in CALLERS and t not in CALLERS[key].reads]


def expected(policy: Permit | Opening, key: str) -> str:
    """Say what somebody should get with ids of their own: by the route's own word."""
    if isinstance(policy, Opening):
        return "open"
    if key == NOBODY:
        return "401"
    return "yes" if policy.scope in CALLERS[key].scopes else "403"


def _own_faults(
    world: World, route: tuple[str, str], policy: Permit | Opening, key: str
) -> Iterator[Fault]:
    tenants = CALLERS[key].reads if key in CALLERS else TENANTS
    if not list(tenants) and not _kinds(SAMPLES[route]):
        tenants = TENANTS[:1]  # nothing of a tenant is said
    for tenant in tenants:
        answer = world.sent(key, route, world.ids[tenant])
        wanted = expected(policy, key)
        right = SAMPLES[route].right if wanted in {"yes", "open"} else {int(wanted)}
        if answer.status_code not in right:
            yield f"{route} by {key} for {tenant}: {answer.status_code}, not {sorted(right)}"
        yield from _leaks(world, key, answer, f"{route} by {key}")


def _foreign_faults(world: World, route: tuple[str, str], key: str, tenant: str) -> Iterator[Fault]:
    """Put another's id into each place by itself, and into all; the answer is as for nothing."""
    other = world.ids[tenant]
    nobodys = {k: v if k in EVERYBODYS else _nothing(v) for k, v in other.items()}
    own = next((world.ids[t] for t in CALLERS[key].reads), nobodys)
    kinds = _kinds(SAMPLES[route])
    for places in [*([k] for k in kinds), kinds] if kinds else []:
        taken = own | {k: other[k] for k in places}
        nothing = own | {k: _nothing(other[k]) for k in places}
        told, unknown = (world.sent(key, route, ids) for ids in (taken, nothing))
        where = f"{route} by {key} with another's {', '.join(places)}"
        if _as_nothing(told, taken) != _as_nothing(unknown, nothing):
            yield f"{where}: {told.status_code} is told apart from {unknown.status_code}"
        if told.is_success and route[0] != "GET":
            yield f"{where}: {told.status_code}"
        yield from _leaks(world, key, told, where)


def _as_nothing(answer: httpx.Response, ids: Mapping[str, str]) -> Any:
    """Give an answer without the ids that were sent: what is left must be the same."""
    status, text, headers = said(answer)
    for kind, id_ in ids.items():
        text = text.replace(id_, f"<{kind}>")
    return status, re.sub(r"nonce-[0-9]+", "", text), headers


def _leaks(world: World, key: str, answer: httpx.Response, where: str) -> Iterator[Fault]:
    for tenant in foreign(key):
        known = {tenant} if CALLERS[key].is_internal else set()  # which studios there are
        if "/v1/audit" in where:
            known |= {*world.ids[tenant].values()}  # the log repeats what one's own people tried
        others = world.secrets[tenant] - known
        found = [s for s in others if s in answer.text]
        if found:
            yield f"{where}: it tells {found[:3]} of another"


def _link_faults(world: World, route: tuple[str, str], keys: Collection[str]) -> Iterator[Fault]:
    """Links: made for whom may look only, and good for nobody else and for nothing else."""
    make = SAMPLES[route].link
    assert make is not None
    for key, who in ((k, c) for k, c in CALLERS.items() if k in keys):
        for tenant in TENANTS:
            link = make(world, key, tenant)
            may = tenant in who.looks and SAMPLES[route].link_scope in who.scopes
            if bool(link) != may:
                yield f"{route} by {key} for {tenant}: {'a' if link else 'no'} link"
            if link and may:
                yield from _uses(world, route, key, tenant, link)


def _uses(
    world: World, route: tuple[str, str], key: str, tenant: str, link: str
) -> Iterator[Fault]:
    other = B if tenant == A else A
    tries = {
        "by itself": (NOBODY, link, True),
        "by whom it was made for": (key, link, True),
        "by another tenant": (f"{other}-member", link, False),
        "by somebody unknown": ("rubbish", link, False),
        "for another partner": (NOBODY, re.sub(r"partner=[^&]+", f"partner={other}", link), False),
        "with another signature": (NOBODY, re.sub(r"s=[0-9a-f]{8}", "s=00000000", link), False),
        "for longer": (NOBODY, re.sub(r"e=\d+", "e=9999999999", link), False),
        "in another's name": (NOBODY, re.sub(r"u=[^&]+", "u=somebody~0", link), False),
    }
    for how, (who, url, works) in tries.items():
        if not works and url == link and who == NOBODY:
            yield f"{route}: the try '{how}' changes nothing"
        answer = world.ask(who, "GET", url)
        if answer.is_success != works:
            yield f"{route} {how}: {answer.status_code}"


def table(made: World) -> str:
    """Draw who gets what: with one's own ids, and with another's."""
    heads = (*CALLERS, NOBODY)
    lines = ["| route | policy | " + " | ".join(heads) + " |", "|---" * (len(heads) + 2) + "|"]
    for route, policy in policies(made.app).items():
        word = policy.scope.value if isinstance(policy, Permit) else "open"
        cells = [_cell(made, route, key) for key in heads]
        lines.append(f"| {route[0]} {route[1]} | {word} | " + " | ".join(cells) + " |")
    wrong = [f for route in policies(made.app) for f in faults(made, route)]
    return "\n".join([*lines, "", f"{made.calls} requests, {len(wrong)} faults", *wrong])


def _cell(made: World, route: tuple[str, str], key: str) -> str:
    make = SAMPLES[route].link
    if make is not None:
        given = [bool(make(made, key, t)) for t in TENANTS] if key in CALLERS else [False, False]
        own = any(given)
        return "link" if own else "no link"
    reads = list(CALLERS[key].reads) if key in CALLERS else [A]
    kinds, others = _kinds(SAMPLES[route]), foreign(key)
    own = [made.sent(key, route, made.ids[t]).status_code for t in reads[:1]]
    if not kinds or not others:
        own = own or [made.sent(key, route, made.ids[A]).status_code]
        return str(own[0])
    other = made.sent(key, route, made.ids[others[0]]).status_code
    return f"{own[0] if own else '–'} / {other}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with world(home, live(home)) as lived:
            print(table(lived))  # noqa: T201  # this is a program
