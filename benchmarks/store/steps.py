"""Further steps of chains: what will be asked for, and why some never could be."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, select, update

from benchmarks.domain.campaign import Later, Stop
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies
from benchmarks.store.tables import steps
from router.store.database import reading, writing


class Steps:
    """Later steps by the request that asks for them; each call names its partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on this database."""
        self._engine = engine

    def later(self, partner: str, campaign: str) -> Mapping[str, Later]:
        """Give request id → step, of a whole campaign."""
        query = asking(steps).where(steps.c.partner == partner, steps.c.campaign == campaign)
        with reading(self._engine, partner) as connection:
            rows = bodies(connection, steps, query)
            return {row["request"]: loads(Later, body) for row, body in rows}

    def stop(self, partner: str, request: str, why: Stop) -> None:
        """Note that a step could not be asked for, and why."""
        query = (
            update(steps)
            .where(steps.c.partner == partner, steps.c.request == request)
            .values(code=why.code, reason=why.reason)
        )
        with writing(self._engine, partner) as connection:
            connection.execute(query)

    def stops(self, partner: str, campaign: str) -> Mapping[str, Stop]:
        """Give request id → why it could not be asked for."""
        query = select(steps.c.request, steps.c.code, steps.c.reason).where(
            steps.c.partner == partner, steps.c.campaign == campaign, steps.c.code != ""
        )
        with reading(self._engine, partner) as connection:
            return {
                id_: Stop(code=code, reason=reason)
                for id_, code, reason in connection.execute(query)
            }


def write(connection: Connection, later: Sequence[Later]) -> None:
    """Store the later steps of a plan; storing them again changes nothing."""
    rows = [
        {
            "partner": one.request.partner,
            "request": one.request.id,
            "campaign": one.request.account,
            "code": "",
            "reason": "",
            "body": dumps(one),
        }
        for one in later
    ]
    add(connection, steps, rows)
