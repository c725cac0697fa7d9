"""Who asks, and how far that person or key may see and act."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from router.domain.errors import UnknownName


class Role(StrEnum):
    """What somebody is to the beta."""

    OWNER = "owner"  # of a home on one's own machine: everything, on loopback only
    PARTNER_MEMBER = "partner_member"
    PARTNER_ADMIN = "partner_admin"
    INTERNAL_ANALYST = "internal_analyst"
    BETA_LEAD = "beta_lead"


class Scope(StrEnum):
    """What a route asks for."""

    READ = "read"  # a partner's records: campaigns, takes, scores, findings, ledger
    SUBMIT = "submit"  # packs, campaigns, requests, votes, decisions, observations
    MANAGE = "manage"  # a partner's people, keys and exports
    COMPARE = "compare"  # numbers over several partners, none of them by itself
    LEAD = "lead"  # budgets, windows, grants, leaving
    OPERATE = "operate"  # how the service itself is doing


GRANTED: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Scope),
        Role.PARTNER_MEMBER: frozenset({Scope.READ, Scope.SUBMIT}),
        Role.PARTNER_ADMIN: frozenset({Scope.READ, Scope.SUBMIT, Scope.MANAGE}),
        Role.INTERNAL_ANALYST: frozenset({Scope.READ, Scope.COMPARE}),
        Role.BETA_LEAD: frozenset(Scope) - {Scope.SUBMIT},
    }
)


@dataclass(frozen=True, slots=True)
class Reach:
    """The partners that a caller gets to; made where callers are identified, and nowhere else."""

    partners: frozenset[str]

    def __contains__(self, partner: object) -> bool:
        """Say whether a partner is within reach."""
        return partner in self.partners

    def __iter__(self) -> Iterator[str]:
        """Go through the partners, in the order of their names."""
        return iter(sorted(self.partners))

    def require(self, partner: str) -> str:
        """Give the partner back; raises UnknownName, as for one that does not exist."""
        if partner not in self.partners:
            raise UnknownName("partner", partner, self.partners)
        return partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person or a key, identified."""

    id: str  # of the key or person; stands in the audit log
    name: str  # as people know it; stands beside what is decided
    role: Role
    scopes: frozenset[Scope]  # of the role, narrowed by the key
    reads: Reach  # whose records
    looks: Reach  # whose pictures: never more than `reads`
    pools: Reach = Reach(frozenset())  # whose numbers count in a pool of all; says nothing of one
    session: str = ""  # signed links are bound to it

    @property
    def is_internal(self) -> bool:
        """Say whether the caller is of the studio that runs the beta."""
        return self.role in {Role.INTERNAL_ANALYST, Role.BETA_LEAD}
