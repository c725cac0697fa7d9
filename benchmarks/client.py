"""The second floor of a service: packs, campaigns, takes, what people say. Light, as the others."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict, Unpack, cast

from benchmarks.answers import (
    Decision,
    Json,
    Observation,
    PackChecked,
    Plan,
    Repair,
    Sheet,
    Status,
    TakeRow,
)
from benchmarks.packs.parcel import Parcel
from router.calling import Service, ServiceSaysNo
from router.handing import Told, hand_in
from router.hearing import END, hear

LIVE = frozenset({"planned", "running"})
AT_WORK = frozenset({"waiting", "running"})
LOOK_S = 1.0
PAGE = 200


class Order(TypedDict):
    """A campaign of packs that the service keeps."""

    partner: str
    packs: Sequence[str]  # seals
    recipes: Sequence[str]  # none = the partner's own
    takes: int | None  # of each cell; None = what each shot wants
    budget_usd: float


class Words(TypedDict):
    """A named person's own words on takes."""

    campaign: str
    text: str
    role: str
    by: str | None  # None = whoever the key or session is of, where that is a person
    takes: Sequence[str]
    severity: str
    wished_control: str


class TakeQuery(TypedDict, total=False):
    """Which takes."""

    partner: str | None
    campaign: str | None
    shot: str | None
    recipe: str | None
    state: str | None
    verdict: str | None
    flag: str | None


class Vote(TypedDict):
    """An answer to a blind question."""

    rater: str
    slot: int
    outcome: str
    seconds: NotRequired[float | None]
    plays: NotRequired[int | None]


class Client:
    """Speaks to the second floor of a service."""

    def __init__(self, service: Service) -> None:
        """Speak through one connection."""
        self.service = service

    def packs(self, partner: str) -> Iterator[Json]:
        """List the packs that are kept of a partner."""
        return self.service.pages("/v1/packs", "packs", {"partner": partner, "limit": PAGE})

    def pack(self, partner: str, seal: str) -> Json | None:
        """Give one pack with its shots; None where the service does not know it."""
        try:
            return self.service.get(f"/v1/packs/{seal}", {"partner": partner})
        except ServiceSaysNo as no:
            if no.http_status == 404:
                return None
            raise

    def send_zip(
        self, partner: str, path: Path, upload: str | None = None, told: Told | None = None
    ) -> PackChecked:
        """Hand in a pack as a zip; mistakes in it are the answer, all at once.

        `upload` goes on with one that was broken off.
        """
        done = hand_in(self.service, partner, path, kind="pack_zip", upload=upload, told=told)
        return self._handed({"partner": partner, "upload": done["upload"]})

    def send_files(self, parcel: Parcel, told: Told | None = None) -> PackChecked:
        """Hand in a pack file by file, straight from its folder."""
        sent, whole = 0, sum(path.stat().st_size for path in parcel.files.values())
        files = []
        for name, path in parcel.files.items():
            done = hand_in(self.service, parcel.partner, path)
            files.append({"path": name, "upload": done["upload"]})
            sent += path.stat().st_size
            if told:
                told(sent, whole)
        return self._handed({"partner": parcel.partner, "files": files})

    def plan(self, **order: Unpack[Order]) -> Plan:
        """Lay out a campaign; spends nothing."""
        return cast("Plan", self.service.post("/v1/campaigns/plan", order, again=True))

    def run(self, *, key: str | None = None, **order: Unpack[Order]) -> Status:
        """Hand in a campaign; the same order is carried out, and paid, once."""
        return cast("Status", self.service.wish("/v1/campaigns", order, key))

    def resume(self, campaign: str, budget_usd: float | None = None) -> Status:
        """Go on with a campaign, with a larger budget or the same."""
        body = {"budget_usd": budget_usd}
        return cast("Status", self.service.wish(f"/v1/campaigns/{campaign}/resume", body))

    def cancel(self, campaign: str) -> Status:
        """Stop asking."""
        place = f"/v1/campaigns/{campaign}/cancel"
        return cast("Status", self.service.post(place, again=True))

    def status(self, campaign: str) -> Status:
        """Say how a campaign stands."""
        return cast("Status", self.service.get(f"/v1/campaigns/{campaign}/status"))

    def campaigns(self, partner: str | None = None) -> Iterator[Json]:
        """List campaigns, newest first."""
        asked = {"partner": partner, "limit": PAGE}
        return self.service.pages("/v1/campaigns", "campaigns", asked)

    def watch(self, campaign: str, told: Callable[[Status], None] | None = None) -> Status:
        """Hear of each change of a campaign until it ends; gives how it stands then.

        Raises:
            ServiceSaysNo: it may not be listened to any more.
        """
        for event in hear(self.service, f"/v1/campaigns/{campaign}/events"):
            if told and event.kind != END:
                told(cast("Status", event.data))
        return self.status(campaign)

    def takes(self, **query: Unpack[TakeQuery]) -> Iterator[TakeRow]:
        """Give takes, page after page; with another state than done, trials that gave none."""
        asked: dict[str, Any] = {**query, "limit": PAGE}
        for row in self.service.pages("/v1/takes", "takes", asked):
            yield cast("TakeRow", row)

    def take(self, id_: str) -> TakeRow:
        """Give one take with everything known about it, and fresh links."""
        return cast("TakeRow", self.service.get(f"/v1/takes/{id_}"))

    def verdicts(self, campaign: str) -> Iterator[Sheet]:
        """Give every acceptance line of a campaign's takes, answered."""
        for row in self._of(campaign, "verdicts", "takes"):
            yield cast("Sheet", row)

    def decide(
        self,
        take: str,
        by: str | None = None,
        *,
        role: str = "",
        note: str = "",
        withdraw: bool = False,
    ) -> Decision:
        """Circle a take, or take the circle back; sent once, for each decision is kept."""
        body = {"by": by, "role": role, "note": note, "withdraw": withdraw}
        return cast("Decision", self.service.post(f"/v1/takes/{take}/decisions", body))

    def decisions(self, campaign: str) -> Iterator[Decision]:
        """Give every decision of a campaign, oldest first."""
        for row in self._of(campaign, "decisions", "decisions"):
            yield cast("Decision", row)

    def observe(self, **words: Unpack[Words]) -> Observation:
        """Keep a person's own words; the same words twice are one observation."""
        return cast("Observation", self.service.post("/v1/observations", words, again=True))

    def observations(self, campaign: str) -> Iterator[Observation]:
        """Give what people said about a campaign, oldest first."""
        for row in self._of(campaign, "observations", "observations"):
            yield cast("Observation", row)

    def repair(
        self,
        take: str,
        lines: Sequence[int],
        *,
        rounds: int = 1,
        budget_usd: float | None = None,
        by: str | None = None,
        matte: str | None = None,
    ) -> Repair:
        """Hand in a repair of failed lines; one wish, paid once.

        `matte`: a note of the take, or an upload of a PNG; None = the shot's own.
        """
        body = {"lines": list(lines), "rounds": rounds, "budget_usd": budget_usd, "by": by}
        body |= {"matte": matte} if matte else {}
        return cast("Repair", self.service.wish(f"/v1/takes/{take}/repairs", body))

    def jot(self, take: str, note: Json) -> Json:
        """Keep a note on a take; the same note twice is one."""
        return self.service.post(f"/v1/takes/{take}/notes", note, again=True)

    def notes(self, take: str) -> Iterator[Json]:
        """Give the notes on a take, oldest first."""
        return self.service.pages(f"/v1/takes/{take}/notes", "notes", {"limit": PAGE})

    def refine(self, take: str, body: Json) -> Json:
        """Hand in what notes wish, or hear what it would cost; one wish, paid once."""
        return self.service.wish(f"/v1/takes/{take}/refinements", body)

    def repaired(self, repair: str, told: Callable[[Repair], None] | None = None) -> Repair:
        """Wait for the end of a repair."""
        while True:
            found = cast("Repair", self.service.get(f"/v1/repairs/{repair}"))
            if found["state"] not in AT_WORK:
                return found
            if told:
                told(found)
            self.service.patience.sleep(LOOK_S)

    def recipes(self, task: str | None = None) -> list[Json]:
        """List what can be compared."""
        return cast("list[Json]", self.service.get("/v1/recipes", {"task": task})["recipes"])

    def findings(self, campaigns: Sequence[str]) -> Json:
        """Compile the report document of campaigns."""
        return self.service.get("/v1/findings", {"campaign": campaigns})

    def comparisons(self, campaigns: Sequence[str]) -> Json:
        """Compare recipes per metric and task."""
        return self.service.get("/v1/comparisons", {"campaign": campaigns})

    def study(self, study: str) -> Json:
        """Say how far the raters of a study are."""
        return self.service.get(f"/v1/studies/{study}")

    def question(self, study: str, rater: str) -> Json:
        """Give the next blind question of a rater."""
        return self.service.get(f"/v1/studies/{study}/next", {"rater": rater})

    def vote(self, study: str, **vote: Unpack[Vote]) -> Json:
        """Answer a question; the same answer again is the same vote."""
        return self.service.post(f"/v1/studies/{study}/votes", vote, again=True)

    def _of(self, campaign: str, path: str, name: str) -> Iterator[Json]:
        return self.service.pages(f"/v1/{path}", name, {"campaign": campaign, "limit": PAGE})

    def _handed(self, body: Json) -> PackChecked:
        """Let a pack be made of uploads; sent once, for uploads are used up by it."""
        try:
            return cast("PackChecked", self.service.post("/v1/packs", body))
        except ServiceSaysNo as no:
            if no.http_status == 422 and "ok" in no.body:
                return cast("PackChecked", no.body)
            raise
