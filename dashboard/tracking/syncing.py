"""One sync, from a studio's records to a tracker and back: what the commands and tests call."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.review import proxies
from benchmarks.review.label import Label, labels
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from dashboard.tracking.gathering import Choice, sending
from dashboard.tracking.nouns import Board, Plan, Sending
from dashboard.tracking.opening import TRACKERS
from dashboard.tracking.plan import foreign, known, plan
from dashboard.tracking.port import Tracker
from dashboard.tracking.pull import Ear, Heard, heard
from dashboard.tracking.push import Diary, Load, Outcome, Push
from router.domain.errors import UnknownName

if TYPE_CHECKING:
    from benchmarks.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is synced, and how."""

    campaign: str
    project: str  # its name in the tracker
    choice: Choice = field(default_factory=Choice)
    findings: bool = True
    originals: bool = True
    again: bool = False  # what was deleted there is pushed once more


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Everything looked at, and nothing written."""

    case: Case
    labels: tuple[Label, ...]
    sending: Sending
    board: Board
    told: Mapping[str, str]  # our mark → their id
    plan: Plan


def look(here: "Studio", tracker: Tracker, order: Order) -> Ready:
    """Read a campaign and a project, and plan.

    Raises:
        UnknownName: no such campaign, shot or project.
        Conflict: the project holds takes of another partner.
        Unreachable: the tracker does not answer.
    """
    case = here.case(order.campaign)
    named = labels(case, Veil(here.catalogue, case.simulated, here.fictional))
    shots = {shot for _, shot in case.shots}
    if order.choice.shot is not None and order.choice.shot not in shots:
        raise UnknownName("--shot", order.choice.shot, shots)
    claims = _claims(here, case) if order.findings else ()
    wanted = sending(case, named, claims, order.choice)
    board = tracker.board(order.project)
    kept = here.store.trackings.of(case.partner.name, case.id, board.place)
    told = {one.mark: one.theirs for one in kept}
    laid = plan(wanted, board, told, again=order.again, originals=order.originals)
    return Ready(case=case, labels=named, sending=wanted, board=board, told=told, plan=laid)


def push(
    here: "Studio", tracker: Tracker, order: Order, tell: Callable[[str], None]
) -> tuple[Ready, Outcome]:
    """Look, plan and write; raises as `look`, and Busy where another sync is at it."""
    partner, home = here.store.owner(order.campaign), here.settings.home
    with here.store.trackings.alone(partner, f"{tracker.name} {order.project}", home):
        ready = look(here, tracker, order)
        diary = Diary(
            partner=partner,
            campaign=order.campaign,
            memory=here.store.trackings,
            now=here.clock.now,
        )
        load = Load(
            original=lambda sha256: here.media.get(partner, sha256),
            preview=_Previews(here, ready).of,
        )
        work = Push(tracker, ready.board, ready.sending, load, diary)
        return ready, work.run(ready.plan, tell)


def pull(here: "Studio", tracker: Tracker, order: Order) -> tuple[Heard, int]:
    """Keep what people said in a tracker as observations; gives it, and how many are new.

    Raises as `look`. No decision is made of anything.
    """
    case = here.case(order.campaign)
    wanted = sending(
        case, labels(case, Veil(here.catalogue, case.simulated, here.fictional)), (), Choice()
    )
    board = tracker.board(order.project)
    kept = here.store.trackings.of(case.partner.name, case.id, board.place)
    foreign(board, wanted.owner)
    there, _ = known(wanted, board, {one.mark: one.theirs for one in kept})
    ear = Ear(
        partner=case.partner.name, campaign=case.id, tracker=TRACKERS.get(tracker.name, "Tracker")
    )
    found = heard(ear, wanted, board, there)
    before = {one.id for one in case.observations}
    for one in found.observations:
        here.store.observe(one)
    return found, sum(one.id not in before for one in found.observations)


def _claims(here: "Studio", case: Case) -> Sequence[Mapping[str, Any]]:
    """Give a campaign's findings in the edition that its partner reads."""
    document, _ = here.document(
        [case.id], title="", command="", pictures=False, edition=case.partner.name
    )
    found: Sequence[Mapping[str, Any]] = document["findings"]
    return found


class _Previews:
    """Review proxies, made when they are sent: burned in, and kept nowhere."""

    def __init__(self, here: "Studio", ready: Ready) -> None:
        self._here, self._case = here, ready.case
        self._labels = {label.take.id: label for label in ready.labels}

    def of(self, take: str) -> tuple[str, bytes] | str:
        """Draw a take's proxy; says why where it cannot be shown."""
        with tempfile.TemporaryDirectory() as folder:
            out, partner = Path(folder), self._case.partner.name
            order = proxies.Order(out=out)
            one = [self._labels[take]]
            body = proxies.build(partner, self._case.id, one, self._here.media, order)
            for name in body["files"]:
                return Path(name).name, (out / name).read_bytes()
            return str(body["left_out"][0]["reason"])
