"""Everybody opens every screen, signed in as people are; nobody sees anything of another studio."""

import re
from contextlib import ExitStack
from datetime import timedelta

import pytest

from dashboard.testing.sign_in import CLIENT, sign_in
from router.access import doorkeeper
from router.domain.access import HOUSE
from router.domain.caller import Role
from tests import browsing, matrix
from tests.matrix_world import REASON, TENANTS, A, B

pytestmark = browsing.MARKS

PEOPLE = {  # who → role, studio, name
    "member": (Role.PARTNER_MEMBER, A, "Ines Vidal"),
    "admin": (Role.PARTNER_ADMIN, A, "Ada Moreau"),
    "other": (Role.PARTNER_MEMBER, B, "Tomas Berg"),
    "analyst": (Role.INTERNAL_ANALYST, HOUSE, "Noor Haddad"),
    "granted": (Role.INTERNAL_ANALYST, HOUSE, "Greta Lund"),
    "lead": (Role.BETA_LEAD, HOUSE, "Lea Brandt"),
}
STRANGER, LEAVER = "stranger", "leaver"
READS = {"member": {A}, "admin": {A}, "other": {B}, "analyst": set(), "granted": {A}}
READS |= {"lead": {A, B}}
LOOKS = {**READS, "lead": set()}
HANDS_IN = {"Submit", "Blind review"}
LOCKED = {  # who → what is said to be for others
    "member": {"Admin"},
    "admin": set(),
    "other": {"Admin"},
    "analyst": {"Admin", *HANDS_IN},
    "granted": {"Admin", *HANDS_IN},
    "lead": HANDS_IN,
}
BROKEN = ("Traceback", "This app has encountered an error", "Oh no", "KeyError", "TypeError")


class Town:
    """The service, the screens over it, and people who sign in at one provider."""

    def __init__(self, world, provider, screens, browser, shots):
        self.world, self.provider, self.screens = world, provider, screens
        self.browser, self.shots = browser, shots

    def enter(self, page, who):
        """Sign in as somebody, by clicks."""
        page.goto(self.screens)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name=self.provider.people[who]).click()
        page.wait_for_url(f"{self.screens}/**")
        browsing.still(page)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    home, desktop = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("desktop")
    ids = matrix.live(home)
    names = {who: name for who, (_, _, name) in PEOPLE.items()} | {
        STRANGER: "Sam Stranger",
        LEAVER: "Leo Marsh",
    }
    with ExitStack() as open_, pytest.MonkeyPatch.context() as environment:
        provider = open_.enter_context(sign_in(names))
        environment.setenv("CIRCLETAKE_OIDC_ISSUER", provider.url)
        environment.setenv("CIRCLETAKE_OIDC_CLIENT", CLIENT)
        world = open_.enter_context(matrix.world(home, ids))
        _invite(world, provider)
        address = open_.enter_context(browsing.answering(world.app))
        provider.secrets_into(desktop)
        screens = open_.enter_context(browsing.screens(address, desktop))
        browser = open_.enter_context(browsing.chromium())
        yield Town(world, provider, screens, browser, tmp_path_factory.mktemp("screens"))


def _invite(world, provider):
    machine, desk = doorkeeper.at_the_machine(TENANTS), world.desk
    for who, (role, partner, name) in PEOPLE.items():
        person = {"issuer": provider.url, "subject": who, "name": name}
        made = desk.people.invite(machine, partner, **person, role=role)
        if who == "granted":
            until = world.studio.studio.clock.now() + timedelta(days=1)
            body = {"partner": A, "who": made.id, "reason": REASON, "until": until.isoformat()}
            assert world.ask("lead", "POST", "/v1/grants", json=body).is_success


def leaks(town, page, tenant, typed=()):
    """Give what is a tenant's alone and came to this page: drawn, asked for, or over the wire."""
    secret = town.world.secrets[tenant] - {tenant, *typed}
    came = "\n".join([browsing.everything(page), *page.asked])
    wire = b"\n".join(page.heard)
    return sorted(s for s in secret if s in came or s.encode() in wire)


def pictures(page):
    """Give what was asked for of signed media."""
    return [url for url in page.asked if "/v1/media/" in url]


@pytest.mark.parametrize("who", PEOPLE)
def test_somebody_opens_every_screen(town, who):
    with browsing.visitor(town.browser) as page:
        town.enter(page, who)
        assert PEOPLE[who][2] in page.locator("[data-testid=stSidebar]").inner_text()
        shown, said = {}, []
        for path, title in browsing.addresses().items():
            link = page.get_by_role("link", name=title, exact=True)
            if link.count():
                link.first.click()
            else:
                page.goto(f"{town.screens}/{path}")
            page.get_by_role("heading", name=title, exact=True, level=1).wait_for(timeout=30_000)
            browsing.still(page)
            text = shown[title] = browsing.main_text(page)
            said += [f"{title}: {word}" for word in BROKEN if word in text]
            page.screenshot(path=str(town.shots / f"{who}-{path}.png"))
        for tenant in {A, B} - READS[who]:
            said += [f"{tenant}: {leak}" for leak in leaks(town, page, tenant)]
        assert said == []
        assert bool(pictures(page)) == bool(LOOKS[who]), "pictures"
        assert page.faults == []
        locked = {title for title, text in shown.items() if "This screen is for" in text}
        assert locked & {"Submit", "Blind review", "Admin"} == LOCKED[who]


def test_what_is_a_studios_own_would_be_found_on_the_page_and_on_the_wire(town):
    with browsing.visitor(town.browser) as page:
        town.enter(page, "member")
        page.goto(f"{town.screens}/take?take={town.world.ids[A]['take']}")
        browsing.still(page)
        page.asked.clear()
        on_the_wire = leaks(town, page, A)
        page.heard.clear()
        assert leaks(town, page, A)
        assert set(on_the_wire) > set(leaks(town, page, A))


def _wrong(ids):
    return [
        f"take?take={ids['take']}",
        f"takes?take={ids['take']}",
        f"takes?campaign={ids['campaign']}",
        f"takes?partner={ids['partner']}",
        f"compare?a={ids['take']}",
        f"sheet?campaign={ids['campaign']}",
        f"approval?take={ids['take']}",
        f"progress?campaign={ids['campaign']}",
        f"blind?study={ids['study']}",
        f"submit?studio={ids['partner']}",
    ]


def _never(id_):
    """Give an id of the same form that nothing has."""
    return re.sub(r"[0-9]", "7", re.sub(r"[a-f]", "e", id_))


@pytest.mark.parametrize("who", ["other", "analyst"])
def test_ids_of_another_studio_are_unknown_as_if_they_had_never_been(town, who):
    ids = town.world.ids[A]
    never = {k: _never(v) if k in {"take", "campaign", "study"} else v for k, v in ids.items()}
    never["partner"] = "nowhere"
    with browsing.visitor(town.browser) as page:
        town.enter(page, who)
        page.asked.clear()
        for theirs, nothing in zip(_wrong(ids), _wrong(never), strict=True):
            told = []
            for address in (theirs, nothing):
                page.goto(f"{town.screens}/{address}")
                browsing.still(page)
                text = re.sub(r"Request \S+", "", browsing.main_text(page))
                told.append(text.replace(address.partition("=")[2], "it"))
            assert told[0] == told[1], theirs
            assert not any(word in told[0] for word in BROKEN), theirs
        assert leaks(town, page, A, typed=ids.values()) == []
        assert page.faults == []


def test_who_was_not_invited_or_does_not_sign_in_sees_a_door_and_nothing_else(town):
    ids = town.world.ids[A]
    with browsing.visitor(town.browser) as page:
        for path in ("overview", "sheet", "admin", f"take?take={ids['take']}"):
            page.goto(f"{town.screens}/{path}")
            page.get_by_role("button", name="Sign in").wait_for(timeout=30_000)
        page.screenshot(path=str(town.shots / "nobody.png"))
        assert leaks(town, page, A, typed=[ids["take"]]) == []
        town.enter(page, STRANGER)
        page.get_by_role("button", name="Sign in again").wait_for()
        assert leaks(town, page, A, typed=[ids["take"]]) == []
        assert pictures(page) == []


def test_who_is_removed_meanwhile_is_told_at_the_next_click_and_sees_nothing_more(town):
    machine, people = doorkeeper.at_the_machine(TENANTS), town.world.desk.people
    person = {"issuer": town.provider.url, "subject": LEAVER, "name": "Leo Marsh"}
    leaver = people.invite(machine, A, **person, role=Role.PARTNER_MEMBER)
    with browsing.visitor(town.browser) as page:
        town.enter(page, LEAVER)
        page.get_by_role("link", name="Takes", exact=True).click()
        page.get_by_role("heading", name="Takes", exact=True, level=1).wait_for(timeout=30_000)
        browsing.still(page)
        assert leaks(town, page, A)
        people.remove(machine, leaver.id)
        page.asked.clear()
        page.heard.clear()
        page.get_by_role("link", name="Acceptance sheet", exact=True).click()
        page.get_by_text("Sign in to see what is yours").wait_for(timeout=30_000)
        page.get_by_role("button", name="Sign in again").wait_for()
        browsing.still(page)
        page.screenshot(path=str(town.shots / "removed.png"))
        assert not any(word in browsing.main_text(page) for word in BROKEN)
        assert leaks(town, page, A) == []
        assert pictures(page) == []
        assert page.faults == []
