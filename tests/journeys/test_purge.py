"""Two studios live in one home; one leaves. Nothing of it is left, and the other goes on."""

import json
import struct
import zlib
from dataclasses import replace

import pytest

from benchmarks.bootstrap import studio
from benchmarks.domain.campaign import Observation
from benchmarks.domain.pack import ShotPack
from benchmarks.domain.repair import Decision
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.running.wire import Wire
from benchmarks.store.record import decode, encode
from benchmarks.studio import DIALECTS
from benchmarks.testing import doubles
from benchmarks.testing.home import with_partners
from dashboard.printing import report
from dashboard.testing.console import Terminal
from router.testing.doubles import small_png

pytestmark = pytest.mark.slow
TENANTS = ("lantern", "neighbour")


def canary(tenant):
    return f"CANARY{tenant}77"


def planted(data, word):
    """Put a word into every text that people wrote: whatever has a space in it."""
    if isinstance(data, dict):
        return {name: planted(value, word) for name, value in data.items()}
    if isinstance(data, list):
        return [planted(value, word) for value in data]
    return f"{data} {word}" if isinstance(data, str) and " " in data else data


def with_word(png, word):
    """Put a word into a PNG, as a text chunk."""
    body = b"tEXt" + b"Comment\0" + word.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]


def lived(here, tenant, folder):
    word = canary(tenant)
    drawn = doubles.pack(folder / tenant, code=tenant[:4].upper())
    titled = replace(drawn, partner=tenant, title=f"A film of {word}", shots=drawn.shots[:2])
    pack = decode(ShotPack, planted(encode(titled), word))
    order = Order(
        partner=here.partner(tenant),
        packs=[pack],
        recipes=recipes.choose(here.recipes, ["init_image"]),
        takes=1,
        budget_musd=20_000_000,
        simulated=True,
    )
    files = take_in(pack, here.media)
    here.media.put(tenant, with_word(small_png(5), word), "image/png")
    stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)
    laid = plan(order, stock, now=here.clock.now())
    here.runner.run(laid, files)
    campaign = laid.campaign.id
    take = here.router.takes(tenant, account=campaign)[0].id
    said = {
        "partner": tenant,
        "id": "1",
        "campaign": campaign,
        "by": "Ann Reed",
        "role": "director",
        "created_at": here.clock.now(),
    }
    here.store.observe(Observation(text=f"too soft {word}", takes=(take,), severity="note", **said))
    here.store.decide(Decision(take=take, status="circled", notes=f"yes {word}", **said))
    return campaign


def shelved(here, campaign):
    document, assets = here.document([campaign], title="What was found", command="test")
    out = here.settings.home / "reports" / report.snapshot(document)[:16]
    report.write(document, assets, out)
    return document


def holding(home, word):
    return sorted(
        str(p.relative_to(home))
        for p in home.rglob("*")
        if p.is_file() and word.encode() in p.read_bytes()
    )


def test_a_studio_leaves_without_a_trace_and_its_neighbour_goes_on(tmp_path):
    home = tmp_path / "home"
    with_partners(home)
    with studio(home, Wire.SIMULATED, emulator=("--instant",)) as here:
        campaigns = {tenant: lived(here, tenant, tmp_path / "packs") for tenant in TENANTS}
        before = {tenant: shelved(here, campaigns[tenant]) for tenant in TENANTS}
    places = {place.partition("/")[0] for place in holding(home, canary("lantern"))}
    assert {"media", "reports", "emulator"} <= places
    terminal = Terminal(home)

    refused = terminal.run("partners", "purge", "lantern")
    assert refused.answer["done"] is False
    assert holding(home, canary("lantern"))

    ran = terminal.run("partners", "purge", "lantern", "--yes", "--canary", canary("lantern"))
    assert ran.code == 0, ran.answer
    assert holding(home, canary("lantern")) == []
    assert list((home / "media").rglob("*/lantern/*")) == []
    assert holding(home, canary("neighbour"))

    with studio(home, Wire.NONE) as here:
        assert here.store.campaigns("lantern") == ()
        assert here.router.takes("lantern") == ()
        after = shelved(here, campaigns["neighbour"])
        assert here.audit.verify().ok
    assert after["takes"] == before["neighbour"]["takes"]
    assert terminal.run("campaign", "status", campaigns["neighbour"]).code == 0
    money = terminal.run("ledger", "show", campaigns["lantern"], "--partner", "lantern")
    assert money.code == 0
    assert canary("lantern") not in json.dumps(money.answer)
    assert terminal.run("audit", "verify").code == 0
