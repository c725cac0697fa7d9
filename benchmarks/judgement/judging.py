"""Takes of a campaign before judges: pairs are chosen, planted controls added, all within a budget.

Everything is named by its content, so that a judging that was killed goes on where it stood: what
a judge said is kept, and an answer that was paid is found and not asked again. What judges say
stays apart from people's votes and is never merged with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

from benchmarks.domain.pack import Shot
from benchmarks.judgement.lantern import Blanks, Lantern, references
from benchmarks.judgement.till import Priced, Till, seen_through
from benchmarks.pictures.pixels import Darkroom
from benchmarks.planning.requests import clearance
from benchmarks.planning.sources import CannotAsk
from benchmarks.ports import Media
from benchmarks.store.judgements import key_of
from benchmarks.store.store import KeptPack, Store
from benchmarks.views.case import Case
from benchmarks.votes import ballots
from benchmarks.votes.opinion import vote_of
from benchmarks.votes.ranking import Ranking, rank
from evaluators.domain.judging import Comparison, Pair, Seat, Side
from evaluators.judges import controls, tally
from evaluators.judges.pairwise import Brief, compare, may_judge, question
from evaluators.judges.wording import PAIRWISE
from router.admission.gate import region_of_question
from router.admission.retention import Modes
from router.domain.clearance import Clearance
from router.domain.errors import BadInput, NotEntitled, UnknownName
from router.domain.ids import content_id
from router.domain.model import Model
from router.domain.take import Take
from router.llm.language import DIALECT
from router.ports import Clock

JUDGES = "judge_image"  # the operation that a model must have
SEATS = 2  # asked where nobody names judges


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    criterion: str
    recipes: tuple[str, ...] = ()  # empty = all that were paid for
    judges: tuple[str, ...] = ()  # catalogue keys; empty = the cheapest two families
    most_pairs: int | None = None
    budget_musd: int | None = None  # None = the campaign's own budget is the limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Docket:
    """A campaign's material as judges may see it."""

    case: Case
    shots: Mapping[str, tuple[Shot, KeptPack]]
    clearances: Mapping[str, Clearance]
    skipped: Mapping[str, str]  # shot → why no judge may see it
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A judging before a cent is spent."""

    id: str
    docket: Docket
    wanted: Wanted
    pairs: tuple[Pair, ...]  # controls included
    calls: int
    worst_case_musd: int
    brief: Brief


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a judging."""

    laid: Laid
    state: str  # planned | done | budget_reached | interrupted
    stopped: str = ""
    comparisons: tuple[Comparison, ...] = ()
    accounts: tuple[tally.Account, ...] = ()
    void: str = ""
    counted: tuple[Comparison, ...] = ()
    ranking: Ranking | None = None


@dataclass(slots=True, kw_only=True)
class Judging:
    """Has takes compared."""

    store: Store
    media: Media
    asks: Priced
    catalogue: Mapping[str, Model]
    clock: Clock
    modes: Modes | None = None
    darkroom: Darkroom = field(default_factory=Darkroom)

    def docket(self, case: Case, judges: Sequence[str], recipes: Sequence[str]) -> Docket:
        """Say which judges may see what.

        Raises:
            UnknownName: no such recipe here, or no such judge.
            NotEntitled: a judge that was named may not see this partner's material.
            BadInput: fewer than two families are left.
        """
        shots, clearances, skipped = _shots(case)
        makers = {
            self.catalogue[call.model].provider
            for name in self._recipes(case, recipes)
            for call in case.recipes[name].calls
            if self.catalogue[call.model].dialect != "local"
        }
        return Docket(
            case=case,
            shots=shots,
            clearances=clearances,
            skipped=skipped,
            seats=self._seats(case, judges, makers, list(clearances.values())),
        )

    def lay(self, case: Case, wanted: Wanted) -> Laid:
        """Choose pairs and controls, and say what they can cost at most; spends nothing."""
        if not wanted.criterion.strip():
            raise BadInput(field="--criterion", found="nothing", expected="one criterion in words")
        docket = self.docket(case, wanted.judges, wanted.recipes)
        real = self._pairs(docket, self._recipes(case, wanted.recipes), wanted.most_pairs)
        pairs = (*real, *controls.planted(real))
        brief = Brief(
            partner=case.partner.name,
            account=case.id,
            criterion=wanted.criterion.strip(),
            words={name: shot.description for name, (shot, _) in docket.shots.items()},
            clearances=docket.clearances,
        )
        blanks = Blanks(takes=case.takes, shots=docket.shots)
        asked = [
            question(pair, seat, brief, blanks, first=first)
            for pair, seat in _sittings(pairs, docket.seats)
            for first in ("left", "right")
        ]
        names = [case.id, brief.criterion, wanted.recipes, PAIRWISE, wanted.most_pairs]
        return Laid(
            id=content_id("judging", [*names, [s.model for s in docket.seats]]),
            docket=docket,
            wanted=wanted,
            pairs=pairs,
            calls=len(asked),
            worst_case_musd=sum(map(self.asks.worst_case_musd, asked)),
            brief=brief,
        )

    def run(self, laid: Laid) -> Result:
        """Ask whatever was not said yet; what a judge said is kept as it comes."""
        case, partner = laid.docket.case, laid.docket.case.partner.name
        known = self.store.judgements.comparisons(partner, laid.id)
        final = {key_of(laid.id, c) for c in known if c.is_final}
        paid = sum(c.cost_musd for c in known if c.is_final)
        till = Till(asks=self.asks, budget_musd=laid.wanted.budget_musd, taken_musd=paid)
        sight = self.lantern(laid.docket)
        due = [
            (pair, seat)
            for pair, seat in _sittings(laid.pairs, laid.docket.seats)
            if _key(laid.id, pair, seat) not in final
        ]

        def sit(sitting: tuple[Pair, Seat]) -> None:
            said = compare(*sitting, laid.brief, sight, till)
            self.store.judgements.keep(partner, case.id, laid.id, said, self.clock.now())

        state, stopped = seen_through(sit, due)
        return self.result(laid, state, stopped)

    def result(self, laid: Laid, state: str = "planned", stopped: str = "") -> Result:
        """Count what was said up to now."""
        partner = laid.docket.case.partner.name
        said = self.store.judgements.comparisons(partner, laid.id)
        accounts = tally.accounts(said)
        void = tally.void_run(accounts) if said else ""
        counted = () if void else tally.counted(said, accounts)
        votes = [v for c in counted if (v := vote_of(c)) is not None]
        return Result(
            laid=laid,
            state=state,
            stopped=stopped,
            comparisons=said,
            accounts=accounts,
            void=void,
            counted=counted,
            ranking=rank(ballots.ballots(votes)) if votes else None,
        )

    def lantern(self, docket: Docket) -> Lantern:
        """Give what shows a campaign's material to judges."""
        return Lantern(
            partner=docket.case.partner.name,
            media=self.media,
            darkroom=self.darkroom,
            takes=docket.case.takes,
            shots=docket.shots,
        )

    def _recipes(self, case: Case, wanted: Sequence[str]) -> tuple[str, ...]:
        known = {n: r for n, r in case.recipes.items() if not r.control}
        for name in wanted:
            if name not in known:
                raise UnknownName("recipe", name, known)
        return tuple(wanted or known)

    def _seats(
        self, case: Case, wanted: Sequence[str], makers: set[str], cleared: Sequence[Clearance]
    ) -> tuple[Seat, ...]:
        known = {k: m for k, m in self.catalogue.items() if _is_judge(m)}
        for key in wanted:
            if key not in known:
                raise UnknownName("judge", key, known)
        offered = [known[k] for k in wanted] or sorted(
            known.values(), key=lambda m: (m.provider in makers, m.price.usd, m.key)
        )
        seats: dict[str, Seat] = {}
        refused: list[str] = []
        for model in offered:
            if model.provider in seats or (not wanted and len(seats) == SEATS):
                continue
            forbidden = self._forbidden(case, model, cleared)
            if forbidden and wanted:
                raise forbidden
            if forbidden:
                refused.append(f"{model.key}: {forbidden}")
            else:
                seats[model.provider] = _seat(model, simulated=case.simulated)
        if len(seats) < SEATS:
            found = f"{len(seats)} that may see this material ({'; '.join(refused) or 'named'})"
            raise BadInput(field="judges", found=found, expected=f"{SEATS} different families")
        return tuple(seats.values())

    def _forbidden(
        self, case: Case, model: Model, cleared: Sequence[Clearance]
    ) -> NotEntitled | None:
        """Say what forbids a model to see this material; None where nothing does."""
        today = self.clock.now().date()
        try:
            for one in cleared:
                region_of_question(case.partner, model, one, today=today, modes=self.modes)
        except NotEntitled as error:
            return error
        return None

    def _pairs(self, docket: Docket, recipes: Sequence[str], most: int | None) -> tuple[Pair, ...]:
        """Pair takes of one shot, kind and number by different recipes; sides by their content."""
        cells: dict[tuple[str, int, bool], list[Side]] = {}
        names = {(kept.pack.seal, shot.id): n for n, (shot, kept) in docket.shots.items()}
        for trial, take in docket.case.own_takes():
            name = names[trial.pack, trial.shot]
            if trial.recipe in recipes and name in docket.clearances:
                cell = (name, trial.number, take.media.is_video)
                cells.setdefault(cell, []).append(self._side(trial.recipe, take))
        pairs = [
            _pair(shot, one, other)
            for (shot, _, _), sides in sorted(cells.items())
            for one, other in combinations(sides, 2)
            if one.arm != other.arm
        ]
        if not pairs:
            expected = "two recipes with takes of one shot that judges may see"
            raise BadInput(field="campaign", found="nothing to compare", expected=expected)
        if most is None or most >= len(pairs):
            return tuple(pairs)
        chosen = {p.id for p in sorted(pairs, key=lambda p: p.id)[:most]}
        return tuple(p for p in pairs if p.id in chosen)

    def _side(self, recipe: str, take: Take) -> Side:
        model = self.catalogue.get(take.model)
        known = model is not None and model.dialect != "local"
        return Side(take=take.id, arm=recipe, family=model.provider if model and known else "")


def _is_judge(model: Model) -> bool:
    return model.dialect == DIALECT and JUDGES in model.operations


def _seat(model: Model, *, simulated: bool) -> Seat:
    fixed = dict(model.options).get("temperature") == "fixed"
    return Seat(
        model=model.key,
        family=model.provider,
        name=f"{model.alias} (simulated)" if simulated else f"{model.provider} {model.key}",
        temperature=None if fixed else 0.0,
    )


def _shots(
    case: Case,
) -> tuple[dict[str, tuple[Shot, KeptPack]], dict[str, Clearance], dict[str, str]]:
    """Name the shots, with what their people permitted; several packs may use one name."""
    shots: dict[str, tuple[Shot, KeptPack]] = {}
    cleared: dict[str, Clearance] = {}
    skipped: dict[str, str] = {}
    for kept in case.packs.values():
        for shot in kept.pack.shots:
            name = shot.id if len(case.packs) == 1 else f"{kept.pack.code} {shot.id}"
            shots[name] = (shot, kept)
            try:
                cleared[name] = clearance(kept.pack, shot, references(shot, kept.pack))
            except CannotAsk as error:
                skipped[name] = str(error)
    return shots, cleared, skipped


def _pair(shot: str, one: Side, other: Side) -> Pair:
    id_ = content_id("pair", sorted([one.take, other.take]))
    left, right = (one, other) if int(id_[-1], 16) % 2 else (other, one)
    return Pair(id=id_, shot=shot, left=left, right=right)


def _sittings(pairs: Sequence[Pair], seats: Sequence[Seat]) -> list[tuple[Pair, Seat]]:
    return [(pair, seat) for pair, seat in product(pairs, seats) if may_judge(seat, pair)]


def _key(judging: str, pair: Pair, seat: Seat) -> str:
    return content_id("comparison", [judging, pair.id, seat.model])
