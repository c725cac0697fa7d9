"""The certificate of a purge: what there was, what there is, and how that was looked for."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.audit.chain import Key
from router.files.durable_file import write_durably
from router.leaving import inventory

Body = dict[str, Any]


def sealed(body: Mapping[str, Any], key: Key) -> Body:
    """Seal what was found with the key of the audit log."""
    return {**body, "seal": key.seal(_digest(body))}


def is_ours(body: Mapping[str, Any], key: Key) -> bool:
    """Say whether a certificate is as it was sealed."""
    plain = {name: value for name, value in body.items() if name != "seal"}
    return bool(key.seal(_digest(plain)) == body.get("seal"))


def is_clean(body: Mapping[str, Any]) -> bool:
    """Say whether nothing was left."""
    left = sum(body["after"].values())
    return left == 0 and not body["search"]["hits"] and body["key"]["state"] != "in_use"


def write(body: Mapping[str, Any], folder: Path, at: datetime) -> Path:
    """Write it as JSON and as a page to read; gives the JSON's path."""
    stem = f"{body['partner']}-{at:%Y%m%dT%H%M%SZ}"
    text = json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False)
    write_durably(folder / f"{stem}.txt", "\n".join(page(body)).encode() + b"\n")
    write_durably(folder / f"{stem}.json", text.encode() + b"\n")
    return folder / f"{stem}.json"


def last(folder: Path, partner: str) -> Body | None:
    """Give the newest certificate of a partner."""
    stem = re.compile(rf"{re.escape(partner)}-\d{{8}}T\d{{6}}Z\.json")
    found = sorted(p for p in folder.glob("*.json") if stem.fullmatch(p.name))
    return json.loads(found[-1].read_text(encoding="utf-8")) if found else None


def page(body: Mapping[str, Any]) -> Iterator[str]:
    """Say it for people."""
    yield f"Certificate of deletion: {body['partner']}"
    yield f"begun {_when(body['begun_at'])}, ended {_when(body['ended_at'])}, by {body['by']}"
    if is_clean(body):
        yield "NOTHING WAS LEFT in the stores below. What is kept, and what lies out of reach of"
        yield "this deletion and is not certified, stands at the end."
    else:
        yield "SOMETHING WAS LEFT: see below."
        yield "What now?  Look at each place that FOUND IN names: remove or move what is this"
        yield f"partner's there, then `circletake partners purge {body['partner']} --yes` again."
    yield ""
    yield from _stores(body)
    yield ""
    yield from _looked(body)
    yield ""
    yield "kept, without content:"
    yield from (f"  {name}: {rows} rows ({why})" for name, rows, why in body["kept"])
    yield "not reached from here, and not certified:"
    for one in body["outside"]:
        yield f"  {one['name']}: {one['what']}. To do: {one['remedy']}."
    yield ""
    head = body["audit"]
    yield f"audit log: record {head['number']}, {head['hash']}"
    yield f"seal: {body.get('seal', '')}"


def _stores(body: Mapping[str, Any]) -> Iterator[str]:
    """Say what was in each store; those that were empty in one line."""
    before, after = body["before"], body["after"]
    full = [name for name in sorted(before) if before[name] or after.get(name, 0)]
    if full:
        yield f"{'store':16} {'before':>8} {'after':>8}  holds"
    for name in full:
        left = after.get(name, 0)
        yield f"{name:16} {before[name]:8} {left:8}  {inventory.holds(name)}".rstrip()
    if empty := sorted(set(before) - set(full)):
        yield f"empty before and after: {', '.join(empty)}"


def _looked(body: Mapping[str, Any]) -> Iterator[str]:
    """Say what became of the key, and how what might be left was looked for."""
    key, search = body["key"], body["search"]
    yield f"data key {key['id'] or '(never made)'}: {key['state']}"
    yield (
        f"searched {search['files']} files and objects, {search['bytes']} bytes, for "
        f"{search['patterns']} patterns (words and pictures of this partner): "
        f"{len(search['hits'])} found"
    )
    yield from (f"  FOUND IN {hit}" for hit in search["hits"])
    yield f"not searched, in the home: {', '.join(search['not_searched'])}"
    yield from (f"  NOT KNOWN TO THE INVENTORY: {one}" for one in body["unknown_to_inventory"])
    yield f"database: {body['wiped']}"


def _when(written: str) -> str:
    """Give a moment to the second, in UTC."""
    return f"{datetime.fromisoformat(written).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def outside() -> list[Body]:
    """List the stores that a purge names and does not reach."""
    return [{"name": o.name, "what": o.what, "remedy": o.remedy} for o in inventory.OUTSIDE]


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
