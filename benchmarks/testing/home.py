"""A double of a home that has lived: one small simulated campaign, run through the real house."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bootstrap import studio
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.running.wire import Wire
from benchmarks.studio import DIALECTS
from benchmarks.testing import doubles

PARTNER = """\
schema: partner/1
name: {name}
display_name: {title}
tier: vfx_studio
window: {{opens: 2026-01-01, findings_due: 2030-05-31}}
budget_usd: 100
regions: [us-west-2, us-east-1, us-east-2]
providers: []
recipes: [init_image]
retention_days: 90
review_roles: [director]
illustrative: true
"""
# The first wish to this model meets the provider's filter.
FAULTS = [{"model": "*", "operation": "InvokeModel", "count": 1, "fault": "filter_prompt"}]


def lived_in(home: Path, names: Sequence[str] = ("init_image", "erase_matte")) -> str:
    """Run a campaign of the small pack on flat pictures; gives its id."""
    with_partners(home)
    faults = home / "faults.json"
    faults.write_text(json.dumps(FAULTS), encoding="utf-8")
    with studio(home, Wire.SIMULATED, emulator=("--instant", "--faults", str(faults))) as here:
        pack = doubles.pack(home / "pack")
        order = Order(
            partner=here.partner("lantern"),
            packs=[pack],
            recipes=recipes.choose(here.recipes, list(names)),
            takes=2,
            budget_musd=20 * 1_000_000,
            simulated=True,
        )
        files = take_in(pack, here.media)
        stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)
        laid = plan(order, stock, now=here.clock.now())
        here.runner.run(laid, files)
        return laid.campaign.id


def with_partners(home: Path) -> None:
    """Give a home its partners: one fictional, and a neighbour."""
    folder = home / "partners"
    folder.mkdir(parents=True, exist_ok=True)
    for name, title in (("lantern", "Paper Lantern"), ("neighbour", "Next Door")):
        text = PARTNER.format(name=name, title=title)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
