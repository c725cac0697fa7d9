"""A double of the doorkeeper: knows a few callers by the word that they show."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from fastapi import Request

from router.api.permit import NotKnown
from router.domain.caller import GRANTED, Caller, Reach, Role


@dataclass(slots=True)
class Porter:
    """Lets in whoever shows `Bearer WORD` with a word that is known."""

    callers: Mapping[str, Caller]
    gone: set[str] = field(default_factory=set)  # words that are void by now

    def identify(self, request: Request) -> Caller:
        """Say who asks; raises NotKnown."""
        word = request.headers.get("authorization", "").removeprefix("Bearer ")
        if word not in self.callers or word in self.gone:
            raise NotKnown
        return self.callers[word]


def person(name: str, role: Role, partners: Collection[str]) -> Caller:
    """Give a person who sits in a session."""
    return _caller(f"person-{name}", name, role, partners, session=f"session-{name}")


def key(name: str, role: Role, partners: Collection[str]) -> Caller:
    """Give a pipeline's key: it is its own session."""
    return _caller(f"key-{name}", name, role, partners, session=f"key-{name}")


def _caller(id_: str, name: str, role: Role, partners: Collection[str], *, session: str) -> Caller:
    reach = Reach(frozenset(partners))
    return Caller(
        id=id_,
        name=name,
        role=role,
        scopes=GRANTED[role],
        reads=reach,
        looks=reach,
        session=session,
    )
