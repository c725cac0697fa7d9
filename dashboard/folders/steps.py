"""One request, a step further: read, hand in, watch, lay answers.

Every step is noted on disk before the next one, and each can be taken again. The key under which a
request is sent is made of its content and noted before it is sent: whatever dies in between, the
service sees the same wish under the same key, and carries it out and bills it once.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answers import PackChecked, Status
from benchmarks.client import AT_WORK, LIVE, Client
from benchmarks.packs.parcel import parcel
from benchmarks.packs.wording import printable
from benchmarks.remote import packs
from dashboard.folders import answers, ask, dropped, papers, short
from dashboard.folders.ask import Ask
from dashboard.folders.journal import Journal, checked
from dashboard.folders.names import (
    ANSWERS,
    ERROR,
    NOT_READY,
    PACK,
    READY,
    REFRESH,
    REQUEST,
    STATE,
    TAKES,
)
from router.afar import There
from router.calling import ServiceSaysNo
from router.domain.errors import BadInput, Broken, Busy, OverBudget, PlatformError

Json = dict[str, Any]
ENDED = frozenset({"done", "bad", "ended_badly"})
NOT_OURS = frozenset({401, 403, 429})  # of the key or the moment, not of the folder
NOT_ENTITLED = "not_entitled"  # what was asked for may not be, whoever asks: consent, a recipe
LOST = ("failed", "parked", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steward:
    """Takes requests further, one step at a time."""

    there: There
    now: Callable[[], str]  # UTC, in words
    kept: Path  # the folder of this inbox's journals
    most_usd: float | None = None  # that one request may ask for

    def advance(self, folder: Path) -> Json | None:
        """Take a request one step further and say how it stands; None = it is not ready yet.

        Raises:
            PlatformError: not the folder's fault: no service, no key, a wall in between.
        """
        if not (folder / READY).exists():
            return None
        journal = Journal(kept=self.kept, folder=folder)
        try:
            return self._further(folder, journal)
        except PlatformError as error:
            if not _of_the_folder(error):
                self._waits(folder, journal, error)
                raise
            return papers.refuse(folder, papers.errors_of(error, REQUEST), self.now())

    def _further(self, folder: Path, journal: Journal) -> Json:
        known = journal.read()
        if not ("campaign" in known or "repair" in known):
            known = self._sent(folder, journal)
        elif known["request"] != _hash(folder):
            found, expected = "a request that was changed after it was sent", "a new folder"
            raise BadInput(field=REQUEST, found=found, expected=expected)
        said: Json | None = known.get("ended")
        anew = (folder / REFRESH).exists()
        if said and not anew and all((folder / name).exists() for name in (STATE, ANSWERS)):
            return said
        told = self._repaired(journal, known) if "repair" in known else self._ran(journal, known)
        journal.note(ended=told if told["state"] in ENDED else None)
        if anew:
            (folder / REFRESH).unlink(missing_ok=True)
        return told

    def _sent(self, folder: Path, journal: Journal) -> Json:
        """Read the request and hand it in."""
        if not folder.name.isprintable():
            found, expected = printable(folder.name), "a folder's name in letters and digits"
            raise BadInput(field="folder", found=found, expected=expected)
        wanted, data = ask.read(folder)
        if self.most_usd is not None and wanted.budget_usd > self.most_usd:
            expected = f"at most {self.most_usd:g}, as this inbox was started with"
            raise BadInput(field="budget_usd", found=wanted.budget_usd, expected=expected)
        if (folder / TAKES).is_symlink():
            raise BadInput(field=TAKES, found="a link", expected="a folder, or nothing")
        journal.note(request=hashlib.sha256(data).hexdigest())
        for old in (ERROR, NOT_READY):
            (folder / old).unlink(missing_ok=True)
        if wanted.repair is not None:
            return self._ask_repair(folder, journal, wanted)
        return self._ask_campaign(folder, journal, wanted)

    def _ask_campaign(self, folder: Path, journal: Journal, wanted: Ask) -> Json:
        if wanted.shot is not None:
            papers.write(folder / PACK, short.pack_of(wanted, wanted.shot, folder))
        seal = self._seal(folder, wanted.pack or ".", wanted.partner)
        client = Client(self.there.service)
        order: Json = {
            "partner": wanted.partner, "packs": [seal], "recipes": wanted.recipes,
            "takes": wanted.takes, "budget_usd": wanted.budget_usd,
        }  # fmt: skip
        laid = client.plan(**order)
        _same_kind(wanted.simulate, simulated=laid["simulated"])
        if not laid["trials"]:
            raise BadInput(field="recipes", found="nothing to ask for", expected=_why(laid))
        key = _key(journal, order)
        journal.note(seal=seal, root=wanted.pack or ".")
        papers.tell(
            folder, "sending", f"handing in {laid['trials']} trials, at most "
            f"{laid['worst_case_usd']:.2f} USD ({_money(simulated=laid['simulated'])})",
            refused=laid["refused"], at=self.now(),
        )  # fmt: skip
        begun = client.run(key=key, **order)
        campaign = checked(begun["campaign"], "campaign")
        return journal.note(campaign=campaign, refused=laid["refused"])

    def _ask_repair(self, folder: Path, journal: Journal, wanted: Ask) -> Json:
        repair = wanted.repair
        assert repair is not None  # noqa: S101 - the one caller has looked
        client = Client(self.there.service)
        status = client.status(client.take(repair.take)["campaign"])
        _same_kind(wanted.simulate, simulated=status["simulated"])
        body = {
            "lines": repair.lines, "rounds": repair.rounds, "budget_usd": wanted.budget_usd,
            "by": wanted.by,
        }  # fmt: skip
        key = _key(journal, {"take": repair.take, **body})
        papers.tell(folder, "sending", f"asking for a repair of {repair.take}", at=self.now())
        begun = self.there.service.wish(f"/v1/takes/{repair.take}/repairs", body, key)
        ids = {name: checked(begun[name], name) for name in ("repair", "campaign")}
        return journal.note(**ids)

    def _seal(self, folder: Path, pack: str, partner: str) -> str:
        """Hand a pack in, where the service does not know it; raises with all of its mistakes.

        What is sent is opened anew, past no link: it may have changed since it was looked at.
        """
        root = folder / pack
        found = parcel(root, partner)
        if found.seal and Client(self.there.service).pack(partner, found.seal):
            return found.seal
        with tempfile.TemporaryDirectory() as drafts:
            target = Path(drafts) / f"{root.name}.zip"
            found.packed(target, lambda name: dropped.reached(folder, f"{pack}/{name}"))
            checked: PackChecked = packs.sent(self.there, target, partner)
        if checked["pack"] is None:
            raise Mistaken([dict(one) for one in checked["errors"]])
        return checked["pack"]

    def _ran(self, journal: Journal, known: Mapping[str, Any]) -> Json:
        folder = journal.folder
        client = Client(self.there.service)
        status = client.status(known["campaign"])
        facts = _facts(status) | {"at": self.now()}
        landed = [take for take in client.takes(campaign=known["campaign"]) if take["take"]]
        laid = answers.lay(self.there, journal, status, landed)
        if status["state"] in LIVE or status["scored"] < status["trials"]["done"]:
            words = f"{len(landed)} of {status['trials']['total']} takes are here"
            return papers.tell(folder, "running", words, next="wait", **facts)
        trials: Json = dict(status["trials"])
        lost = sum(trials[name] for name in LOST)
        words = f"{status['state']}: {len(landed)} takes in {TAKES}, {laid['open_must']} of them "
        kind = " (simulated)" if status["simulated"] else ""
        words += f"with must-lines open; {status['spend_usd']:.2f} USD{kind} spent"
        words += f"; {lost} trials gave no take" if lost else ""
        ended = "ended_badly" if lost or status["state"] != "done" else "done"
        next_ = f"look at {ANSWERS}; circle one with `circletake circle TAKE --by NAME`"
        if status["state"] == "budget_reached":
            next_ = f"circletake campaign resume {known['campaign']} --budget MORE"
        return papers.tell(folder, ended, words, next=next_, **facts)

    def _repaired(self, journal: Journal, known: Mapping[str, Any]) -> Json:
        folder = journal.folder
        client = Client(self.there.service)
        found = self.there.service.get(f"/v1/repairs/{known['repair']}")
        facts = {"repair": found["repair"], "campaign": found["campaign"],
                 "simulated": found["simulated"], "at": self.now()}  # fmt: skip
        if found["state"] in AT_WORK:
            words = f"a repair of {found['take']} is {found['state']}"
            return papers.tell(folder, "running", words, next="wait", **facts)
        outcome = found["outcome"] or {}
        children = [client.take(one["take"]) for one in outcome.get("children", ())]
        status = client.status(found["campaign"])
        answers.lay(self.there, journal, status, children, outcome=outcome)
        best = outcome.get("best")
        words = f"{len(children)} children of {found['take']}; "
        words += f"the best is {best}" if best else "none is better: the parent is kept"
        if found.get("note"):
            words += f" ({found['note']})"
        failed = found["state"] != "done" or not children
        return papers.tell(
            folder, "ended_badly" if failed else "done", words, next=f"look at {ANSWERS}", **facts
        )

    def _waits(self, folder: Path, journal: Journal, error: PlatformError) -> None:
        words = f"waiting: {error}; nothing is lost, and nothing is sent twice"
        known = {} if isinstance(error, Broken) else journal.read()
        kept = {k: v for k, v in known.items() if k == "campaign"}
        papers.tell(folder, "waiting", words, next="wait, or look at the service", **kept)


class Mistaken(BadInput):
    """A pack that the service does not take, with every mistake in it."""

    def __init__(self, errors: list[Json]) -> None:
        """Keep them all."""
        self.errors = tuple(errors)
        first = errors[0]
        super().__init__(
            field=f"{first['file']}: {first['field']}",
            found=first["found"],
            expected=first["expected"],
        )


def _of_the_folder(error: PlatformError) -> bool:
    """Say whether the person who dropped the folder can mend it."""
    if isinstance(error, Busy) or error.http_status >= 500 or error.http_status in NOT_OURS:
        asked = isinstance(error, ServiceSaysNo) and error.code == NOT_ENTITLED
        return asked or isinstance(error, OverBudget)
    return True


def _same_kind(simulate: bool, *, simulated: bool) -> None:  # noqa: FBT001 - as it was asked
    if simulate == simulated:
        return
    kind = "asks the emulator" if simulated else "reaches models, and pays"
    expected = f"{str(simulated).lower()}: this service {kind}"
    raise BadInput(field="simulate", found=str(simulate).lower(), expected=expected)


def _why(laid: Mapping[str, Any]) -> str:
    reasons = sorted({f"{one['recipe']}: {one['reason']}" for one in laid["refused"]})
    return "recipes that fit the task; " + "; ".join(reasons[:5])


def _money(*, simulated: bool) -> str:
    return "simulated, spends nothing" if simulated else "real money"


def _facts(status: Status) -> Json:
    return {
        "campaign": status["campaign"],
        "simulated": status["simulated"],
        "trials": dict(status["trials"]),
        "spend_usd": status["spend_usd"],
        "budget_usd": status["budget_usd"],
    }


def _hash(folder: Path) -> str:
    data = dropped.content(folder / REQUEST, ask.MOST_BYTES)
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _key(journal: Journal, order: Mapping[str, Any]) -> str:
    """Note the key of a wish: the same wish in the same folder has the same, always.

    Raises:
        BadInput: another wish was sent from here, perhaps; who died in between cannot know.
    """
    said = json.dumps([journal.folder.name, order], sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(said.encode()).hexdigest()
    if journal.read().get("key", key) != key:
        found, expected = "a request that was changed while it was sent", "a new folder"
        raise BadInput(field=REQUEST, found=found, expected=expected)
    journal.note(key=key)
    return key
