"""The findings of the campaigns that somebody chose, and what to do where there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.asking import findings
from dashboard.client import Campaign, Client, ServiceSaysNo
from dashboard.frame import chosen, link, looking, nothing_yet, simulated_banner

TEAM = ("internal_analyst", "beta_lead")
ALONE = ("too_few_partners", "not_allowed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in some campaigns."""

    campaigns: Sequence[Campaign]
    told: Mapping[str, Any]  # the document without its long lists
    pooled: bool  # of groups of studios only: no take, no name stands behind a number

    @property
    def titles(self) -> Mapping[str, str]:
        """Give recipe → its title."""
        known = {r["recipe"]: r["title"] for c in self.campaigns for r in c["recipes"]}
        return known | {r["recipe"]: r["title"] for r in self.told["recipes"]}

    def title(self, recipe: str) -> str:
        """Name a recipe as people do."""
        return self.titles.get(recipe, recipe)


def found(service: Client) -> Found | None:
    """Let somebody choose, and give what was found; None = what to do now was said instead."""
    everything = service.campaigns()
    if not everything:
        nothing_yet()
        return None
    campaigns = chosen(everything)
    if not campaigns:
        return None
    simulated = campaigns[0]["simulated"]
    simulated_banner(simulated=simulated)
    pooled = _is_pool(campaigns)
    try:
        if pooled:
            told = findings.pooled(service, simulated=simulated)
        else:
            told = findings.of_campaigns(service, [c["id"] for c in campaigns])
    except ServiceSaysNo as refused:
        if not pooled or refused.problem.get("code") not in ALONE:
            raise
        st.info("Several studios are told together only as a group.", icon=":material/groups:")
        st.text(f"{refused.problem['detail']}\nChoose one studio above to read its own numbers.")
        return None
    return Found(campaigns=campaigns, told=told, pooled=pooled)


def takes_of(of: Found, title: str, label: str, icon: str | None = None) -> None:
    """Draw a link to the takes behind a recipe's number; a group of studios has none to show."""
    if not of.pooled:
        link(label, "takes", icon=icon, **where(of.campaigns), recipe=title)


def where(campaigns: Sequence[Campaign]) -> dict[str, str]:
    """Give the words of an address that choose the same campaigns on another screen."""
    partners = {c["partner_name"] for c in campaigns}
    kind = "simulated" if campaigns[0]["simulated"] else "real"
    return {"kind": kind, **({"partner": partners.pop()} if len(partners) == 1 else {})}


def _is_pool(campaigns: Sequence[Campaign]) -> bool:
    """Say whether several studios' numbers are asked for by one of the beta's team."""
    me = looking()
    return bool(me and me["role"] in TEAM and len({c["partner"] for c in campaigns}) > 1)
