"""What of a campaign a tracker shall have. Pure: from one partner's case to cards and revisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.domain.pack import Shot
from benchmarks.review.label import Label
from benchmarks.views.case import Case
from dashboard.tracking import marks, telling
from dashboard.tracking.nouns import Card, Remark, Sending, Version

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is wanted in the tracker."""

    shot: str | None = None
    circled: bool = False


def sending(
    case: Case, labels: Sequence[Label], findings: Sequence[Json], choice: Choice
) -> Sending:
    """Give cards, revisions and remarks of a campaign; of this partner's takes, and no others."""
    owner = marks.owner_of(case.partner.name)
    wanted = [
        label
        for label in labels
        if choice.shot in {None, label.shot.id} and (label.circled_by or not choice.circled)
    ]
    shots = {label.shot.id: label for label in wanted}
    remarks = [r for label in wanted for r in _remarks(case, label, owner)]
    remarks += [r for shot in shots for r in _findings(case, shot, findings, owner)]
    return Sending(
        owner=owner,
        cards=tuple(_card(label.shot, label) for label in shots.values()),
        versions=tuple(_version(case, label, owner) for label in wanted),
        remarks=tuple(remarks),
    )


def _card(shot: Shot, label: Label) -> Card:
    length = shot.cut_frames
    first = shot.cut_in
    return Card(
        shot=shot.id,
        sequence=shot.sequence,
        description=shot.description,
        frames=(first, first + length - 1) if first is not None and length else None,
        count=length,
        fps=label.fps,
    )


def _version(case: Case, label: Label, owner: str) -> Version:
    take = label.take
    scores = _scores(case, take.id)
    mark, text = marks.marked("take", owner, take.id, telling.revision(label, scores), of=scores)
    return Version(
        take=take.id,
        shot=label.shot.id,
        name=label.name,
        text=text,
        mark=mark,
        sha256=take.media.sha256,
        size=take.media.size,
        mime=take.media.mime,
        simulated=label.simulated,
    )


def _remarks(case: Case, label: Label, owner: str) -> Iterator[Remark]:
    """Give what changed about a take since it was pushed, and what was decided."""
    take = label.take.id
    head, scores = f"{label.name} · {label.marks} · measured again", _scores(case, take)
    mark, text = marks.marked("scores", owner, take, f"{head}\n{scores}", of=scores)
    yield Remark(shot=label.shot.id, take=take, text=text, mark=mark)
    said = case.decisions.get(take)
    if said is not None and said.status in telling.STANDS:
        mark, text = marks.marked("decision", owner, said.id, telling.decision(label, said))
        yield Remark(
            shot=label.shot.id,
            take=take,
            text=text,
            mark=mark,
            standing=telling.STANDS[said.status],
        )


def _scores(case: Case, take: str) -> str:
    return telling.scores(case.verdicts.get(take, ()), case.scored.get(take))


def _findings(case: Case, shot: str, findings: Sequence[Json], owner: str) -> Iterator[Remark]:
    """Give the findings that rest on a shot's takes; the surest first."""
    takes = {take for take, trial in case.trial_of.items() if trial.shot == shot}
    claims = [
        (str(one["confidence"]), str(one["claim"]))
        for one in findings
        if takes & set(one["evidence"])
    ]
    if claims:
        order = ("sure", "likely", "tie", "open", "counted")
        ranked = sorted(claims, key=lambda c: order.index(c[0]) if c[0] in order else len(order))
        text = telling.findings(ranked, simulated=case.simulated)
        mark, marked = marks.marked("findings", owner, shot, text)
        yield Remark(shot=shot, take=None, text=marked, mark=mark)
