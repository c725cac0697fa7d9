"""What is to be written: from what we have and what the tracker has to steps. Pure.

Each step is there because the thing it makes was looked for and not found, so the plan made after
any interruption holds what is missing and nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard.tracking.nouns import (
    Attached,
    Board,
    Card,
    Entry,
    Kind,
    Known,
    Listed,
    Plan,
    Problem,
    Remark,
    Sending,
    Shown,
    Step,
    Version,
)
from router.domain.errors import Conflict


def plan(
    sending: Sending, board: Board, told: Mapping[str, str], *, again: bool = False,
    originals: bool = True,
) -> Plan:  # fmt: skip
    """Lay out a sync.

    Args:
        sending: what the tracker shall have.
        board: what it has.
        told: our mark → their id, as remembered from earlier syncs.
        again: push what was deleted there once more.
        originals: attach the media as received, too.

    Raises:
        Conflict: the project holds takes of another partner.
    """
    foreign(board, sending.owner)
    there, problems = known(sending, board, told)
    stuck = {problem.shot for problem in problems}
    gone: list[str] = []
    steps: list[Step] = []
    same = 0
    for card in sending.cards:
        mine = [v for v in sending.versions if v.shot == card.shot]
        said = [r for r in sending.remarks if r.shot == card.shot]
        if card.shot in stuck or not (mine or said):
            continue
        steps += _place(card, there)
        for version in mine:
            needs = list(_version(version, there, told, gone, again=again, originals=originals))
            same += not needs and version.mark.key in there.entries
            steps += needs
        steps += _remarks(said, there, told, gone, again=again)
    return Plan(
        steps=tuple(steps), known=there, problems=tuple(problems), gone=tuple(gone), same=same
    )


def foreign(board: Board, owner: str) -> None:
    """Refuse a project with takes of somebody else in it; raises Conflict."""
    others = {e.mark.owner for e in board.entries if e.mark} - {owner}
    if others:
        expected = "a project of this partner's own: partners never see each other's takes"
        raise Conflict(field="--project", found="takes of another partner", expected=expected)


def known(sending: Sending, board: Board, told: Mapping[str, str]) -> tuple[Known, list[Problem]]:
    """Find our things in a tracker; what cannot be told apart is a problem."""
    shots: dict[str, str] = {}
    tasks: dict[str, str] = {}
    problems: list[Problem] = []
    for card in sending.cards:
        found = _listed(card, board.shots, told.get(f"shot {card.shot}"))
        if len(found) > 1:
            problems.append(_twice(card, found))
        elif found and found[0].omitted:
            problems.append(_omitted(card))
        elif found:
            shots[card.shot] = found[0].id
            tasks |= {card.shot: found[0].task} if found[0].task else {}
    return Known(shots=shots, tasks=tasks, entries=_entries(board, told)), problems


def file_of(entry: Entry, version: Version) -> Attached | None:
    """Find a take's media among the files of its entry."""
    return next((f for f in entry.files if f.name == version.file), None)


def _entries(board: Board, told: Mapping[str, str]) -> Mapping[str, Entry]:
    """Give our entries; one whose mark was edited away is known by its id.

    Where two bear the same mark, the older one counts for takes and the latest for what is said.
    """
    by_id = {theirs: key for key, theirs in told.items()}
    found: dict[str, Entry] = {}
    for entry in board.entries:
        key = entry.mark.key if entry.mark else by_id.get(entry.id)
        if key is None or (key.startswith("take ") and key in found):
            continue
        found[key] = entry
    return found


def _listed(card: Card, shots: Sequence[Listed], remembered: str | None) -> list[Listed]:
    """Find a shot: the one that it became, else the one that bears its name."""
    names = {card.shot.lower(), card.name.lower()}
    ways = (
        [s for s in shots if s.id == remembered],
        [s for s in shots if s.shot == card.shot and not s.omitted],
        [s for s in shots if _same(s, card, names) and not s.omitted],
        [s for s in shots if _same(s, card, names)],
    )
    return next((found for found in ways if found), [])


def _same(listed: Listed, card: Card, names: set[str]) -> bool:
    if listed.sequence is None or listed.sequence.lower() != card.sequence.lower():
        return listed.name.lower() == card.shot.lower()
    return listed.name.lower() in names


def _twice(card: Card, found: Sequence[Listed]) -> Problem:
    said = ", ".join(f"{s.sequence or '-'}/{s.name} ({s.id})" for s in found)
    expected = "one shot of this name in the tracker: rename or omit the others there"
    return Problem(shot=card.shot, found=f"{len(found)} shots: {said}", expected=expected)


def _omitted(card: Card) -> Problem:
    expected = "the shot restored in the tracker, or left out here with --shot"
    return Problem(shot=card.shot, found="omitted in the tracker", expected=expected)


def _place(card: Card, there: Known) -> Iterator[Step]:
    if card.shot not in there.shots:
        yield Step(kind=Kind.SHOT, shot=card.shot)
    if card.shot not in there.tasks:
        yield Step(kind=Kind.TASK, shot=card.shot)


def _version(
    version: Version, there: Known, told: Mapping[str, str], gone: list[str], *, again: bool,
    originals: bool,
) -> Iterator[Step]:  # fmt: skip
    one = Step(kind=Kind.VERSION, shot=version.shot, take=version.take)
    entry = there.entries.get(version.mark.key)
    if entry is None:
        if version.mark.key in told and not again:
            gone.append(version.mark.key)
            return
        yield one
    file = file_of(entry, version) if entry else None
    if originals and file is None:
        yield replace(one, kind=Kind.ORIGINAL)
    elif file is not None and told.get(f"bytes {version.take}") != file.id:
        yield replace(one, kind=Kind.CHECK)
    if entry is None or entry.shown is not Shown.YES:
        yield replace(one, kind=Kind.PREVIEW)


def _remarks(
    said: Sequence[Remark], there: Known, told: Mapping[str, str], gone: list[str], *, again: bool
) -> Iterator[Step]:
    for remark in said:
        before = there.entries.get(remark.mark.key)
        if before is not None and _says(before, remark):
            continue
        if before is None and remark.mark.key in told and not again:
            gone.append(remark.mark.key)
            continue
        if before is None and _told_with_take(remark, there):
            continue
        take = remark.take
        if take is not None and f"take {take}" in gone:
            continue
        yield Step(kind=Kind.REMARK, shot=remark.shot, take=take, remark=remark)


def _says(before: Entry, remark: Remark) -> bool:
    """Say whether this was the last word; one that a person rewrote stays as it is."""
    return before.mark is None or before.mark.digest == remark.mark.digest


def _told_with_take(remark: Remark, there: Known) -> bool:
    """Say whether a take's revision says, or will say, the same."""
    if remark.mark.kind != "scores":
        return False
    entry = there.entries.get(f"take {remark.take}")
    return entry is None or (entry.mark is not None and entry.mark.digest == remark.mark.digest)
