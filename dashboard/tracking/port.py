"""What a production tracker must be able to do. An adapter is one file beside this one."""

from typing import Protocol

from dashboard.tracking.nouns import Board, Card, Remark, Version


class Tracker(Protocol):
    """A site that a studio tracks its shots on.

    Every method raises Unreachable where the site does not answer or breaks (5xx), NotEntitled
    where the account may not, and BadInput where the site refuses what was sent. Nothing is tried
    again here: a sync that stopped is run again, and looks before it writes.
    """

    name: str  # kitsu, flow

    def board(self, project: str) -> Board:
        """Read a project: its shots, what stands on our task of each, and who said what.

        Raises:
            UnknownName: there is no such project, or no status to ask for a review with.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...

    def make_shot(self, project: str, card: Card) -> str:
        """Make a shot, and its sequence where there is none; gives its id."""
        ...

    def make_task(self, project: str, shot: str) -> str:
        """Make the task that takes stand on; gives its id."""
        ...

    def add_version(self, shot: str, task: str, version: Version) -> str:
        """Add a take as a revision without media, asking for a review; gives the entry's id."""
        ...

    def show(self, task: str, entry: str, name: str, data: bytes) -> None:
        """Give a revision the picture or movie that people look at; fills a place that is empty."""
        ...

    def attach(self, task: str, entry: str, name: str, data: bytes) -> str:
        """Attach a file as it is; gives its id."""
        ...

    def attached(self, file: str) -> bytes:
        """Read an attached file back."""
        ...

    def say(self, shot: str, task: str, entry: str | None, remark: Remark) -> str:
        """Say something on a revision, or else on the task; gives the entry's id."""
        ...
