"""Links of a chain: each record bears the hash of the one before it, and a seal of our own.

`hash = SHA-256(previous hash ‖ canonical JSON)`; the seal is HMAC-SHA-256 of that hash under a key
that is not in the database, so whoever can write the database cannot write history. A chain that
was cut short is whole in itself: only a head that was kept elsewhere shows it (`anchor.py`).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from router.domain.errors import BadInput

HOUSE = "-"  # the chain of what concerns no single partner; no partner's name
FIRST = "0" * 64  # what the first record of a chain follows
LONGEST = 200  # characters of one id: no room for prose
Value = str | int | bool | None | Sequence[Sequence[str | int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Something that was done: ids and codes, never content."""

    chain: str  # a partner's name, or HOUSE
    number: int  # from 1
    at: datetime
    actor: str  # id of a caller, or of a process of ours
    event: str
    ids: Mapping[str, Value]
    previous: str
    hash: str
    seal: str  # key id ‖ ":" ‖ HMAC

    @property
    def text(self) -> str:
        """Give what the hash is made over, beside the hash before it."""
        return text_of(self.chain, self.number, self.at, (self.actor, self.event), self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What seals are made with."""

    secret: bytes

    @property
    def id(self) -> str:
        """Name the key without telling it."""
        return hashlib.sha256(b"audit key id" + self.secret).hexdigest()[:8]

    def seal(self, hash_: str) -> str:
        """Seal a hash."""
        made = hmac.new(self.secret, hash_.encode(), hashlib.sha256).hexdigest()
        return f"{self.id}:{made}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Where a chain is not as it was written, and why that is seen."""

    chain: str
    number: int
    code: str  # changed, not_sealed_by_us, missing, cut_off, other_than_anchored
    found: str
    expected: str


def text_of(
    chain: str, number: int, at: datetime, said: tuple[str, str], ids: Mapping[str, Value]
) -> str:
    """Write a record as canonical JSON: sorted keys, no spaces, ASCII, UTC to the microsecond."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    actor, event = said
    body = {"chain": chain, "number": number, "at": moment, "actor": actor, "event": event}
    return json.dumps({**body, "ids": ids}, sort_keys=True, separators=(",", ":"))


def hash_of(previous: str, text: str) -> str:
    """Chain a record to the one before it."""
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def only_ids(ids: Mapping[str, Value]) -> Mapping[str, Value]:
    """Give ids back as they are; raises BadInput for anything that is long enough to be prose."""
    for name, value in ids.items():
        if isinstance(value, str) and (len(value) > LONGEST or "\n" in value):
            expected = f"an id or code of at most {LONGEST} characters, never content"
            raise BadInput(field=f"audit.{name}", found="(not shown)", expected=expected)
    return ids


def flaws(chain: str, records: Iterable[Record], key: Key) -> tuple[list[Flaw], Mapping[int, str]]:
    """Walk a chain from its first record; gives what is wrong, and number → hash as computed."""
    wrong: list[Flaw] = []
    heads: dict[int, str] = {}
    previous, due = FIRST, 1
    for one in records:
        if one.number != due:
            wrong.append(_flaw(one, "missing", f"number {one.number}", f"number {due}"))
        made = hash_of(one.previous, one.text)
        if one.previous != previous:
            wrong.append(_flaw(one, "changed", "another predecessor", "the record before it"))
        if made != one.hash or one.chain != chain:
            wrong.append(_flaw(one, "changed", "other content", "what its hash was made over"))
        if not hmac.compare_digest(key.seal(made), one.seal):
            wrong.append(_flaw(one, "not_sealed_by_us", one.seal[:8], f"a seal of key {key.id}"))
        heads[one.number] = made
        previous, due = one.hash, one.number + 1
    return wrong, heads


def against(chain: str, heads: Mapping[int, str], kept: Mapping[int, str]) -> list[Flaw]:
    """Hold a chain against heads that were kept elsewhere."""
    wrong: list[Flaw] = []
    for number, hash_ in sorted(kept.items()):
        if number not in heads:
            last = f"{len(heads)} records"
            wrong.append(_missing(chain, number, "cut_off", last))
        elif heads[number] != hash_:
            wrong.append(_missing(chain, number, "other_than_anchored", "another hash"))
    return wrong


def _flaw(one: Record, code: str, found: str, expected: str) -> Flaw:
    return Flaw(chain=one.chain, number=one.number, code=code, found=found, expected=expected)


def _missing(chain: str, number: int, code: str, found: str) -> Flaw:
    expected = "the record whose hash the anchor keeps"
    return Flaw(chain=chain, number=number, code=code, found=found, expected=expected)
