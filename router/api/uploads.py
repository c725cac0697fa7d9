"""Files handed in over HTTP: begun, sent in parts, looked at, finished."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from router.api import wire
from router.api.doors import Letter, StrictRoute
from router.api.permit import permit
from router.api.problems import answers
from router.api.turns import Turns
from router.domain.caller import Caller, Reach, Scope
from router.domain.errors import BadInput
from router.domain.upload import PART_BYTES, Upload, UploadKind
from router.uploads.intake import Promise, Standing

OCTETS = "application/octet-stream"
# The one body that is no JSON: a part, counted by the door while it arrives.
PARTS = Letter(
    method="PUT",
    path=re.compile(r"/v1/uploads/[0-9a-f]{1,64}/parts/\d{1,6}"),
    mime=OCTETS,
    most=PART_BYTES,
)
DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{1,64}):\s*(?:,|$)")
LOOKS_WAITING, LOOK_PATIENCE_S = 4, 30.0  # of one studio: files that wait to be looked at
Sender = Annotated[Caller, permit(Scope.SUBMIT)]
Partner = Annotated[wire.Partner, Query(description="the studio whose upload it is")]
Naming = Callable[[str], str]
UploadId = Annotated[str, Path(alias="id", pattern=r"^[0-9a-f]{32}$")]


class UploadDesk(Protocol):
    """Takes files in; what is out of reach is unknown (router.uploads.intake.Intake)."""

    def begin(self, caller: Caller, promise: Promise) -> Standing:
        """Open an upload."""
        ...

    def part(
        self, reach: Reach, partner: str, id_: str, number: int, data: bytes, sha256: str
    ) -> Standing:
        """Keep one part."""
        ...

    def standing(self, reach: Reach, partner: str, id_: str) -> Standing:
        """Say how an upload stands."""
        ...

    def complete(self, reach: Reach, partner: str, id_: str) -> Upload:
        """Look at the whole."""
        ...

    def drop(self, reach: Reach, partner: str, id_: str) -> None:
        """Forget an upload."""
        ...


class Beginning(wire.Entering):
    """What is about to be sent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner": "northlight_pictures",
                    "name": "harbour_pack.zip",
                    "bytes": 48_211_034,
                    "sha256": "0" * 64,
                    "kind": "pack_zip",
                }
            ]
        }
    )

    partner: wire.Partner
    name: wire.Name = Field(min_length=1, max_length=200)
    bytes: int = Field(gt=0, le=1 << 40)
    sha256: wire.Sha256 | None = Field(default=None, description="of the whole file")
    kind: UploadKind = Field(strict=False)


class Completion(wire.Entering):
    """Nothing more has to be said."""


class UploadRow(BaseModel):
    """An upload, and which of its parts are here."""

    upload: str
    state: str = Field(description="open, complete or refused")
    part_bytes: int = Field(description="of every part but the last")
    parts: int
    received: list[int]
    missing: list[int] = Field(description="the first thousand")
    expires_at: str


class Completed(BaseModel):
    """A file that was looked at."""

    upload: str
    sha256: str
    mime: str
    notes: list[str]


def routes(intake: UploadDesk, named: Naming = str) -> APIRouter:
    """Build the routes; `named` gives a partner's name, also where a veiled one was said."""
    router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=StrictRoute)
    _add_sending(router, intake, named)
    _add_ending(router, intake, named)
    return router


def _add_sending(router: APIRouter, intake: UploadDesk, named: Naming) -> None:
    @router.post(
        "",
        status_code=201,
        response_model=UploadRow,
        responses=answers(400, 401, 403, 404, 413, 415, 422),
        summary="Begin to hand in a file",
    )
    def begin(caller: Sender, body: Beginning, response: Response) -> dict[str, Any]:
        """Open an upload; it is forgotten after a day. Files come in whole parts, in any order."""
        standing = intake.begin(
            caller,
            Promise(
                partner=named(body.partner),
                name=body.name,
                bytes=body.bytes,
                kind=body.kind,
                sha256=body.sha256 or "",
            ),
        )
        response.headers["Location"] = f"/v1/uploads/{standing.upload.id}?partner={body.partner}"
        return _row(standing)

    @router.put(
        "/{id}/parts/{number}",
        response_model=UploadRow,
        responses=answers(401, 403, 404, 409, 413, 415, 422),
        summary="Send one part",
    )
    def part(
        caller: Sender,
        id_: UploadId,
        number: Annotated[int, Path(ge=0, le=999_999, description="counted from 0")],
        partner: Partner,
        data: Annotated[bytes, Body(media_type=OCTETS)],
        digest: Annotated[
            str | None,
            Header(
                alias="Content-Digest",
                max_length=400,
                description="sha-256=:base64: of the part (RFC 9530)",
            ),
        ] = None,
    ) -> dict[str, Any]:
        """Keep a part. The same part again is the same answer; other bytes are a conflict."""
        return _row(intake.part(caller.reads, named(partner), id_, number, data, _sha256(digest)))

    @router.get(
        "/{id}",
        response_model=UploadRow,
        responses=answers(401, 403, 404, 422),
        summary="What has arrived",
    )
    def standing(caller: Sender, id_: UploadId, partner: Partner) -> dict[str, Any]:
        """Say which parts are here: after a break only the missing ones need to be sent."""
        return _row(intake.standing(caller.reads, named(partner), id_))


def _add_ending(router: APIRouter, intake: UploadDesk, named: Naming) -> None:
    turns = Turns(waiting=LOOKS_WAITING, patience_s=LOOK_PATIENCE_S)

    @router.post(
        "/{id}/complete",
        response_model=Completed,
        responses=answers(400, 401, 403, 404, 409, 415, 422, 429),
        summary="Finish an upload",
    )
    def complete(
        caller: Sender, id_: UploadId, partner: Partner, _body: Completion
    ) -> dict[str, Any]:
        """Put the parts together and look at the whole: size, digest, type by its bytes.

        What is nothing that is taken in is refused with words that say what to hand in instead.
        Files of one studio are looked at one after another, and each of them once.
        """
        whose = named(partner)
        with turns.one(whose if whose in caller.reads else caller.id):
            done = intake.complete(caller.reads, whose, id_)
        return {"upload": id_, "sha256": done.sha256, "mime": done.mime, "notes": list(done.notes)}

    @router.delete(
        "/{id}",
        status_code=204,
        responses=answers(401, 403, 404, 422),
        summary="Forget an upload",
    )
    def drop(caller: Sender, id_: UploadId, partner: Partner) -> None:
        """Forget an upload that no pack was made of.

        A picture or clip that was looked at stays, for requests that name it, and counts against
        the quota until the upload's day is over.
        """
        intake.drop(caller.reads, named(partner), id_)


def _row(standing: Standing) -> dict[str, Any]:
    upload = standing.upload
    return {
        "upload": upload.id,
        "state": upload.state.value,
        "part_bytes": PART_BYTES,
        "parts": upload.parts,
        "received": list(standing.received),
        "missing": list(standing.missing[:1000]),
        "expires_at": upload.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def _sha256(header: str | None) -> str:
    """Read `Content-Digest` (RFC 9530)."""
    match = DIGEST.search(header or "")
    try:
        raw = base64.b64decode(match[1], validate=True) if match else b""
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise BadInput(
            field="Content-Digest", found=header, expected="sha-256=:base64 of 32 bytes:"
        )
    return raw.hex()
