"""What of a campaign would be printed, what its partner says of it, and what is left after that.

Whatever bears a partner's words or pictures is an item. A withdrawn one is taken out of the case
before anything is compiled from it, so that no edition can know it; a corrected one says its new
words. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.domain.signoff import (
    APPROVED,
    CORRECTED,
    NOT_SIGNED,
    PICTURE,
    STATES,
    WITHDRAWN,
    Answer,
    ExitForm,
    Item,
)
from benchmarks.planning.plan import stamp
from benchmarks.reporting.plates import Seen, printed
from benchmarks.views.case import Case
from benchmarks.views.loop import YES
from benchmarks.views.veil import Veil
from evaluators.domain.verdict import Ruling, Verdict
from router.domain.ids import content_id

Json = dict[str, Any]
STATE_OF = {"approve": APPROVED, "correct": CORRECTED, "withdraw": WITHDRAWN}


def items(case: Case) -> tuple[Item, ...]:
    """Give everything of a campaign that its partner is asked about, words first."""
    return (*_observations(case), *_decisions(case), *_rulings(case), *_pictures(case))


def latest(answers: Iterable[Answer]) -> Mapping[str, Answer]:
    """Give item → the answer that counts."""
    return {a.item: a for a in answers}


def latest_forms(forms: Iterable[ExitForm]) -> tuple[ExitForm, ...]:
    """Give the form of each person that counts, oldest first."""
    return tuple({f.by: f for f in forms}.values())


def counts(found: Sequence[Item], said: Mapping[str, Answer]) -> dict[str, int]:
    """Count items by what was said of them; nothing said is counted, too."""
    states = [state_of(item.id, said) for item in found]
    return {state: states.count(state) for state in STATES}


def state_of(item: str, said: Mapping[str, Answer]) -> str:
    """Say how an item stands."""
    return said[item].state if item in said else NOT_SIGNED


def observation_id(case: Case, id_: str) -> str:
    """Name an observation as an item."""
    return _id(case, "observation", id_)


def picture_id(case: Case, take: str) -> str:
    """Name the pictures of a take as an item."""
    return _id(case, PICTURE, take)


def signed_row(case: Case, item: str) -> Json:
    """Say how an item stands, and who said so when."""
    answer = latest(case.answers).get(item)
    if answer is None:
        return {"state": NOT_SIGNED, "by": "", "at": None}
    return {"state": answer.state, "by": answer.by, "at": stamp(answer.at)}


def signoff_row(cases: Sequence[Case], veil: Veil) -> Json:
    """Give sign-off campaign by campaign, the pictures that are printed, and the exit forms."""
    forms = {case.partner.name: case for case in cases}
    return {
        "campaigns": [
            {
                "campaign": case.id,
                "partner_name": veil.partner(case.partner)[1],
                "counts": counts(items(case), latest(case.answers)),
            }
            for case in cases
        ],
        "pictures": {
            take: signed_row(case, picture_id(case, take))
            for case in cases
            for take in sorted(printable(case))
        },
        "forms": [
            {
                "partner_name": veil.partner(case.partner)[1],
                **{k: getattr(f, k) for k in ("again", "shots", "blocked", "worried", "by")},
                "role": f.role,
                "at": stamp(f.at),
            }
            for case in forms.values()
            for f in latest_forms(case.forms)
        ],
    }


def printable(case: Case) -> frozenset[str]:
    """Name the takes of which a picture is printed: chosen by rule, and not withdrawn.

    Where one take is withdrawn, so is every other one with the same bytes.
    """
    said = latest(case.answers)
    pictures = case.takes if any(map(_gone, said.values())) else ()
    gone = {case.takes[t].media.sha256 for t in pictures if _gone(said.get(picture_id(case, t)))}
    return frozenset(t for t in _laid(case) if case.takes[t].media.sha256 not in gone)


def plates(case: Case) -> frozenset[tuple[str, str]]:
    """Name the shots (pack, shot) whose plate is printed: all that were not withdrawn."""
    said = latest(case.answers)
    return frozenset(p for p in asked(case) if not _gone(said.get(plate_id(case, *p))))


def plate_id(case: Case, pack: str, shot: str) -> str:
    """Name the plate of a shot as an item."""
    return _id(case, PICTURE, pack, shot)


def seen(case: Case) -> tuple[Seen, ...]:
    """Give what the rule of printed pictures looks at, in printing order."""
    return case.once("seen by the rule of pictures", lambda: _all_seen(case))


def as_signed(case: Case) -> Case:
    """Give the case with what its partner withdrew left out, and corrected words corrected."""
    said = {i: a for i, a in latest(case.answers).items() if a.state in {CORRECTED, WITHDRAWN}}
    case = replace(case, printed=printable(case), plates=plates(case))
    if not said:
        return case
    return replace(
        case,
        observations=tuple(
            replace(o, text=_words(said.get(observation_id(case, o.id)), o.text))
            for o in case.observations
            if not _gone(said.get(observation_id(case, o.id)))
        ),
        decisions={
            take: replace(d, notes=_words(said.get(_id(case, "decision", d.id)), d.notes))
            for take, d in case.decisions.items()
        },
        verdicts={
            take: tuple(_ruled(case, v, said) for v in lines)
            for take, lines in case.verdicts.items()
        },
    )


def _all_seen(case: Case) -> tuple[Seen, ...]:
    order = {
        (seal, shot.id): place
        for seal, kept in case.packs.items()
        for place, shot in enumerate(
            sorted(kept.pack.shots, key=lambda s: (s.sequence, s.order, s.id))
        )
    }
    seals = {seal: place for place, seal in enumerate(case.packs)}
    found = [_seen(case, take) for take in case.takes]
    return tuple(sorted(found, key=lambda s: (seals[s.place[0]], order.get(s.place, 0))))


def _seen(case: Case, take: str) -> Seen:
    trial, lines = case.trial_of[take], case.verdicts.get(take, ())
    must = [v for v in lines if v.line.must]
    return Seen(
        take=take,
        place=(trial.pack, trial.shot),
        recipe=trial.recipe,
        missed=sum(v.ruling is Ruling.FAIL for v in must),
        asked=len(must),
        circled=take in case.decisions and case.decisions[take].status in YES,
    )


def _observations(case: Case) -> Iterator[Item]:
    for o in case.observations:
        about = o.takes[0] if o.takes else ""
        yield _item(case, observation_id(case, o.id), "observation", about, (o.text, o.by, o.role))


def _decisions(case: Case) -> Iterator[Item]:
    for take, d in case.decisions.items():
        if d.notes and take in case.takes:
            words = (d.notes, d.by, d.role)
            yield _item(case, _id(case, "decision", d.id), "decision", take, words)


def _rulings(case: Case) -> Iterator[Item]:
    """Give why people overruled verdicts; what a metric says of itself is nobody's to sign."""
    for take, lines in case.verdicts.items():
        for v in lines:
            if _by_person(v) and v.reason:
                yield _item(case, _ruling_id(case, v), "ruling", take, (v.reason, v.by, ""))


def _pictures(case: Case) -> Iterator[Item]:
    for pack, shot in asked(case):
        plate = _item(case, plate_id(case, pack, shot), PICTURE, "", ("", "", ""))
        yield replace(plate, shot=shot)
    wanted = _laid(case)
    for take in case.takes:
        if take in wanted:
            yield _item(case, picture_id(case, take), PICTURE, take, ("", "", ""))


def asked(case: Case) -> tuple[tuple[str, str], ...]:
    """Name the shots (pack, shot) that were asked for."""
    return tuple(dict.fromkeys((t.pack, t.shot) for t in case.trials))


def _laid(case: Case) -> frozenset[str]:
    repaired = {t for r in case.repairs for t in (r.parent, r.child)}
    laid = case.once("chosen for print", lambda: printed(seen(case)))
    return frozenset(t for t in laid | repaired if t in case.takes)


def _item(case: Case, id_: str, kind: str, take: str, words: tuple[str, str, str]) -> Item:
    text, by, role = words
    return Item(
        partner=case.partner.name,
        id=id_,
        campaign=case.id,
        kind=kind,
        text=text,
        by=by,
        role=role,
        take=take,
        shot=case.trial_of[take].shot if take in case.trial_of else "",
    )


def _ruled(case: Case, verdict: Verdict, said: Mapping[str, Answer]) -> Verdict:
    if not _by_person(verdict) or not verdict.reason:
        return verdict
    return replace(
        verdict, reason=_words(said.get(_ruling_id(case, verdict)), verdict.reason) or None
    )


def _by_person(verdict: Verdict) -> bool:
    return "overruled" in verdict.evidence


def _ruling_id(case: Case, verdict: Verdict) -> str:
    line, words = str(verdict.line.number), verdict.reason or ""
    return _id(case, "ruling", verdict.take, line, verdict.by, words)


def _id(case: Case, kind: str, *what: str) -> str:
    return content_id("signoff", [case.partner.name, case.id, kind, *what])


def _gone(answer: Answer | None) -> bool:
    return answer is not None and answer.state == WITHDRAWN


def _words(answer: Answer | None, words: str) -> str:
    if answer is None:
        return words
    return "" if answer.state == WITHDRAWN else answer.text
