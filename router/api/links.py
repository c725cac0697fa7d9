"""Short-lived links to media: bound to a partner, a thing, a moment and whoever asked for them."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from router.api import wire
from router.api.permit import Doorkeeper
from router.domain.caller import Caller
from router.domain.errors import NotEntitled
from router.ports import Clock

LIFE_S = 120
STEPS = 4  # links made within a quarter of their life are one, so that answers keep their ETag
LOOK = 0.2  # tokens of a look through a link: a page has two hundred, a player asks range by range
NOBODY = "-"  # instead of a partner, where a thing is of several


@runtime_checkable
class Remembers(Protocol):
    """A doorkeeper that can say whether somebody who asked a moment ago may still ask now."""

    def knows(self, caller: str, partner: str) -> bool:
        """Say whether the key or person of this id is in force, and still sees this partner's."""
        ...


@runtime_checkable
class Names(Protocol):
    """A doorkeeper that knows what people call a key or person."""

    def name_of(self, caller: str) -> str:
        """Give the name behind an id; the id itself where there is none."""
        ...


@runtime_checkable
class Charges(Protocol):
    """A doorkeeper that holds people to a pace."""

    def charge(self, caller: str, tokens: float) -> None:
        """Take from the pace of a key or person; raises TooMany."""
        ...


class Witness(Protocol):
    """Hears of every look at a picture as large as it was made."""

    def saw(self, caller: str, partner: str, what: str) -> None:
        """Note who (id of a key or person) saw what of whose, before it is given."""
        ...


class Unwatched:
    """Nobody watches: a home on one's own machine."""

    def saw(self, caller: str, partner: str, what: str) -> None:
        """Keep nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a link says of itself."""

    partner: str
    variant: str
    expiry: int  # Unix seconds
    viewer: str
    signature: str


def claim(
    partner: Annotated[
        str,
        Query(pattern=rf"^({NOBODY}|[a-z][a-z0-9_]{{1,47}})$", description="whose the thing is"),
    ],
    expiry: Annotated[int, Query(alias="e", description="end of the link, Unix seconds")],
    viewer: Annotated[
        str, Query(alias="u", max_length=128, description="for whom the link was made")
    ],
    signature: Annotated[
        str, Query(alias="s", max_length=128, description="signature of the link")
    ],
    variant: Annotated[wire.Word, Query(description="which rendering of it")] = "original",
) -> Claim:
    """Read what a link says; nothing of it is believed yet."""
    return Claim(
        partner=partner, variant=variant, expiry=expiry, viewer=viewer, signature=signature
    )


Claimed = Annotated[Claim, Depends(claim)]


class Signer:
    """Signs and checks links with one key of this service."""

    def __init__(self, key: bytes, clock: Clock, life_s: int = LIFE_S) -> None:
        """Keep the key, at least 32 bytes."""
        if len(key) < 32:
            raise ValueError("a signing key has at least 32 bytes")
        self._key = key
        self._clock = clock
        self._life_s = life_s

    def viewer(self, caller: Caller) -> str:
        """Give the mark of a caller's session; the session itself does not stand in links."""
        return f"{caller.id}~{self._mac('session', caller.id, caller.session)[:16]}"

    def link(self, path: str, *, partner: str, name: str, variant: str, viewer: str) -> str:
        """Give a relative URL that works for GET until its time is over."""
        step = max(1, self._life_s // STEPS)  # within it, the same question has the same answer
        expiry = int(self._clock.now().timestamp()) // step * step + self._life_s
        query = {
            "partner": partner,
            "variant": variant,
            "e": str(expiry),
            "u": viewer,
            "s": self._signature(partner, name, variant, expiry, viewer),
        }
        return f"{path}?{urlencode(query)}"

    def check(self, said: Claim, name: str) -> None:
        """Raise NotEntitled unless the signature fits and the time is not over."""
        wanted = self._signature(said.partner, name, said.variant, said.expiry, said.viewer)
        if not hmac.compare_digest(wanted.encode(), said.signature.encode("utf-8", "replace")):
            raise _stale("s", "a signature that does not fit")
        if self._clock.now().timestamp() > said.expiry:
            raise _stale("e", "a link that has ended")

    def admit(
        self, request: Request, said: Claim, name: str, named: Callable[[str], str] = str
    ) -> str:
        """Check a link, and that whom it was made for may still look; gives that one's id.

        `named` gives a partner's name, also where the link says a veiled one.

        Raises:
            NotEntitled: the link is not of this service, has ended, or is somebody else's.
            TooMany: that one looks more often than the pace allows.
        """
        self.check(said, name)
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        id_ = said.viewer.rpartition("~")[0]
        if isinstance(doorkeeper, Remembers) and not doorkeeper.knows(id_, named(said.partner)):
            raise _stale("u", "a link of somebody who may not look any more")
        if isinstance(doorkeeper, Charges):
            doorkeeper.charge(id_, LOOK)
        if "authorization" in request.headers:
            asking = self.viewer(doorkeeper.identify(request))
            if not hmac.compare_digest(asking.encode(), said.viewer.encode("utf-8", "replace")):
                raise _stale("u", "a link that was made for somebody else")
        return id_

    def _signature(self, partner: str, name: str, variant: str, expiry: int, viewer: str) -> str:
        return self._mac("GET", partner, name, variant, str(expiry), viewer)

    def _mac(self, *said: str) -> str:
        return hmac.new(self._key, "|".join(said).encode("utf-8"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links for one caller: to pictures of partners whose pictures that one may see."""

    signer: Signer
    caller: Caller
    named: Callable[[str], str]  # a partner's name, also where a veiled one is shown

    def media(self, partner: str, sha256: str | None, variant: str) -> str | None:
        """Give a link to stored media; None where nothing is stored, or may not be seen."""
        if sha256 is None:
            return None
        return self.to(f"/v1/media/{sha256}", partner=partner, name=sha256, variant=variant)

    def to(self, path: str, *, partner: str, name: str, variant: str) -> str | None:
        """Give a link to a picture of a partner; None where the caller may not see it."""
        if self.named(partner) not in self.caller.looks:
            return None
        return self.signed(path, partner=partner, name=name, variant=variant)

    def signed(self, path: str, *, partner: str, name: str, variant: str) -> str:
        """Give a link to what the caller was found to be allowed to see."""
        viewer = self.signer.viewer(self.caller)
        return self.signer.link(path, partner=partner, name=name, variant=variant, viewer=viewer)


def name_of(request: Request, viewer: str) -> str:
    """Say what people call the one that a link was made for."""
    doorkeeper = request.app.state.doorkeeper
    return doorkeeper.name_of(viewer) if isinstance(doorkeeper, Names) else viewer


def _stale(field: str, found: str) -> NotEntitled:
    return NotEntitled(field=field, found=found, expected="a fresh link")
