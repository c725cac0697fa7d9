"""Uploads in the database: what was promised, which parts arrived, and the quota for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from router.domain.errors import Conflict, Refused, UnknownName
from router.domain.upload import Upload, UploadKind, UploadState
from router.store.database import reading, writing
from router.store.tables import upload_parts, upload_quotas, uploads


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The most that a partner may have in quarantine."""

    bytes: int = 16 << 30
    files: int = 5_000


class OverQuota(Refused):
    """A partner has as much in quarantine as it may."""

    code = "over_quota"
    http_status = 413


class Uploads:
    """Rows of uploads, on the same database as the ledger; every call names the partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on a database whose schema is up to date."""
        self._engine = engine

    def begin(self, upload: Upload, quota: Quota) -> None:
        """Keep a promise, if the quota covers it; raises OverQuota."""
        self._open_quota(upload.partner)
        with writing(self._engine, upload.partner) as connection:
            # One statement counts and checks, so that uploads begun side by side cannot pass both.
            now = upload_quotas.c
            taken = connection.execute(
                update(upload_quotas)
                .where(
                    now.partner == upload.partner,
                    now.bytes + upload.bytes <= quota.bytes,
                    now.files + 1 <= quota.files,
                )
                .values(bytes=now.bytes + upload.bytes, files=now.files + 1)
            )
            if taken.rowcount != 1:
                raise OverQuota(
                    field="bytes",
                    found=f"{upload.bytes} bytes more than what is in quarantine",
                    expected=f"at most {quota.bytes} bytes and {quota.files} files at a time; "
                    "finish or delete uploads first",
                )
            connection.execute(insert(uploads), [_row(upload)])

    def get(self, partner: str, id_: str) -> tuple[Upload, dict[int, str]]:
        """Give an upload and the sha-256 of the parts that arrived; raises UnknownName."""
        with reading(self._engine, partner) as connection:
            return _found(connection, partner, id_), _parts(connection, partner, id_)

    def arrived(self, partner: str, id_: str, number: int, sha256: str) -> dict[int, str]:
        """Keep that a part is on disk; the same part again is no news.

        Raises:
            UnknownName: there is no such upload.
            Conflict: the part came with other bytes before, or the upload has ended.
        """
        with writing(self._engine, partner) as connection:
            upload = _found(connection, partner, id_, lock=True)
            parts = _parts(connection, partner, id_)
            if parts.get(number) == sha256:
                return parts
            if upload.state is not UploadState.OPEN:
                raise Conflict(field="upload", found=upload.state.value, expected="an open upload")
            if number in parts:
                raise Conflict(
                    field="part",
                    found=f"part {number} with other bytes than before",
                    expected="the same bytes, or a new upload",
                )
            row = {"partner": partner, "upload": id_, "number": number, "sha256": sha256}
            connection.execute(insert(upload_parts), [row])
            return dict(sorted({**parts, number: sha256}.items()))

    def end(self, upload: Upload) -> None:
        """Keep how an upload ended; a refused one no longer counts."""
        with writing(self._engine, upload.partner) as connection:
            known = _found(connection, upload.partner, upload.id, lock=True)
            if known.state is not UploadState.OPEN:
                return
            named = ("state", "sha256", "mime", "notes")
            row = _row(upload)
            connection.execute(
                update(uploads).where(*_key(upload.partner, upload.id)).values(
                    {name: row[name] for name in named}
                )
            )  # fmt: skip
            if upload.state is UploadState.REFUSED:
                _give_back(connection, [known])

    def drop(self, partner: str, ids: Sequence[str]) -> None:
        """Forget uploads; their share of the quota is free again."""
        with writing(self._engine, partner) as connection:
            for id_ in ids:
                query = select(uploads).where(*_key(partner, id_)).with_for_update()
                row = connection.execute(query).mappings().one_or_none()
                if row is None:
                    continue
                if row["state"] != UploadState.REFUSED.value:
                    _give_back(connection, [_upload(row)])
                parts = upload_parts.c
                connection.execute(
                    delete(upload_parts).where(parts.partner == partner, parts.upload == id_)
                )
                connection.execute(delete(uploads).where(*_key(partner, id_)))

    def leave(self, partner: str, id_: str) -> None:
        """Forget an upload whose content is kept as media: it counts until its time is over."""
        with writing(self._engine, partner) as connection:
            _found(connection, partner, id_, lock=True)
            parts = upload_parts.c
            connection.execute(
                delete(upload_parts).where(parts.partner == partner, parts.upload == id_)
            )
            gone = {"state": UploadState.DROPPED.value, "name": "", "notes": []}
            connection.execute(update(uploads).where(*_key(partner, id_)).values(gone))

    def expired(self, partner: str, now: datetime) -> tuple[str, ...]:
        """Name the uploads whose time is over."""
        query = select(uploads.c.id).where(
            uploads.c.partner == partner, uploads.c.expires_at <= now
        )
        with reading(self._engine, partner) as connection:
            return tuple(connection.scalars(query))

    def held(self, partner: str) -> Quota:
        """Tell what counts against the quota now."""
        query = select(upload_quotas).where(upload_quotas.c.partner == partner)
        with reading(self._engine, partner) as connection:
            row = connection.execute(query).one_or_none()
        return Quota(bytes=row.bytes, files=row.files) if row else Quota(bytes=0, files=0)

    def _open_quota(self, partner: str) -> None:
        with reading(self._engine, partner) as connection:
            query = select(upload_quotas.c.partner).where(upload_quotas.c.partner == partner)
            if connection.scalar(query) is not None:
                return
        row = {"partner": partner, "bytes": 0, "files": 0}
        try:
            with writing(self._engine, partner) as connection:
                connection.execute(insert(upload_quotas), [row])
        except IntegrityError:
            return  # somebody else has opened it meanwhile


def _key(partner: str, id_: str) -> tuple[Any, ...]:
    return uploads.c.partner == partner, uploads.c.id == id_


def _found(connection: Connection, partner: str, id_: str, *, lock: bool = False) -> Upload:
    query = select(uploads).where(*_key(partner, id_))
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None or row["state"] == UploadState.DROPPED.value:
        raise UnknownName("upload", id_, ())
    return _upload(row)


def _parts(connection: Connection, partner: str, id_: str) -> dict[int, str]:
    parts = upload_parts.c
    query = select(parts.number, parts.sha256).where(parts.partner == partner, parts.upload == id_)
    return {row.number: row.sha256 for row in connection.execute(query.order_by(parts.number))}


def _give_back(connection: Connection, ended: Sequence[Upload]) -> None:
    now = upload_quotas.c
    for upload in ended:
        connection.execute(
            update(upload_quotas)
            .where(now.partner == upload.partner)
            .values(bytes=now.bytes - upload.bytes, files=now.files - 1)
        )


def _row(upload: Upload) -> dict[str, Any]:
    names = ("partner", "id", "name", "bytes", "promised", "by", "sha256", "mime")
    return {
        **{name: getattr(upload, name) for name in names},
        "kind": upload.kind.value,
        "state": upload.state.value,
        "notes": list(upload.notes),
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
    }


def _upload(row: Any) -> Upload:
    return Upload(
        **{
            **row,
            "kind": UploadKind(row["kind"]),
            "state": UploadState(row["state"]),
            "notes": tuple(row["notes"]),
        }
    )
