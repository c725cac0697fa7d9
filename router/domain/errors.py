"""The error tree, sorted by who can help.

PlatformError
├── Refused   the caller can fix it (4xx, exit 2)    UnknownName · BadInput · NotEntitled
│                                                        OverBudget · Conflict
├── Busy      time can fix it       (503, exit 3)    Unreachable
└── Broken    only we can fix it    (500, exit 3)    StoreCorrupt

Bad news about a take (a refusal, a poor score, a lost answer) is never an error: it is a stored
outcome with a reason. An exception means that a promise was broken.
"""

from collections.abc import Iterable


class PlatformError(Exception):
    """Something that a person must hear about: the field, what was found, what would be right."""

    code = "error"
    http_status = 500
    exit_code = 3

    def __init__(self, *, field: str, found: object, expected: str) -> None:
        """Keep the three facts; the message is made of them."""
        self.field = field
        self.found = found
        self.expected = expected
        super().__init__(f"{field}: found {_shown(found)}; expected {expected}")

    def as_dict(self) -> dict[str, object]:
        """Give the body that `--json` and the service print."""
        return {
            "code": self.code,
            "field": self.field,
            "found": _shown(self.found),
            "expected": self.expected,
        }


class Refused(PlatformError):
    """The caller asked for something that cannot be done as asked."""

    code = "refused"
    http_status = 422
    exit_code = 2


class UnknownName(Refused):
    """A name that nothing here answers to; says which names exist."""

    code = "unknown_name"
    http_status = 404

    def __init__(self, kind: str, name: object, known: Iterable[str], *, hint: str = "") -> None:
        """List the known names, so that a typo explains itself; `hint` says how to add one."""
        shown = ", ".join(sorted(known))
        right = f"one of: {shown}" if shown else "one that is known here"
        super().__init__(field=kind, found=name, expected=right + (hint and "; " + hint))


class BadInput(Refused):
    """Malformed text, file or option."""

    code = "bad_input"
    http_status = 422


class NotEntitled(Refused):
    """Consent, region, provider or lifecycle forbids it."""

    code = "not_entitled"
    http_status = 403


class OverBudget(Refused):
    """The budget does not cover the worst case."""

    code = "over_budget"
    http_status = 402


class Conflict(Refused):
    """The same key was used for different content, or the state forbids it."""

    code = "conflict"
    http_status = 409


class Busy(PlatformError):
    """Time, or somebody outside, can fix it."""

    code = "busy"
    http_status = 503


class Unreachable(Busy):
    """The outside world does not answer."""

    code = "unreachable"


class Broken(PlatformError):
    """Only the people who run this can fix it."""

    code = "broken"


class StoreCorrupt(Broken):
    """A stored thing is not what its record says."""

    code = "store_corrupt"


def _shown(found: object) -> str:
    text = found if isinstance(found, str) else "nothing" if found is None else repr(found)
    return text if len(text) <= 200 else text[:197] + "..."
