"""A file on its way in: what was promised, what has arrived, what it turned out to be."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PART_BYTES = 8 << 20  # of every part but the last


class UploadKind(StrEnum):
    """What the sender says that it is."""

    PACK_ZIP = "pack_zip"
    FILE = "file"


class UploadState(StrEnum):
    """How far it is."""

    OPEN = "open"
    COMPLETE = "complete"
    DROPPED = "dropped"  # deleted, after its content was kept as media: unknown, and still counted
    REFUSED = "refused"  # whole, and not what is taken in; nothing of it is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file of a partner, in parts, in quarantine."""

    partner: str
    id: str
    name: str  # as the sender calls it; never a path of ours
    kind: UploadKind
    bytes: int  # promised
    promised: str  # sha-256 that the sender named; "" = none
    by: str  # id of the caller
    created_at: datetime
    expires_at: datetime
    state: UploadState = UploadState.OPEN
    sha256: str = ""  # of what arrived
    mime: str = ""
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> int:
        """How many parts it has; they are numbered from 0."""
        return max(1, -(-self.bytes // PART_BYTES))

    def length_of(self, number: int) -> int:
        """Give the bytes that a part must have."""
        return min(PART_BYTES, self.bytes - number * PART_BYTES)
