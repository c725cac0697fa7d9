"""Media over HTTP into a file: gone on with after a break, and believed only by its hash."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import httpx

from router.calling import Service, ServiceAway, ServiceSaysNo, passes, says_no
from router.domain.errors import BadInput, NotEntitled, StoreCorrupt

PARTIAL, WHOLE, STALE, BEYOND = 206, 200, 403, 416
TOTAL = re.compile(r"bytes (\d+)-\d+/(\d+)")
Link = Callable[[], str | None]


def fetch(service: Service, link: Link, target: Path, sha256: str | None = None) -> str:
    """Write what stands behind a signed link to `target`; gives its sha-256.

    A `.part` beside it is gone on with, by a range. Links end after two minutes, so `link` is asked
    for a new one after each break. A target that has the hash already is left as it is.

    Args:
        service: where the link leads.
        link: gives a fresh signed link, relative to the service; None = the caller may not look.
        target: the file; it appears whole or not at all.
        sha256: what it must be; None = not known, as with previews.

    Raises:
        NotEntitled: there is no link for this caller.
        StoreCorrupt: twice other bytes came than were promised.
        ServiceAway, ServiceSaysNo: as for everything else.
    """
    if sha256 and target.is_file() and _hash(target) == sha256:
        return sha256
    part = target.with_name(target.name + ".part")
    if sha256 is None:
        part.unlink(missing_ok=True)  # nothing tells whether it is the start of the same bytes
    for _ in range(2):
        _whole(service, link, part)
        found = _hash(part)
        if sha256 in {None, found}:
            part.replace(target)
            return found
        part.unlink()  # it was gone on with from something else: once more from the start
    raise StoreCorrupt(field=target.name, found="other bytes", expected=f"sha-256 {sha256}")


def _whole(service: Service, link: Link, part: Path) -> None:
    for tried in range(service.patience.tries):
        last = tried + 1 == service.patience.tries
        asked: str | None = None
        try:
            if _go_on(service, _fresh(link), part):
                return
        except httpx.TransportError as error:
            if last:
                raise ServiceAway(service.server, type(error).__name__) from error
        except ServiceSaysNo as no:
            if last or not (passes(no) or no.http_status == STALE):
                raise
            asked = no.wait_s
        service.patience.rest(tried, asked)
    raise ServiceAway(service.server, "an answer that was cut short")


def _fresh(link: Link) -> str:
    url = link()
    if url is None:
        expected = "a grant for this partner's pictures"
        raise NotEntitled(field="media", found="no link for you", expected=expected)
    if not url.startswith("/"):
        raise BadInput(field="link", found="another address", expected="one of this service")
    return url


def _go_on(service: Service, url: str, part: Path) -> bool:
    """Add what is missing of a file; says whether it is whole by its length."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with service.stream(url, headers) as response:
        if response.status_code == BEYOND and have:
            return True  # nothing is left of it: whole, or another thing; its hash says which
        if response.status_code not in {WHOLE, PARTIAL}:
            response.read()
            raise says_no(response)
        with part.open("ab" if response.status_code == PARTIAL else "wb") as file:
            for block in response.iter_bytes():
                file.write(block)
        return part.stat().st_size >= _promised(response)


def _promised(response: httpx.Response) -> int:
    span = TOTAL.fullmatch(response.headers.get("Content-Range", ""))
    return int(span[2]) if span else int(response.headers.get("Content-Length") or 0)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
