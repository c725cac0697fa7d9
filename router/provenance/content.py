"""C2PA, written and read: the only file that imports the SDK. Nothing is fetched from a network."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from router.domain.errors import BadInput
from router.provenance.claim import LABEL, Part, claim_of
from router.provenance.keys import SigningKey
from router.provenance.manifest import ingredient
from router.provenance.standing import Made, Signature, Step

MIMES = ("image/png", "image/jpeg", "image/webp", "image/tiff", "video/mp4", "video/quicktime")
# What a validator says where the bytes are as they were signed and only the signer is in doubt.
_ABOUT_THE_SIGNER = ("signingCredential.", "timeStamp.", "cawg.identity.", "cawg.ica.")
_JUMBF, _C2PA, _REACH = b"jumb", b"c2pa", 64
_OUTSIDE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
_NO_PICTURES = {"thumbnail": {"enabled": False}}  # a thumbnail of a reference would leak it


def stamp(
    source: Path,
    target: Path,
    mime: str,
    definition: Mapping[str, Any],
    parts: Sequence[Part],
    key: SigningKey,
) -> None:
    """Write a signed copy; `source` stays as it is.

    Raises:
        BadInput: this kind of file cannot carry a manifest, or is no file of its kind.
    """
    import c2pa

    if mime not in MIMES:
        expected = f"one of: {', '.join(MIMES)}; an EXR is signed beside itself"
        raise BadInput(field="file", found=mime, expected=expected)
    info = c2pa.C2paSignerInfo(key.algorithm.encode(), key.chain_pem, key.key_pem, None)
    try:
        with ExitStack() as held:
            signer = held.enter_context(c2pa.Signer.from_info(info))
            context = held.enter_context(_context(key.anchor_pem))
            builder = held.enter_context(c2pa.Builder(json.dumps(definition), context))
            for number, part in enumerate(parts):
                stream = held.enter_context(part.path.open("rb"))
                said = json.dumps(ingredient(number, part))
                builder.add_ingredient(said, part.mime, stream)
            read = held.enter_context(source.open("rb"))
            written = held.enter_context(target.open("w+b"))
            builder.sign(signer, mime, read, written)
    except c2pa.C2paError as error:
        target.unlink(missing_ok=True)
        raise BadInput(field="file", found=_first(error), expected=f"a whole {mime}") from error


def has_credential(path: Path, mime: str) -> bool:
    """Say whether a file bears a manifest, whoever signed it and however it fares."""
    return mime in MIMES and _report(path, mime, b"") is not None


def read(path: Path, mime: str, anchors: bytes) -> Signature | None:
    """Read what a file says of itself, and check it; None where it bears no manifest."""
    report = _report(path, mime, anchors) if mime in MIMES else None
    if report is None:
        return _unreadable() if mime in MIMES and _bears_one(path) else None
    body, state = report
    active = body["manifests"][body["active_manifest"]]
    problems = tuple(dict.fromkeys(s["code"] for s in body.get("validation_status", ())))
    whole = all(code.startswith(_ABOUT_THE_SIGNER) for code in problems)
    data = {a["label"]: a["data"] for a in active.get("assertions", ())}
    signer = active.get("signature_info", {})
    return Signature(
        form="c2pa",
        whole=whole,
        trusted=whole and state == "Trusted",
        signer=signer.get("common_name") or signer.get("issuer") or "nobody named",
        problems=problems,
        claim=claim_of(data.get(LABEL)),
        steps=tuple(map(_step, _actions(data))),
        parts=tuple(map(_made, active.get("ingredients", ()))),
        mining_allowed=_mining(data.get("cawg.training-mining")),
    )


def _report(path: Path, mime: str, anchors: bytes) -> tuple[dict[str, Any], str] | None:
    """Give the report and its state; None for no manifest, or no file of this kind."""
    import c2pa

    try:
        with ExitStack() as held:
            context = held.enter_context(_context(anchors))
            stream = held.enter_context(path.open("rb"))
            reader = held.enter_context(c2pa.Reader(mime, stream, context=context))
            return json.loads(reader.json()), reader.get_validation_state() or "Invalid"
    except c2pa.C2paError:
        return None  # no manifest, or none that can be read: see _bears_one


def _bears_one(path: Path) -> bool:
    """Say whether a manifest, or what is left of one, lies in a file (JUMBF, ISO 19566-5)."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        at = content.find(_JUMBF)
        return at >= 0 and content.find(_C2PA, at, at + _REACH) >= 0


def _unreadable() -> Signature:
    problems = ("manifest.unreadable",)
    return Signature(form="c2pa", whole=False, trusted=False, signer="unknown", problems=problems)


def _context(anchors: bytes) -> Any:
    import c2pa

    settings: dict[str, Any] = {
        "verify": {"verify_trust": True, **_OUTSIDE},
        "builder": _NO_PICTURES,
    }
    if anchors:
        settings["trust"] = {"user_anchors": anchors.decode("ascii")}
    return c2pa.Context.from_dict(settings)


def _actions(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for label in ("c2pa.actions.v2", "c2pa.actions"):
        found += data.get(label, {}).get("actions", ())
    return found


def _step(action: Mapping[str, Any]) -> Step:
    agent = action.get("softwareAgent", "")
    return Step(
        action=str(action.get("action", "")),
        source_type=str(action.get("digitalSourceType", "")).rsplit("/", 1)[-1],
        agent=str(agent.get("name", "")) if isinstance(agent, Mapping) else str(agent),
    )


def _made(part: Mapping[str, Any]) -> Made:
    return Made(
        title=str(part.get("title", "")),
        relation=str(part.get("relationship", "")),
        signed="active_manifest" in part,
    )


def _mining(data: object) -> bool | None:
    entries = data.get("entries") if isinstance(data, Mapping) else None
    if not isinstance(entries, Mapping) or not entries:
        return None
    return any(
        not isinstance(entry, Mapping) or entry.get("use") != "notAllowed"
        for entry in entries.values()
    )


def _first(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
