"""Paid wishes are safe to repeat: the header, what it is compared with, and the stored answer."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import Header, Response

from router.domain.caller import Caller
from router.domain.errors import BadInput, PlatformError
from router.domain.ids import content_id
from router.store.answers import Answer, Wish

HOUSE = "="  # the tenant of whoever is of the house; no partner's name begins so
MOST = 128

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="mandatory, 1 to 128 characters; the same key and body are one wish, carried "
        "out and paid once",
    ),
]


class MissingKey(BadInput):
    """A paid wish without the key that makes it safe to repeat."""

    code = "idempotency_key_missing"
    http_status = 400


class Remembers(Protocol):
    """Whoever remembers answers (router.store.answers.Answers)."""

    def begin(self, wish: Wish) -> Answer | None:
        """Begin a wish; raises KeyReused and InFlight. Gives the answer of one that is done."""
        ...

    def keep(self, wish: Wish, answer: Answer) -> None:
        """Keep an answer."""
        ...

    def drop(self, wish: Wish) -> None:
        """Forget a wish that was refused."""
        ...


def wish_of(
    caller: Caller, partner: str, key: str | None, path: str, body: Mapping[str, Any]
) -> Wish:
    """Name a wish; raises MissingKey.

    Args:
        caller: who asks.
        partner: who pays.
        key: as it came in the header.
        path: what is asked of; the same key for another path is another body.
        body: what is asked, JSON-able.
    """
    return Wish(
        partner=partner,
        tenant=HOUSE if caller.is_internal else tenant_of(caller),
        key=checked(key),
        fingerprint=content_id("wish", [path, dict(body)]),
    )


def tenant_of(caller: Caller) -> str:
    """Name the tenant of a caller: its only partner, else the house."""
    mine = list(caller.reads)
    return mine[0] if len(mine) == 1 else HOUSE


def checked(key: str | None) -> str:
    """Give the key back; raises MissingKey for none and for a longer one than is kept."""
    if key is None or not key.strip():
        raise MissingKey(
            field="Idempotency-Key",
            found=None,
            expected="a header of 1 to 128 characters, fresh for each wish",
        )
    if len(key) > MOST:
        raise MissingKey(field="Idempotency-Key", found=key, expected="at most 128 characters")
    return key


def once(
    remembers: Remembers, wish: Wish, response: Response, carry_out: Callable[[], Answer]
) -> dict[str, Any]:
    """Carry a wish out, or give the answer that it had; sets status and Location.

    A wish that is refused is forgotten: nothing was done, and its key may be used again. One that
    breaks off otherwise stays begun, and may be repeated when its lease is over.

    Raises:
        KeyReused: the key came with another body before.
        InFlight: the same wish is being carried out.
    """
    known = remembers.begin(wish)
    if known is None:
        try:
            known = carry_out()
        except PlatformError:
            remembers.drop(wish)
            raise
        remembers.keep(wish, known)
    else:
        response.headers["Idempotency-Replayed"] = "true"
    response.status_code = known.status
    if known.location:
        response.headers["Location"] = known.location
    return dict(known.body)
