"""Long lists of takes: ordered, filtered and counted on light columns, read whole for one page."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, overload

from benchmarks.api.ports import TakeQuery
from benchmarks.browsing.looks import look
from benchmarks.decisions.circled import standing
from benchmarks.domain.campaign import Recipe, Stop, Trial, TrialState
from benchmarks.domain.repair import oldest_first
from benchmarks.domain.version import Version
from benchmarks.editorial.versions import numbered, superseded
from benchmarks.planning.plan import stamp
from benchmarks.running.progress import (
    Progress,
    balance_of,
    counted,
    forecast,
    latest,
    seen,
    states,
    stops_of,
)
from benchmarks.store.store import Kept
from benchmarks.studio import Studio
from benchmarks.views.case import Case, twins, with_twins
from benchmarks.views.tables import campaign_row, told_models, told_operations, why_of
from benchmarks.views.takes import take_row
from benchmarks.views.veil import Veil
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.verdicts import open_must
from router.domain.partner import Partner
from router.store.outline import Standing

Json = dict[str, Any]
FORECAST_S = 15  # how old a forecast may be; it takes a look at everything


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be: a take, or a trial that gave none."""

    index: "Index"
    trial: Trial
    take: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A campaign by its light columns."""

    kept: Kept
    partner: Partner
    veil: Veil
    trials: tuple[Trial, ...]
    states: Mapping[str, TrialState]  # by trial
    standings: Mapping[str, Standing]  # newest, by request
    trial_of: Mapping[str, Trial]  # by take, in the order of lists; children after their parents
    stops: Mapping[str, Stop] = field(default_factory=dict)  # steps never asked for, by request
    versions: Mapping[str, Version] = field(default_factory=dict)  # by take, those brought in too
    mark: Hashable = None  # another one once anything has moved

    @property
    def id(self) -> str:
        """Name the campaign."""
        return self.kept.campaign.id

    @property
    def recipes(self) -> Mapping[str, Recipe]:
        """Give the recipes as they were when it was planned."""
        return {r.name: r for r in self.kept.recipes}


def index(studio: Studio, kept: Kept) -> Index:
    """Read the light columns of a campaign, where anything in it has moved since the last time."""
    name, id_ = kept.campaign.partner, kept.campaign.id
    mark = (studio.router.mark(name, id_), studio.store.outline.shape(name, id_))
    of = studio.store.recall.of(("index", name, id_), mark, lambda: _index(studio, kept, mark))
    simulated = of.kept.campaign.simulated  # by its takes, too
    return replace(
        of,
        kept=replace(kept, campaign=replace(kept.campaign, simulated=simulated)),
        partner=studio.partner(name),
        veil=Veil(studio.catalogue, simulated, studio.fictional),
    )


def _index(studio: Studio, kept: Kept, mark: Hashable) -> Index:
    """Read it all in a few statements, however long it is."""
    name, id_ = kept.campaign.partner, kept.campaign.id
    trials = studio.store.trials(name, id_)
    standings = studio.router.standings(name, id_)
    stops = stops_of(studio.store, trials)
    simulated = kept.campaign.simulated or studio.router.has_simulated(name, id_)
    trial_of = _takes(studio, kept, trials, standings)
    return Index(
        kept=replace(kept, campaign=replace(kept.campaign, simulated=simulated)),
        partner=studio.partner(name),
        veil=Veil(studio.catalogue, simulated, studio.fictional),
        trials=trials,
        states=states(trials, standings, stops),
        standings=latest(standings),
        trial_of=trial_of,
        stops=stops,
        versions=_versions(studio, kept, trial_of),
        mark=mark,
    )


@dataclass(frozen=True, slots=True)
class Campaigns(Sequence[Json]):
    """Campaigns as lists show them; only those of the page that is asked for are read."""

    studio: Studio
    kept: Sequence[Kept]

    def __len__(self) -> int:
        """Count them."""
        return len(self.kept)

    @overload
    def __getitem__(self, place: int) -> Json: ...

    @overload
    def __getitem__(self, place: slice) -> list[Json]: ...

    def __getitem__(self, place: int | slice) -> Json | list[Json]:
        """Read one, or a page."""
        if isinstance(place, slice):
            with look(self.studio):
                return [self._row(kept) for kept in self.kept[place]]
        return self._row(self.kept[place])

    def _row(self, kept: Kept) -> Json:
        return campaign(self.studio, index(self.studio, kept))


def entries(studio: Studio, of: Index, query: TakeQuery) -> Iterator[Entry]:
    """Give what fits a question, in a stable order: shot, recipe, number."""
    if query.state not in {None, TrialState.DONE.value}:
        if query.verdict is None and query.flag is None:
            for trial in of.trials:
                if of.states[trial.id].value == query.state and _fits(trial, query):
                    yield Entry(of, trial, None)
        return
    wanted = _bearing(studio, of, query)
    for take, trial in of.trial_of.items():
        if _fits(trial, query) and (wanted is None or take in wanted):
            yield Entry(of, trial, take)


def rows(studio: Studio, page: Sequence[Entry]) -> list[Json]:
    """Read the takes of one page whole; a statement or two for each campaign on it."""
    told: dict[tuple[str, str], Json] = {}
    for id_, of in {entry.index.id: entry.index for entry in page}.items():
        mine = [e.take for e in page if e.take and e.index.id == id_]
        found = take_rows(of, case(studio, of, mine), mine)
        told |= {(id_, take): row for take, row in found.items()}
    return [_failure(e) if e.take is None else told[e.index.id, e.take] for e in page]


def take_rows(of: Index, thin: Case, takes: Sequence[str]) -> dict[str, Json]:
    """Give takes as lists show them, by take."""
    after = superseded(thin.decisions, of.versions)
    return {
        take: {
            **_row(of, thin, take),
            "version": of.versions[take].number if take in of.versions else None,
            "superseded_by": after.get(take),
        }
        for take in takes
    }


def _row(of: Index, thin: Case, take: str) -> Json:
    trial = thin.trial_of[take]
    recipe, verdicts = of.recipes[trial.recipe], thin.verdicts.get(take, ())
    return {
        **take_row(thin, take, of.veil, None),
        "partner": of.veil.partner(of.partner)[0],
        "recipe_title": recipe.title,
        "control": recipe.control,
        "made_at": stamp(thin.takes[take].created_at),
        "state": TrialState.DONE.value,
        "open_must": open_must(verdicts) if verdicts else None,
        "verdicts": counts(verdicts),
    }


def counts(verdicts: Collection[Verdict]) -> dict[str, int]:
    """Count verdicts by what they say."""
    said = [v.ruling for v in verdicts]
    return {r.value: said.count(r) for r in Ruling if r in said}


def case(studio: Studio, of: Index, takes: Collection[str]) -> Case:
    """Read a campaign with no more than some of its takes."""
    name = of.partner.name
    found = {t.id: t for t in studio.router.takes(name, ids=list(takes))}
    scored = studio.store.scored(name, of.id, takes)
    paid = _paid(studio, of) if takes else {}
    mine = {take: sha for take, sha in paid.items() if take in of.trial_of}
    return Case(
        kept=of.kept,
        partner=of.partner,
        progress=progress(studio, of),
        packs={},
        shots={},
        trials=of.trials,
        states=of.states,
        attempts={},
        takes=found,
        trial_of={take: of.trial_of[take] for take in takes},
        scored=with_twins(scored, twins(mine)),
        verdicts=studio.store.verdicts(name, of.id, takes),
        observations=(),
        repairs=(),
        decisions=standing(studio.store.decisions(name, of.id)) if takes else {},
    )


def progress(studio: Studio, of: Index) -> Progress:
    """Say how the campaign stands."""
    name = of.partner.name
    return Progress(
        campaign=of.kept.campaign,
        state=seen(of.kept, studio.clock.now()),
        trials=counted(of.states.values()),
        scored=studio.store.outline.judged(name, of.id),
        balance=balance_of(name, of.id, studio.router),
    )


def campaign(studio: Studio, of: Index) -> Json:
    """Give one campaign with its shots in the order of the cut and its recipes."""
    packs = {seal: studio.store.pack(of.partner.name, seal) for seal in of.kept.campaign.packs}
    asked = {(t.pack, t.shot) for t in of.trials}
    named = {t.recipe for t in of.trials}
    thin = replace(case(studio, of, ()), packs=packs)
    return {
        **campaign_row(thin, of.veil),
        "simulated": of.kept.campaign.simulated,
        "forecast_finish": stamp(expected_end(studio, of) or of.kept.campaign.forecast_finish),
        "shots": [
            shot.id
            for seal, one in packs.items()
            for shot in sorted(one.pack.shots, key=lambda s: (s.sequence, s.order, s.id))
            if (seal, shot.id) in asked
        ],
        "recipes": [
            {"recipe": r.name, "title": r.title} for r in of.kept.recipes if r.name in named
        ],
    }


def expected_end(studio: Studio, of: Index) -> datetime | None:
    """Forecast from what has happened, anew every few seconds while trials are open."""
    is_open = TrialState.OPEN in of.states.values()
    mark = int(studio.clock.now().timestamp()) // FORECAST_S if is_open else of.mark
    key = ("end", of.partner.name, of.id)
    return studio.store.recall.of(key, mark, lambda: _forecast(studio, of))


def _forecast(studio: Studio, of: Index) -> datetime | None:
    """Forecast; only a campaign with open trials is read for it."""
    if TrialState.OPEN not in of.states.values():
        return studio.router.last_end(of.partner.name, of.id)
    attempts = studio.router.attempts(of.partner.name, account=of.id)
    return forecast(of.kept.campaign, of.trials, attempts, studio.store, studio.clock.now())


def _takes(
    studio: Studio, kept: Kept, trials: Sequence[Trial], standings: Sequence[Standing]
) -> Mapping[str, Trial]:
    made = {s.request: s.take for s in standings if s.take}
    children: dict[str, list[str]] = {}
    root: dict[str, str] = {}
    for repair in oldest_first(studio.store.repairs(kept.campaign.partner, kept.campaign.id)):
        root[repair.child] = root.get(repair.parent, repair.parent)
        children.setdefault(root[repair.child], []).append(repair.child)
    return {
        take: trial
        for trial in trials
        if (first := made.get(trial.request))
        for take in (first, *children.get(first, ()))
    }


def _versions(studio: Studio, kept: Kept, trial_of: Mapping[str, Trial]) -> Mapping[str, Version]:
    """Count versions as the whole campaign does: with what was brought in, and its children."""
    name, id_ = kept.campaign.partner, kept.campaign.id
    made = studio.router.facts(name, id_)
    places = {take: (trial.pack, trial.shot) for take, trial in trial_of.items()}
    places |= {g.take: (g.pack, g.shot) for g in studio.store.guests.of(name, id_)}
    for repair in oldest_first(studio.store.repairs(name, id_)):
        if repair.parent in places:
            places[repair.child] = places[repair.parent]
    return numbered((t, place, made[t].created_at) for t, place in places.items() if t in made)


def _fits(trial: Trial, query: TakeQuery) -> bool:
    return query.shot in {None, trial.shot} and query.recipe in {None, trial.recipe}


def _bearing(studio: Studio, of: Index, query: TakeQuery) -> Collection[str] | None:
    """Name the takes that bear a flag and a verdict; None = nobody asked."""
    name, wanted = of.partner.name, None
    if query.verdict is not None:
        outline, ruling = studio.store.outline, Ruling(query.verdict)
        key, mark = ("ruled", name, of.id, ruling), (of.mark, outline.mark(name, of.id))
        wanted = studio.store.recall.of(key, mark, lambda: outline.ruled(name, of.id, ruling))
    if query.flag is not None:
        flagged = _flagged(studio, of, query.flag)
        wanted = flagged if wanted is None else wanted & flagged
    return wanted


def _flagged(studio: Studio, of: Index, flag: str) -> frozenset[str]:
    name = of.partner.name
    if flag != "duplicate":
        return studio.store.outline.flagged(name, of.id, flag)
    paid = _paid(studio, of)
    judged = studio.store.judged(name, of.id)
    return twins({t: sha for t, sha in paid.items() if t in of.trial_of}) & judged


def _paid(studio: Studio, of: Index) -> Mapping[str, str]:
    name = of.partner.name
    return studio.store.recall.of(
        ("paid", name, of.id), of.mark, lambda: studio.router.paid_media(name, of.id)
    )


def _failure(entry: Entry) -> Json:
    of, trial = entry.index, entry.trial
    recipe, state = of.recipes[trial.recipe], of.states[trial.id]
    code, reason = why_of(recipe, trial, of.standings, of.stops, of.veil)
    return {
        "take": None,
        "partner": of.veil.partner(of.partner)[0],
        "campaign": of.id,
        "shot": trial.shot,
        "recipe": trial.recipe,
        "recipe_title": recipe.title,
        "number": trial.number,
        "model_name": told_models(recipe, of.veil),
        "operation": told_operations(recipe),
        "state": state.value,
        "code": code,
        "reason": reason,
        "simulated": of.kept.campaign.simulated,
        "source": "control" if recipe.control else "generated",
        "control": recipe.control,
        "flags": [],
        "verdicts": {},
    }
