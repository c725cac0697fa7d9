"""A checklist for every take: what the shot asks for, and its free-text lines, put to judges.

The shares that come of it are `prompt_align` and, for each line that no metric answers, what the
judges saw; they take their place among the take's scores, and its verdicts are given anew. Nothing
a person overruled changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.judgement.judging import Docket, Judging, Wanted
from benchmarks.judgement.lantern import Blanks
from benchmarks.judgement.till import Till, seen_through
from benchmarks.planning.camera import FRAMINGS
from benchmarks.planning.plan import usd
from benchmarks.planning.prompts import costume_of
from benchmarks.ports import Rule
from benchmarks.store.judgements import key_of
from evaluators.domain.judging import Seat
from evaluators.domain.score import Scored
from evaluators.judges import checklist
from evaluators.judges.checklist import VOTES, Ballot, Case, Item
from evaluators.judges.wording import CHECKLIST
from evaluators.verdicts import is_free_text
from router.domain.ids import content_id

MUST = 2.0  # weight of who and what must be there, beside 1 for everything else
OPINIONS = ("prompt_align", "judge_line.")  # scores that judges gave
MOST_ITEMS = 20

Sitting = tuple[Case, Seat, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A checklist run before a cent is spent."""

    id: str
    docket: Docket
    wanted: Wanted
    cases: tuple[Case, ...]
    sittings: tuple[Sitting, ...]
    worst_case_musd: int

    def as_json(self) -> dict[str, Any]:
        """Say what would be asked."""
        return {
            "judging": self.id,
            "campaign": self.docket.case.id,
            "simulated": self.docket.case.simulated,
            "judges": [s.name for s in self.docket.seats],
            "takes": len(self.cases),
            "calls": len(self.sittings),
            "worst_case_usd": usd(self.worst_case_musd),
            "skipped": [{"shot": s, "reason": r} for s, r in self.docket.skipped.items()],
        }

    def text(self) -> str:
        """Say it for a person."""
        names = " and ".join(s.name for s in self.docket.seats)
        money = "spends nothing" if self.docket.case.simulated else "real money, through AWS"
        return (
            f"{len(self.cases)} takes, {VOTES} votes of each of {names}: {len(self.sittings)} "
            f"calls, at most {usd(self.worst_case_musd):.6f} USD ({money})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it."""

    round: Round
    state: str
    stopped: str
    ballots: tuple[Ballot, ...]
    void: Mapping[str, str]  # judge → why nothing it said counts
    aligned: Mapping[str, float | None]  # take → prompt_align

    @property
    def is_bad_news(self) -> bool:
        """Say whether it did not end, or a judge was void."""
        return self.state != "done" or bool(self.void)

    def as_json(self) -> dict[str, Any]:
        """Say it for programs."""
        names = {s.model: s.name for s in self.round.docket.seats}
        return self.round.as_json() | {
            "state": self.state,
            "stopped": self.stopped,
            "spend_usd": usd(sum(b.cost_musd for b in self.ballots)),
            "votes": {"usable": sum(bool(b.answers) for b in self.ballots), "n": len(self.ballots)},
            "void": {names.get(j, j): why for j, why in self.void.items()},
            "prompt_align": [{"take": t, "value": v} for t, v in self.aligned.items()],
        }

    def text(self) -> str:
        """Say it for a person."""
        body = self.as_json()
        kind = "SIMULATED judges" if body["simulated"] else "judges"
        measured = sum(v is not None for v in self.aligned.values())
        lines = [
            f"{kind}: {body['votes']['usable']} of {body['votes']['n']} votes count; "
            f"prompt_align on {measured} of {len(self.aligned)} takes, {body['spend_usd']:.6f} USD"
        ]
        lines += [f"VOID: {name}: {why}" for name, why in body["void"].items()]
        if self.stopped:
            lines.append(f"stopped: {self.stopped}; the same command goes on where it stood")
        return "\n".join(lines)


@dataclass(slots=True, kw_only=True)
class Looking:
    """Has every take looked at."""

    judging: Judging
    rule: Rule

    def lay(self, case: Any, wanted: Wanted) -> Round:
        """Write the questions, and say what they can cost at most; spends nothing."""
        docket = self.judging.docket(case, wanted.judges, wanted.recipes)
        cases = tuple(self._cases(docket, wanted.recipes))
        blanks = Blanks(takes=case.takes, shots=docket.shots)
        makers = {t.id: self._maker(t.model) for t in case.takes.values()}
        sittings = tuple(
            (one, seat, number)
            for one, seat, number in product(cases, docket.seats, range(VOTES))
            if seat.family != makers[one.take]
        )
        asked = (checklist.question(c, seat, n, blanks) for c, seat, n in sittings)
        content = [case.id, wanted.recipes, CHECKLIST, [s.model for s in docket.seats]]
        return Round(
            id=content_id("checklist", content),
            docket=docket,
            wanted=wanted,
            cases=cases,
            sittings=sittings,
            worst_case_musd=sum(map(self.judging.asks.worst_case_musd, asked)),
        )

    def run(self, laid: Round) -> Found:
        """Ask whatever was not asked yet, and give every take its scores and verdicts anew."""
        case, partner = laid.docket.case, laid.docket.case.partner.name
        kept = self.judging.store.judgements
        known = [b for b in kept.ballots(partner, laid.id) if b.state != "unknown"]
        final = {key_of(laid.id, b) for b in known}
        paid = sum(b.cost_musd for b in known)
        till = Till(asks=self.judging.asks, budget_musd=laid.wanted.budget_musd, taken_musd=paid)
        sight = self.judging.lantern(laid.docket)

        def sit(sitting: Sitting) -> None:
            said = checklist.vote(*sitting, sight, till)
            kept.keep(partner, case.id, laid.id, said, self.judging.clock.now())

        due = [s for s in laid.sittings if _key(laid.id, s) not in final]
        state, stopped = seen_through(sit, due)
        ballots = kept.ballots(partner, laid.id)
        void = checklist.void_judges(ballots)
        return Found(
            round=laid,
            state=state,
            stopped=stopped,
            ballots=ballots,
            void=void,
            aligned=self._keep(laid, ballots, void),
        )

    def _keep(
        self, laid: Round, ballots: Sequence[Ballot], void: Mapping[str, str]
    ) -> Mapping[str, float | None]:
        case, aligned = laid.docket.case, dict[str, float | None]()
        for one in laid.cases:
            mine = [b for b in ballots if b.take == one.take]
            found = checklist.scores(one, mine, void)
            aligned[one.take] = found[0].value
            scored = case.scored.get(one.take)
            if scored is None:
                continue
            fresh = with_opinions(scored, found, has_text=any(b.has_text for b in mine))
            lines = case.shot(case.trial_of[one.take]).acceptance
            self.judging.store.put_judged(
                one.partner, case.id, fresh, self.rule(lines, fresh), self.judging.clock.now()
            )
        return aligned

    def _maker(self, model: str) -> str:
        found = self.judging.catalogue.get(model)
        return found.provider if found and found.dialect != "local" else ""

    def _cases(self, docket: Docket, recipes: Sequence[str]) -> Iterator[Case]:
        case = docket.case
        names = {(kept.pack.seal, shot.id): n for n, (shot, kept) in docket.shots.items()}
        for trial, take in case.own_takes():
            name = names[trial.pack, trial.shot]
            if name not in docket.clearances or case.recipes[trial.recipe].control:
                continue
            if recipes and trial.recipe not in recipes:
                continue
            shot, kept = docket.shots[name]
            yield Case(
                partner=case.partner.name,
                account=case.id,
                take=take.id,
                shot=name,
                words=shot.description,
                items=items(shot, kept.pack),
                clearance=docket.clearances[name],
            )


def items(shot: Shot, pack: ShotPack) -> tuple[Item, ...]:
    """Make a shot's words into questions that can be answered by looking."""
    made = [Item(id="shot", text=f"Does the take show this: {shot.description}")]
    for n, seen in enumerate(shot.appearances, 1):
        who = pack.character(seen.character)
        made.append(Item(id=f"who{n}", text=_is_seen(who.name, who.description), weight=MUST))
        costume = costume_of(seen, pack)
        if costume:
            worn = f"Does {who.name} wear this: {costume.description}"
            made.append(Item(id=f"costume{n}", text=worn, weight=MUST))
        if seen.action:
            made.append(Item(id=f"action{n}", text=f"Does {who.name} do this: {seen.action}"))
    for n, id_ in enumerate(shot.props, 1):
        prop = pack.character(id_)
        made.append(Item(id=f"prop{n}", text=_is_seen(prop.name, prop.description)))
    place = dict(pack.locations).get(shot.location or "")
    made += [Item(id="place", text=f"Is this the place: {place}")] if place else []
    framing = FRAMINGS.get(shot.framing)
    made += [Item(id="framing", text=f"Is it framed as a {framing}?")] if framing else []
    made += [
        Item(id=f"line{line.number}", text=f"Is this met: {line.criterion}", line=line.number)
        for line in shot.acceptance
        if is_free_text(line)
    ]
    return tuple(made[:MOST_ITEMS])


def _is_seen(name: str, description: str) -> str:
    return f"Is {name} seen, as described: {description}" if description else f"Is {name} seen?"


def _key(judging: str, sitting: Sitting) -> str:
    case, seat, number = sitting
    return content_id("ballot", [judging, case.take, seat.model, number])


def with_opinions(scored: Scored, found: Sequence[Any], *, has_text: bool) -> Scored:
    """Put what judges said in the place of what they said before."""
    rest = [s for s in scored.scores if not s.metric.startswith(OPINIONS)]
    flags = [f for f in scored.flags if f != "text_in_picture"]
    flags += ["text_in_picture"] if has_text else []
    return replace(scored, scores=(*rest, *found), flags=tuple(flags))
