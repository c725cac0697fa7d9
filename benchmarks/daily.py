"""What a worker does once a day beside its work: bills into the audit log, and who is overdue."""

from collections.abc import Iterator
from datetime import timedelta

from benchmarks.studio import Studio
from router.audit.log import AuditDown
from router.audit.paid import take_over
from router.leaving import freeze
from router.leaving.due import due

EACH = timedelta(days=1)


class Daily:
    """Once a day; the first time at once."""

    def __init__(self, studio: Studio) -> None:
        """Watch the clock of this studio."""
        self._studio = studio
        self._next = studio.clock.monotonic()

    def look(self) -> Iterator[str]:
        """Do what is due today; says what a person should hear. Deletes nothing."""
        clock = self._studio.clock
        if clock.monotonic() < self._next:
            return
        self._next = clock.monotonic() + EACH.total_seconds()
        yield from self._recorded()
        for one in due(self._studio.partners.values(), clock.now().date()):
            if one.is_past and freeze.ended(self._studio.audit.engine, one.partner) is None:
                yield (
                    f"{one.partner}: kept until {one.kept_until}, which is past; "
                    "`circletake partners retention --apply` lets it go"
                )

    def _recorded(self) -> Iterator[str]:
        audit = self._studio.audit
        try:
            for partner in self._studio.partners:
                take_over(audit, partner)
            audit.export()
        except (AuditDown, OSError) as error:
            yield f"the audit log cannot be written: {error}"
