"""What raters say beside their votes; rows are added and never changed."""

from sqlalchemy import Engine

from benchmarks.domain.aside import Aside, AsideKind
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies
from benchmarks.store.tables import asides
from router.domain.ids import content_id
from router.store.database import reading, writing


class Asides:
    """Remarks and practice; each call names its partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on this database."""
        self._engine = engine

    def keep(self, aside: Aside) -> None:
        """Keep one; what stands already stays as it is."""
        named = [aside.study, aside.rater, aside.kind.value, aside.number]
        row = {
            "partner": aside.partner,
            "id": content_id("aside", named),
            "study": aside.study,
            "rater": aside.rater,
            "at": aside.at,
            "body": dumps(aside),
        }
        with writing(self._engine, aside.partner) as connection:
            add(connection, asides, [row])

    def of(
        self, partner: str, study: str, rater: str, kind: AsideKind | None = None
    ) -> tuple[Aside, ...]:
        """Give what a rater said beside the votes on a partner's shots, oldest first."""
        query = (
            asking(asides)
            .where(asides.c.partner == partner)
            .where(asides.c.study == study, asides.c.rater == rater)
            .order_by(asides.c.at, asides.c.id)
        )
        with reading(self._engine, partner) as connection:
            found = [loads(Aside, body) for _, body in bodies(connection, asides, query)]
        return tuple(one for one in found if kind in {None, one.kind})
