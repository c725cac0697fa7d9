"""Which take of a service a person means: by its id, the beginning of one, or its version."""

from collections.abc import Iterator

from benchmarks.browsing.candidates import Candidate, one_of
from benchmarks.client import Client, TakeQuery
from benchmarks.domain import version


def called(client: Client, said: str, campaign: str | None = None) -> str:
    """Give the id of the take that is meant, of one campaign or any; a whole id stays as it is.

    Raises:
        WhichTake: nothing answers to it, or several do.
    """
    place, word = version.split(said)
    if version.is_prefix(word) and len(word) == version.WHOLE:
        return word
    wanted = version.read(word)
    if wanted is None and not version.is_prefix(word):
        return one_of(said, ())
    near = [
        c
        for c in _every(client, campaign)
        if c.campaign.startswith(place) and (wanted is None or _shot(c) == wanted[0])
    ]
    if wanted is None:
        return one_of(said, [c for c in near if c.take.startswith(word)])
    return one_of(said, [c for c in near if version.read(c.name) == wanted], near)


def _every(client: Client, campaign: str | None) -> Iterator[Candidate]:
    asked: TakeQuery = {"campaign": campaign} if campaign else {}
    for row in client.takes(**asked):
        number = row.get("version")
        name = "" if number is None else version.name_of(row["shot"], number)
        if row["take"]:
            yield Candidate(take=row["take"], name=name, campaign=row["campaign"])


def _shot(candidate: Candidate) -> str | None:
    found = version.read(candidate.name)
    return found[0] if found else None
