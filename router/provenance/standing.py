"""What a file is found to be when somebody asks where it came from; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from router.provenance.claim import Claim


class Standing(StrEnum):
    """The nine answers; the first three are good news."""

    TRUSTED = "trusted"
    ORIGINAL = "original"
    HANDED_IN = "handed_in"
    UNTRUSTED = "valid_but_untrusted"
    CHANGED = "changed_since_signing"
    STRIPPED = "stripped"
    RE_ENCODED = "re_encoded"
    PROXY = "review_proxy"
    UNKNOWN = "nothing_known"


GOOD = frozenset({Standing.TRUSTED, Standing.ORIGINAL, Standing.HANDED_IN})
WORDS = {
    Standing.TRUSTED: "signed here, and not one byte of it has changed since",
    Standing.ORIGINAL: "unsigned: these are exactly the bytes of a take as this home keeps it",
    Standing.HANDED_IN: "unsigned: these are exactly the bytes of a file that was handed in; no "
    "model drew it",
    Standing.UNTRUSTED: "whole, but signed with a key that this home does not trust",
    Standing.CHANGED: "changed since it was signed: what it says of itself is no proof any more",
    Standing.STRIPPED: "it bears no signature; every pixel looked at is that of a take of this "
    "home",
    Standing.RE_ENCODED: "it bears no signature and was written anew; it looks like a take of "
    "this home, which is likeness and no proof",
    Standing.PROXY: "a review proxy as the list beside it says, which is not signed; proxies never "
    "are: sign the take itself for a copy that leaves",
    Standing.UNKNOWN: "nothing is known of it: no signature, and it looks like no take of this "
    "home",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that a signature says was done."""

    action: str
    source_type: str  # last word of the IPTC term; "" = not said
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One file that a signature says went into this one."""

    title: str
    relation: str
    signed: bool  # bears a credential of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a signature says, and what is wrong with it."""

    form: str  # c2pa | sidecar
    whole: bool  # the bytes are those that were signed
    trusted: bool  # by a root of this home
    signer: str
    problems: tuple[str, ...] = ()  # codes, as the specification names them
    claim: Claim | None = None
    steps: tuple[Step, ...] = ()
    parts: tuple[Made, ...] = ()
    mining_allowed: bool | None = None  # None = not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A take of this home that a file is, or looks like."""

    partner: str
    take: str
    exact: bool  # every pixel that was looked at is the same
    distance: float  # share of the fingerprint's bits that differ: 0 to 1
    worst_part: float  # largest difference of a part of the picture, 0 to 255
    others: int = 0  # further takes that look as close


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The whole answer."""

    standing: Standing
    signature: Signature | None = None
    match: Match | None = None

    @property
    def is_good(self) -> bool:
        """Say whether the file is what it says that it is."""
        return self.standing in GOOD


HEADS = {
    Standing.STRIPPED: "NO SIGNATURE, THE SAME PIXELS",
    Standing.RE_ENCODED: "NO SIGNATURE, WRITTEN ANEW",
}


def head_of(standing: Standing) -> str:
    """Give an answer in a few words; whether a file was ever signed, nobody can know."""
    return HEADS.get(standing, standing.value.replace("_", " ").upper())


def stand(signature: Signature | None, matches: Sequence[Match], *, is_kept: bool) -> Found:
    """Judge a file by its signature first, and by its looks where it has none."""
    match = _first(matches)
    if signature is not None:
        if not signature.whole:
            return Found(standing=Standing.CHANGED, signature=signature, match=match)
        known = Standing.TRUSTED if signature.trusted else Standing.UNTRUSTED
        return Found(standing=known, signature=signature, match=match)
    if is_kept:
        return Found(standing=Standing.ORIGINAL, match=match)
    if match is None:
        return Found(standing=Standing.UNKNOWN)
    return Found(standing=Standing.STRIPPED if match.exact else Standing.RE_ENCODED, match=match)


def _first(matches: Sequence[Match]) -> Match | None:
    """Give the closest take, and count those that are as close: several may share their pixels."""
    if not matches:
        return None
    peers = sum(m.exact == matches[0].exact for m in matches)
    return replace(matches[0], others=peers - 1)
