"""The desk: everything that the service's routes ask for, answered from one home.

Lists are walked on light columns and read whole for one page only. Compiled documents and derived
pictures are kept until something that they rest on changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.api.ports import TakeQuery
from benchmarks.bootstrap import studio
from benchmarks.browsing import lists
from benchmarks.browsing.acceptance import Acceptance, line_row
from benchmarks.browsing.gallery import Gallery, shot_of
from benchmarks.browsing.looks import at_once
from benchmarks.browsing.ordering import ordered
from benchmarks.counter.by_hand import ByHand, provenance
from benchmarks.counter.front import Front
from benchmarks.counter.pencil import Pencil
from benchmarks.crew.crew import someone_works
from benchmarks.hatch import hatch
from benchmarks.packs.receiving import Receiving
from benchmarks.reporting.editions import INTERNAL
from benchmarks.rights import stamping
from benchmarks.running.wire import Wire, engine_database, engine_schema
from benchmarks.store.store import Kept
from benchmarks.studio import Studio
from benchmarks.views.veil import Veil
from benchmarks.voting.booth import booth_of
from benchmarks.voting.usher import Usher
from evaluators.scoring import as_json
from router.api.pages import Page
from router.api.ports import Media
from router.commands.models import as_dict
from router.domain.caller import Reach
from router.domain.errors import UnknownName
from router.domain.media import MediaRef
from router.domain.request import Request
from router.domain.take import Take
from router.jobs.engine import JobEngine
from router.probe import Prober
from router.store.answers import Answers
from router.workers import hold_name

Json = dict[str, Any]
DOCUMENTS = 4  # kept compiled
TITLE = "What the models did with the shots"


@contextmanager
def opened(home: Path | None, wire: Wire) -> Iterator["Desk"]:
    """Open the desk of a home: it looks, and hands what is asked to workers of one wire."""
    with studio(home) as here:
        worker = hold_name(here.settings.home / "lookers")
        jobs = JobEngine(
            engine_database(here.settings, wire),
            {},
            worker=worker,
            log=here.settings.log_sink,
            schema=engine_schema(wire),
        )
        desk = Desk(studio=here, hand=ByHand(studio=here, wire=wire, jobs=jobs))
        try:
            yield desk
        finally:
            desk.close()
            jobs.close()
            worker.release()


@dataclass(slots=True, kw_only=True)
class Desk:
    """Satisfies every port of the routes; threads may share it."""

    studio: Studio
    hand: ByHand
    _gallery: Gallery = field(init=False)
    _veiled: Mapping[str, str] = field(init=False)  # shown → true name of a partner
    _prober: Prober = field(default_factory=Prober)
    _metrics: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    _documents: dict[tuple[str, ...], tuple[Any, Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open the gallery, and learn the names that stand on simulated material."""
        here = self.studio
        veil = Veil(here.catalogue, simulated=True, fictional=here.fictional)
        self._gallery = Gallery(studio=here)
        self._veiled = {veil.partner(p)[0]: name for name, p in here.partners.items()}

    def close(self) -> None:
        """End the children that decode."""
        self._gallery.close()
        self._prober.close()

    @property
    def everybody(self) -> frozenset[str]:
        """Name every partner of the home."""
        return frozenset(self.studio.partners)

    @property
    def booth(self) -> Usher:
        """Give what keeps blind studies, and shows each caller its own part of them."""
        return Usher(booth_of(self.studio, self._gallery.darkroom))

    @property
    def front(self) -> Front:
        """Give what takes campaigns and repairs in for the workers."""
        at_work = partial(someone_works, self.studio, self.hand.wire)
        return Front(studio=self.studio, wire=self.hand.wire, has_worker=at_work, named=self.named)

    @property
    def pencil(self) -> Pencil:
        """Give what keeps notes on takes, and hands in what they wish."""
        return Pencil(front=self.front)

    @property
    def acceptance(self) -> Acceptance:
        """Give what answers shots line by line, and keeps what people decide."""
        return Acceptance(studio=self.studio, named=self.named)

    @property
    def receiving(self) -> Receiving:
        """Give what takes packs and single files in."""
        return hatch(self.studio)

    @property
    def answers(self) -> Answers:
        """Give what remembers the answers to paid wishes."""
        return self.studio.router.answers

    def models(self) -> Sequence[Mapping[str, Any]]:
        """Give the catalogue."""
        return [as_dict(m) for m in self.studio.catalogue.values()]

    def named(self, partner: str) -> str:
        """Give a partner's name, also where a veiled one was said."""
        return self._veiled.get(partner, partner)

    @at_once
    def owners(self, reach: Reach, campaigns: Sequence[str]) -> Mapping[str, str]:
        """Give campaign → partner; raises UnknownName."""
        return {id_: self._kept_of(reach, id_).campaign.partner for id_ in campaigns}

    def consented(self, reach: Reach) -> frozenset[str]:
        """Name the partners whose written consent to share what was found is in force."""
        today = self.studio.clock.now().date()
        given = {name: self.studio.partners[name].shares_findings for name in reach}
        return frozenset(n for n, sharing in given.items() if sharing and sharing.holds(today))

    def stored(self, reach: Reach, partner: str, sha256: str) -> MediaRef:
        """Find media that the partner handed in or was made for it; raises UnknownName."""
        data = self._gallery.stored(self._within(reach, partner), sha256)
        facts = self._prober.probe(data)
        return MediaRef(
            sha256=sha256,
            mime=facts.mime,
            size=len(data),
            width=facts.width,
            height=facts.height,
            frames=facts.frames,
            fps=facts.fps,
        )

    def open_account(self, reach: Reach, partner: str, account: str, cap_musd: int) -> None:
        """Open a budget for single wishes, or change its cap."""
        self.hand.open_account(reach.require(partner), account, cap_musd)

    def submit(self, reach: Reach, request: Request) -> Mapping[str, Any]:
        """Accept a request and hand it to the workers."""
        reach.require(request.partner)
        return self.hand.submit(request)

    @at_once
    def request(self, reach: Reach, partner: str, id_: str) -> Mapping[str, Any]:
        """Say how a request stands; raises UnknownName."""
        return self.hand.state(self._within(reach, partner), id_)

    def media(self, partner: str, sha256: str, variant: str, viewer: str = "") -> Media:
        """Give stored media, or a rendering of it; raises UnknownName."""
        name = self.named(partner)
        self._gallery.require(name, sha256)
        if variant == "thumb":
            return Media(data=self._gallery.thumb(name, sha256), mime="image/jpeg")
        if variant == "preview":
            return self._gallery.preview(name, sha256, viewer)
        return self._gallery.original(name, sha256, self._prober)

    @at_once
    def scores(
        self, reach: Reach, campaign: str, *, metric: str | None, offset: int, limit: int
    ) -> Page:
        """Give scores of a campaign in the order of its takes; raises UnknownName."""
        of = self._index(reach, campaign)
        told = self._told(of)
        takes = [take for take in of.trial_of if take in told]
        ends = list(accumulate(_count(told[take], metric) for take in takes))
        begins = [0, *ends]
        page = [
            take
            for take, begin, end in zip(takes, begins, ends, strict=False)
            if begin < offset + limit and end > offset
        ]
        scored = self.studio.store.scored(of.partner.name, campaign, page)
        rows = [
            {"shot": of.trial_of[take].shot, "recipe": of.trial_of[take].recipe, **s, "take": take}
            for take in page
            for s in as_json(scored[take])["scores"]
            if metric in {None, s["metric"]}
        ]
        skipped = offset - begins[takes.index(page[0])] if page else 0
        return Page(items=rows[skipped : skipped + limit], total=ends[-1] if ends else 0)

    @at_once
    def campaigns(self, reach: Reach, partner: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give campaigns, newest first."""
        return lists.Campaigns(self.studio, self._kept(reach, partner))

    @at_once
    def campaign(self, reach: Reach, id_: str) -> Mapping[str, Any]:
        """Give one campaign; raises UnknownName."""
        return lists.campaign(self.studio, self._index(reach, id_))

    @at_once
    def takes(self, reach: Reach, query: TakeQuery) -> Page:
        """Give one page of takes: those of campaigns, newest first, then those asked by hand."""
        every = self._kept(reach, query.partner)
        known = [k for k in every if query.campaign in {None, k.campaign.id}]
        found = ordered(
            self.studio,
            [
                entry
                for kept in known
                for entry in lists.entries(self.studio, lists.index(self.studio, kept), query)
            ],
            query,
        )
        end = query.offset + query.limit
        rows = lists.rows(self.studio, found[query.offset : end])
        begin = max(0, query.offset - len(found))
        rest, count = self._single(reach, query, begin, end - len(found))
        rows += self.hand.rows(rest)
        return Page(items=rows, total=len(found) + count)

    @at_once
    def take(self, reach: Reach, id_: str) -> Mapping[str, Any]:
        """Give one take with everything known about it; raises UnknownName."""
        take = self._take(reach, id_)
        of = self._index_of(take)
        told: Json = {
            "provenance": {
                **provenance(self.studio, take, self._asked(take)),
                "signing": stamping.signing(self.studio.settings.home, take) if of else None,
            },
            "references": self._references(take),
        }
        if of is None:
            nothing: Json = {"lines": [], "siblings": [], "description": take.prompt}
            return {**self.hand.rows([take])[0], **told, **nothing}
        trial = of.trial_of[id_]
        near = [
            other
            for other, t in of.trial_of.items()
            if (t.pack, t.shot) == (trial.pack, trial.shot)
        ]
        thin = lists.case(self.studio, of, near)
        rows = lists.take_rows(of, thin, near)
        shot = shot_of(self.studio.store.pack(of.partner.name, trial.pack), trial.shot)
        return {
            **rows.pop(id_),
            **told,
            "description": shot.description,
            "lines": [line_row(v) for v in thin.verdicts.get(id_, ())],
            "siblings": list(rows.values()),
        }

    def evidence(self, partner: str, take: str, line: int) -> Media:
        """Draw the picture behind a verdict; raises UnknownName."""
        of = self._index_of(self._take([self.named(partner)], take))
        if of is None:
            raise UnknownName("take", take, ())
        thin = lists.case(self.studio, of, [take])
        said = thin.verdicts.get(take, ())
        verdict = next((v for v in said if v.line.number == line), None)
        if verdict is None:
            raise UnknownName("line", line, [str(v.line.number) for v in said])
        return Media(data=self._gallery.drawn(of, thin, verdict), mime="image/png")

    def signed(self, partner: str, take: str) -> Media:
        """Give a signed copy of a take; raises UnknownName, and BadInput for what cannot be."""
        found = self._take([self.named(partner)], take)
        return Media(path=stamping.signed(self.studio, found), mime=found.media.mime)

    def document(
        self,
        reach: Reach,
        campaigns: Sequence[str],
        *,
        pictures: bool = True,
        edition: str = INTERNAL,
    ) -> tuple[Json, dict[str, bytes]]:
        """Compile the report document; without pictures, again only after something changed."""
        wanted = tuple(self.owners(reach, campaigns))
        words: Json = {"title": TITLE, "command": "circletake serve", "edition": edition}
        if pictures:
            return self.studio.document(wanted, **words)
        mark = [self._mark(self._index(reach, id_)) for id_ in wanted]
        known = self._documents.get((edition, *wanted))
        if known is None or known[0] != mark:
            told, _ = self.studio.document(wanted, **words, pictures=False)
            known = (mark, told)
            fresh = [*self._documents.items(), ((edition, *wanted), known)]
            self._documents = dict(fresh[-DOCUMENTS:])
        return known[1], {}

    def _mark(self, of: lists.Index) -> tuple[Any, ...]:
        said = self.studio.store.outline.mark(of.partner.name, of.id)
        return lists.progress(self.studio, of), of.states, said

    def _within(self, reach: Reach, partner: str) -> str:
        """Give the name of a partner within reach; raises UnknownName for what was said."""
        if (name := self.named(partner)) in reach:
            return name
        raise UnknownName("partner", partner, reach)

    def _kept(self, reach: Reach, partner: str | None) -> list[Kept]:
        names = reach if partner is None else [self._within(reach, partner)]
        every = [k for name in names for k in self.studio.store.campaigns(name)]
        return sorted(every, key=lambda k: (k.campaign.created_at, k.campaign.id), reverse=True)

    def _kept_of(self, reach: Reach, campaign: str) -> Kept:
        for name in reach:
            with suppress(UnknownName):
                return self.studio.store.campaign(name, campaign)
        raise UnknownName("campaign", campaign, (), hint="/v1/campaigns lists them")

    def _index(self, reach: Reach, campaign: str) -> lists.Index:
        return lists.index(self.studio, self._kept_of(reach, campaign))

    def _index_of(self, take: Take) -> lists.Index | None:
        """Read the campaign that a take stands in; None = asked by hand, or raw to a repair."""
        with suppress(UnknownName):
            kept = self.studio.store.campaign(take.partner, take.account)
            of = lists.index(self.studio, kept)
            return of if take.id in of.trial_of else None
        return None

    def _take(self, partners: Iterable[str], id_: str) -> Take:
        for partner in partners:
            for found in self.studio.router.takes(partner, ids=[id_]):
                return found
        raise UnknownName("take", id_, ())

    def _single(
        self, reach: Reach, query: TakeQuery, begin: int, end: int
    ) -> tuple[Sequence[Take], int]:
        shot_of_none = (query.shot, query.recipe, query.verdict, query.decision)
        if any(shot_of_none) or query.state not in {None, "done"}:
            return [], 0
        if query.flag not in {None, "simulated"}:
            return [], 0
        names = reach if query.partner is None else [self._within(reach, query.partner)]
        kind = True if query.flag else None
        return self.hand.takes(names, query.campaign, begin, end, simulated=kind)

    def _asked(self, take: Take) -> Request | None:
        """Give what was asked for a take; None where it was made here, of other takes."""
        return self.studio.router.requests(take.partner, [take.request]).get(take.request)

    def _references(self, take: Take) -> list[Json]:
        asked = self._asked(take)
        steered = [(i.role, i.media) for i in asked.inputs] if asked else []
        if take.parent:
            parents = self.studio.router.takes(take.partner, ids=[take.parent])
            steered += [("parent", parent.media) for parent in parents]
        return [{"role": role, "mime": m.mime, "sha256": m.sha256} for role, m in steered]

    def _told(self, of: lists.Index) -> Mapping[str, tuple[str, ...]]:
        """Give take → its metrics; what was read once is not read again."""
        judged = self.studio.store.judged(of.partner.name, of.id)
        known = self._metrics.get(of.id, {})
        fresh = self.studio.store.outline.metrics(of.partner.name, of.id, judged - known.keys())
        self._metrics[of.id] = {**known, **fresh}
        return self._metrics[of.id]


def _count(metrics: Sequence[str], wanted: str | None) -> int:
    return len(metrics) if wanted is None else metrics.count(wanted)
