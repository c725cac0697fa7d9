"""The human-authorship log: who prompted, chose, edited, repaired and circled, and when; pure.

Where nobody's name was recorded the log says so; it never guesses one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from benchmarks.domain.pack import ShotPack
from benchmarks.domain.repair import Repair
from benchmarks.planning.phrasing import Phrased
from benchmarks.views.case import Case
from router.domain.ids import sha256_of
from router.domain.request import Request
from router.domain.take import Take

NOBODY = "not recorded"
COLUMNS = ("at", "event", "by", "role", "shot", "take", "what", "consent_evidence")
_DECIDED = {"circled": "circled", "withdrawn": "circle taken back", "uses": "chose frames"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One act."""

    at: str  # UTC, ISO 8601; "" = not dated
    event: str
    by: str
    role: str
    shot: str
    take: str
    what: str
    consent_evidence: str = ""  # of the consents in force at a call


def log(case: Case, decisions: Iterable[Any], requests: Mapping[str, Request]) -> tuple[Line, ...]:
    """Give every act of a campaign that is on record, in the order of time; credits come first.

    Args:
        case: the campaign.
        decisions: all of them, not only those that count.
        requests: what was asked, by id.
    """
    shots = {take: trial.shot for take, trial in case.trial_of.items()}
    lines = [
        *_asked(case, requests),
        *_worked(case),
        *_repaired(case, shots),
        *_brought(case),
        *(_decided(d, shots) for d in decisions),
        *_observed(case, shots),
    ]
    credits_ = [line for kept in case.packs.values() for line in _credits(kept.pack)]
    return (*credits_, *sorted(lines, key=lambda x: (x.at, x.event, x.take)))


def as_dict(case: Case, lines: Iterable[Line]) -> dict[str, Any]:
    """Give the log as JSON values, with the consents and approvals that it rests on."""
    return {
        "schema": "authorship/1",
        "campaign": case.id,
        "partner": case.partner.name,
        "simulated": case.simulated,
        "log": [asdict(line) for line in lines],
        "consents": [
            {
                "pack": seal,
                "participant": c.participant,
                "permitted": list(c.permitted),
                "granted_on": c.granted_on.isoformat(),
                "expires_on": c.expires_on.isoformat(),
                "evidence_sha256": c.evidence_sha256,
            }
            for seal, kept in case.packs.items()
            for c in kept.pack.consents
        ],
        "approvals": [
            {
                "pack": seal,
                "who": a.who,
                "what": a.what,
                "on": a.on.isoformat(),
                "evidence_sha256": a.evidence_sha256,
            }
            for seal, kept in case.packs.items()
            for a in kept.pack.approvals
        ],
    }


def _credits(pack: ShotPack) -> Iterator[Line]:
    for one in pack.credits:
        paid = {True: ", compensated", False: ", not compensated", None: ""}[one.compensated]
        what = f"{one.contribution}{paid}"
        yield Line(at="", event="credit", by=one.name, role="artist", shot="", take="", what=what)


def _asked(case: Case, requests: Mapping[str, Request]) -> Iterator[Line]:
    """Give every call with its words and where they came from."""
    takes: dict[str, Take] = {t.request: t for t in case.takes.values()} | dict(case.steps)
    for trial in case.trials:
        for id_ in trial.requests:
            request, attempt = requests.get(id_), case.attempts.get(id_)
            if request is None or attempt is None or attempt.sent_at is None:
                continue
            origin = case.origins.get(sha256_of(request.prompt.encode()))
            take = takes.get(id_)
            yield Line(
                at=_stamp(attempt.sent_at),
                event="asked",
                by=_author(request, origin),
                role="",
                shot=trial.shot,
                take=take.id if take else "",
                what=_words(request, attempt.state.value),
                consent_evidence=request.clearance.evidence_sha256,
            )


def _author(request: Request, origin: Phrased | None) -> str:
    """Say whose words a prompt is; who started the campaign is in the audit log, not here."""
    if not request.prompt:
        return "nobody: no words were asked with"
    if origin is not None and origin.writing is not None and origin.writing.words:
        return "a language model, from the pack's words"
    return "the pack's words, laid out by a template" if origin else NOBODY


def _words(request: Request, state: str) -> str:
    words = f": {request.prompt}" if request.prompt else ""
    return f"{request.operation}, {state}{words}"


def _worked(case: Case) -> Iterator[Line]:
    for entry in case.labour_standing:
        minutes = "still running" if entry.minutes is None else f"{entry.minutes:g} minutes"
        note = f": {entry.note}" if entry.note else ""
        yield Line(
            at=_stamp(entry.at),
            event=entry.what,
            by=entry.by,
            role=entry.role,
            shot=entry.shot,
            take="",
            what=f"{minutes}{note}",
        )


def _repaired(case: Case, shots: Mapping[str, str]) -> Iterator[Line]:
    for repair in case.repairs:
        child = case.takes.get(repair.child)
        yield Line(
            at=_stamp(child.created_at) if child else "",
            event="repaired",
            by=repair.by or NOBODY,
            role="",
            shot=shots.get(repair.parent, repair.shot),
            take=repair.child,
            what=_repair(repair),
        )


def _repair(repair: Repair) -> str:
    """Say what was done: a new take has nothing of its parent, whatever else is laid into it."""
    wishes = [f"line {', '.join(map(str, repair.lines))}"] if repair.lines else []
    wishes += [f"note {', '.join(repair.notes)}"] if repair.notes else []
    how = "asked for again" if repair.operation == "again" else "inside a matte"
    return f"from {repair.parent}, {how}, for {' and '.join(wishes) or 'nothing that was noted'}"


def _brought(case: Case) -> Iterator[Line]:
    for guest in case.guests.values():
        yield Line(
            at=_stamp(guest.created_at),
            event="made elsewhere",
            by=guest.made_by,
            role="",
            shot=guest.shot,
            take=guest.take,
            what=f"with {guest.tool}, as its maker says",
        )


def _decided(decision: Any, shots: Mapping[str, str]) -> Line:
    used = decision.used
    what = f"frames {used[0]} to {used[1]}. {decision.notes}" if used else decision.notes
    return Line(
        at=_stamp(decision.created_at),
        event=_DECIDED.get(decision.status, decision.status),
        by=decision.by,
        role=decision.role,
        shot=shots.get(decision.take, ""),
        take=decision.take,
        what=what.strip(),
    )


def _observed(case: Case, shots: Mapping[str, str]) -> Iterator[Line]:
    for seen in case.observations:
        places = dict.fromkeys(shots[t] for t in seen.takes if t in shots)
        yield Line(
            at=_stamp(seen.created_at),
            event="observed",
            by=seen.by,
            role=seen.role,
            shot=", ".join(places),
            take=", ".join(seen.takes),
            what=seen.text,
        )


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
