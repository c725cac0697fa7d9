"""A house below that never moves: every desk of the studio, answered from one sample document."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.api.ports import TakeQuery
from benchmarks.domain.vote import Outcome
from benchmarks.testing.front import FrontDouble
from benchmarks.testing.notes import PencilDouble
from dashboard.testing.acceptance import AcceptanceDouble
from dashboard.testing.uploads import ClosedHatch
from router.api.pages import Page
from router.api.ports import Media
from router.domain.caller import Reach
from router.domain.errors import Conflict, NotEntitled, UnknownName
from router.domain.ids import sha256_of
from router.domain.media import MediaRef
from router.domain.request import Request
from router.testing.answers import RememberedAnswers

Json = dict[str, Any]
MODEL: Json = {
    "key": "emulated-a",
    "model_id": "maker.model-a-v1:0",
    "profile_id": None,
    "provider": "maker",
    "modality": "image",
    "tasks": ["lookdev_text_to_image", "reference_to_image"],
    "operations": ["text_to_image", "image_to_image"],
    "regions": ["us-west-2"],
    "lifecycle": {"status": "active", "eol": None},
    "price": {"unit": "image", "usd": 0.08, "source": "price page", "as_of": "2026-11-01"},
    "licence": "provider's terms",
    "indemnified": False,
    "training_data": {"disclosed": "unknown", "licensed": "unknown", "source": "", "as_of": None},
    "output_ownership": {"says": "unknown", "source": "", "as_of": None},
}


class NoStudies:
    """A booth in which no study was ever opened."""

    def studies(self, reach: Reach) -> list[Json]:
        """Know none."""
        del reach
        return []

    def practise(self, reach: Reach, study: str, rater: str, number: int, said: Outcome) -> Json:
        """Know nothing."""
        del reach, rater, number, said
        raise UnknownName("study", study, ())

    def remark(self, reach: Reach, study: str, rater: str, *about: Any) -> Json:
        """Know nothing."""
        del reach, rater, about
        raise UnknownName("study", study, ())

    def reveal(self, reach: Reach, study: str, rater: str) -> Json:
        """Know nothing."""
        del reach, rater
        raise UnknownName("study", study, ())

    def question(self, reach: Reach, study: str, rater: str) -> Json:
        """Know nothing."""
        del reach, rater
        raise UnknownName("study", study, ())

    def cast(
        self, reach: Reach, study: str, rater: str, slot: int, outcome: Outcome, **looked: Any
    ) -> Json:
        """Know nothing."""
        del reach, rater, slot, outcome, looked
        raise UnknownName("study", study, ())

    def status(self, reach: Reach, study: str) -> Json:
        """Know nothing."""
        del reach
        raise UnknownName("study", study, ())

    def shown(self, study: str, code: str) -> Media:
        """Know nothing."""
        del code
        raise UnknownName("study", study, ())


class StudioDouble:
    """Answers like the real house, from a document; keeps what was submitted."""

    def __init__(self, document: Json, assets: dict[str, bytes]) -> None:
        """Take a document with its pictures."""
        self.report, self.assets = document, assets
        self.booth = NoStudies()
        self.receiving = ClosedHatch()
        self.front = FrontDouble()
        self.pencil = PencilDouble(self.front)
        self.answers = RememberedAnswers()
        self.submitted: dict[tuple[str, str], Request] = {}
        self.caps: dict[tuple[str, str], int] = {}
        self._campaigns = {c["id"]: c for c in document["campaigns"]}
        self._sheet = {(s["campaign"], s["shot"]): s for s in document["sheet"]}
        self._takes = [self._row(t) for t in document["takes"]]
        self.acceptance = AcceptanceDouble(document, self._near)

    @property
    def everybody(self) -> frozenset[str]:
        """Name the partners of the campaigns."""
        return frozenset(c["partner"] for c in self._campaigns.values())

    def models(self) -> Sequence[Mapping[str, Any]]:
        """Give one model, and one that is retired."""
        retired = {"status": "retired", "eol": "2026-09-30"}
        return [MODEL, {**MODEL, "key": "emulated-z", "lifecycle": retired}]

    def named(self, partner: str) -> str:
        """Give the name back: nothing is veiled here."""
        return partner

    def owners(self, reach: Reach, campaigns: Sequence[str]) -> Mapping[str, str]:
        """Give the partners of some of the document's campaigns."""
        return {id_: self.campaign(reach, id_)["partner"] for id_ in campaigns}

    def consented(self, reach: Reach) -> frozenset[str]:
        """Name nobody."""
        del reach
        return frozenset()

    def stored(self, reach: Reach, partner: str, sha256: str) -> MediaRef:
        """Know every take's bytes as an input of its partner."""
        reach.require(partner)
        if not any(t["sha256"] == sha256 and t["partner"] == partner for t in self._takes):
            raise UnknownName("sha256", sha256, ())
        return MediaRef(sha256=sha256, mime="image/jpeg", size=1, width=320, height=180)

    def open_account(self, reach: Reach, partner: str, account: str, cap_musd: int) -> None:
        """Keep the cap."""
        reach.require(partner)
        self.caps[(partner, account)] = cap_musd

    def submit(self, reach: Reach, request: Request) -> Mapping[str, Any]:
        """Accept once; the same id for something else is a conflict."""
        reach.require(request.partner)
        if request.model == "emulated-z":
            raise NotEntitled(
                field="model", found="retired on 2026-09-30", expected="an active model"
            )
        known = self.submitted.setdefault((request.partner, request.id), request)
        if known != request:
            raise Conflict(field="request", found="another content", expected="a fresh id")
        return self.request(reach, request.partner, request.id)

    def request(self, reach: Reach, partner: str, id_: str) -> Mapping[str, Any]:
        """Say that it is ready."""
        reach.require(partner)
        if (partner, id_) not in self.submitted:
            raise UnknownName("request", id_, ())
        asked = self.submitted[(partner, id_)]
        fields = ("partner", "account", "model", "operation")
        return {"request": id_, "state": "ready", **{k: getattr(asked, k) for k in fields}}

    def media(self, partner: str, sha256: str, variant: str, viewer: str = "") -> Media:
        """Give the thumbnail for every variant: the sample has no larger media."""
        del viewer
        for take in self._takes:
            if take["sha256"] == sha256 and take["partner"] == partner:
                return Media(data=self.assets[take["thumb"]], mime="image/jpeg")
        for data in (self.assets[s["thumb"]] for s in self.report["sheet"]):
            if sha256_of(data) == sha256:
                return Media(data=data, mime="image/jpeg")
        raise UnknownName(variant, sha256, ())

    def scores(
        self, reach: Reach, campaign: str, *, metric: str | None, offset: int, limit: int
    ) -> Page:
        """Give the scores of the campaign's takes."""
        self.campaign(reach, campaign)
        rows = [
            {"take": t["take"], "shot": t["shot"], "recipe": t["recipe"], **s}
            for t in self.report["takes"]
            if t["campaign"] == campaign
            for s in t["scores"]
            if metric in {None, s["metric"]}
        ]
        return Page(items=rows[offset : offset + limit], total=len(rows))

    def campaigns(self, reach: Reach, partner: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give the document's campaigns within reach."""
        near = [id_ for id_, c in self._campaigns.items() if c["partner"] in reach]
        rows = [self.campaign(reach, id_) for id_ in near]
        return [c for c in rows if partner in {None, c["partner"]}]

    def campaign(self, reach: Reach, id_: str) -> Mapping[str, Any]:
        """Give one campaign."""
        if id_ not in self._campaigns or self._campaigns[id_]["partner"] not in reach:
            raise UnknownName("campaign", id_, ())
        return {
            **self._campaigns[id_],
            "simulated": self.report["simulated"],
            "shots": [s["shot"] for s in self.report["sheet"] if s["campaign"] == id_],
            "recipes": [{k: r[k] for k in ("recipe", "title")} for r in self.report["recipes"]],
        }

    def takes(self, reach: Reach, query: TakeQuery) -> Page:
        """Filter the document's takes, or its failures where another state is asked for."""
        rows = self._takes
        if query.state not in {None, "done"}:
            rows = [self._failure(f) for f in self.report["failures"]]
        wanted = {
            k: getattr(query, k)
            for k in ("partner", "campaign", "shot", "recipe", "state")
            if getattr(query, k) is not None
        }
        found = [
            t
            for t in rows
            if t["partner"] in reach
            and all(t[k] == v for k, v in wanted.items())
            and (query.verdict is None or t["verdicts"].get(query.verdict, 0))
            and (query.flag is None or query.flag in t["flags"])
        ]
        return Page(items=found[query.offset : query.offset + query.limit], total=len(found))

    def take(self, reach: Reach, id_: str) -> Mapping[str, Any]:
        """Give one take with lines, scores, references, provenance and siblings."""
        row = self._near(reach, id_)
        sheet = self._sheet[(row["campaign"], row["shot"])]
        said: list[Json] = next((t["verdicts"] for t in sheet["takes"] if t["take"] == id_), [])
        lines = {line["line"]: line for line in sheet["lines"]}
        plate = sha256_of(self.assets[sheet["thumb"]])
        return {
            **row,
            "description": sheet["description"],
            "scores": next(t["scores"] for t in self.report["takes"] if t["take"] == id_),
            "lines": [{**lines[v["line"]], **v} for v in said],
            "references": [{"role": "plate", "mime": "image/jpeg", "sha256": plate}],
            "provenance": {"prompt": sheet["description"], "seed": row["seed"], "take": id_},
            "siblings": [
                t
                for t in self._takes
                if (t["campaign"], t["shot"]) == (row["campaign"], row["shot"]) and t is not row
            ],
        }

    def evidence(self, partner: str, take: str, line: int) -> Media:
        """Give the drawn evidence strip."""
        name = f"evidence/{take}-{line}.png"
        mine = any(t["take"] == take and t["partner"] == partner for t in self._takes)
        if not mine or name not in self.assets:
            raise UnknownName("evidence", take, ())
        return Media(data=self.assets[name], mime="image/png")

    def signed(self, partner: str, take: str) -> Media:
        """Give nothing: nobody of the sample has a signing key."""
        raise UnknownName("signing key", partner, (), hint=take)

    def document(
        self,
        reach: Reach,
        campaigns: Sequence[str],
        *,
        pictures: bool = True,
        edition: str = "internal",
    ) -> tuple[Json, dict[str, bytes]]:
        """Give the whole document for any of its campaigns."""
        del edition
        self.owners(reach, campaigns)
        return self.report, self.assets if pictures else {}

    def _near(self, reach: Reach, id_: str) -> Json:
        for take in self._takes:
            if take["take"] == id_ and take["partner"] in reach:
                return take
        raise UnknownName("take", id_, ())

    def _row(self, take: Json) -> Json:
        recipe = next(r for r in self.report["recipes"] if r["recipe"] == take["recipe"])
        sheet = self._sheet[(take["campaign"], take["shot"])]
        entry = next((t for t in sheet["takes"] if t["take"] == take["take"]), None)
        counts: dict[str, int] = {}
        for verdict in entry["verdicts"] if entry else []:
            counts[verdict["verdict"]] = counts.get(verdict["verdict"], 0) + 1
        return {
            **take,
            "partner": self._campaigns[take["campaign"]]["partner"],
            "recipe_title": recipe["title"],
            "control": recipe["control"],
            "state": "done",
            "open_must": entry["open_must"] if entry else None,
            "verdicts": counts,
        }

    def _failure(self, failure: Json) -> Json:
        recipe = next(r for r in self.report["recipes"] if r["recipe"] == failure["recipe"])
        return {
            **failure,
            "take": None,
            "partner": self._campaigns[failure["campaign"]]["partner"],
            "recipe_title": recipe["title"],
            "model_name": recipe["model_name"],
            "operation": recipe["operation"],
            "simulated": self.report["simulated"],
            "verdicts": {},
            "flags": [],
        }
