"""A double of what answers shots line by line: the sample document's sheet, and decisions."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.api.acceptance_ports import Decided, SheetQuery
from router.api.pages import Page
from router.domain.caller import Reach
from router.domain.errors import Conflict, UnknownName

Json = dict[str, Any]
YES = {"circled", "approved"}


class AcceptanceDouble:
    """Answers from a document; keeps what people say in its rows."""

    def __init__(self, document: Json, near: Callable[[Reach, str], Json]) -> None:
        """Take a document, and what finds a take within reach."""
        self._report, self._near = document, near
        self.said: dict[str, list[Json]] = {}
        self.seen: list[tuple[str, str]] = []

    def named(self, partner: str, /) -> str:
        """Nobody is veiled here."""
        return partner

    def sheet(self, reach: Reach, query: SheetQuery) -> tuple[Json, Page]:
        """Give the document's shots, each with its first take that has the fewest open lines."""
        known = {c["id"]: c for c in self._report["campaigns"] if c["partner"] in reach}
        if query.campaign not in known:
            raise UnknownName("campaign", query.campaign, ())
        rows = [
            self._row(reach, shot, set(query.takes))
            for shot in self._report["sheet"]
            if shot["campaign"] == query.campaign and query.shot in {None, shot["shot"]}
        ]
        head = {
            "campaign": query.campaign,
            "partner": known[query.campaign]["partner"],
            "simulated": self._report["simulated"],
            "open_must": sum(r["open_must"] or 0 for r in rows),
        }
        rows = [r for r in rows if not query.is_open or r["open_must"]]
        return head, Page(items=rows[query.offset : query.offset + query.limit], total=len(rows))

    def overrule(
        self, reach: Reach, take: str, line: int, *, by: str, ruling: str, reason: str
    ) -> Json:
        """Change the verdict in the document."""
        row = self._near(reach, take)
        shot = self._shot(row)
        found = next(t for t in shot["takes"] if t["take"] == take)["verdicts"]
        for verdict in found:
            if verdict["line"] == line:
                was = {k: verdict[k] for k in ("by", "reason")} | {"ruling": verdict["verdict"]}
                verdict["evidence"] = {**verdict["evidence"], "overruled": was}
                verdict.update(verdict=ruling, reason=reason, by=by)
                return {**self._lines(shot)[line], **verdict}
        raise UnknownName("line", line, ())

    def decide(self, reach: Reach, take: str, said: Decided) -> Json:
        """Keep a decision, unless another one stands than was seen."""
        row = self._near(reach, take)
        before = self.said.setdefault(take, [])
        stands = before[-1]["decision"] if before else ""
        if said.instead_of not in {None, stands}:
            found = f"{before[-1]['status']} by {before[-1]['by']}" if before else "none"
            raise Conflict(field="instead_of", found=found, expected="a look at that one first")
        at = self._report["created_at"]
        words = {"status": said.status, "by": said.by, "role": said.role, "note": said.note}
        made = {"decision": f"d{len(before) + 1}", **words, "at": at}
        before.append(made)
        row["decision"] = {**words, "at": at}
        return made

    def look(self, reach: Reach, take: str, by: str) -> Json:
        """Keep who looked."""
        self._near(reach, take)
        self.seen.append((take, by))
        return {"take": take, "by": by, "at": self._report["created_at"]}

    def history(self, reach: Reach, take: str) -> Mapping[str, list[Json]]:
        """Give what was said; nothing was repaired."""
        self._near(reach, take)
        return {"decisions": list(self.said.get(take, ())), "repairs": []}

    def _shot(self, row: Json) -> Json:
        found: Json = next(
            s
            for s in self._report["sheet"]
            if (s["campaign"], s["shot"]) == (row["campaign"], row["shot"])
        )
        return found

    def _lines(self, shot: Json) -> dict[int, Json]:
        return {line["line"]: line for line in shot["lines"]}

    def _row(self, reach: Reach, shot: Json, wanted: set[str]) -> Json:
        takes = sorted(shot["takes"], key=lambda t: (t["take"] not in wanted, t["open_must"]))
        head: Json = {
            "pack": shot["campaign"],
            "shot": shot["shot"],
            "description": shot["description"],
            "cost_usd": 0.0,
            "minutes": 0.0,
            "choices": [self._choice(reach, t) for t in takes],
        }
        if not takes:
            return {**head, "take": None, "chosen": "none", "lines": [], "open_must": None}
        row, lines = self._near(reach, takes[0]["take"]), self._lines(shot)
        return {
            **head,
            **{k: row.get(k) for k in ("take", "recipe_title", "control", "mime", "sha256")},
            "chosen": "asked" if takes[0]["take"] in wanted else "best",
            "open_must": takes[0]["open_must"],
            "lines": [{**lines[v["line"]], **v} for v in takes[0]["verdicts"]],
            "decision": row.get("decision"),
            "cost_usd": row["cost_usd"],
        }

    def _choice(self, reach: Reach, one: Json) -> Json:
        row = self._near(reach, one["take"])
        status = (row.get("decision") or {}).get("status", "")
        told = {"take": one["take"], "open_must": one["open_must"], "status": status}
        return {**told, "recipe_title": row["recipe_title"]}
