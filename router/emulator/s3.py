"""A small S3, path style: buckets, whole objects, ranges, conditions, listings."""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from itertools import islice
from urllib.parse import quote
from xml.sax.saxutils import escape

from router.emulator.errors import AwsError, bucket_missing, not_implemented
from router.emulator.objects import Stored
from router.emulator.wire import Answer
from router.emulator.world import Call, World

BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
LOCATION = re.compile(rb"<LocationConstraint[^>]*>([^<]*)</LocationConstraint>")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
LONGEST_KEY = 1024
OVERRIDES = {
    "response-content-type": "Content-Type",
    "response-content-disposition": "Content-Disposition",
    "response-cache-control": "Cache-Control",
    "response-content-language": "Content-Language",
    "response-content-encoding": "Content-Encoding",
    "response-expires": "Expires",
}
META = "x-amz-meta-"
LEFT_OUT = ("x-amz-copy-source", "x-amz-server-side-encryption-customer-algorithm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a listing: objects and common prefixes, in the order of names."""

    rows: tuple[Stored | str, ...]
    cut: bool


def handle(world: World, call: Call) -> Answer:
    """Answer one S3 operation.

    Raises:
        AwsError: as S3 would refuse it, or a part of S3 that is left out.
    """
    operation = OPERATIONS.get(call.errand.operation)
    if operation is None:
        raise not_implemented(call.errand.operation)
    return operation(world, call)


def _xml(name: str, inner: str) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{SPACE}">{inner}</{name}>'
    return Answer(headers=(("Content-Type", "application/xml"),), body=body.encode())


def _list_buckets(world: World, _: Call) -> Answer:
    rows = "".join(f"<Bucket><Name>{name}</Name></Bucket>" for name in world.objects.buckets())
    return _xml("ListAllMyBucketsResult", f"<Buckets>{rows}</Buckets>")


def _create_bucket(world: World, call: Call) -> Answer:
    bucket = call.errand.target
    if not BUCKET.fullmatch(bucket):
        raise AwsError(400, "InvalidBucketName", "The specified bucket is not valid.")
    match = LOCATION.search(call.request.body)
    wanted = match[1].decode() if match else "us-east-1"
    if wanted != call.region:
        said = f"The {wanted} location constraint is incompatible for the region specific endpoint."
        raise AwsError(400, "IllegalLocationConstraintException", said)
    world.objects.make(bucket, call.region)
    return Answer(headers=(("Location", f"/{bucket}"),))


def _region(world: World, bucket: str) -> str:
    region = world.objects.region(bucket)
    if region is None:
        raise bucket_missing(bucket)
    return region


def _head_bucket(world: World, call: Call) -> Answer:
    return Answer(headers=(("x-amz-bucket-region", _region(world, call.errand.target)),))


def _bucket_location(world: World, call: Call) -> Answer:
    region = _region(world, call.errand.target)
    return _xml("LocationConstraint", "" if region == "us-east-1" else region)


def _delete_bucket(world: World, call: Call) -> Answer:
    world.objects.remove(call.errand.target)
    return Answer(status=204, headers=())


def _list_objects(world: World, call: Call) -> Answer:
    query = call.errand.query
    if query.get("list-type") != "2":
        raise not_implemented("ListObjects; use ListObjectsV2")
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    most = query.get("max-keys", "1000")
    if not most.isdigit():
        raise AwsError(400, "InvalidArgument", "max-keys is not a whole number")
    after = _after(query)
    rows = world.objects.list(call.errand.target, prefix, after)
    page = _page(rows, prefix, delimiter, after, min(1000, int(most)))
    encoded = query.get("encoding-type") == "url"
    spell = _quoted if encoded else escape
    inner = [
        f"<Name>{call.errand.target}</Name><Prefix>{spell(prefix)}</Prefix>",
        f"<Delimiter>{spell(delimiter)}</Delimiter>" if delimiter else "",
        f"<KeyCount>{len(page.rows)}</KeyCount><MaxKeys>{most}</MaxKeys>",
        "<EncodingType>url</EncodingType>" if encoded else "",
        f"<IsTruncated>{'true' if page.cut else 'false'}</IsTruncated>",
    ]
    if page.cut and page.rows:
        last = page.rows[-1]
        token = _token(last if isinstance(last, str) else last.key)
        inner.append(f"<NextContinuationToken>{token}</NextContinuationToken>")
    inner += [_row(row, spell) for row in page.rows]
    return _xml("ListBucketResult", "".join(inner))


def _quoted(text: str) -> str:
    return quote(text, safe="/-_.~*")


def _after(query: Mapping[str, str]) -> str:
    token = query.get("continuation-token")
    if token is None:
        return query.get("start-after", "")
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError) as error:
        said = "The continuation token provided is incorrect"
        raise AwsError(400, "InvalidArgument", said) from error


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _page(rows: list[Stored], prefix: str, delimiter: str, after: str, most: int) -> Page:
    found: dict[str, Stored | str] = {}
    for stored in rows:
        head, mark, _ = (
            stored.key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        )
        folder = f"{prefix}{head}{mark}"
        if not mark:
            found[stored.key] = stored
        elif folder != after:
            found[folder] = folder
    return Page(rows=tuple(islice(found.values(), most)), cut=len(found) > most)


def _row(row: Stored | str, spell: Callable[[str], str]) -> str:
    if isinstance(row, str):
        return f"<CommonPrefixes><Prefix>{spell(row)}</Prefix></CommonPrefixes>"
    moment = datetime.fromisoformat(row.modified)
    return (
        f"<Contents><Key>{spell(row.key)}</Key>"
        f"<LastModified>{moment:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
        f"<ETag>&quot;{row.etag}&quot;</ETag><Size>{row.length}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def _put_object(world: World, call: Call) -> Answer:
    headers, body = call.request.headers, call.request.body
    for name in LEFT_OUT:
        if name in headers:
            raise not_implemented(name)
    if headers.get("if-none-match", "*") != "*" or "if-match" in headers:
        raise not_implemented("conditional writes other than If-None-Match: *")
    if len(call.errand.key.encode()) > LONGEST_KEY:
        raise AwsError(400, "KeyTooLongError", "Your key is too long")
    _check_digests(headers, body)
    stored = world.objects.put(
        call.errand.target,
        call.errand.key,
        body,
        at=call.at,
        content_type=headers.get("content-type", "binary/octet-stream"),
        metadata={name[len(META) :]: headers[name] for name in headers if name.startswith(META)},
        only_new="if-none-match" in headers,
    )
    return Answer(headers=(("ETag", f'"{stored.etag}"'),))


def _check_digests(headers: Mapping[str, str], body: bytes) -> None:
    """Hold the body against the digests that came with it."""
    if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        raise not_implemented("chunked uploads")
    digests: dict[str, bytes] = {
        "content-md5": hashlib.md5(body, usedforsecurity=False).digest(),
        "x-amz-checksum-crc32": zlib.crc32(body).to_bytes(4, "big"),
        "x-amz-checksum-sha1": hashlib.sha1(body, usedforsecurity=False).digest(),
        "x-amz-checksum-sha256": hashlib.sha256(body).digest(),
    }
    for name, digest in digests.items():
        if name in headers and headers[name] != base64.b64encode(digest).decode():
            raise AwsError(400, "BadDigest", f"The {name} you specified did not match.")


def _facts(stored: Stored, query: Mapping[str, str]) -> dict[str, str]:
    found = {
        "Content-Type": stored.content_type,
        "ETag": f'"{stored.etag}"',
        "Last-Modified": format_datetime(datetime.fromisoformat(stored.modified), usegmt=True),
        "Accept-Ranges": "bytes",
    }
    found |= {META + name: value for name, value in stored.metadata.items()}
    return found | {OVERRIDES[name]: query[name] for name in query if name in OVERRIDES}


def _get_object(world: World, call: Call) -> Answer:
    bucket, key = call.errand.target, call.errand.key
    stored = world.objects.head(bucket, key)
    same = _match(call, stored)
    if same is not None:
        return same
    facts = _facts(stored, call.errand.query)
    first, length, partial = _span(call.header("range"), stored.length)
    if partial:
        facts["Content-Range"] = f"bytes {first}-{first + length - 1}/{stored.length}"
    if call.request.method == "HEAD":
        facts["Content-Length"] = str(length)
        return Answer(status=206 if partial else 200, headers=tuple(facts.items()))
    data = world.objects.read(bucket, key, first, length)
    return Answer(status=206 if partial else 200, headers=tuple(facts.items()), body=data)


def _match(call: Call, stored: Stored) -> Answer | None:
    """Hold the object against If-Match and If-None-Match."""
    tags = {stored.etag, f'"{stored.etag}"', "*"}
    if call.header("if-match") not in {None, *tags}:
        said = "At least one of the pre-conditions you specified did not hold"
        raise AwsError(412, "PreconditionFailed", said)
    if call.header("if-none-match") in tags:
        return Answer(status=304, headers=(("ETag", f'"{stored.etag}"'),))
    return None


def _span(said: str | None, whole: int) -> tuple[int, int, bool]:
    """Read a Range header: first byte, length, and whether it is a part."""
    match = RANGE.fullmatch(said or "")
    if match is None or not any(match.groups()):
        return 0, whole, False
    low, high = match.groups()
    first = int(low) if low else max(0, whole - int(high))
    last = min(int(high), whole - 1) if low and high else whole - 1
    if first >= whole or last < first:
        raise AwsError(416, "InvalidRange", "The requested range is not satisfiable")
    return first, last - first + 1, True


def _delete_object(world: World, call: Call) -> Answer:
    world.objects.delete(call.errand.target, call.errand.key)
    return Answer(status=204, headers=())


OPERATIONS: Mapping[str, Callable[[World, Call], Answer]] = {
    "ListBuckets": _list_buckets,
    "CreateBucket": _create_bucket,
    "HeadBucket": _head_bucket,
    "GetBucketLocation": _bucket_location,
    "DeleteBucket": _delete_bucket,
    "ListObjectsV2": _list_objects,
    "PutObject": _put_object,
    "HeadObject": _get_object,
    "GetObject": _get_object,
    "DeleteObject": _delete_object,
}
