"""Token buckets in the database: they survive a restart, and every process draws from the same."""

from dataclasses import dataclass

from sqlalchemy import Connection, Float, bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from router.store.tables import rate_buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a bucket fills, and how much it holds."""

    per_s: float
    burst: float


_NOW = bindparam("now_s", type_=Float())
_WANT, _NEED = bindparam("want", type_=Float()), bindparam("need", type_=Float())
_PER_S, _BURST = bindparam("per_s", type_=Float()), bindparam("burst", type_=Float())
_ROW = rate_buckets.c
# A clock behind the last one fills nothing and takes nothing back.
_ELAPSED = case((_ROW.at < _NOW, _NOW - _ROW.at), else_=0.0)
_RAISED = _ROW.level + _ELAPSED * _PER_S
_FILLED = case((_RAISED > _BURST, _BURST), else_=_RAISED)
_TAKEN = case((_FILLED >= _WANT, _WANT), else_=_FILLED)


def take(
    connection: Connection, bucket: str, pace: Pace, *, need: float, want: float, now_s: float
) -> tuple[float, float]:
    """Take up to `want` tokens, at least `need`, in one statement.

    Args:
        connection: of a writing transaction.
        bucket: its name; a new one is full.
        pace: how it fills.
        need: with fewer than so many, nothing is taken.
        want: no more than so many; at most the burst.
        now_s: the time, Unix seconds.

    Returns:
        (tokens taken, 0), or (0, seconds until there are enough).
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(rate_buckets).values(
        bucket=bucket, level=_BURST - _WANT, at=_NOW, taken=_WANT
    )
    drawn = new.on_conflict_do_update(
        index_elements=[_ROW.bucket],
        set_={
            "level": _FILLED - _TAKEN,
            "at": case((_ROW.at < _NOW, _NOW), else_=_ROW.at),
            "taken": _TAKEN,
        },
        where=_FILLED >= _NEED,
    ).returning(_ROW.taken)
    values = {"now_s": now_s, "per_s": pace.per_s, "burst": pace.burst, "need": need, "want": want}
    taken = connection.execute(drawn, values).scalar_one_or_none()
    if taken is not None:
        return float(taken), 0.0
    asked = {name: values[name] for name in ("now_s", "per_s", "burst")}
    filled = connection.execute(select(_FILLED).where(_ROW.bucket == bucket), asked).scalar_one()
    return 0.0, max(0.0, (need - filled) / pace.per_s)


def forget(connection: Connection, before_s: float) -> None:
    """Remove buckets that nobody has drawn from since then: they are full, as new ones are."""
    connection.execute(delete(rate_buckets).where(_ROW.at < before_s))
