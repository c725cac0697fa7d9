"""A double of a service as the folder protocol sees it: packs, campaigns and takes in memory."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from router.calling import Service
from router.testing.calling import problem, told

Json = dict[str, Any]
PIXEL = b"\x89PNG\r\n\x1a\n-a picture-"
NONE = {"total": 0, "done": 0, "refused": 0, "failed": 0, "parked": 0, "unknown": 0, "open": 0}


@dataclass(slots=True)
class ServiceDouble:
    """Keeps what was asked for; each look takes a campaign one take further."""

    wants: int = 2  # takes of each campaign
    simulated: bool = True
    mistakes: list[Json] = field(default_factory=list)  # in whatever pack comes
    dies: Callable[[str, str], None] = lambda _method, _path: None  # after it was done
    away: bool = False
    paid: dict[str, str] = field(default_factory=dict)  # idempotency key → campaign or repair
    landed: dict[str, int] = field(default_factory=dict)  # campaign → takes
    uploads: int = 0
    circled: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def service(self) -> Service:
        """Give a client of it."""
        return told(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        method, path = request.method, request.url.path
        self.asked.append(f"{method} {path}")
        if self.away:
            raise httpx.ReadTimeout("away")
        found = self._found(request, method, path)
        self.dies(method, path)
        return found

    def _found(self, request: httpx.Request, method: str, path: str) -> httpx.Response:
        for wanted, pattern, answer in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == wanted:
                return answer(request, *match.groups())
        return problem(404, "unknown_name")

    def _routes(self) -> list[tuple[str, str, Callable[..., httpx.Response]]]:
        return [
            ("POST", "/v1/uploads", self._upload),
            ("PUT", "/v1/uploads/u/parts/0", lambda _: _json({"received": [0]})),
            ("POST", "/v1/uploads/u/complete", lambda _: _json({"upload": "u"})),
            ("POST", "/v1/packs", self._pack),
            ("POST", "/v1/campaigns/plan", self._plan),
            ("POST", "/v1/campaigns", self._run),
            ("GET", "/v1/campaigns/(.*)/status", lambda _, id_: _json(self._status(id_))),
            ("GET", "/v1/takes", self._takes),
            ("GET", "/v1/takes/(.*)", lambda _, id_: _json(self._take(id_))),
            ("GET", "/v1/verdicts", lambda _: _json({"takes": [], "next": None})),
            ("POST", "/v1/takes/(.*)/repairs", self._repair),
            ("GET", "/v1/repairs/(.*)", self._repaired),
            ("GET", "/v1/media/(.*)", lambda _, id_: httpx.Response(200, content=_bytes(id_))),
        ]

    def _upload(self, _request: httpx.Request) -> httpx.Response:
        self.uploads += 1
        return _json({"upload": "u", "part_bytes": 1 << 23, "parts": 1, "received": []}, 201)

    def _pack(self, _request: httpx.Request) -> httpx.Response:
        body = {"pack": None if self.mistakes else "seal", "ok": not self.mistakes}
        status = 422 if self.mistakes else 201
        return _json(body | {"errors": self.mistakes, "warnings": []}, status)

    def _plan(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        return _json({
            "campaign": "c", "partner": body["partner"], "simulated": self.simulated,
            "trials": self.wants, "worst_case_usd": 0.1, "budget_usd": body["budget_usd"],
            "refused": [],
        })  # fmt: skip

    def _run(self, request: httpx.Request) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        id_ = self.paid.setdefault(key, id_of("c", len(self.paid)))
        self.landed.setdefault(id_, 0)
        return _json(self._status(id_), 202)

    def _status(self, id_: str) -> Json:
        done = self.landed.get(id_, self.wants)
        self.landed[id_] = min(self.wants, done + 1)
        ended = done == self.wants
        return {
            "campaign": id_, "partner": "my_studio", "state": "done" if ended else "running",
            "simulated": self.simulated, "scored": done, "spend_usd": 0.1, "reserved_usd": 0.0,
            "unknown_usd": 0.0, "budget_usd": 5.0, "forecast_finish": None,
            "trials": NONE | {"total": self.wants, "done": done, "open": self.wants - done},
        }  # fmt: skip

    def _takes(self, request: httpx.Request) -> httpx.Response:
        id_ = request.url.params["campaign"]
        rows = [self._take(id_of("a", _number(id_), n)) for n in range(self.landed.get(id_, 0))]
        return _json({"takes": rows, "next": None})

    def _take(self, id_: str) -> Json:
        by = {"status": "circled", "by": "Ada", "role": "", "note": "", "at": "x"}
        return {
            "take": id_, "partner": "my_studio", "campaign": id_of("c", _number(id_)),
            "shot": "SQ010_SH0010", "recipe": "r", "recipe_title": "R", "number": 1,
            "model_name": "Emulated A", "operation": "o", "state": "done", "code": "",
            "reason": "", "simulated": self.simulated, "source": "generated", "control": False,
            "sha256": hashlib.sha256(_bytes(id_)).hexdigest(), "mime": "image/png", "width": 8,
            "height": 8, "frames": 1, "fps": 0.0, "seed": 1, "cost_usd": 0.05, "latency_s": 1.0,
            "flags": [], "open_must": 0, "verdicts": {}, "parent": None,
            "decision": by if id_ in self.circled else None,
            "links": {"media": f"/v1/media/{id_}", "preview": None, "thumb": None},
        }  # fmt: skip

    def _repair(self, request: httpx.Request, take: str) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        id_ = self.paid.setdefault(key, id_of("e", len(self.paid)))
        return _json({"repair": id_, "campaign": id_of("c", _number(take)), "take": take}, 202)

    def _repaired(self, _request: httpx.Request, id_: str) -> httpx.Response:
        child = id_of("a", 0, 9)
        outcome = {"children": [{"take": child}], "best": child, "rounds": 1}
        return _json({
            "repair": id_, "campaign": id_of("c", 0), "take": id_of("a", 0),
            "simulated": self.simulated, "state": "done", "note": "", "outcome": outcome,
        })  # fmt: skip


def id_of(kind: str, campaign: int, take: int = 0) -> str:
    """Make the id of a campaign (c), of a take of it (a) or of a repair (e)."""
    return f"{kind}{take:03x}{campaign:04x}".ljust(32, "0")


def _number(id_: str) -> int:
    return int(id_[4:8], 16)


def _bytes(take: str) -> bytes:
    return PIXEL + take.encode()


def _json(body: Json, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)
