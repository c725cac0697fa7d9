"""The desk: everything that the service's routes ask for, answered from one home.

Lists are walked on light columns and read whole for one page only. Compiled documents and derived
pictures are kept until something that they rest on changes.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from benchmarks import lists
from benchmarks.api.ports import TakeQuery
from benchmarks.booth import Booth, booth_of
from benchmarks.bootstrap import studio
from benchmarks.briefs import brief
from benchmarks.by_hand import ByHand, provenance
from benchmarks.domain.pack import Shot
from benchmarks.pixels import Darkroom
from benchmarks.store.store import Kept, KeptPack
from benchmarks.studio import Studio
from benchmarks.views.case import Case
from benchmarks.views.pictures import Album, Easel
from benchmarks.views.takes import decision_row, verdict_row
from benchmarks.views.veil import Veil
from benchmarks.wire import Wire, engine_database
from evaluators.domain.verdict import Verdict
from evaluators.evidence import has_something
from evaluators.scoring import as_json
from router.api.pages import Page
from router.api.ports import Media
from router.commands.models import as_dict
from router.domain.errors import UnknownName
from router.domain.media import MediaRef
from router.domain.request import Request
from router.domain.take import Take
from router.jobs.engine import JobEngine
from router.probe import Prober
from router.workers import hold_name

Json = dict[str, Any]
DOCUMENTS = 4  # kept compiled
TITLE = "What the models did with the shots"


@contextmanager
def opened(home: Path | None, wire: Wire) -> Iterator["Desk"]:
    """Open the desk of a home: it looks, and hands what is asked to workers of one wire."""
    with studio(home) as here:
        worker = hold_name(here.settings.home / "lookers")
        database = engine_database(here.settings.home, wire)
        jobs = JobEngine(database, {}, worker=worker, log=here.settings.log)
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
    _darkroom: Darkroom = field(default_factory=Darkroom)
    _prober: Prober = field(default_factory=Prober)
    _easel: Easel = field(default_factory=Easel)
    _drawing: Lock = field(default_factory=Lock)  # the easel serves one thread
    _decoding: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(max(2, os.cpu_count() or 2))
    )
    _metrics: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    _documents: dict[tuple[str, ...], tuple[Any, Json]] = field(default_factory=dict)

    def close(self) -> None:
        """End the children that decode."""
        self._easel.close()
        self._darkroom.close()
        self._prober.close()

    @property
    def everybody(self) -> frozenset[str]:
        """Name every partner of the home."""
        return frozenset(self.studio.partners)

    @property
    def booth(self) -> Booth:
        """Give what keeps blind studies."""
        return booth_of(self.studio, self._darkroom)

    def models(self) -> Sequence[Mapping[str, Any]]:
        """Give the catalogue."""
        return [as_dict(m) for m in self.studio.catalogue.values()]

    def stored(self, partner: str, sha256: str) -> MediaRef:
        """Find media that the partner handed in or was made for it; raises UnknownName."""
        data = self._bytes(self._named(partner), sha256)
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

    def open_account(self, partner: str, account: str, cap_musd: int) -> None:
        """Open a budget for single wishes, or change its cap."""
        self.hand.open_account(partner, account, cap_musd)

    def submit(self, request: Request) -> Mapping[str, Any]:
        """Accept a request and hand it to the workers."""
        return self.hand.submit(request)

    def request(self, partner: str, id_: str) -> Mapping[str, Any]:
        """Say how a request stands; raises UnknownName."""
        return self.hand.state(self._named(partner), id_)

    def media(self, partner: str, sha256: str, variant: str) -> Media:
        """Give stored media, or a thumbnail of it; raises UnknownName."""
        name = self._named(partner)
        data = self._bytes(name, sha256)
        if variant == "thumb":
            return Media(data=self._thumb(name, sha256), mime="image/jpeg")
        mime = self.studio.router.mime_of(name, sha256) or self._prober.probe(data).mime
        return Media(data=data, mime=mime)

    def scores(self, campaign: str, *, metric: str | None, offset: int, limit: int) -> Page:
        """Give scores of a campaign in the order of its takes; raises UnknownName."""
        of = self._index(campaign)
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

    def campaigns(self, partner: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give campaigns, newest first."""
        return [
            lists.campaign(self.studio, lists.index(self.studio, k)) for k in self._kept(partner)
        ]

    def campaign(self, id_: str) -> Mapping[str, Any]:
        """Give one campaign; raises UnknownName."""
        return lists.campaign(self.studio, self._index(id_))

    def takes(self, query: TakeQuery) -> Page:
        """Give one page of takes: those of campaigns, newest first, then those asked by hand."""
        known = [k for k in self._kept(query.partner) if query.campaign in {None, k.campaign.id}]
        found = [
            entry
            for kept in known
            for entry in lists.entries(self.studio, lists.index(self.studio, kept), query)
        ]
        single = self._single(query)
        end = query.offset + query.limit
        rows = lists.rows(self.studio, found[query.offset : end])
        rest = single[max(0, query.offset - len(found)) : max(0, end - len(found))]
        rows += [self.hand.row(take) for take in rest]
        return Page(items=rows, total=len(found) + len(single))

    def take(self, id_: str) -> Mapping[str, Any]:
        """Give one take with everything known about it; raises UnknownName."""
        take = self._take(id_)
        of = self._index_of(take)
        told: Json = {
            "provenance": {
                **provenance(self.studio, take, self._asked(take)),
                "lineage": self._lineage(take),
            },
            "references": self._references(take),
        }
        if of is None:
            nothing: Json = {"lines": [], "siblings": []}
            return {**self.hand.row(take), **told, **nothing, "description": take.prompt}
        trial = of.trial_of[id_]
        near = [
            other
            for other, t in of.trial_of.items()
            if (t.pack, t.shot) == (trial.pack, trial.shot)
        ]
        thin = lists.case(self.studio, of, near)
        shot = _shot(self.studio.store.pack(of.partner.name, trial.pack), trial.shot)
        return {
            **lists.row(of, thin, id_),
            **told,
            "description": shot.description,
            "lines": [_line(v) for v in thin.verdicts.get(id_, ())],
            "siblings": [lists.row(of, thin, other) for other in near if other != id_],
        }

    def decide(
        self, take: str, *, by: str, role: str, note: str, withdraw: bool
    ) -> Mapping[str, Any]:
        """Keep a named person's decision on a take; raises UnknownName and BadInput."""
        kept = self.studio.decide(take, by=by, role=role, note=note, withdraw=withdraw)
        return decision_row(kept)

    def evidence(self, partner: str, take: str, line: int) -> Media:
        """Draw the picture behind a verdict; raises UnknownName."""
        name = self._named(partner)
        found = self._take(take)
        of = self._index_of(found) if found.partner == name else None
        if of is None:
            raise UnknownName("take", take, ())
        thin = lists.case(self.studio, of, [take])
        verdict = next((v for v in thin.verdicts.get(take, ()) if v.line.number == line), None)
        if verdict is None:
            raise UnknownName(
                "line", line, [str(v.line.number) for v in thin.verdicts.get(take, ())]
            )
        return Media(data=self._drawn(of, thin, verdict), mime="image/png")

    def document(
        self, campaigns: Sequence[str], *, pictures: bool = True
    ) -> tuple[Json, dict[str, bytes]]:
        """Compile the report document; without pictures, again only after something changed."""
        wanted, made_by = tuple(dict.fromkeys(campaigns)), "circletake serve"
        if pictures:
            return self.studio.document(wanted, title=TITLE, command=made_by)
        mark = [self._mark(self._index(id_)) for id_ in wanted]
        known = self._documents.get(wanted)
        if known is None or known[0] != mark:
            told, _ = self.studio.document(wanted, title=TITLE, command=made_by, pictures=False)
            known = (mark, told)
            self._documents = dict([*self._documents.items(), (wanted, known)][-DOCUMENTS:])
        return known[1], {}

    def _mark(self, of: lists.Index) -> tuple[Any, ...]:
        said = self.studio.store.outline.mark(of.partner.name, of.id)
        return lists.progress(self.studio, of), of.states, said

    def _named(self, partner: str) -> str:
        """Give a partner's name, also where a veiled one was said."""
        if partner in self.studio.partners:
            return partner
        veil = Veil(self.studio.catalogue, simulated=True, fictional=self.studio.fictional)
        veiled = {veil.partner(p)[0]: name for name, p in self.studio.partners.items()}
        return self.studio.partner(veiled.get(partner, partner)).name

    def _kept(self, partner: str | None) -> list[Kept]:
        names = self.studio.partners if partner is None else [self._named(partner)]
        every = [k for name in names for k in self.studio.store.campaigns(name)]
        return sorted(every, key=lambda k: (k.campaign.created_at, k.campaign.id), reverse=True)

    def _index(self, campaign: str) -> lists.Index:
        owner = self.studio.store.owner(campaign)
        return lists.index(self.studio, self.studio.store.campaign(owner, campaign))

    def _index_of(self, take: Take) -> lists.Index | None:
        """Read the campaign that a take stands in; None = asked by hand, or raw to a repair."""
        with suppress(UnknownName):
            kept = self.studio.store.campaign(take.partner, take.account)
            of = lists.index(self.studio, kept)
            return of if take.id in of.trial_of else None
        return None

    def _take(self, id_: str) -> Take:
        for partner in self.studio.partners:
            for found in self.studio.router.takes(partner, ids=[id_]):
                return found
        raise UnknownName("take", id_, ())

    def _single(self, query: TakeQuery) -> list[Take]:
        narrow = (query.shot, query.recipe, query.verdict)
        if (
            any(narrow)
            or query.state not in {None, "done"}
            or query.flag not in {None, "simulated"}
        ):
            return []
        names = (
            list(self.studio.partners) if query.partner is None else [self._named(query.partner)]
        )
        found = [take for name in names for take in self.hand.takes(name, query.campaign)]
        return [take for take in found if query.flag is None or take.simulated]

    def _asked(self, take: Take) -> Request | None:
        """Give what was asked for a take; None where it was made here, of other takes."""
        with suppress(UnknownName):
            return self.studio.router.request(take.partner, take.request)
        return None

    def _references(self, take: Take) -> list[Json]:
        asked = self._asked(take)
        steered = [(i.role, i.media) for i in asked.inputs] if asked else []
        if take.parent:
            parents = self.studio.router.takes(take.partner, ids=[take.parent])
            steered += [("parent", parent.media) for parent in parents]
        return [{"role": role, "mime": m.mime, "sha256": m.sha256} for role, m in steered]

    def _lineage(self, take: Take) -> str:
        """Say what became of what: the take, its parent, and so on to the first one."""
        chain = [take]
        while (parent := chain[-1].parent) is not None:
            chain += self.studio.router.takes(take.partner, ids=[parent])
            if chain[-1].id != parent:
                break
        return " ← ".join(f"{t.operation.replace('_', ' ')} {t.id[:8]}" for t in chain)

    def _told(self, of: lists.Index) -> Mapping[str, tuple[str, ...]]:
        """Give take → its metrics; what was read once is not read again."""
        judged = self.studio.store.judged(of.partner.name, of.id)
        known = self._metrics.get(of.id, {})
        fresh = self.studio.store.outline.metrics(of.partner.name, of.id, judged - known.keys())
        self._metrics[of.id] = {**known, **fresh}
        return self._metrics[of.id]

    def _bytes(self, partner: str, sha256: str) -> bytes:
        if not self.studio.media.has(partner, sha256):
            raise UnknownName("sha256", sha256, ())
        return self.studio.media.get(partner, sha256)

    def _album(self) -> Album:
        folder = self.studio.settings.home / "derived"  # the report's own: made once for both
        return Album(
            media=self.studio.media, darkroom=self._darkroom, draw=self._easel, folder=folder
        )

    def _thumb(self, partner: str, sha256: str) -> bytes:
        album = self._album()
        with self._decoding:
            name = album.thumb("thumb", partner, sha256)
        if name is None:
            raise UnknownName("thumb", sha256, ())
        return album.assets[name]

    def _drawn(self, of: lists.Index, thin: Case, verdict: Verdict) -> bytes:
        trial = of.trial_of[verdict.take]
        kept = self.studio.store.pack(of.partner.name, trial.pack)
        against = brief(
            0,
            thin.takes[verdict.take],
            _shot(kept, trial.shot),
            kept.pack,
            files=kept.media,
            media=self.studio.media,
        )
        album = self._album()
        with self._drawing:
            name = album.evidence("evidence", of.partner.name, against, verdict)
        if name is None:
            raise UnknownName("evidence", verdict.take, ())
        return album.assets[name]


def _count(metrics: Sequence[str], wanted: str | None) -> int:
    return len(metrics) if wanted is None else metrics.count(wanted)


def _shot(kept: KeptPack, id_: str) -> Shot:
    return next(s for s in kept.pack.shots if s.id == id_)


def _line(verdict: Verdict) -> Json:
    line = verdict.line
    drawn = f"evidence/{verdict.take}-{line.number}.png" if has_something(verdict) else None
    return {
        "criterion": line.criterion,
        "kind": line.kind,
        "must": line.must,
        **verdict_row(verdict, drawn),
    }
