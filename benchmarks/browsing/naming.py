"""Which take a person means: by its id, the beginning of one, or its version's name.

Versions are counted campaign by campaign, so that one name may stand for several takes; then
nobody guesses.
"""

from collections.abc import Iterator
from contextlib import suppress

from benchmarks.browsing import lists
from benchmarks.browsing.candidates import Candidate, one_of
from benchmarks.domain import version
from benchmarks.studio import Studio
from router.domain.errors import UnknownName


def called(here: Studio, said: str, campaign: str | None = None) -> str:
    """Give the id of the take that is meant, of one campaign or any.

    A whole id is given back as it is; who reads the take says where there is none.

    Raises:
        WhichTake: nothing answers to it, or several do.
    """
    place, word = version.split(said)
    if version.is_prefix(word) and len(word) == version.WHOLE:
        return word
    wanted = version.read(word)
    near = list(_of_shot(here, wanted[0]) if wanted else _by_prefix(here, word))
    near = [c for c in near if c.campaign.startswith(campaign or place)]
    return one_of(said, [c for c in near if wanted in {None, version.read(c.name)}], near)


def _of_shot(here: Studio, shot: str) -> Iterator[Candidate]:
    """Give every version of a shot, campaign by campaign."""
    for partner in here.partners:
        for kept in here.store.campaigns(partner):
            of = lists.index(here, kept)
            for take, one in of.versions.items():
                if version.bare(one.place[1]) == shot:
                    yield Candidate(take=take, name=one.name, campaign=of.id)


def _by_prefix(here: Studio, word: str) -> Iterator[Candidate]:
    if version.is_prefix(word):
        for partner in here.partners:
            for account in here.router.accounts(partner):
                found = [t for t in here.router.facts(partner, account) if t.startswith(word)]
                yield from (_candidate(here, partner, account, take) for take in found)


def _candidate(here: Studio, partner: str, account: str, take: str) -> Candidate:
    """Name a take by its version, where its campaign shows it as one of a shot."""
    one = None
    with suppress(UnknownName):
        one = lists.index(here, here.store.campaign(partner, account)).versions.get(take)
    return Candidate(take=take, name=one.name if one else "", campaign=account)
