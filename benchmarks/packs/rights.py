"""Whether people and owners have permitted what the shots ask for."""

from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks.packs.entries import entries
from benchmarks.packs.node import Node
from benchmarks.packs.wording import mistake
from router.domain.mistake import Mistake
from router.files.yaml_file import Document

MOVING = frozenset(("image_to_video", "text_to_video"))
_SOON = timedelta(days=30)


def mistakes(document: Document, *, today: date) -> Iterator[Mistake]:
    """Give every person shown without a consent in force, and every claim without its paper."""
    pack = Node(document.data)
    yield from _owner(document, pack, today)
    for consent in pack.children("consents"):
        yield from _dates(document, consent)
    yield from _guardians(document, pack)
    for person, needs in _shown(pack).items():
        yield from _consent(document, pack, person, needs, today)


def warnings(document: Document, *, today: date) -> Iterator[Mistake]:
    """Give consents that are in force, but not for long."""
    for consent in Node(document.data).children("consents"):
        last = _day(consent, "expires_on")
        if last and today <= last < today + _SOON:
            expected = "a consent that outlasts the evaluation; renew it before it ends"
            yield mistake(document, consent.at("expires_on"), last, expected, "consent_ends_soon")


def _owner(document: Document, pack: Node, today: date) -> Iterator[Mistake]:
    rights = pack.child("rights")
    if rights is None:
        return
    if rights.data.get("inputs_cleared") is False:
        expected = "true: nothing is generated from inputs that are not cleared"
        yield mistake(document, rights.at("inputs_cleared"), "false", expected, "not_cleared")
    tier = rights.text("disclosure_tier") or ""
    days = [_day(approval, "date") for approval in rights.children("approvals")]
    if tier.startswith("final_") and not any(day is not None and day <= today for day in days):
        expected = f"at least one approval for {tier}, with who, what, date and evidence_sha256"
        yield mistake(document, rights.at("approvals"), None, expected, "approval_missing")


def _dates(document: Document, consent: Node) -> Iterator[Mistake]:
    first, last = _day(consent, "granted_on"), _day(consent, "expires_on")
    if first and last and last < first:
        expected = f"a day after {first}, when it was granted"
        yield mistake(document, consent.at("expires_on"), last, expected, "consent_dates")


def _guardians(document: Document, pack: Node) -> Iterator[Mistake]:
    minors = {p.text("id") for p in pack.children("participants") if p.is_true("minor")}
    for consent in pack.children("consents"):
        basis = consent.text("basis")
        if consent.text("participant") in minors and basis != "guardian":
            expected = "guardian: a minor cannot consent alone"
            yield mistake(document, consent.at("basis"), basis, expected, "guardian")


def _shown(pack: Node) -> dict[str, dict[str, str]]:
    """Say who is recognisable: participant → (what must be permitted → the field that needs it)."""
    shown: dict[str, dict[str, str]] = {}
    for person, use, field in _uses(pack):
        shown.setdefault(person, {}).setdefault(use, field)
    return shown


def _uses(pack: Node) -> Iterator[tuple[str, str, str]]:
    """Give every likeness as (participant, what must be permitted, the field that shows it)."""
    likenesses = [(e, p) for e in entries(pack) if (p := e.node.text("likeness_of")) is not None]
    for entry, person in likenesses:
        use = _use(entry.shot) if entry.shot else "still_image"
        yield person, use, entry.node.at("likeness_of")
    played: dict[str, set[str]] = {}
    for character in pack.children("characters"):
        people = {p for e, p in likenesses if e.node.field.startswith(f"{character.field}.")}
        player = character.text("portrayed_by")
        if player is not None:
            people.add(player)
            yield player, "still_image", character.at("portrayed_by")
        played[character.text("id") or ""] = people
    for shot in pack.children("shots"):
        for appearance in shot.children("characters"):
            for person in sorted(played.get(appearance.text("character") or "", ())):
                yield person, _use(shot), appearance.at("character")


def _use(shot: Node) -> str:
    return "moving_image" if shot.text("task") in MOVING else "still_image"


def _consent(
    document: Document, pack: Node, person: str, needs: dict[str, str], today: date
) -> Iterator[Mistake]:
    kinds = {p.text("id"): p.text("kind") for p in pack.children("participants")}
    if kinds.get(person) in {None, "fictional_only"}:
        return  # nobody real; an unknown name is reported where names are checked
    given = [c for c in pack.children("consents") if c.text("participant") == person]
    if not given:
        expected = f"a consent of {person}: a real person is recognisable"
        yield mistake(document, next(iter(needs.values())), person, expected, "consent_missing")
        return
    in_force = [c for c in given if _in_force(c, today)]
    if not in_force:
        yield from (_lapsed(document, c, today) for c in given)
        return
    permitted = {text for c in in_force for _, text in c.texts("permitted")}
    for use, field in needs.items():
        if use not in permitted:
            found = f"{person} permits {', '.join(sorted(permitted))}"
            expected = f"{use} among what {person} permits, or another task"
            yield mistake(document, field, found, expected, "consent_scope")


def _lapsed(document: Document, consent: Node, today: date) -> Mistake:
    first, last = _day(consent, "granted_on"), _day(consent, "expires_on")
    if last is not None and last < today:
        expected = f"a consent in force today, {today}"
        return mistake(document, consent.at("expires_on"), last, expected, "consent_expired")
    expected = f"a consent granted by today, {today}"
    return mistake(document, consent.at("granted_on"), first, expected, "consent_not_yet")


def _in_force(consent: Node, today: date) -> bool:
    first, last = _day(consent, "granted_on"), _day(consent, "expires_on")
    return first is not None and last is not None and first <= today <= last


def _day(node: Node, key: str) -> date | None:
    try:
        return date.fromisoformat(node.text(key) or "")
    except ValueError:
        return None
