"""A booth with one study in memory: two grey pictures to a question, and votes that are kept."""

import struct
import zlib
from threading import Lock
from typing import Any

from benchmarks.domain.vote import Outcome
from dashboard.testing.doubles import NoStudies
from router.api.ports import Media
from router.domain.caller import Reach
from router.domain.errors import Conflict, UnknownName

Json = dict[str, Any]
STUDY, RATER = "study-1", "Ines"


def grey(tone: int, size: tuple[int, int] = (160, 90)) -> bytes:
    """Write a picture of one grey as PNG."""
    rows = b"".join(b"\0" + bytes([tone]) * size[0] for _ in range(size[1]))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


class OneStudy(NoStudies):
    """Asks `many` questions of one rater; `closed` and `rest_s` are set by tests."""

    def __init__(self, partner: str, many: int = 6) -> None:
        """Ask about one partner's shots."""
        self.partner, self.many = partner, many
        self.cast_votes: dict[int, str] = {}
        self.looked: dict[int, Json] = {}
        self.heard = 0  # votes that came in, the same one again included
        self.remarks: dict[int, Json] = {}
        self.closed, self.rest_s, self.least_s = False, 0, 0.2
        self._gate = Lock()

    def studies(self, reach: Reach) -> list[Json]:
        """Name the one."""
        return [self.status(reach, STUDY)]

    def status(self, reach: Reach, study: str) -> Json:
        """Say how far the rater is."""
        del reach
        votes = len(self.cast_votes)
        seat = {"rater": RATER, "studio": self.partner, "slots": self.many, "votes": votes}
        return {
            "study": study,
            "state": "closed" if self.closed else "open",
            "simulated": True,
            "partners": [self.partner],
            "created_at": "2026-11-20T10:00:00Z",
            "closed_at": None,
            "slots": self.many,
            "votes": votes,
            "raters": [seat],
        }

    def question(self, reach: Reach, study: str, rater: str) -> Json:
        """Ask the first that is not answered."""
        del reach
        waiting = [n for n in range(1, self.many + 1) if n not in self.cast_votes]
        head = {
            "study": study,
            "rater": rater,
            "answered": len(self.cast_votes),
            "waiting": len(waiting),
            "simulated": True,
        }
        if not waiting:
            return {**head, "slot": None}
        return {
            **head,
            "slot": waiting[0],
            "question": "Which take keeps the character better?",
            "outcomes": list(Outcome),
            "brief": "She turns to the water",
            "partner": self.partner,
            "studio": self.partner,
            "references": [],
            **_sides(waiting[0]),
            "after": _sides(waiting[1]) if waiting[1:] else None,
            "least_s": self.least_s,
            "rest_s": self.rest_s,
            "parts": ["face", "hair"],
            "states": ["ok", "minor", "broken", "not_visible"],
            "rubric": [{"level": 1, "words": "another character"}],
        }

    def cast(
        self, reach: Reach, study: str, rater: str, slot: int, outcome: Outcome, **looked: Any
    ) -> Json:
        """Keep the first answer to each question."""
        del reach, rater
        with self._gate:
            self.heard += 1
            before = self.cast_votes.setdefault(slot, outcome.value)
            if before != outcome.value:
                raise Conflict(field="slot", found=outcome.value, expected=before)
            new = slot not in self.looked
            self.looked[slot] = looked
        return {"study": study, "slot": slot, "new": new}

    def remark(self, reach: Reach, study: str, rater: str, *about: Any) -> Json:
        """Keep what failed."""
        del reach, rater
        slot, parts, levels = about
        self.remarks[slot] = {"parts": parts, "levels": levels}
        return {"study": study, "slot": slot, "new": True}

    def reveal(self, reach: Reach, study: str, rater: str) -> Json:
        """Tell what stood where."""
        del reach
        rows = [
            {
                "slot": slot,
                "partner": self.partner,
                "shot": "SQ010_SH0010",
                "kind": "pair",
                "left": "recipe_one",
                "right": "recipe_two",
                "said": said,
            }
            for slot, said in self.cast_votes.items()
        ]
        return {"study": study, "rater": rater, "rows": rows}

    def whose(self, study: str, code: str) -> str | None:
        """Say that every picture is of the one studio."""
        del study, code
        return self.partner

    def shown(self, study: str, code: str, viewer: str = "") -> Media:
        """Give a grey of the question's own."""
        del viewer
        slot, _, side = code.partition("-")
        if not slot.isdigit():
            raise UnknownName("code", code, (study,))
        return Media(data=grey(40 + 9 * int(slot) % 180 + (side == "r")), mime="image/png")


def _sides(slot: int) -> Json:
    about = {"mime": "image/png", "fps": [1, 1], "frames": 1}
    return {
        "left": {"code": f"{slot}-l", **about},
        "right": {"code": f"{slot}-r", **about},
    }
