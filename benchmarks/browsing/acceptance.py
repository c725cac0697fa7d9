"""The acceptance sheet: shots against their lines, on the take that people chose or that is best.

Which take is shown follows from decisions and verdicts alone, read again only when any of them
changes; whole takes and verdicts are read for one page.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from benchmarks.api.acceptance_ports import Decided, SheetQuery
from benchmarks.browsing import lists
from benchmarks.browsing.circling import outcome
from benchmarks.browsing.looks import at_once
from benchmarks.decisions.circled import APPROVED, CIRCLED, REJECTED, SEEN, standing
from benchmarks.decisions.deciding import Deciding, Word
from benchmarks.domain.campaign import Trial
from benchmarks.domain.pack import Shot
from benchmarks.domain.repair import Decision, Repair
from benchmarks.editorial.versions import superseded
from benchmarks.planning.plan import stamp, usd
from benchmarks.studio import Studio
from benchmarks.views.takes import decision_row, verdict_row
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.evidence import has_something
from evaluators.verdicts import open_must, overrule
from router.api.pages import Page
from router.domain.caller import Reach
from router.domain.errors import UnknownName
from router.domain.take import Take
from router.store.outline import Facts

Json = dict[str, Any]
Place = tuple[str, str]  # seal of the pack, and shot


@dataclass(frozen=True, slots=True)
class Standing:
    """A take at a glance."""

    take: str
    open_must: int
    passed: int
    status: str  # what was decided, "" = nothing
    control: bool
    is_superseded: bool = False  # another take of the shot was circled after it

    @property
    def rank(self) -> tuple[bool, bool, int, bool, int]:
        """Order takes, best first: chosen by people, fewest open must-lines, most lines passed."""
        said_yes = self.status in {CIRCLED, APPROVED}
        return (
            self.status != CIRCLED or self.is_superseded,
            not said_yes and self.status == REJECTED,
            -1 if said_yes else self.open_must,
            self.control,
            -self.passed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Satisfies the port of the sheet's routes; threads may share it."""

    studio: Studio
    named: Callable[[str], str]  # shown → true name of a partner

    @at_once
    def sheet(self, reach: Reach, query: SheetQuery) -> tuple[Json, Page]:
        """Give the head of a sheet, and one page of shots; raises UnknownName."""
        of = self._index(reach, query.campaign)
        told, wanted = self._standings(of), set(query.takes)
        places = [
            (place, shot, _shown(told.get(place, ()), wanted))
            for place, shot in self._shots(of)
            if query.shot in {None, shot.id}
        ]
        left = sum(one.open_must for _, _, one in places if one)
        if query.is_open:
            places = [p for p in places if p[2] is None or p[2].open_must]
        some = places[query.offset : query.offset + query.limit]
        head = {
            "campaign": of.id,
            "partner": of.veil.partner(of.partner)[0],
            "simulated": of.kept.campaign.simulated,
            "open_must": left,
        }
        rows = self._rows(of, some, told, wanted)
        return head, Page(items=rows, total=len(places))

    def overrule(
        self, reach: Reach, take: str, line: int, *, by: str, ruling: str, reason: str
    ) -> Json:
        """Keep a named person's word on a line of a take; raises UnknownName."""
        found = self._take(reach, take)
        store = self.studio.store
        verdicts = store.verdicts(found.partner, found.account, [take]).get(take, ())
        stands = {v.line.number: v for v in verdicts}
        if line not in stands:
            raise UnknownName("line", line, [str(n) for n in stands])
        said = overrule(stands[line], by, Ruling(ruling), reason)
        store.overrule(found.partner, found.account, said, self.studio.clock.now())
        return line_row(said)

    def decide(self, reach: Reach, take: str, said: Decided) -> Json:
        """Keep a decision; raises as `Deciding.decide`."""
        found = self._take(reach, take)
        word = self._word(found, said.by, said.role, said.note)
        now = self.studio.clock.now()
        kept = self._deciding().decide(word, now, said.status, said.instead_of)
        return _made(kept) | outcome(self.studio, kept)

    def look(self, reach: Reach, take: str, by: str) -> Json:
        """Keep that somebody opened a take in approval; raises UnknownName."""
        word = self._word(self._take(reach, take), by)
        kept = self._deciding().look(word, self.studio.clock.now())
        return {"take": take, "by": kept.by, "at": stamp(kept.created_at)}

    @at_once
    def history(self, reach: Reach, take: str) -> Json:
        """Give decisions on a take, and the repairs above and below it; raises UnknownName."""
        found = self._take(reach, take)
        of = self._home(found)
        if of is None:
            return {"decisions": [], "repairs": []}
        name, store = found.partner, self.studio.store
        near = _family(take, store.repairs(name, of.id))
        takes = {t.id: t for t in self.studio.router.takes(name, ids=[r.child for r in near])}
        said = store.decisions(name, of.id)
        return {
            "decisions": [_made(d) for d in said if d.take == take and d.status != SEEN],
            "repairs": [_repair_row(r, takes.get(r.child)) for r in near],
        }

    def _rows(
        self,
        of: lists.Index,
        page: Sequence[tuple[Place, Shot, Standing | None]],
        told: Mapping[Place, Sequence[Standing]],
        wanted: Collection[str],
    ) -> list[Json]:
        name, store = of.partner.name, self.studio.store
        shown = [one.take for _, _, one in page if one]
        takes = {t.id: t for t in self.studio.router.takes(name, ids=shown)}
        verdicts = store.verdicts(name, of.id, shown)
        repairs = store.repairs(name, of.id)
        decisions = standing(store.decisions(name, of.id))
        book = _Book(
            of=of, takes=takes, facts=self._facts(of), repairs=repairs, decisions=decisions
        )
        return [
            book.row(place, shot, one, told.get(place, ()), verdicts, asked=wanted)
            for place, shot, one in page
        ]

    def _shots(self, of: lists.Index) -> Iterable[tuple[Place, Shot]]:
        asked = {(t.pack, t.shot) for t in of.trials}
        for seal in of.kept.campaign.packs:
            pack = self.studio.store.pack(of.partner.name, seal).pack
            for shot in sorted(pack.shots, key=lambda s: (s.sequence, s.order, s.id)):
                if (seal, shot.id) in asked:
                    yield (seal, shot.id), shot

    def _facts(self, of: lists.Index) -> Mapping[str, Facts]:
        name, router = of.partner.name, self.studio.router
        key = ("facts", name, of.id)
        return self.studio.store.recall.of(key, of.mark, lambda: router.facts(name, of.id))

    def _standings(self, of: lists.Index) -> Mapping[Place, Sequence[Standing]]:
        name, store = of.partner.name, self.studio.store
        mark = (of.mark, store.outline.mark(name, of.id))
        key = ("sheet", name, of.id)
        return store.recall.of(key, mark, lambda: self._read(of))

    def _read(self, of: lists.Index) -> Mapping[Place, Sequence[Standing]]:
        name, store = of.partner.name, self.studio.store
        verdicts = store.verdicts(name, of.id)
        decided = standing(store.decisions(name, of.id))
        after = superseded(decided, of.versions)
        found: dict[Place, list[Standing]] = defaultdict(list)
        for take, trial in of.trial_of.items():
            if take not in verdicts:
                continue
            one = Standing(
                take=take,
                open_must=open_must(verdicts[take]),
                passed=sum(v.ruling is Ruling.PASS for v in verdicts[take]),
                status=decided[take].status if take in decided else "",
                control=of.recipes[trial.recipe].control,
                is_superseded=take in after,
            )
            found[trial.pack, trial.shot].append(one)
        return {place: sorted(each, key=lambda s: s.rank) for place, each in found.items()}

    def _index(self, reach: Reach, campaign: str) -> lists.Index:
        for name in reach:
            with suppress(UnknownName):
                return lists.index(self.studio, self.studio.store.campaign(name, campaign))
        raise UnknownName("campaign", campaign, (), hint="/v1/campaigns lists them")

    def _home(self, take: Take) -> lists.Index | None:
        """Read the campaign that a take belongs to; None = asked by hand."""
        with suppress(UnknownName):
            kept = self.studio.store.campaign(take.partner, take.account)
            return lists.index(self.studio, kept)
        return None

    def _take(self, reach: Reach, id_: str) -> Take:
        for partner in reach:
            for found in self.studio.router.takes(partner, ids=[id_]):
                return found
        raise UnknownName("take", id_, ())

    def _word(self, take: Take, by: str, role: str = "", note: str = "") -> Word:
        return Word(
            partner=take.partner, campaign=take.account, take=take.id, by=by, role=role, note=note
        )

    def _deciding(self) -> Deciding:
        return Deciding(store=self.studio.store, router=self.studio.router)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What the rows of one page are written from."""

    of: lists.Index
    takes: Mapping[str, Take]  # that are shown
    facts: Mapping[str, Facts]  # of every take
    repairs: Sequence[Repair]
    decisions: Mapping[str, Decision]

    def row(
        self,
        place: Place,
        shot: Shot,
        one: Standing | None,
        near: Sequence[Standing],
        verdicts: Mapping[str, tuple[Verdict, ...]],
        *,
        asked: Collection[str],
    ) -> Json:
        """Give one shot."""
        mine = [self.facts[s.take] for s in near if s.take in self.facts]
        head: Json = {
            "pack": place[0],
            "shot": shot.id,
            "description": shot.description,
            "choices": [self._choice(s) for s in near],
            "cost_usd": usd(sum(t.cost_musd for t in mine)),
            "minutes": round(sum(t.latency_s for t in mine) / 60, 2),
        }
        if one is None:
            return {**head, "take": None, "chosen": "none", "lines": []}
        trial, take = self._trial(one.take), self.takes[one.take]
        came = next((r for r in self.repairs if r.child == one.take), None)
        above = _above(one.take, self.repairs)
        said = self.decisions.get(one.take)
        yes = one.status if one.status in {CIRCLED, APPROVED} else "best"
        return {
            **head,
            "take": one.take,
            "chosen": "asked" if one.take in asked else yes,
            "recipe_title": self.of.recipes[trial.recipe].title,
            "number": trial.number,
            "control": one.control,
            "mime": take.media.mime,
            "sha256": take.media.sha256,
            "open_must": one.open_must,
            "lines": [self._line(v, came, above) for v in verdicts.get(one.take, ())],
            "decision": decision_row(said) if said else None,
            "outside_mask": came.outside_child if came else None,
            "parent": came.parent if came else None,
        }

    def _line(self, verdict: Verdict, came: Repair | None, above: Sequence[Repair]) -> Json:
        number = verdict.line.number
        was = [v.ruling.value for v in (came.before if came else ()) if v.line.number == number]
        aimed = [r for r in above if number in r.lines]
        spent = {
            "repairs": len(aimed),
            "cost_usd": usd(sum(r.spend_musd for r in aimed)),
            "minutes": round(
                sum(self.facts[r.child].latency_s for r in aimed if r.child in self.facts) / 60, 2
            ),
        }
        told = {"before": was[0] if was else None, "spent": spent if aimed else None}
        return {**line_row(verdict), **told}

    def _choice(self, one: Standing) -> Json:
        trial = self._trial(one.take)
        return {
            "take": one.take,
            "recipe_title": self.of.recipes[trial.recipe].title,
            "number": trial.number,
            "open_must": one.open_must,
            "status": one.status,
            "parent": self.facts[one.take].parent if one.take in self.facts else None,
        }

    def _trial(self, take: str) -> Trial:
        return self.of.trial_of[take]


def line_row(verdict: Verdict) -> Json:
    """Give a verdict with its line, and the name of its picture where one can be drawn."""
    line = verdict.line
    drawn = f"evidence/{verdict.take}-{line.number}.png" if has_something(verdict) else None
    return {
        "criterion": line.criterion,
        "kind": line.kind,
        "must": line.must,
        **verdict_row(verdict, drawn),
    }


def _shown(near: Sequence[Standing], wanted: Collection[str]) -> Standing | None:
    """Choose the take that stands for a shot: one that was asked for, else the first."""
    asked = [one for one in near if one.take in wanted]
    return next(iter([*asked, *near]), None)


def _above(take: str, repairs: Sequence[Repair]) -> list[Repair]:
    """Give the repairs that led to a take, the last one first."""
    by_child, found = {r.child: r for r in repairs}, list[Repair]()
    while (came := by_child.get(take)) is not None and came not in found:
        found.append(came)
        take = came.parent
    return found


def _family(take: str, repairs: Sequence[Repair]) -> list[Repair]:
    """Give the repairs that led to a take, oldest first, and those that led on from it."""
    found = list(reversed(_above(take, repairs)))
    waiting = [take]
    while waiting:
        parent = waiting.pop(0)
        born = [r for r in repairs if r.parent == parent and r not in found]
        found += born
        waiting += [r.child for r in born]
    return found


def _repair_row(repair: Repair, child: Take | None) -> Json:
    return {
        "parent": repair.parent,
        "child": repair.child,
        "lines": list(repair.lines),
        "before": [_ruled(v) for v in repair.before],
        "after": [_ruled(v) for v in repair.after],
        "outside_mask": repair.outside_child,
        "ground": repair.ground,
        "cost_usd": usd(repair.spend_musd),
        "latency_s": round(child.latency_s, 3) if child else None,
    }


def _ruled(verdict: Verdict) -> Json:
    return {"line": verdict.line.number, "verdict": verdict.ruling.value}


def _made(decision: Decision) -> Json:
    return {"decision": decision.id, **decision_row(decision)}
