"""Requests in folders, handed in at a service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.packs.wording import printable
from dashboard.folders import inbox as inboxes
from dashboard.folders.answers import listed
from dashboard.folders.journal import place_of
from dashboard.folders.steps import Steward
from router.afar import There
from router.clock import SystemClock
from router.console import bad_news
from router.domain.errors import BadInput, PlatformError
from router.domain.money import musd_of

Json = dict[str, Any]
NO_KEY = 401
BAD = frozenset({"bad", "ended_badly", inboxes.SKIPPED})


def run(there: There, *, inbox: Path, names: list[str] | None, most: str | None) -> None:
    """Take every request that is ready to its end."""
    steward, told = _steward(there, inbox, most), _teller(there)
    with inboxes.alone(inbox):
        folders = _chosen(inbox, names or [])
        rows = list(inboxes.sweep(steward, folders, told))
        while inboxes.open_(rows):
            there.service.patience.sleep(1.0)
            rows = list(inboxes.sweep(steward, folders, told))
    there.said.answer({"inbox": str(inbox), "requests": rows}, listed(rows) or "no request yet")
    if any(row["state"] in BAD for row in rows):
        raise bad_news()


def watch(there: There, *, inbox: Path, most: str | None, every: float) -> None:
    """Do so until stopped; a service that is away is waited for."""
    steward, told = _steward(there, inbox, most), _teller(there)
    with inboxes.alone(inbox):
        there.said.tell(f"watching {inbox}; stop with Ctrl-C, at any time")
        while True:
            for folder in inboxes.requests(inbox):
                _patiently(steward, folder, told)
            there.service.patience.sleep(every)


def _patiently(steward: Steward, folder: Path, told: Callable[[str, Json], None]) -> None:
    try:
        for _ in inboxes.sweep(steward, [folder], told):
            pass
    except PlatformError as error:
        if error.http_status == NO_KEY:
            raise  # a key that opens nothing is for whoever watches
        told(printable(folder.name), {"state": "waiting", "words": f"{error}; asked again"})


def _steward(there: There, inbox: Path, most: str | None) -> Steward:
    usd = None if most is None else musd_of("--most", most) / 1e6
    clock = SystemClock()
    return Steward(
        there=there,
        now=lambda: f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        kept=place_of(inbox),
        most_usd=usd,
    )


def _chosen(inbox: Path, names: list[str]) -> list[Path]:
    every = inboxes.requests(inbox)
    known = {path.name: path for path in every}
    for name in names:
        if name not in known:
            expected = f"one of: {printable(', '.join(sorted(known))) or 'none is there yet'}"
            raise BadInput(field="NAME", found=name, expected=expected)
    return [known[name] for name in names] or every


def _teller(there: There) -> Callable[[str, Json], None]:
    last: dict[str, str] = {}

    def tell(name: str, body: Json) -> None:
        if last.get(name) != body["words"]:
            last[name] = body["words"]
            there.said.tell(printable(f"{name}: {body['state']}: {body['words']}"))

    return tell
