"""Takes that may be meant by a word, and the refusal to guess among several."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.domain.version import SHORTEST
from router.domain.errors import Refused, UnknownName

MOST = 8  # candidates that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A take that may be meant."""

    take: str
    name: str  # SQ010_SH0020_genai_v003; "" = of no shot
    campaign: str

    def __str__(self) -> str:
        """Name it so that it can be told apart."""
        return f"{self.take} ({self.campaign[:8]}/{self.name or 'of no shot'})"


class WhichTake(Refused):
    """No take, or several, answer to what was said."""

    code = "which_take"
    http_status = 404

    def __init__(self, said: str, near: Sequence[Candidate], *, several: bool) -> None:
        """List those that may be meant."""
        shown = ", ".join(map(str, near[:MOST])) + (", …" if len(near) > MOST else "")
        forms = (
            f"a take: its id, the first {SHORTEST} digits of it or more, or its version "
            "as in SQ010_SH0020_genai_v003, with CAMPAIGN/ before it where several have that one"
        )
        listing = "`circletake takes list --campaign ID` names them"
        right = f"one of them: {shown}" if several else forms
        if near and not several:
            right += f"; of that shot there are {shown}"
        super().__init__(
            field="take",
            found=f"{said}, which {len(near)} takes answer to" if several else said,
            expected=f"{right}; {listing}",
        )
        if not several:
            self.code = UnknownName.code  # as for every name that nothing answers to


def one_of(said: str, found: Sequence[Candidate], near: Sequence[Candidate] = ()) -> str:
    """Give the only candidate's id; raises WhichTake."""
    if len(found) == 1:
        return found[0].take
    raise WhichTake(said, found or near, several=bool(found))
