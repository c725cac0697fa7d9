"""The audit log of an installation, opened from its settings."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Engine

from router.audit.anchor import Anchor, anchor_at
from router.audit.log import AuditLog, key_in
from router.ports import Clock
from router.settings import Settings


def audit_log(here: Settings, engine: Engine, clock: Clock, partners: Iterable[str]) -> AuditLog:
    """Open the log on this database, with the key and the anchor that the settings name."""
    return AuditLog(
        engine=engine,
        key=key_in(here.keys),
        clock=clock,
        partners=frozenset(partners),
        anchor=anchor_of(here, here.audit_anchor),
    )


def anchor_of(here: Settings, place: str | None) -> Anchor | None:
    """Open an anchor; S3 is asked with the default credentials, where it is asked at all."""
    return anchor_at(place, _client(here))


def _client(here: Settings) -> Callable[[], Any]:
    def client() -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=here.endpoint_s3)

    return client
