"""A hatch at which nothing was ever handed in."""

from collections.abc import Sequence
from typing import Any

from benchmarks.packs.receiving import Received
from router.api.pages import Page
from router.domain.caller import Caller, Reach
from router.domain.errors import Conflict, UnknownName
from router.domain.upload import Upload
from router.uploads.intake import Promise, Standing


class ClosedHatch:
    """Knows no upload and no pack, and takes none in."""

    @property
    def intake(self) -> "ClosedHatch":
        """Give itself: files and packs come to one hatch."""
        return self

    def begin(self, caller: Caller, promise: Promise) -> Standing:
        """Take nothing in."""
        caller.reads.require(promise.partner)
        raise Conflict(field="hatch", found="closed", expected="a home that takes files in")

    def part(
        self, reach: Reach, partner: str, id_: str, number: int, data: bytes, sha256: str
    ) -> Standing:
        """Know nothing."""
        del number, data, sha256
        raise self._unknown(reach, partner, id_)

    def standing(self, reach: Reach, partner: str, id_: str) -> Standing:
        """Know nothing."""
        raise self._unknown(reach, partner, id_)

    def complete(self, reach: Reach, partner: str, id_: str) -> Upload:
        """Know nothing."""
        raise self._unknown(reach, partner, id_)

    def drop(self, reach: Reach, partner: str, id_: str) -> None:
        """Know nothing."""
        raise self._unknown(reach, partner, id_)

    def from_zip(self, reach: Reach, partner: str, upload: str) -> Received:
        """Know nothing."""
        raise self._unknown(reach, partner, upload)

    def from_files(self, reach: Reach, partner: str, files: Sequence[tuple[str, str]]) -> Received:
        """Know nothing."""
        raise self._unknown(reach, partner, files[0][1])

    def packs(self, reach: Reach, partner: str, offset: int, limit: int) -> Page:
        """Have none."""
        del offset, limit
        reach.require(partner)
        return Page(items=[], total=0)

    def pack(self, reach: Reach, partner: str, seal: str) -> dict[str, Any]:
        """Know nothing."""
        reach.require(partner)
        raise UnknownName("pack", seal, ())

    def _unknown(self, reach: Reach, partner: str, upload: str) -> UnknownName:
        reach.require(partner)
        return UnknownName("upload", upload, ())
