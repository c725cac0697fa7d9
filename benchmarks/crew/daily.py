"""What a worker does once a day beside its work: bills, uploads left behind, who is overdue."""

from collections.abc import Iterator
from datetime import timedelta

from benchmarks.hatch import intake_of
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
        self._intake = intake_of(studio)
        self._next = studio.clock.monotonic()

    def look(self) -> Iterator[str]:
        """Do what is due today; says what a person should hear.

        Deletes nothing but uploads that were begun and left, a day later.
        """
        clock = self._studio.clock
        if clock.monotonic() < self._next:
            return
        self._next = clock.monotonic() + EACH.total_seconds()
        yield from self._recorded()
        yield from self._swept()
        for one in due(self._studio.partners.values(), clock.now().date()):
            if one.is_past and freeze.ended(self._studio.audit.engine, one.partner) is None:
                yield (
                    f"{one.partner}: kept until {one.kept_until}, which is past; "
                    "`circletake partners retention --apply` lets it go"
                )

    def _swept(self) -> Iterator[str]:
        try:
            for partner in self._studio.partners:
                if count := self._intake.sweep(partner):
                    yield f"{partner}: {count} uploads were left behind and are gone"
        except OSError as error:
            yield f"uploads that were left behind cannot be swept: {error}"

    def _recorded(self) -> Iterator[str]:
        audit = self._studio.audit
        try:
            for partner in self._studio.partners:
                take_over(audit, partner)
            audit.export()
        except (AuditDown, OSError) as error:
            yield f"the audit log cannot be written: {error}"
