"""A double of the front desk: two studios' campaigns in memory; a script says how they go on."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.api.front import Said, Wanted, WantedRepair
from benchmarks.api.signing import Leaving, Word
from router.api.pages import Page
from router.domain.caller import Reach
from router.domain.errors import Conflict, OverBudget, UnknownName
from router.domain.ids import content_id

Json = dict[str, Any]
LINES = 5  # of each campaign's ledger
STATES = ("done", "refused", "failed", "parked", "unknown", "open")


@dataclass(slots=True)
class SigningDouble:
    """Two things of each campaign are laid before its partner: words and a picture."""

    said: dict[str, Json] = field(default_factory=dict)
    kept: list[Json] = field(default_factory=list)

    def items(self, reach: Reach, campaign: str) -> list[Json]:
        """Give the words and the picture of a campaign, whoever asks."""
        del reach
        rows = [_item(campaign, "observation"), _item(campaign, "picture")]
        return [{**row, **self.said.get(row["item"], {})} for row in rows]

    def sign(self, reach: Reach, word: Word) -> Json:
        """Keep an answer."""
        found = {row["item"]: row for row in self.items(reach, word.campaign)}
        if word.item not in found:
            raise UnknownName("item", word.item, ())
        state = {"approve": "approved", "correct": "corrected", "withdraw": "withdrawn"}
        said = {"state": state[word.answer], "text": word.text, "by": word.by, "role": word.role}
        answer = {**said, "old": found[word.item]["text"], "at": "2026-11-21T12:00:00Z"}
        self.said[word.item] = {"state": said["state"], "answer": answer}
        return {**found[word.item], **self.said[word.item]}

    def forms(self, reach: Reach, partner: str) -> list[Json]:
        """Give what was kept."""
        reach.require(partner)
        return [form for form in self.kept if form["partner"] == partner]

    def leave(self, reach: Reach, form: Leaving) -> Json:
        """Keep a form."""
        reach.require(form.partner)
        self.kept.append({"form": f"f{len(self.kept)}", "at": "2026-11-21T12:00:00Z"})
        self.kept[-1] |= asdict(form)
        return self.kept[-1]


@dataclass(slots=True)
class FrontDouble:
    """Keeps what is handed in; nothing is run."""

    most_musd: int = 100_000_000
    handed_in: list[Wanted] = field(default_factory=list)
    repairs: dict[str, tuple[str, WantedRepair]] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    kept: dict[str, Json] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)  # take → its campaign
    signatures: "SigningDouble" = field(default_factory=SigningDouble)
    goes_on: Iterator[Json] = field(default_factory=lambda: iter(()))  # changes, one each look

    def named(self, partner: str, /) -> str:
        """Nobody is veiled here."""
        return partner

    @property
    def signing(self) -> "SigningDouble":
        """Lay the same two things of every campaign before its partner."""
        return self.signatures

    def plan(self, reach: Reach, wanted: Wanted) -> Json:
        """Lay out one trial of each recipe."""
        reach.require(wanted.partner)
        return {
            "campaign": _id(wanted),
            "partner": wanted.partner,
            "simulated": True,
            "trials": len(wanted.recipes),
            "worst_case_usd": 0.08,
            "budget_usd": wanted.budget_musd / 1e6,
            "forecast_finish": None,
            "by_recipe": [],
            "refused": [],
        }

    def run(self, reach: Reach, wanted: Wanted) -> Json:
        """Keep a campaign as planned."""
        reach.require(wanted.partner)
        if wanted.budget_musd > self.most_musd:
            raise OverBudget(field="budget_usd", found="too much", expected="less")
        self.handed_in.append(wanted)
        fresh = campaign(_id(wanted), wanted.partner, budget_usd=wanted.budget_musd / 1e6)
        return self.kept.setdefault(_id(wanted), fresh)

    def resume(self, reach: Reach, id_: str, budget_musd: int | None) -> Json:
        """Plan it again."""
        found = self._found(reach, id_)
        if found["state"] == "cancelled":
            raise Conflict(field="campaign", found="a cancelled one", expected="another one")
        budget = found["budget_usd"] if budget_musd is None else budget_musd / 1e6
        return self._change(id_, state="planned", budget_usd=budget)

    def cancel(self, reach: Reach, id_: str) -> Json:
        """Cancel it."""
        self._found(reach, id_)
        return self._change(id_, state="cancelled")

    def status(self, reach: Reach, id_: str) -> Json:
        """Say how it stands; each look is one step of the script."""
        self._found(reach, id_)
        return self._change(id_, **next(self.goes_on, {}))

    def owner(self, reach: Reach, id_: str) -> str:
        """Name its partner."""
        return str(self._found(reach, id_)["partner"])

    def verdicts(self, reach: Reach, id_: str) -> list[Json]:
        """Give every take without lines."""
        self._found(reach, id_)
        mine = [take for take, of in self.takes.items() if of == id_]
        return [{"shot": "SQ010_SH0010", "take": t, "lines": [], "open_must": 0} for t in mine]

    def decisions(self, reach: Reach, id_: str) -> list[Json]:
        """Nobody decided anything."""
        self._found(reach, id_)
        return []

    def observe(self, reach: Reach, said: Said) -> Json:
        """Keep it."""
        self._found(reach, said.campaign)
        self.said.append(said)
        return self._told(reach, said)

    def observations(self, reach: Reach, id_: str) -> list[Json]:
        """Give what was kept."""
        self._found(reach, id_)
        return [self._told(reach, s) for s in self.said if s.campaign == id_]

    def owner_of_take(self, reach: Reach, take: str) -> str:
        """Name the partner of its campaign."""
        if take not in self.takes:
            raise UnknownName("take", take, ())
        try:
            return self.owner(reach, self.takes[take])
        except UnknownName:
            raise UnknownName("take", take, ()) from None

    def repair(self, reach: Reach, wanted: WantedRepair) -> Json:
        """Keep it as waiting."""
        partner = self.owner_of_take(reach, wanted.take)
        name = content_id("commission", [partner, wanted.take, wanted.key])
        self.repairs[name] = (partner, wanted)
        return self.repair_status(reach, name)

    def repair_status(self, reach: Reach, id_: str) -> Json:
        """Say that it waits."""
        partner, wanted = self.repairs.get(id_, ("", None))
        if wanted is None or partner not in reach:
            raise UnknownName("repair", id_, ())
        return {
            "repair": id_,
            "partner": partner,
            "campaign": self.takes[wanted.take],
            "take": wanted.take,
            "lines": list(wanted.lines),
            "rounds": wanted.rounds,
            "budget_usd": None if wanted.budget_musd is None else wanted.budget_musd / 1e6,
            "by": wanted.by,
            "simulated": True,
            "state": "waiting",
        }

    def recipes(self) -> list[Json]:
        """Give one recipe and one control."""
        rest: Json = {"title": "Plate", "steps": []}
        return [
            {"recipe": "init_image", "tasks": ["relight"], "control": False, **rest},
            {"recipe": "do_nothing", "tasks": ["erase"], "control": True, **rest},
        ]

    def ledger(
        self, reach: Reach, partner: str, campaign: str | None, *, offset: int, limit: int
    ) -> tuple[Page, Json]:
        """Give a few lines of each campaign."""
        reach.require(partner)
        mine = [c["campaign"] for c in self.kept.values() if c["partner"] == partner]
        if campaign is not None and campaign not in mine:
            raise UnknownName("campaign", campaign, ())
        rows = [
            {"at": "2026-11-21T12:00:00Z", "account": of, "attempt": f"a{n}", "kind": "settle"}
            | {"purpose": "take", "usd": 0.08}
            for of in mine
            if campaign in {None, of}
            for n in range(LINES)
        ]
        page = Page(items=rows[offset : offset + limit], total=len(rows))
        return page, {"partner": partner, "sums": []}

    def _found(self, reach: Reach, id_: str) -> Json:
        if id_ not in self.kept or self.kept[id_]["partner"] not in reach:
            raise UnknownName("campaign", id_, ())
        return self.kept[id_]

    def _change(self, id_: str, **values: Any) -> Json:
        self.kept[id_] = {**self.kept[id_], **values}
        return self.kept[id_]

    def _told(self, reach: Reach, said: Said) -> Json:
        partner = self.owner(reach, said.campaign)
        fields = ("campaign", "by", "role", "text", "severity", "wished_control")
        told = {f: getattr(said, f) for f in fields}
        at = "2026-11-21T12:00:00Z"
        id_ = content_id("observation", told)
        return {**told, "id": id_, "partner": partner, "takes": list(said.takes), "created_at": at}


def campaign(id_: str, partner: str, **values: Any) -> Json:
    """Give how a campaign of one trial stands that nobody runs yet."""
    return {
        "campaign": id_,
        "partner": partner,
        "state": "planned",
        "simulated": True,
        "trials": {"total": 1, **dict.fromkeys(STATES, 0), "open": 1},
        "scored": 0,
        "spend_usd": 0.0,
        "reserved_usd": 0.0,
        "unknown_usd": 0.0,
        "budget_usd": 5.0,
        "forecast_finish": None,
        "note": "waiting for a worker: start `circletake worker`",
        **values,
    }


def _id(wanted: Wanted) -> str:
    return content_id("campaign", [wanted.partner, wanted.packs, wanted.recipes, wanted.takes])


def _item(campaign: str, kind: str) -> Json:
    words = kind != "picture"
    return {
        "item": content_id("signoff", [campaign, kind]),
        "partner": "lantern",
        "campaign": campaign,
        "kind": kind,
        "text": "The scar wanders from shot to shot." if words else "",
        "by": "Ada" if words else "",
        "role": "director" if words else "",
        "take": "t1",
        "shot": "SQ010_SH0010",
        "recipe": "init_image",
        "sha256": "" if words else "0" * 64,
        "mime": "" if words else "image/png",
        "state": "not signed",
        "answer": None,
    }
