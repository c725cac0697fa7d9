"""The frozen report document `report/1`: what the findings file is, and what every page draws."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from benchmarks.comparing.wording import CONFIDENCE
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.finding import Finding
from benchmarks.domain.repair import Repair
from benchmarks.planning.plan import stamp, usd
from benchmarks.reporting.editions import INTERNAL
from benchmarks.reporting.findings import Facts, findings
from benchmarks.views.case import Case
from benchmarks.views.comparisons import Compared, compared, comparison_row, slice_rows
from benchmarks.views.crossing import Crossing, crossing_rows
from benchmarks.views.guests import guest_rows
from benchmarks.views.judgings import judging_rows
from benchmarks.views.loop import YES, circling_of, loop_of
from benchmarks.views.old_way import multiples, old_way
from benchmarks.views.others import edition_row, own
from benchmarks.views.parts import parts
from benchmarks.views.pictures import Album
from benchmarks.views.polls import study_rows, vote_rows
from benchmarks.views.sheet import sheet_rows
from benchmarks.views.signoff import as_signed, observation_id, signed_row, signoff_row
from benchmarks.views.summary import answer, limits
from benchmarks.views.tables import bills, campaign_row, failure_rows, one_recipe_each, recipe_row
from benchmarks.views.takes import take_row, verdict_row
from benchmarks.views.trusted import trusted
from benchmarks.views.veil import Veil
from benchmarks.votes.poll import Poll
from evaluators.domain.judging import Comparison
from router.domain.errors import BadInput, Conflict
from router.domain.model import Model
from router.heap import growing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What a reader needs to make the document again."""

    title: str
    now: datetime
    code_version: str
    generated_by: str  # the command
    reproduce: str  # how to make the same takes and numbers again
    fictional: Collection[str] = ()  # partners whose names may stand on simulated material
    edition: str = INTERNAL  # or the partner who reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """What people preferred and what language models said: side by side, never merged."""

    polls: Sequence[Poll] = ()
    judgings: Mapping[str, Mapping[str, Sequence[Comparison]]] = field(default_factory=dict)


_SILENT = Opinions()


@growing()
def document(
    every: Sequence[Case],
    catalogue: Mapping[str, Model],
    album: Album,
    imprint: Imprint,
    cross: Callable[[Case], Sequence[Crossing]] = lambda _case: (),
    opinions: Opinions = _SILENT,
) -> tuple[Json, dict[str, bytes]]:
    """Compile the document and the pictures that it names.

    A partner's edition shows that partner's campaigns; the others' enter only its row `edition`.
    `cross` compares a campaign's characters from shot to shot; `opinions` are what people voted and
    what judges said.

    Raises:
        BadInput: no campaign was given, or none of the edition's partner.
        Conflict: simulated and real campaigns are mixed, or a recipe's name means two things.
    """
    simulated, whole = _one_kind(every), own(every, imprint.edition)
    cases = [as_signed(case) for case in whole]
    veil = Veil(catalogue, simulated, imprint.fictional)
    recipes = one_recipe_each(cases)
    result = compared(cases, recipes)
    costs = bills(cases, recipes)
    facts = Facts(
        recipes=recipes,
        comparisons=result.declared,
        measured=result.measured,
        bills=costs,
        simulated=simulated,
        circling=circling_of(cases),
        multiples=multiples(cases),
        circled_takes=tuple(t for c in cases for t, d in c.decisions.items() if d.status in YES),
        takes=frozenset(t for c in cases for t in c.takes),
        polls=opinions.polls,
    )
    found = findings(facts)
    told = {
        "schema": "report/1",
        "title": imprint.title,
        "created_at": stamp(imprint.now),
        "simulated": simulated,
        "code_version": imprint.code_version,
        "currency": "USD",
        "edition": edition_row(every, imprint.edition, veil, imprint.now.date()),
        "answer": answer(cases, result.declared, found, recipes),
        "campaigns": [campaign_row(case, veil) for case in cases],
        "recipes": [
            recipe_row(cases, recipes[n], bill, veil, catalogue) for n, bill in costs.items()
        ],
        "comparisons": _comparison_rows(result, recipes),
        "slices": slice_rows(cases, recipes),
        "across": [
            row for case in cases for row in crossing_rows(case, cross(case), recipes, veil)
        ],
        "findings": [_finding(f) for f in found],
        "confidence": dict(CONFIDENCE),
        **_spoken(cases, opinions),
        "loop": loop_of(cases, result, recipes),
        "old_way": old_way(cases),
        **_said(cases, whole, veil),
        "takes": [row for case in cases for row in _takes(case, veil, album)],
        "sheet": [row for case in cases for row in sheet_rows(case, veil, album)],
        "repairs": [row for case in cases for row in _repairs(case, album)],
        "failures": failure_rows(cases, veil),
        **parts(cases, facts, found, opinions.polls, veil),
        "limits": limits(cases, result.declared, simulated=simulated),
        "provenance": _provenance(cases, catalogue, imprint),
    }
    return told, dict(album.assets)


def _finding(found: Finding) -> Json:
    return asdict(replace(found, evidence=())) | {"evidence": list(found.evidence)}


def _said(cases: Sequence[Case], whole: Sequence[Case], veil: Veil) -> Json:
    return {
        "elsewhere": [row for case in cases for row in guest_rows(case, veil)],
        "observations": [row for case in cases for row in _observations(case, veil)],
        "signoff": signoff_row(whole, veil),
    }


def _spoken(cases: Sequence[Case], opinions: Opinions) -> Json:
    return {
        "trust": trusted(cases, opinions.polls),
        "studies": study_rows(opinions.polls),
        "votes": vote_rows(opinions.polls),
        "judgings": [
            row
            for case in cases
            for row in judging_rows(case, opinions.judgings.get(case.id, {}), opinions.polls)
        ],
    }


def _one_kind(cases: Sequence[Case]) -> bool:
    if not cases:
        raise BadInput(field="campaigns", found="none", expected="at least one campaign")
    kinds = {case.simulated for case in cases}
    if len(kinds) > 1:
        expected = "only simulated or only real campaigns in one report"
        raise Conflict(field="campaigns", found="both kinds", expected=expected)
    return kinds.pop()


def _comparison_rows(result: Compared, recipes: Mapping[str, Recipe]) -> list[Json]:
    told = [comparison_row(c, recipes, declared=True) for c in result.declared]
    return told + [comparison_row(c, recipes, declared=False) for c in result.others]


def _takes(case: Case, veil: Veil, album: Album) -> list[Json]:
    shown = [id_ for id_ in case.takes if case.printed is None or id_ in case.printed]
    wanted = [
        (f"thumb/{id_}.jpg", case.partner.name, case.takes[id_].media.sha256) for id_ in shown
    ]
    thumbs = dict(zip(shown, album.thumbs(wanted), strict=True))
    return [take_row(case, id_, veil, thumbs.get(id_)) for id_ in case.takes]


def _observations(case: Case, veil: Veil) -> list[Json]:
    return [
        {
            "id": o.id,
            "campaign": o.campaign,
            "partner_name": veil.partner(case.partner)[1],
            "by": o.by,
            "role": o.role,
            "text": o.text,
            "takes": list(o.takes),
            "severity": o.severity,
            "wished_control": o.wished_control,
            "created_at": stamp(o.created_at),
            "signed": signed_row(case, observation_id(case, o.id)),
        }
        for o in case.observations
    ]


def _repairs(case: Case, album: Album) -> list[Json]:
    return [
        {
            "campaign": case.id,
            "parent": r.parent,
            "child": r.child,
            "raw": r.raw,
            "shot": r.shot,
            "lines": list(r.lines),
            "before": [verdict_row(v) for v in r.before],
            "after": [verdict_row(v) for v in r.after],
            "outside_mask": {"raw": r.outside_raw, "child": r.outside_child},
            "feather": r.feather,
            "spend_usd": usd(r.spend_musd),
            "pictures": _before_and_after(case, r, album),
        }
        for r in case.repairs
    ]


def _before_and_after(case: Case, repair: Repair, album: Album) -> dict[str, str]:
    pair = (repair.parent, repair.child)
    if case.printed is not None and not case.printed.issuperset(pair):
        return {}
    parent, child = (case.takes[take].media.sha256 for take in pair)
    return album.repair(repair.child, case.partner.name, (parent, child, repair.matte))


def _provenance(cases: Sequence[Case], catalogue: Mapping[str, Model], imprint: Imprint) -> Json:
    scores = [s for case in cases for one in case.scored.values() for s in one.scores]
    used = {(t.model, t.region) for case in cases for t in case.takes.values()}
    paid = sorted(
        (m, region) for m, region in used if m in catalogue and catalogue[m].dialect != "local"
    )
    return {
        "pipeline_version": imprint.code_version,
        "metrics": {s.metric: s.version for s in sorted(scores, key=lambda s: s.metric)},
        "catalogue_as_of": max(m.price.as_of for m in catalogue.values()).isoformat(),
        "wire_ids": [
            {
                "alias": catalogue[m].alias,
                "model_id": catalogue[m].wire_id,
                "region": region,
            }
            for m, region in paid
        ],
        "generated_by": imprint.generated_by,
        "reproduce": imprint.reproduce,
    }
