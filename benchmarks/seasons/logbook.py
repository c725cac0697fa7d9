"""How a season in bad weather went, in numbers and in words."""

from collections.abc import Mapping
from typing import Any

from benchmarks.domain.cost import Band
from benchmarks.domain.season import Endured, LaneRun
from benchmarks.planning.unit_costs import load
from benchmarks.seasons.seasonal import approved

MILLION = 1_000_000
HOUR = 3600.0


def as_json(found: Endured, shots: int) -> dict[str, Any]:
    """Give what `circletake season rehearse --json` prints."""
    lanes = {lane.name: lane for lane in found.lanes}
    likely = sum(_approved(came, shots) for came, _ in found.by_recipe.values())
    return {
        "asked": found.asked,
        "states": dict(found.states),
        "makespan_h": round(found.seconds / HOUR, 3),
        "bound_h": round(max(lane.bound_s for lane in found.lanes) / HOUR, 3),
        "kills": found.kills,
        "cut_off": found.cut_off,
        "found_in_the_log": found.found,
        "lost": found.lost,
        "held": found.held,
        "double": found.double,
        "unowed": found.unowed,
        "billed_usd": found.billed_musd / MILLION,
        "spent_usd": found.spent_musd / MILLION,
        "reserved_usd": found.reserved_musd / MILLION,
        "approved_take_usd": _each(found.billed_musd, likely),
        "by_recipe": [
            {
                "recipe": name,
                "takes": came,
                "spent_usd": musd / MILLION,
                "approved_shots": round(_approved(came, shots), 1),
                "approved_take_usd": _each(musd, _approved(came, shots)),
                **_lane(lanes[name]),
            }
            for name, (came, musd) in found.by_recipe.items()
        ],
    }


def as_text(body: Mapping[str, Any]) -> str:
    """Say the same for a person."""
    worked = ", ".join(f"{many:,} {state}" for state, many in body["states"].items())
    lines = [
        f"{body['asked']:,} takes asked: {worked}; done in {body['makespan_h']:.1f} h "
        f"(the quotas allow {body['bound_h']:.1f} h)",
        f"{body['kills']:,} workers killed, {body['cut_off']:,} calls cut off, "
        f"{body['found_in_the_log']:,} lost answers found in the provider's log",
        f"lost: {body['lost']}, set aside for a person to decide: {body['held']}",
        f"paid twice: {body['double']}, billed without a take or taken "
        f"without a bill: {body['unowed']}",
        f"the provider billed {body['billed_usd']:,.2f} USD, our ledger says "
        f"{body['spent_usd']:,.2f}, still set aside {body['reserved_usd']:,.2f}",
        "",
        "| recipe | takes | spent, USD | hours | ÷ quotas' bound | use of the quota | turned away |"
        " an approved take, USD |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_line, body["by_recipe"])])


def _line(row: Mapping[str, Any]) -> str:
    each = row["approved_take_usd"]
    return (
        f"| {row['recipe']} | {row['takes']:,} | {row['spent_usd']:,.2f} | {row['hours']:.2f} | "
        f"{row['over_bound']:.3f} | {row['quota_use']:.0%} | {row['turned_away']} | "
        f"{'none approved' if each is None else f'{each:,.2f}'} |"
    )


def _lane(lane: LaneRun) -> dict[str, Any]:
    return {
        "hours": round(lane.seconds / HOUR, 3),
        "over_bound": round(lane.ratio, 3),
        "quota_use": round(lane.use(1)[0], 3),
        "turned_away": lane.busy,
    }


def _approved(came: int, shots: int) -> float:
    """Expect so many shots with a take that is circled, at the likely share of the table."""
    billed = Band(low=0.0, typical=0.0, worst=0.0)
    return approved(load().circled, shots, came / shots, billed).typical


def _each(musd: int, shots: float) -> float | None:
    return round(musd / MILLION / shots, 6) if shots else None
