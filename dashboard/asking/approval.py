"""What the approval screen asks: a playlist, a decision that replaces nothing unseen, a look."""

from typing import cast

from dashboard.asking.takes import Made
from dashboard.client import Client, Query, Takes

MOST = 200  # takes of a playlist: a day's work, not a season's


def playlist(service: Client, campaign: str, shot: str | None, decision: str | None) -> Takes:
    """Ask for the first takes of a campaign or of one shot, in the order of the cut."""
    query: Query = {"campaign": campaign, "shot": shot, "decision": decision, "limit": MOST}
    return service.takes(query)


def decide(
    service: Client, take: str, *, status: str, note: str, by: str | None, instead_of: str
) -> Made:
    """Keep a decision instead of the one that was seen; said twice, it is kept once."""
    body = {"status": status, "note": note, "by": by, "instead_of": instead_of}
    return cast("Made", service.say(f"/v1/takes/{take}/decisions", body))


def look(service: Client, take: str, by: str | None) -> None:
    """Say that somebody opened a take here: their votes on it are not blind any more."""
    service.say(f"/v1/takes/{take}/looks", {"by": by})
