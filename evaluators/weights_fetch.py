"""Getting weights: over HTTPS, from the pinned address, kept only if the hash is the known one.

A broken download goes on where it stopped, if the server can; the file takes its name when it is
whole and right, so that nobody ever loads half of one.
"""

from collections.abc import Callable
from pathlib import Path

import httpx

from evaluators.cache import file_sha256
from evaluators.domain.weights import Presence, Weights, WeightsFile
from evaluators.weights import seen
from router.domain.errors import NotEntitled, Unreachable

CHUNK = 1 << 20  # bytes
MOST = 4_000_000_000  # bytes of a file whose size the list does not say
TIMEOUT = httpx.Timeout(30.0, connect=15.0)  # seconds
Tell = Callable[[str], None]


def client() -> httpx.Client:
    """Make the client that `fetch` is given."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=True)


def fetch(weights: Weights, folder: Path, client: httpx.Client, tell: Tell) -> tuple[Path, ...]:
    """Get every file of a row that is not there, or is not the right one.

    Returns:
        Paths of the files that were downloaded.

    Raises:
        NotEntitled: the row has no pinned hash.
        Unreachable: the server does not give the file, or gives another one.
    """
    if not weights.pinned:
        raise NotEntitled(
            field=weights.id,
            found="no pinned hash",
            expected="a row of evaluators/weights.yaml with the sha256 of each file",
        )
    got = []
    for one in weights.files:
        path = folder / one.file
        if seen(one, path) is Presence.PRESENT:
            continue
        tell(f"{one.file} from {one.url}")
        _download(one, path, client)
        got.append(path)
    return tuple(got)


def _download(one: WeightsFile, path: Path, client: httpx.Client) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        _stream(one, part, client)
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        raise Unreachable(field=one.url, found=said, expected="the file") from error
    sha = file_sha256(part)
    if sha != one.sha256:
        part.unlink()
        raise Unreachable(field=one.file, found=f"sha256 {sha}", expected=f"sha256 {one.sha256}")
    part.replace(path)


def _stream(one: WeightsFile, part: Path, client: httpx.Client) -> None:
    have = part.stat().st_size if part.is_file() else 0
    if one.size is not None and have >= one.size:
        part.unlink()
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with client.stream("GET", one.url, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
        answer.raise_for_status()
        _refuse_downgrade(one, answer)
        on = answer.status_code == httpx.codes.PARTIAL_CONTENT
        left = (one.size or MOST) - (have if on else 0)
        with part.open("ab" if on else "wb") as file:
            for chunk in answer.iter_bytes(CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                file.write(chunk)
    if left < 0:
        part.unlink()
        raise Unreachable(
            field=one.url, found="a larger file", expected=f"{one.size or MOST} bytes"
        )


def _refuse_downgrade(one: WeightsFile, answer: httpx.Response) -> None:
    """A redirect from HTTPS to HTTP is refused."""
    if answer.url.scheme != httpx.URL(one.url).scheme:
        found = str(answer.url)
        raise Unreachable(field=one.url, found=found, expected="an answer over HTTPS")
