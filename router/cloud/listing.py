"""Asking AWS, free of charge, which models there are: the control plane of Bedrock."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from router.cloud.aws import Clients
from router.cloud.quotas import Listed
from router.cloud.refreshing import Offer
from router.domain.errors import Unreachable
from router.domain.model import Model


def offers(clients: Clients, regions: Iterable[str]) -> tuple[Offer, ...]:
    """Ask every Region for its list; half an answer is none.

    Raises:
        Unreachable: a Region did not answer, or not with a list.
    """
    return tuple(offer for region in regions for offer in _listed(clients, region))


def blocked(clients: Clients, models: Sequence[Model]) -> Mapping[str, str]:
    """Ask which models this account may not call, where they are called first: id → why.

    Raises:
        Unreachable: AWS did not answer.
    """
    found: dict[str, str] = {}
    for model in models:
        region = model.regions[0]
        ask = clients.control(region).get_foundation_model_availability
        said = asked(region, partial(ask, modelId=model.model_id))
        why = _why(said)
        if why:
            found[model.model_id] = f"{why} in {region}"
    return found


def quotas(clients: Clients, region: str) -> tuple[Listed, ...]:
    """Ask Service Quotas what it lists of Bedrock in a Region; half an answer is none.

    Raises:
        Unreachable: it did not answer; `servicequotas:ListServiceQuotas` may not be allowed.
    """
    pages = clients.about("service-quotas", region).get_paginator("list_service_quotas")

    def every() -> Mapping[str, Any]:
        found = [row for page in pages.paginate(ServiceCode="bedrock") for row in page["Quotas"]]
        return {"rows": found}

    return tuple(
        Listed(code=row["QuotaCode"], name=row["QuotaName"], value=row["Value"], region=region)
        for row in asked(region, every, "Service Quotas")["rows"]
    )


def titles(clients: Clients, region: str) -> Mapping[str, str]:
    """Ask what AWS calls its models in a Region: id → name."""
    said = asked(region, clients.control(region).list_foundation_models)
    return {row["modelId"]: row.get("modelName", "") for row in said["modelSummaries"]}


def _listed(clients: Clients, region: str) -> list[Offer]:
    said = asked(region, clients.control(region).list_foundation_models)
    return [_offer(row, region) for row in said["modelSummaries"]]


def _offer(row: Mapping[str, Any], region: str) -> Offer:
    life = row.get("modelLifecycle", {})
    return Offer(
        model_id=row["modelId"],
        region=region,
        legacy=life.get("status") == "LEGACY",
        eol=_day(life.get("endOfLifeTime")),
        takes=frozenset(row.get("inputModalities", ())),
        makes=frozenset(row.get("outputModalities", ())),
    )


def _day(time: datetime | None) -> date | None:
    return None if time is None else time.date()


def _why(said: Mapping[str, Any]) -> str:
    if said.get("authorizationStatus") == "NOT_AUTHORIZED":
        return "the account's own policies forbid it"
    if said.get("entitlementAvailability") == "NOT_AVAILABLE":
        return "access was not granted to this account"
    agreed = said.get("agreementAvailability", {}).get("status", "AVAILABLE")
    return "" if agreed == "AVAILABLE" else f"its agreement is {agreed.lower().replace('_', ' ')}"


def asked(
    region: str, call: Callable[[], Mapping[str, Any]], whom: str = "Bedrock"
) -> Mapping[str, Any]:
    """Put one free question; raises Unreachable where AWS gives no answer to it."""
    said = asked_or_none(region, call, whom, none=())
    return said or {}


def asked_or_none(
    region: str, call: Callable[[], Mapping[str, Any]], whom: str, *, none: Collection[str]
) -> Mapping[str, Any] | None:
    """Put one free question; None where AWS says, by one of these codes, that there is none."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return call()
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in none:
            return None
        control = "Bedrock's control plane" if whom == "Bedrock" else whom
        field, found = f"{whom} in {region}", _spoken(error)
        raise Unreachable(field=field, found=found, expected=f"an answer of {control}") from error


def _spoken(error: Exception) -> str:
    from botocore.exceptions import ClientError, NoCredentialsError

    if isinstance(error, NoCredentialsError):
        return "no AWS credentials"
    if isinstance(error, ClientError):
        said = error.response["Error"]
        message = str(said.get("Message") or "no reason was given").splitlines()[0]
        return f"{said.get('Code')} of {error.operation_name}: {message}"
    return str(error).splitlines()[0]
