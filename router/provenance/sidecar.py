"""A signature beside a file that cannot carry one, in an envelope of DSSE.

Source: Dead Simple Signing Envelope 1.0.2 (secure-systems-lab): what is signed is
`DSSEv1 <length of type> <type> <length of body> <body>`.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from datetime import datetime
from pathlib import Path
from typing import Any

from router.domain.errors import BadInput
from router.files.durable_file import write_durably
from router.provenance import keys
from router.provenance.claim import MOST_BYTES, Claim, Part, claim_of
from router.provenance.keys import SigningKey
from router.provenance.standing import Made, Signature

SUFFIX = ".provenance.json"
TYPE = "application/vnd.circletake.provenance+json"
_BLOCK = 1 << 20


def beside(path: Path) -> Path:
    """Name the sidecar of a file."""
    return path.with_name(path.name + SUFFIX)


def write(path: Path, claim: Claim, parts: tuple[Part, ...], key: SigningKey) -> Path:
    """Sign a file as it lies there; gives the sidecar."""
    body = {
        "sha256": sha256_of_file(path),
        "bytes": path.stat().st_size,
        "claim": claim.as_json(),
        "parts": [
            {
                "title": part.title,
                "relation": part.relation.value,
                "sha256": sha256_of_file(part.path),
            }
            for part in parts
        ],
    }
    payload = json.dumps(body, sort_keys=True, allow_nan=False).encode()
    envelope = {
        "payloadType": TYPE,
        "payload": b64encode(payload).decode(),
        "signatures": [
            {
                "keyid": key.name,
                "sig": b64encode(keys.sign(key, _signed(payload))).decode(),
                "cert": key.chain_pem.decode("ascii"),
            }
        ],
    }
    where = beside(path)
    write_durably(where, json.dumps(envelope, indent=1).encode())
    return where


def read(path: Path, anchors: bytes, now: datetime) -> Signature | None:
    """Check a file against its sidecar; None where it has none.

    Raises:
        BadInput: the sidecar is no envelope.
    """
    where = beside(path)
    if not where.is_file():
        return None
    payload, signature, chain_pem = _envelope(where)
    chain = keys.chain_of(chain_pem)
    leaf = chain[0]
    problems: list[str] = []
    if not keys.vouches(leaf, signature, _signed(payload)):
        problems.append("sidecar.signature.mismatch")
    body = _body(payload)
    if body.get("sha256") != sha256_of_file(path):
        problems.append("sidecar.sha256.mismatch")
    whole = not problems
    if not keys.is_anchored(chain, anchors):
        problems.append("signingCredential.untrusted")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        problems.append("signingCredential.expired")
    return Signature(
        form="sidecar",
        whole=whole,
        trusted=not problems,
        signer=leaf.subject.rfc4514_string()[:200],
        problems=tuple(problems),
        claim=claim_of(body.get("claim")),
        parts=tuple(
            Made(title=str(p.get("title", "")), relation=str(p.get("relation", "")), signed=False)
            for p in body.get("parts", ())
            if isinstance(p, dict)
        ),
        mining_allowed=False,
    )


def sha256_of_file(path: Path) -> str:
    """Hash a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _signed(payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)


def _envelope(where: Path) -> tuple[bytes, bytes, bytes]:
    """Give payload, signature and chain of a sidecar."""
    if where.stat().st_size > 4 * MOST_BYTES:
        raise _bad(where, "a file far too long")
    try:
        said = json.loads(where.read_bytes())
        one = said["signatures"][0]
        if said["payloadType"] != TYPE:
            raise _bad(where, "another payload type")
        payload, signature = (b64decode(t, validate=True) for t in (said["payload"], one["sig"]))
        return payload, signature, str(one["cert"]).encode("ascii")
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise _bad(where, type(error).__name__) from error


def _body(payload: bytes) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _bad(where: Path, found: str) -> BadInput:
    expected = "an envelope as `circletake provenance sign` writes it"
    return BadInput(field=where.name, found=found, expected=expected)
