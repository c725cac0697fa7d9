"""Single takes asked by hand: outside any campaign, on a budget of their own."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.browsing.looks import at_once
from benchmarks.planning.phrasing import Phrased
from benchmarks.planning.plan import stamp, usd
from benchmarks.running.wire import Wire, purse, purse_is_simulated
from benchmarks.store.store import Kept
from benchmarks.studio import Studio
from benchmarks.views.takes import facts
from benchmarks.views.veil import Veil
from router import dispatch
from router.domain.errors import Conflict, OverBudget, UnknownName
from router.domain.request import Request
from router.domain.take import Take

Json = dict[str, Any]
TITLE = "Asked by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """Accepts single wishes, hands them to the workers of its wire, and shows what became."""

    studio: Studio
    wire: Wire  # real or simulated: the word of whoever opened this door
    jobs: dispatch.Jobs

    def open_account(self, partner: str, account: str, cap_musd: int) -> None:
        """Open a budget, or change its cap.

        Raises:
            Conflict: it is a campaign's, which is changed where the campaign is.
            OverBudget: more than the partner has.
        """
        if self._campaign(partner, account):
            expected = f"`circletake campaign resume {account} --budget`, or an account of your own"
            raise Conflict(field="budget_usd", found="a campaign's budget", expected=expected)
        most = self.studio.partner(partner).budget_musd
        if cap_musd > most:
            expected = f"at most {partner}'s {usd(most)} USD"
            raise OverBudget(field="budget_usd", found=f"{usd(cap_musd)} USD", expected=expected)
        name, simulated = purse(self.wire, account), self.wire is Wire.SIMULATED
        self.studio.router.open_account(partner, name, cap_musd, simulated=simulated)

    def submit(self, request: Request) -> Json:
        """Accept a request and have it worked on; the same request twice is one."""
        paid = replace(request, account=self._account(request.partner, request.account))
        attempts = self.studio.router.submit([paid])
        dispatch.dispatch(self.jobs, self.studio.catalogue, attempts)
        return self.state(request.partner, request.id)

    @at_once
    def state(self, partner: str, id_: str) -> Json:
        """Say how a request stands; raises UnknownName."""
        asked = self.studio.router.request(partner, id_)
        attempts = self.studio.router.attempts(partner, requests=[id_])
        last = attempts[-1]
        veil = self._veil(simulated=bool(last.simulated) or bool(self._said(asked)))
        return {
            "request": id_,
            "partner": partner,
            "account": shown(asked.account),
            "model": asked.model,
            "operation": asked.operation,
            "state": last.state.value,
            "code": veil.text(last.code),
            "reason": veil.text(last.reason),
            "attempts": len(attempts),
            "reserved_usd": usd(sum(a.reserved_musd for a in attempts)),
            "spent_usd": usd(sum(a.spent_musd for a in attempts)),
            "simulated": last.simulated,
            "take": last.take,
        }

    @at_once
    def takes(
        self,
        partners: Iterable[str],
        account: str | None,
        begin: int,
        end: int,
        *,
        simulated: bool | None = None,
    ) -> tuple[Sequence[Take], int]:
        """Give takes that no campaign asked for, partner by partner, each oldest first.

        Args:
            partners: whose they are.
            account: of one budget; None = of all.
            begin: place of the first one to give, from 0.
            end: place after the last one.
            simulated: only of budgets that pay an emulator, or only of others; None = of all.

        Returns:
            The page, and how many there are on all pages.
        """
        found, count = list[Take](), 0
        for partner in partners:
            offset = max(0, begin - count)
            page, mine = self.studio.router.take_page(
                partner,
                self._purses(partner, account, simulated=simulated),
                offset=offset,
                limit=max(0, end - count - offset),
            )
            found += page
            count += mine
        return found, count

    def _purses(self, partner: str, account: str | None, *, simulated: bool | None) -> list[str]:
        kinds = (True, False) if simulated is None else (simulated,)
        return [
            name
            for name in self.studio.router.accounts(partner)
            if purse_is_simulated(name) in kinds and account in {None, shown(name)}
        ]

    def rows(self, takes: Sequence[Take]) -> list[Json]:
        """Give such takes as lists show them."""
        asked: dict[tuple[str, str], Request] = {}
        for partner in {t.partner for t in takes}:
            mine = list({t.request for t in takes if t.partner == partner})
            found = self.studio.router.requests(partner, mine)
            asked |= {(partner, id_): request for id_, request in found.items()}
        return [self._row(take, asked.get((take.partner, take.request))) for take in takes]

    def _row(self, take: Take, asked: Request | None) -> Json:
        veil = self._veil(simulated=take.simulated)
        # A frame that was cut out here was not asked for.
        label = asked.label if asked else take.operation.replace("_", " ")
        return {
            **facts(take, veil),
            "partner": veil.partner(self.studio.partner(take.partner))[0],
            "campaign": shown(take.account),
            "shot": label,
            "recipe": "",
            "recipe_title": TITLE,
            "control": False,
            "state": "done",
            "flags": ["simulated"] if take.simulated else [],
            "scores": [],
            "open_must": None,
            "verdicts": {},
        }

    def _account(self, partner: str, account: str) -> str:
        kept = self._campaign(partner, account)
        if kept is None:
            return purse(self.wire, account)
        if kept.campaign.simulated != (self.wire is Wire.SIMULATED):
            kind = "simulated" if kept.campaign.simulated else "real"
            raise Conflict(
                field="account",
                found=f"a {kind} campaign",
                expected=f"an account for {'real' if kind == 'simulated' else 'simulated'} work",
            )
        return account

    def _campaign(self, partner: str, account: str) -> Kept | None:
        with suppress(UnknownName):
            return self.studio.store.campaign(partner, account)
        return None

    def _said(self, asked: Request) -> bool | None:
        kept = self._campaign(asked.partner, asked.account)
        return kept.campaign.simulated if kept else purse_is_simulated(asked.account)

    def _veil(self, *, simulated: bool) -> Veil:
        return Veil(self.studio.catalogue, simulated, self.studio.fictional)


def provenance(studio: Studio, take: Take, asked: Request | None) -> Mapping[str, Any]:
    """Say where a take came from; the one place where the id on the wire stands."""
    model = studio.catalogue[take.model]
    told: Json = {
        "source": take.source.value,
        "simulated": take.simulated,
        "model_id": model.wire_id,
        "region": take.region,
        "prompt": take.prompt,
        "seed": take.seed,
        "request": take.request,
        "attempt": take.attempt,
        "provider_ref": take.provider_ref,
        "parent": take.parent,
        "lineage": lineage(studio, take),
        "sha256": take.media.sha256,
        "created_at": stamp(take.created_at),
    }
    origin = studio.store.words.origin(take.partner, take.account, take.prompt)
    if origin is not None:
        told |= prompt_origin(origin)
    if asked is not None:
        told |= {"negative": asked.negative, "label": asked.label, **dict(asked.parameters)}
    return {k: v for k, v in told.items() if v not in {None, ""}}


def lineage(studio: Studio, take: Take) -> str:
    """Say what became of what: the take, its parent, and so on to the first one."""
    chain = [take]
    while (parent := chain[-1].parent) is not None:
        chain += studio.router.takes(take.partner, ids=[parent])
        if chain[-1].id != parent:
            break
    return " ← ".join(f"{t.operation.replace('_', ' ')} {t.id[:8]}" for t in chain)


def prompt_origin(origin: Phrased) -> Mapping[str, Any]:
    """Say where a prompt comes from: its template, what was left out, and who wrote it."""
    told: Json = {
        "template": origin.template,
        "left_out": ", ".join(origin.left_out),
        "said": "; ".join(origin.said),
    }
    writing = origin.writing
    if writing is not None and not writing.refused:
        told |= {
            "written_by": f"{writing.model} ({writing.version})",
            "written_usd": usd(writing.cost_musd),
            "written_from": writing.asked,
        }
    return told


def shown(account: str) -> str:
    """Give an account's name as its owner said it."""
    return account if purse_is_simulated(account) is None else account.partition(":")[2]
