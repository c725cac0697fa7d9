"""Who may let whom in, and who may look at what: every rule, and every way around it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from router.access import key as text
from router.access.grants import Grants
from router.access.keys import Keys
from router.access.people import People
from router.access.rules import OF_PARTNERS, OF_THE_HOUSE, Beyond, chain
from router.domain.access import HOUSE
from router.domain.caller import GRANTED, Role, Scope
from router.domain.errors import BadInput, PlatformError, UnknownName
from router.testing.access import Asking, house

ISSUER = "https://id.example"
WEEK = timedelta(days=7)


def caller(here, partner, role, **wish):
    """Somebody with a key, as the doorkeeper sees that one."""
    return here.doorkeeper._by_key(text.read(here.key(partner, role, **wish)))


@pytest.fixture
def admin(here):
    return caller(here, "north_light", Role.PARTNER_ADMIN)


@pytest.fixture
def lead(here):
    return caller(here, HOUSE, Role.BETA_LEAD)


def invite(here, by, partner, role, subject="sam"):
    return here.desk.people.invite(
        by, partner, issuer=ISSUER, subject=subject, name=subject.title(), role=role
    )


GIVEN = [r for r in Role if r is not Role.OWNER]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("partner", ["north_light", "lamplight", HOUSE])
@pytest.mark.parametrize("by", ["admin", "lead", "machine"])
def test_row59_who_may_invite_whom(here, admin, lead, by, partner, role):
    """An administrator: the own partner's people, and none above. A lead: everybody that fits."""
    who = {"admin": admin, "lead": lead, "machine": here.machine}[by]
    fits = role in (OF_THE_HOUSE if partner == HOUSE else OF_PARTNERS)
    allowed = fits and (by != "admin" or partner == "north_light")
    unseen = by == "admin" and partner != "north_light"
    if not allowed:
        with pytest.raises(UnknownName if unseen else BadInput):
            invite(here, who, partner, role)
        return
    person = invite(here, who, partner, role)
    assert (person.partner, person.role, person.invited_by) == (partner, role, who.id)


def test_row59_another_partner_is_answered_as_one_that_does_not_exist(here, ask):
    key = here.key(role=Role.PARTNER_ADMIN)
    bodies = []
    for partner in ("lamplight", "nobody_at_all", HOUSE):
        body = {"partner": partner, "issuer": ISSUER, "subject": "sam", "name": "Sam"}
        answers = [
            ask("POST", "/v1/people", key, json=body),
            ask("GET", f"/v1/people?partner={partner}", key),
            ask("POST", "/v1/keys", key, json={"partner": partner, "name": "farm"}),
            ask("GET", f"/v1/grants?partner={partner}", key),
        ]
        for answer in answers:
            assert answer.status_code == 404
        said = [{**a.json(), "request_id": ""} for a in answers]
        bodies.append([{k: v for k, v in one.items() if k != "found"} for one in said])
        assert all("lamplight" not in one["expected"] for one in said)
    assert [len(b) for b in bodies] == [4, 4, 4]


def test_row59_things_of_another_partner_are_answered_as_ids_that_never_were(here, ask, lead):
    analyst = caller(here, HOUSE, Role.INTERNAL_ANALYST)
    person = invite(here, lead, "lamplight", Role.PARTNER_ADMIN)
    key = here.desk.keys.list(here.machine, HOUSE)[0]
    grant = here.desk.grants.give(
        lead,
        "lamplight",
        who=analyst.id,
        reason="faces look doubled",
        until=here.ground.clock.now() + WEEK,
    )
    mine = here.key(role=Role.PARTNER_ADMIN)
    for kind, id_ in (("people", person.id), ("keys", key.id), ("grants", grant.id)):
        real = ask("DELETE", f"/v1/{kind}/{id_}", mine).json()
        never = ask("DELETE", f"/v1/{kind}/{'0' * len(id_)}", mine).json()
        assert real["status"] == 404
        assert {**real, "request_id": ""} == {**never, "request_id": ""}


def test_row59_a_member_manages_nobody(here, ask):
    key = here.key()
    body = {"partner": "north_light", "issuer": ISSUER, "subject": "sam", "name": "Sam"}
    assert ask("POST", "/v1/people", key, json=body).status_code == 403
    assert (
        ask("POST", "/v1/keys", key, json={"partner": "north_light", "name": "farm"}).status_code
        == 403
    )
    assert ask("GET", "/v1/keys", key).status_code == 403


def test_row59_the_last_administrator_stays(here, admin, lead):
    first = invite(here, lead, "north_light", Role.PARTNER_ADMIN, "first")
    for by in (admin, lead, here.machine):
        with pytest.raises(PlatformError, match="the last partner_admin"):
            here.desk.people.remove(by, first.id)
        with pytest.raises(PlatformError, match="the last partner_admin"):
            invite(here, by, "north_light", Role.PARTNER_MEMBER, "first")
    second = invite(here, admin, "north_light", Role.PARTNER_ADMIN, "second")
    assert here.desk.people.remove(admin, first.id).removed_at is not None
    with pytest.raises(PlatformError, match="the last partner_admin"):
        here.desk.people.remove(admin, second.id)


def test_row59_the_last_lead_stays_too(here, lead):
    first = invite(here, lead, HOUSE, Role.BETA_LEAD, "first")
    with pytest.raises(PlatformError, match="the last beta_lead"):
        here.desk.people.remove(here.machine, first.id)


@pytest.mark.parametrize("narrow", [[Scope.MANAGE, Scope.READ], [Scope.MANAGE]])
def test_row59_a_narrow_key_makes_and_invites_nothing_wider(here, narrow):
    mine = caller(here, "north_light", Role.PARTNER_ADMIN, scopes=narrow)
    with pytest.raises(Beyond):
        here.desk.keys.make(
            mine, "north_light", name="x", role=Role.PARTNER_ADMIN, scopes=[Scope.SUBMIT]
        )
    with pytest.raises(Beyond):
        invite(here, mine, "north_light", Role.PARTNER_ADMIN)
    made = here.desk.keys.make(mine, "north_light", name="x", role=Role.PARTNER_ADMIN)
    assert made.key.scopes == frozenset(narrow)


@pytest.mark.parametrize("role", GIVEN)
def test_row59_a_key_never_has_a_scope_that_its_role_has_not(here, role):
    partner = HOUSE if role in OF_THE_HOUSE else "north_light"
    for scope in frozenset(Scope) - GRANTED[role]:
        with pytest.raises(Beyond):
            here.key(partner, role, scopes=[scope])


def test_row59_a_lead_makes_no_key_that_submits(here, lead):
    made = here.desk.keys.make(lead, "north_light", name="x", role=Role.PARTNER_ADMIN)
    assert made.key.scopes == {Scope.READ, Scope.MANAGE}


def test_row59_a_narrow_key_revokes_nothing_wider(here):
    wide = text.read(here.key(role=Role.PARTNER_ADMIN)).id
    mine = caller(here, "north_light", Role.PARTNER_ADMIN, scopes=[Scope.MANAGE])
    with pytest.raises(Beyond):
        here.desk.keys.revoke(mine, wide)


def test_the_same_person_at_two_partners_is_two_and_neither_knows(here, lead):
    one = invite(here, lead, "north_light", Role.PARTNER_ADMIN)
    two = invite(here, lead, "lamplight", Role.PARTNER_ADMIN)
    assert one.id != two.id
    mine = caller(here, "north_light", Role.PARTNER_ADMIN)
    assert [p.id for p in here.desk.people.list(mine)] == [one.id]


def test_somebody_invited_twice_is_one_and_keeps_the_first_invitation(here, admin, clock):
    invite(here, admin, "north_light", Role.PARTNER_ADMIN, "boss")
    first = invite(here, admin, "north_light", Role.PARTNER_MEMBER)
    clock.sleep(60)
    again = invite(here, admin, "north_light", Role.PARTNER_ADMIN)
    assert (again.id, again.invited_at) == (first.id, first.invited_at)
    assert again.role is Role.PARTNER_ADMIN


def test_what_cannot_be_recorded_is_not_done(here, lead, analyst):
    class Down(Exception):
        pass

    class Refuses:
        def note(self, *_, **__):
            raise Down

    deaf = replace(here.ground, witness=Refuses())
    person = invite(here, lead, "north_light", Role.PARTNER_MEMBER)
    key = text.read(here.key()).id
    grant = give(here, lead, analyst.id)
    ends = here.ground.clock.now() + WEEK
    wishes = (
        lambda: Keys(deaf).make(lead, "north_light", name="x", role=Role.PARTNER_MEMBER),
        lambda: Keys(deaf).revoke(lead, key),
        lambda: People(deaf).remove(lead, person.id),
        lambda: Grants(deaf).end(lead, grant.id),
        lambda: Grants(deaf).give(lead, "lamplight", who=analyst.id, reason="x", until=ends),
    )
    before = [desk.list(lead) for desk in (here.desk.keys, here.desk.people, here.desk.grants)]
    for wish in wishes:
        with pytest.raises(Down):
            wish()
    after = [desk.list(lead) for desk in (here.desk.keys, here.desk.people, here.desk.grants)]
    assert after == before


# Grants


@pytest.fixture
def analyst(here):
    return caller(here, HOUSE, Role.INTERNAL_ANALYST)


def give(here, by, who, until=None, partner="north_light"):
    ends = until or here.ground.clock.now() + WEEK
    return here.desk.grants.give(
        by, partner, who=who, reason="scores and votes disagree", until=ends
    )


def looks(here, who):
    return list(here.doorkeeper._reach(who.id, HOUSE, who.role)["looks"])


def test_a_grant_lets_one_analyst_look_at_one_partner_until_it_ends(here, lead, analyst, clock):
    other = caller(here, HOUSE, Role.INTERNAL_ANALYST)
    give(here, lead, analyst.id)
    assert (looks(here, analyst), looks(here, other)) == (["north_light"], [])
    clock.sleep(WEEK.total_seconds())
    assert looks(here, analyst) == []


@pytest.mark.parametrize("by", ["partner", "lead"])
def test_a_grant_can_be_ended_at_once_by_the_partner_too(here, lead, analyst, admin, by):
    grant = give(here, lead, analyst.id)
    ended = here.desk.grants.end(admin if by == "partner" else lead, grant.id)
    assert ended.ended_by == (admin if by == "partner" else lead).id
    assert looks(here, analyst) == []


def test_a_partner_sees_the_grants_on_itself_and_no_others(here, lead, analyst, admin):
    mine = give(here, lead, analyst.id)
    give(here, lead, analyst.id, partner="lamplight")
    assert [g.id for g in here.desk.grants.list(admin)] == [mine.id]


@pytest.mark.parametrize("seconds", [-1, 0, 7 * 86_400 + 1])
def test_a_grant_is_no_longer_than_seven_days_and_not_over_already(here, lead, analyst, seconds):
    until = here.ground.clock.now() + timedelta(seconds=seconds)
    with pytest.raises(BadInput):
        give(here, lead, analyst.id, until)


def test_row59_a_leads_own_grant_waits_for_a_second_person(here, lead):
    second = caller(here, HOUSE, Role.BETA_LEAD)
    grant = give(here, lead, lead.id)
    assert (grant.needs_second, looks(here, lead)) == (True, [])
    with pytest.raises(Beyond):
        here.desk.grants.confirm(lead, grant.id)
    here.desk.grants.confirm(second, grant.id)
    assert looks(here, lead) == ["north_light"]


def test_row59_a_key_that_a_lead_made_is_that_lead(here, lead):
    made = here.desk.keys.make(lead, HOUSE, name="me too", role=Role.BETA_LEAD)
    mine_too = here.doorkeeper._by_key(text.read(made.text))
    grant = give(here, lead, lead.id)
    with pytest.raises(Beyond):
        here.desk.grants.confirm(mine_too, grant.id)
    bot = here.desk.keys.make(lead, HOUSE, name="bot", role=Role.INTERNAL_ANALYST).key
    assert give(here, lead, bot.id).needs_second
    assert give(here, mine_too, bot.id).needs_second


def test_row59_a_lead_who_gives_to_another_lead_is_confirmed_by_neither(here, lead):
    friend = caller(here, HOUSE, Role.BETA_LEAD)
    third = caller(here, HOUSE, Role.BETA_LEAD)
    grant = give(here, lead, friend.id)
    for one in (lead, friend):
        with pytest.raises(Beyond):
            here.desk.grants.confirm(one, grant.id)
    assert here.desk.grants.confirm(third, grant.id).confirmed_by == third.id


def test_row59_nobody_of_a_partner_is_given_another_partners_pictures(here, lead, admin):
    with pytest.raises(UnknownName):
        give(here, lead, admin.id)


def test_row59_an_analyst_gives_no_grants(here, ask, analyst):
    key = here.key(HOUSE, Role.INTERNAL_ANALYST)
    body = {
        "partner": "north_light",
        "who": analyst.id,
        "reason": "I would like to see",
        "until": (here.ground.clock.now() + WEEK).isoformat(),
    }
    assert ask("POST", "/v1/grants", key, json=body).status_code == 403


def test_a_grant_over_http_stands_in_me(here, ask, analyst):
    key = here.key(HOUSE, Role.INTERNAL_ANALYST)
    body = {
        "partner": "north_light",
        "who": text.read(key).id,
        "reason": "scores and votes disagree",
        "until": (here.ground.clock.now() + WEEK).isoformat(),
    }
    given = ask("POST", "/v1/grants", here.key(HOUSE), json=body)
    assert given.status_code == 201
    assert ask("GET", "/v1/me", key).json()["looks"] == ["north_light"]
    ask("DELETE", f"/v1/grants/{given.json()['id']}", here.key(role=Role.PARTNER_ADMIN))
    assert ask("GET", "/v1/me", key).json()["looks"] == []


def test_a_chain_of_makers_ends_even_where_it_bites_its_tail():
    assert chain("a", {"a": "b", "b": "a"}) == {"a", "b"}


def test_a_partner_that_left_is_nobodys_to_look_at(engine, home, clock, portal):
    before = house(engine, home, clock)
    lead = caller(before, HOUSE, Role.BETA_LEAD)
    key = before.key(HOUSE, Role.INTERNAL_ANALYST)
    give(before, lead, text.read(key).id, partner="lamplight")
    after = house(engine, home, clock, partners=("north_light",))
    assert Asking(portal, after.app)("GET", "/v1/me", key).json()["looks"] == []
