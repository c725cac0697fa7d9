"""Who may give what to whom; pure, so that every rule is one line of a table of tests."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from router.domain.access import HOUSE, Grant, Key, Person
from router.domain.caller import GRANTED, Caller, Role, Scope
from router.domain.errors import BadInput, Conflict, NotEntitled

LONGEST_KEY = timedelta(days=90)
LONGEST_GRANT = timedelta(days=7)
AT_THE_MACHINE = "owner"  # the id of whoever sits there
OF_PARTNERS = frozenset({Role.PARTNER_MEMBER, Role.PARTNER_ADMIN})
OF_THE_HOUSE = frozenset({Role.INTERNAL_ANALYST, Role.BETA_LEAD})


class Beyond(NotEntitled):
    """More than the giver has, or may give away."""

    code = "not_allowed"


class LastAdmin(Conflict):
    """Nobody would be left who can let others in."""

    code = "last_admin"


def within_sight(caller: Caller, partner: str) -> str:
    """Give a partner or the house back; raises UnknownName, as for one that does not exist."""
    if partner == HOUSE and Scope.LEAD in caller.scopes:
        return partner
    return caller.reads.require(partner)


def sees(caller: Caller, partner: str) -> bool:
    """Say whether keys and people of a partner, or of the house, are a caller's to know of."""
    return partner in caller.reads or (partner == HOUSE and Scope.LEAD in caller.scopes)


def scopes_of_key(caller: Caller, partner: str, role: Role, wished: Iterable[Scope]) -> list[Scope]:
    """Say what a new key may do: what its role may, and its maker may, and no more than wished.

    Raises:
        UnknownName: the partner is out of reach.
        BadInput: the role is none of such a partner's.
        Beyond: role or scopes are more than the maker has.
    """
    _fits(caller, partner, role)
    most = GRANTED[role] & caller.scopes
    asked = frozenset(wished) or most
    if not asked or not asked <= most:
        raise Beyond(field="scopes", found=_said(asked), expected=f"some of: {_said(most)}")
    return sorted(asked)


def expiry(now: datetime, days: int) -> datetime:
    """Say when a new key ends; raises BadInput."""
    if not 1 <= days <= LONGEST_KEY.days:
        raise BadInput(field="days", found=days, expected=f"1 to {LONGEST_KEY.days}")
    return now + timedelta(days=days)


def may_invite(caller: Caller, partner: str, role: Role) -> None:
    """Let a person be invited: for one's own partner only, and never to more than one may oneself.

    Raises:
        UnknownName: the partner is out of reach.
        BadInput: the role is none of such a partner's.
        Beyond: the role may more than who invites.
    """
    _fits(caller, partner, role)
    if Scope.LEAD not in caller.scopes and not GRANTED[role] <= caller.scopes:
        raise Beyond(field="role", found=role.value, expected="a role that may no more than yours")


def may_change(caller: Caller, before: Person, after: Role, admins: int) -> None:
    """Let a person's role be changed.

    Args:
        caller: who changes it.
        before: the person.
        after: the new role.
        admins: how many administrators the partner has now.

    Raises:
        Beyond: it is one's own, or was above one's own.
        LastAdmin: it would leave the partner without anybody who can let others in.
    """
    if before.role is after:
        return
    if before.id == caller.id:
        raise Beyond(field="role", found="your own", expected="somebody else to change it")
    may_remove(caller, before, admins)


def may_remove(caller: Caller, person: Person, admins: int) -> None:
    """Let a person be removed; raises Beyond or LastAdmin."""
    if Scope.LEAD not in caller.scopes and not GRANTED[person.role] <= caller.scopes:
        raise Beyond(field="person", found="of a role above yours", expected="one of your own")
    if person.role in {Role.PARTNER_ADMIN, Role.BETA_LEAD} and admins <= 1:
        expected = "another one first, so that somebody can let others in"
        raise LastAdmin(field="person", found=f"the last {person.role.value}", expected=expected)


def may_revoke(caller: Caller, key: Key) -> None:
    """Let a key be revoked; raises Beyond for one that may more than who revokes it."""
    if Scope.LEAD not in caller.scopes and not key.scopes <= caller.scopes:
        raise Beyond(field="key", found="one that may more", expected="one that may no more")


def grant_ends(now: datetime, until: datetime) -> None:
    """Refuse a grant that is over or too long; raises BadInput."""
    if not now < until <= now + LONGEST_GRANT:
        found, most = until.isoformat(), (now + LONGEST_GRANT).isoformat(timespec="seconds")
        raise BadInput(field="until", found=found, expected=f"later than now, at most {most}")


def needs_second(by: Caller, who: str, role: Role, makers: Mapping[str, str]) -> bool:
    """Say whether a grant waits for a second person: a beta lead's own always does.

    `makers` says who made each key of the house: a key that one made is oneself.
    """
    return role is Role.BETA_LEAD or bool(chain(by.id, makers) & chain(who, makers))


def may_confirm(caller: Caller, grant: Grant, makers: Mapping[str, str]) -> None:
    """Let a second person confirm a grant; raises Beyond for the first one and for who would look.

    A key counts as whoever made it, and whoever made that one.
    """
    me = chain(caller.id, makers)
    first = chain(grant.by, makers) | chain(grant.who, makers)
    if me & first:
        raise Beyond(field="grant", found="the same person", expected="a second beta lead")


def chain(id_: str, makers: Mapping[str, str]) -> frozenset[str]:
    """Give an id, its maker, that one's maker, and so on, as far as they are known here.

    The machine itself is nobody's maker: whoever has a shell there needs no grant, and the first
    keys of several people are all made there.
    """
    found = [id_]
    while (maker := makers.get(found[-1], AT_THE_MACHINE)) not in {*found, AT_THE_MACHINE}:
        found.append(maker)
    return frozenset(found)


def _fits(caller: Caller, partner: str, role: Role) -> None:
    within_sight(caller, partner)
    fitting = OF_THE_HOUSE if partner == HOUSE else OF_PARTNERS
    if role not in fitting:
        raise BadInput(field="role", found=role.value, expected=f"one of: {_said(fitting)}")


def _said(words: Iterable[Role | Scope]) -> str:
    return ", ".join(sorted(words)) or "none"
