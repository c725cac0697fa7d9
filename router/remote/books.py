"""The books of a service."""

from typing import Any

from router.afar import There
from router.client import Books, Client

AWS, EMULATOR = "AWS", "the emulator"


def show(there: There, *, account: str, partner: str) -> None:
    """Show a campaign's money, move by move; caps that campaigns share are not told over HTTP."""
    service = there.service
    stands = service.get(f"/v1/campaigns/{account}/status")
    books = Client(service).ledger(partner, account)
    body = _body(partner, account, stands, books)
    who = f"billed by {body['billed_by']}"
    text = [f"campaign {account} of {partner}: {who}"]
    for name, key in (
        ("budget", "cap_usd"),
        ("spent", "spend_usd"),
        ("set aside", "reserved_usd"),
        ("of it with unknown outcome", "unknown_usd"),
        ("free", "free_usd"),
    ):
        text.append(f"  {name:36} {body[key]:>14.6f} USD")
    text += [f"{e['at']}  {e['kind']:8} {e['usd']:>12.6f}  {e['attempt']:32}  {e['purpose']}"
             for e in body["entries"]]  # fmt: skip
    there.said.answer(body, "\n".join(text))


def _body(partner: str, account: str, stands: dict[str, Any], books: Books) -> dict[str, Any]:
    used = stands["spend_usd"] + stands["reserved_usd"]
    return {
        "partner": partner,
        "account": account,
        "simulated": stands["simulated"],
        "billed_by": EMULATOR if stands["simulated"] else AWS,
        "cap_usd": stands["budget_usd"],
        "spend_usd": stands["spend_usd"],
        "reserved_usd": stands["reserved_usd"],
        "unknown_usd": stands["unknown_usd"],
        "free_usd": round(stands["budget_usd"] - used, 6),
        "shared": None,
        "entries": [{k: v for k, v in line.items() if k != "account"} for line in books["lines"]],
    }
