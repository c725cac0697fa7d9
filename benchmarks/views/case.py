"""One campaign with everything that is known about it, read once."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from benchmarks.decisions.circled import standing
from benchmarks.domain.campaign import Observation, Recipe, Stop, Trial, TrialState
from benchmarks.domain.elsewhere import Elsewhere, arm_of
from benchmarks.domain.labour import Labour
from benchmarks.domain.pack import Shot
from benchmarks.domain.repair import Decision, Repair, oldest_first
from benchmarks.domain.signoff import Answer, ExitForm
from benchmarks.planning.phrasing import Phrased
from benchmarks.ports import Router
from benchmarks.reporting.baseline import standing as standing_labour
from benchmarks.running.progress import Progress, latest, states, stops_of, told
from benchmarks.store.store import Kept, KeptPack, Store
from evaluators.domain.score import Scored
from evaluators.domain.verdict import Verdict
from router.domain.attempt import Attempt
from router.domain.partner import Partner
from router.domain.take import Source, Take
from router.heap import growing

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A campaign, its packs, trials, attempts, takes, scores, verdicts and words."""

    kept: Kept
    partner: Partner
    progress: Progress
    packs: Mapping[str, KeptPack]  # by seal
    shots: Mapping[tuple[str, str], Shot]  # by seal and id
    trials: tuple[Trial, ...]
    states: Mapping[str, TrialState]  # by trial
    attempts: Mapping[str, Attempt]  # newest, by request
    takes: Mapping[str, Take]  # of trials, and repaired children
    trial_of: Mapping[str, Trial]  # by take; a child's is its parent's
    scored: Mapping[str, Scored]  # by take
    verdicts: Mapping[str, tuple[Verdict, ...]]  # by take
    observations: tuple[Observation, ...]
    repairs: tuple[Repair, ...]
    decisions: Mapping[str, Decision] = field(default_factory=dict)  # that count, by take
    stops: Mapping[str, Stop] = field(default_factory=dict)  # steps never asked for, by request
    steps: Mapping[str, Take] = field(default_factory=dict)  # of chains' earlier steps, by request
    origins: Mapping[str, Phrased] = field(default_factory=dict)  # of prompts, by their sha-256
    labour: tuple[Labour, ...] = ()  # every entry that was ever written
    guests: Mapping[str, Elsewhere] = field(default_factory=dict)  # made elsewhere, by take
    answers: tuple[Answer, ...] = ()  # what the partner said of what would be printed
    forms: tuple[ExitForm, ...] = ()  # what its people said at the end
    printed: frozenset[str] | None = None  # takes whose pictures may be printed; None = all
    plates: frozenset[tuple[str, str]] | None = None  # pack and shot of printed plates; None = all
    _found: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Name the campaign."""
        return self.kept.campaign.id

    @property
    def simulated(self) -> bool:
        """Say whether it ran on the emulator: planned so, or any paid take says so."""
        paid = (t for t in self.takes.values() if t.source is Source.GENERATED)
        return self.kept.campaign.simulated or any(t.simulated for t in paid)

    @property
    def recipes(self) -> Mapping[str, Recipe]:
        """Give the recipes as they were planned, and an arm for each label from outside."""
        outside = {g.recipe: arm_of(g) for g in self.guests.values()}
        return {**{r.name: r for r in self.kept.recipes}, **outside}

    @property
    def labour_standing(self) -> tuple[Labour, ...]:
        """Give the entries of the timesheet that count."""
        return standing_labour(self.labour)

    def shot(self, trial: Trial) -> Shot:
        """Give the shot of a trial."""
        return self.shots[trial.pack, trial.shot]

    def own_takes(self) -> tuple[tuple[Trial, Take], ...]:
        """Give the takes that are compared: what trials asked for, and declared ones from outside.

        Repaired children are none, and neither is what was brought in without being declared.
        """
        return self.once(
            "own takes",
            lambda: tuple(
                (self.trial_of[t.id], t)
                for t in self.takes.values()
                if t.request == self.trial_of[t.id].request
                and (t.id not in self.guests or self.guests[t.id].declared)
            ),
        )

    def once(self, name: str, find: Callable[[], T]) -> T:
        """Find something out about this case, once: a report asks for much of it many times.

        Args:
            name: what it is; one function finds what has one name.
            find: gives something that nobody changes, of this case alone.
        """
        if name not in self._found:
            self._found[name] = find()
        found: T = self._found[name]
        return found


@growing()
def gather(partner: Partner, campaign: str, *, store: Store, router: Router, now: datetime) -> Case:
    """Read a campaign.

    Raises:
        UnknownName: this partner has no such campaign.
    """
    kept = store.campaign(partner.name, campaign)
    trials = store.trials(partner.name, campaign)
    attempts = router.attempts(partner.name, account=campaign)
    repairs = store.repairs(partner.name, campaign)
    every = router.takes(partner.name, account=campaign)
    guests = {g.take: g for g in store.guests.of(partner.name, campaign)}
    places = (*trials, *(_place_of(g, every) for g in guests.values()))
    takes, trial_of = _takes(every, places, repairs)
    earlier = {request for t in trials for request in t.earlier}
    stops = stops_of(store, trials)
    scored = store.scored(partner.name, campaign)
    paid = {t.id: t.media.sha256 for t in takes.values() if t.source is not Source.CONTROL}
    packs = {seal: store.pack(partner.name, seal) for seal in kept.campaign.packs}
    return Case(
        kept=kept,
        partner=partner,
        progress=told(kept, trials, attempts, store=store, router=router, now=now),
        packs=packs,
        shots={(seal, s.id): s for seal, one in packs.items() for s in one.pack.shots},
        trials=trials,
        states=states(trials, attempts, stops),
        attempts=latest(attempts),
        takes=takes,
        trial_of=trial_of,
        scored=with_twins({t: s for t, s in scored.items() if t in takes}, twins(paid)),
        verdicts={t: v for t, v in store.verdicts(partner.name, campaign).items() if t in takes},
        observations=store.observations(partner.name, campaign),
        repairs=repairs,
        decisions=standing(store.decisions(partner.name, campaign)),
        stops=stops,
        steps={t.request: t for t in every if t.request in earlier},
        origins=store.words.origins(partner.name, campaign),
        labour=store.timesheet.entries(partner.name, campaign),
        guests=guests,
        answers=store.signatures.answers(partner.name, campaign),
        forms=store.signatures.forms(partner.name),
    )


def _place_of(guest: Elsewhere, every: tuple[Take, ...]) -> Trial:
    """Give the cell that a take from outside stands in; nobody asked for it."""
    take = next(t for t in every if t.id == guest.take)
    return Trial(
        partner=guest.partner,
        id=guest.take,
        campaign=guest.campaign,
        pack=guest.pack,
        shot=guest.shot,
        recipe=guest.recipe,
        number=guest.number,
        request=take.request,
        worst_case_musd=0,
    )


def _takes(
    found: tuple[Take, ...], trials: tuple[Trial, ...], repairs: tuple[Repair, ...]
) -> tuple[dict[str, Take], dict[str, Trial]]:
    """Join takes with their trials; a model's raw answer to a repair stays behind its child."""
    by_request = {t.request: t for t in trials}
    by_id = {t.id: t for t in found}
    trial_of = {t.id: by_request[t.request] for t in found if t.request in by_request}
    for repair in oldest_first(repairs):  # a child may be repaired again
        if repair.parent in trial_of and repair.child in by_id:
            trial_of[repair.child] = trial_of[repair.parent]
    order = sorted(
        trial_of, key=lambda t: (trial_of[t].pack, trial_of[t].shot, _place(trial_of[t], by_id[t]))
    )
    return {t: by_id[t] for t in order}, trial_of


def _place(trial: Trial, take: Take) -> tuple[str, int, bool]:
    return trial.recipe, trial.number, take.request != trial.request


def twins(paid: Mapping[str, str]) -> frozenset[str]:
    """Name the takes whose bytes another one has too; `paid`: take → sha-256, without controls.

    Measuring sees one batch; here the whole campaign is seen. A control repeats its plate by
    nature.
    """
    count = Counter(paid.values())
    return frozenset(take for take, sha in paid.items() if count[sha] > 1)


def with_twins(scored: Mapping[str, Scored], twice: Collection[str]) -> Mapping[str, Scored]:
    """Flag duplicates, those and no others."""
    told = {}
    for id_, one in scored.items():
        flags = tuple(f for f in one.flags if f != "duplicate")
        told[id_] = replace(one, flags=(*flags, "duplicate") if id_ in twice else flags)
    return told
