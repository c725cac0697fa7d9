"""One take, many small yes/no questions, several votes of two judges: shares, never a mark.

What a shot asks for becomes atomic questions (after VQAScore, arXiv 2404.01291; judges behind an
API give no probabilities, so votes stand for them). All questions of a take go into one call, in
another order each time, evidence before each answer. One planted question has the answer no: a
judge that says yes to it does not look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.domain.judging import Evidence, Seat
from evaluators.domain.score import Direction, Score, Status, Tier
from evaluators.judges.pairwise import WORDS, Asks, Sight, labelled
from evaluators.judges.tally import FAMILIES
from evaluators.judges.wording import CHECKLIST, NotStrict, nonce_of, quoted, strict, system
from router.domain.clearance import Clearance
from router.domain.inquiry import Answer, AnswerState, Inquiry, Purpose

VOTES = 3  # of each judge
LEAST_ANSWERED = 0.5  # share of votes under which there is no number
TRAPS = 0.2  # share of planted questions answered yes above which a judge is void
METRIC = "prompt_align"
LINE = "judge_line"
TRAP = "planted"
ANSWERS = ("yes", "no", "cannot_tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question that can be answered by looking."""

    id: str  # letters and digits; of a free-text line: line3
    text: str
    weight: float = 1.0
    line: int | None = None  # the acceptance line that it asks about


PLANTED = Item(id=TRAP, text="Is a giraffe riding a snowmobile the main subject?", weight=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A take and what is asked about it."""

    partner: str
    account: str
    take: str
    shot: str
    words: str  # the director's own description
    items: tuple[Item, ...]
    clearance: Clearance


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One vote of one judge on all questions of a take."""

    take: str
    judge: str
    family: str
    number: int
    inquiry: str
    state: str
    answers: tuple[tuple[str, str], ...] = ()  # item → yes | no | cannot_tell
    evidence: tuple[Evidence, ...] = ()
    has_text: bool = False
    code: str = ""
    reason: str = ""
    cost_musd: int = 0
    simulated: bool | None = None


def vote(case: Case, seat: Seat, number: int, sight: Sight, asks: Asks) -> Ballot:
    """Have all questions of a take answered once."""
    asked = question(case, seat, number, sight)
    return heard(asks.ask(asked), asked, case, seat, number)


def question(case: Case, seat: Seat, number: int, sight: Sight) -> Inquiry:
    """Write what a judge is asked; votes differ in the order of the questions."""
    nonce = nonce_of(CHECKLIST, case.partner, case.account, case.take, seat.model, number)
    items = (*case.items, PLANTED)
    turn = (number * len(items)) // VOTES + int(nonce[:4], 16) % len(items)
    listed = [*items[turn % len(items) :], *items[: turn % len(items)]]
    questions = "\n".join(f"{i.id}: {quoted(i.text)}" for i in listed)
    return Inquiry(
        purpose=Purpose.JUDGE,
        partner=case.partner,
        account=case.account,
        model=seat.model,
        clearance=case.clearance,
        text=f"Nonce: {nonce}\n<shot>\n{quoted(case.words)}\n</shot>\n"
        f"<questions>\n{questions}\n</questions>",
        system=system(CHECKLIST),
        pictures=(
            *labelled("Reference", sight.references(case.shot)),
            *labelled("Take", sight.take(case.take, "as_is").pictures),
        ),
        schema=schema(tuple(i.id for i in listed)),
        most_tokens=200 + 160 * len(items),
        temperature=seat.temperature,
        number=number,
        about=f"{case.shot}: checklist",
    )


def schema(ids: tuple[str, ...]) -> dict[str, Any]:
    """Give the only shape that an answer may have."""
    one = {
        "type": "object",
        "properties": {
            "id": {"enum": list(ids)},
            "where": WORDS,
            "what": WORDS,
            "answer": {"enum": list(ANSWERS)},
        },
        "required": ["id", "where", "what", "answer"],
        "additionalProperties": False,
    }
    parts: dict[str, Any] = {
        "nonce": {"type": "string"},
        "answers": {"type": "array", "items": one, "minItems": len(ids), "maxItems": len(ids)},
        "text_in_picture": {"type": "boolean"},
    }
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }


def heard(answer: Answer, asked: Inquiry, case: Case, seat: Seat, number: int) -> Ballot:
    """Read an answer; whatever is wrong with it is data."""
    told: dict[str, Any] = {"code": answer.code, "reason": answer.reason}
    if answer.state is AnswerState.ANSWERED:
        nonce = asked.text.partition("\n")[0].removeprefix("Nonce: ")
        try:
            told |= _read(strict(answer.text, nonce), {i.id for i in (*case.items, PLANTED)})
        except NotStrict as error:
            told = {"code": "not_strict", "reason": str(error)}
    return Ballot(
        take=case.take,
        judge=seat.model,
        family=seat.family,
        number=number,
        inquiry=answer.id,
        state=answer.state.value,
        cost_musd=answer.cost_musd,
        simulated=answer.simulated,
        **told,
    )


def _read(found: Mapping[str, Any], ids: set[str]) -> dict[str, Any]:
    answers = {a["id"]: a["answer"] for a in found["answers"]}
    if set(answers) != ids:
        raise NotStrict("a question was not answered, or twice")
    words = tuple(
        Evidence(about=a["id"], where=quoted(a["where"]), what=quoted(a["what"]))
        for a in found["answers"]
    )
    if not any(e.what for e in words):
        raise NotStrict("answers without evidence")
    return {
        "answers": tuple(answers.items()),
        "evidence": words,
        "has_text": found["text_in_picture"],
    }


def void_judges(ballots: Sequence[Ballot]) -> Mapping[str, str]:
    """Say which judges do not count, and why: planted questions answered yes, or none answered."""
    void = {}
    for judge in sorted({b.judge for b in ballots}):
        said = [dict(b.answers)[TRAP] for b in ballots if b.judge == judge and b.answers]
        if not said:
            void[judge] = "none of its answers could be used"
        elif said.count("yes") > TRAPS * len(said):
            void[judge] = f"it said yes to {said.count('yes')} of {len(said)} planted questions"
    return void


def scores(case: Case, ballots: Sequence[Ballot], void: Mapping[str, str]) -> tuple[Score, ...]:
    """Give `prompt_align` and a share for each free-text line, from all votes on one take.

    prompt_align = sum w P(yes) / sum w over the questions that were answered, P(yes) the share of
    yes among yes and no, each judge counting alike. 0..1, higher is better.
    """
    standing = [b for b in ballots if b.judge not in void]
    shares = {item.id: _share(item.id, standing) for item in case.items}
    reason = _silence(ballots, standing, void)
    aligned = [i for i in case.items if i.line is None]
    lines = [i for i in case.items if i.line is not None]
    found = [_score(METRIC, aligned, shares, standing, reason)]
    found += [_score(f"{LINE}.{i.line}", [i], shares, standing, reason) for i in lines]
    return tuple(found)


def _silence(ballots: Sequence[Ballot], standing: Sequence[Ballot], void: Mapping[str, str]) -> str:
    """Say why the votes give no number; empty where they do."""
    usable = [b for b in standing if b.answers]
    families = {b.family for b in usable}
    if len(families) < FAMILIES:
        why = "; ".join(sorted(set(void.values()))) or "their answers could not be used"
        return f"{len(families)} of {FAMILIES} judge families answered ({why})"
    if len(usable) < LEAST_ANSWERED * len(ballots):
        return f"{len(usable)} of {len(ballots)} votes could be used"
    return ""


def _share(item: str, standing: Sequence[Ballot]) -> float | None:
    """P(yes): the mean over judges of yes / (yes + no); None where nobody could tell."""
    by_judge = []
    for judge in sorted({b.judge for b in standing}):
        said = [dict(b.answers)[item] for b in standing if b.judge == judge and b.answers]
        yes, no = said.count("yes"), said.count("no")
        if yes + no:
            by_judge.append(yes / (yes + no))
    return sum(by_judge) / len(by_judge) if by_judge else None


def _score(
    name: str,
    items: Sequence[Item],
    shares: Mapping[str, float | None],
    standing: Sequence[Ballot],
    reason: str,
) -> Score:
    told = {i.id: share for i in items if (share := shares[i.id]) is not None}
    weight = sum(i.weight for i in items if i.id in told)
    value = None
    if not reason and weight:
        value = sum(i.weight * told[i.id] for i in items if i.id in told) / weight
    missing = reason or ("nobody could tell" if items else "the shot asks for nothing to look for")
    return Score(
        metric=name,
        unit="share",
        direction=Direction.HIGHER,
        status=Status.NOT_MEASURED if value is None else Status.MEASURED,
        value=value,
        reason=missing if value is None else None,
        coverage=len(told) / len(items) if items else None,
        n_used=len(told),
        n_expected=len(items),
        tier=Tier.JUDGE,
        version=version(standing),
        evidence=_evidence(items, told, standing),
    )


def version(ballots: Sequence[Ballot]) -> str:
    """Name the version: words of the question, and who was asked."""
    return "+".join(["1", CHECKLIST, *sorted({b.judge for b in ballots})])


def _evidence(
    items: Sequence[Item], told: Mapping[str, float], standing: Sequence[Ballot]
) -> dict[str, Any]:
    wanted = {i.id for i in items}
    return {
        "questions": {i.id: {"text": i.text, "p_yes": told.get(i.id)} for i in items},
        "words": [
            {"judge": b.judge, "question": e.about, "where": e.where, "what": e.what}
            for b in standing
            if b.number == 0
            for e in b.evidence
            if e.about in wanted
        ],
        "votes": sum(bool(b.answers) for b in standing),
        "text_in_picture": any(b.has_text for b in standing),
        "simulated": any(b.simulated for b in standing),
    }
