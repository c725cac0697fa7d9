"""A take as a claim: what a signed copy of it says, and the files that it was made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.decisions.circled import CIRCLED
from benchmarks.ports import Media
from benchmarks.views.case import Case
from router.domain.errors import UnknownName
from router.domain.model import Model
from router.domain.request import Request
from router.domain.take import Source, Take
from router.provenance import content
from router.provenance.claim import (
    Circled,
    Claim,
    History,
    Part,
    Relation,
    history_of,
    made_by,
    params_sha256,
    prompt_mac,
)

_PARENTS = (Source.REPAIRED, Source.FRAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A take to be signed, with everything that is known about it."""

    case: Case
    take: Take
    request: Request | None  # None = nothing was asked: imported, or cut out here
    model: Model | None
    secret: bytes  # the partner's key
    finished: bool = False  # the copy is a file that people made of the take


def claim(subject: Subject, signed_at: datetime) -> Claim:
    """Say what a copy of a take says."""
    take, case = subject.take, subject.case
    trial = case.trial_of[take.id]
    name, model_id = made_by(take, subject.model)
    asked_outside = bool(model_id)
    clearance = subject.request.clearance if subject.request else None
    return Claim(
        partner=take.partner,
        campaign=take.account,
        shot=trial.shot,
        take=take.id,
        recipe=trial.recipe,
        history=History.FINISHED if subject.finished else history_of(take),
        simulated=take.simulated,
        made_by=name,
        model_id=model_id,
        operation=take.operation,
        region=take.region if asked_outside else "",
        seed=take.seed,
        prompt_hmac=prompt_mac(subject.secret, take.prompt),
        params_sha256=params_sha256(subject.request),
        request=take.request,
        provider_request=take.provider_ref if asked_outside else "",
        content_sha256=take.media.sha256,
        made_at=_stamp(take.created_at),
        signed_at=_stamp(signed_at),
        consent_evidence=clearance.evidence_sha256 if clearance else "",
        disclosure_tier=case.packs[trial.pack].pack.disclosure_tier,
        parent=take.parent or "",
        circled=_circled(case, take.id),
    )


def parts(subject: Subject, media: Media, takes: Mapping[str, Take]) -> tuple[Part, ...]:
    """Give the files that a copy is made of, at most one of them its parent.

    Where the provider signed its answer, the answer itself is the parent: its credential stays in
    the chain. `takes`: those of the campaign, by id.
    """
    take = subject.take
    inputs = [*_inputs(subject, media)]
    own = media.path(take.partner, take.media.sha256)
    if subject.finished:
        return (_part(Relation.PARENT, "take as it was made", take.media.mime, own),)
    if take.source is Source.IMPORTED:
        return (_part(Relation.PARENT, "as it was handed in", take.media.mime, own),)
    if content.has_credential(own, take.media.mime):
        return (_part(Relation.PARENT, "as the provider signed it", take.media.mime, own), *inputs)
    parent = takes.get(take.parent or "")
    if parent is not None:
        path = media.path(parent.partner, parent.media.sha256)
        rest = [part for part in inputs if part.path != path]
        return (_part(Relation.PARENT, "parent take", parent.media.mime, path), *rest)
    opened = history_of(take) in {History.EDITED, History.COMPUTED}
    return tuple(_opened(part) if opened and part.title == PLATE else part for part in inputs)


PLATE = "init image"


def _inputs(subject: Subject, media: Media) -> Iterator[Part]:
    """Give the pictures that steered a take; titles are roles, never names of the partner's."""
    if subject.request is None or subject.take.source in _PARENTS:
        return
    for given in subject.request.inputs:
        path = media.path(subject.take.partner, given.media.sha256)
        yield _part(Relation.INPUT, given.role.replace("_", " "), given.media.mime, path)


def _opened(part: Part) -> Part:
    return _part(Relation.PARENT, "plate", part.mime, part.path)


def _part(relation: Relation, title: str, mime: str, path: Path) -> Part:
    return Part(relation=relation, title=title, mime=mime, path=path)


def take_of(case: Case, take: str) -> Take:
    """Give a take of a campaign; raises UnknownName."""
    if take not in case.takes:
        raise UnknownName("take", take, case.takes)
    return case.takes[take]


def _circled(case: Case, take: str) -> Circled | None:
    said = case.decisions.get(take)
    if said is None or said.status != CIRCLED:
        return None
    return Circled(by=said.by, role=said.role, at=_stamp(said.created_at))


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
