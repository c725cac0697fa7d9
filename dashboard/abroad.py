"""What is looked at in the AWS account, by questions that cost nothing."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from dashboard.vitals import Ailing
from router.admission.retention import NOTHING_KEPT, is_governed
from router.cloud import listing
from router.cloud.account import Account
from router.cloud.aws import Clients
from router.domain.model import LifecycleStatus, Model
from router.ports import Clock

MOST_SKEW_S = 60.0  # AWS turns signatures away that are five minutes off
Check = tuple[str, Callable[[], str], str]
_SHARES = ("aws_review", "provider_data_share")


def checks(
    clients: Clients, clock: Clock, catalogue: Mapping[str, Model], region: str
) -> Iterator[Check]:
    """Give what there is to look at: name, look, and what to do where AWS gives no answer."""
    live = [m for m in catalogue.values() if m.lifecycle.status is not LifecycleStatus.RETIRED]
    served = [m for m in live if is_governed(m)]
    account = Account(clients=clients, clock=clock)
    yield (
        "AWS identity",
        partial(identity, clients, clock, region),
        "see `aws sts get-caller-identity`; is the clock right, is the way out open?",
    )
    for where in sorted({r for m in served for r in m.regions}):
        yield (
            f"kept in {where}",
            partial(kept, account, where),
            "allow bedrock:GetAccountDataRetention; what cannot be read is not paid for",
        )
    for model in served:
        yield (
            f"model {model.key}",
            partial(access, clients, model),
            "allow bedrock:GetFoundationModelAvailability",
        )


def identity(clients: Clients, clock: Clock, region: str) -> str:
    """Ask who we are, and hold our clock against the answer's."""
    said = listing.asked(region, clients.sts(region).get_caller_identity)
    off = offset_s(said, clock.now())
    if off is not None and abs(off) > MOST_SKEW_S:
        raise Ailing(
            f"the clock of this machine is {off:+.0f} s off",
            "set the clock (`timedatectl set-ntp true`): AWS refuses signatures five minutes off",
        )
    told = "which told no time" if off is None else f"clock {off:+.0f} s"
    return f"{said['Arn']}, {told}"


def offset_s(said: Mapping[str, Any], now: datetime) -> float | None:
    """Give the seconds that we are ahead of an answer's Date (RFC 9110, 6.6.1); None = no date."""
    headers = said.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if "date" not in headers:
        return None
    return (now - parsedate_to_datetime(headers["date"])).total_seconds()


def access(clients: Clients, model: Model) -> str:
    """Ask whether this account may call a model, where it is called first."""
    why = listing.blocked(clients, [model]).get(model.model_id)
    if why:
        raise Ailing(why, "request access on the Bedrock console, Model access, in that Region")
    return f"may be called in {model.regions[0]}"


def kept(account: Account, region: str) -> str:
    """Ask what the account lets others keep in a Region."""
    mode = account.data_retention(region)
    if mode in _SHARES:
        raise Ailing(
            f"mode {mode}: others may see what is sent",
            f"set the data-retention mode to {NOTHING_KEPT} there; until then nothing is paid for",
        )
    return f"mode {mode}"
