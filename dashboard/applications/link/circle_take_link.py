"""What every Circle Take script shares: request folders and HTTP, by the standard library alone.

It runs inside applications whose Python may be as old as 3.7, and imports nothing of Circle Take.
A request is a folder that appears whole, by one rename; `circletake folder watch` does the rest.
"""

import json
import os
import shutil
import struct
import urllib.error
import urllib.parse
import urllib.request
import zlib

SCHEMA = "circletake-folder/1"
TIMEOUT_S = 60.0
MOST_NAMES = 1000


class Trouble(Exception):
    """What a person must hear, in words."""


# --- folders -------------------------------------------------------------------------------------


def drop(inbox, name, request, files=None):
    """Drop a request into an inbox: pictures, request.json, `ready`, all at once.

    Args:
        inbox: the folder that `circletake folder watch` looks into.
        name: what to call it; a number is added where it is taken.
        request: the content of request.json, without `schema` and `files`.
        files: name inside the request → path of a file, or its bytes.

    Returns:
        The request's folder.
    """
    if not os.path.isdir(inbox):
        raise Trouble("no inbox at {}: make the folder first".format(inbox))
    draft = os.path.join(inbox, ".{}.{}".format(name, os.urandom(6).hex()))
    os.makedirs(draft)
    try:
        listed = [_laid(draft, inside, source) for inside, source in sorted((files or {}).items())]
        body = dict(request, schema=SCHEMA, files=listed)
        _write(os.path.join(draft, "request.json"), json.dumps(body, indent=2).encode("utf-8"))
        _write(os.path.join(draft, "ready"), b"")
        return _named(draft, inbox, name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def state(folder):
    """Say how a request stands: state, words, next."""
    return _read(os.path.join(folder, "state.json")) or {
        "state": "waiting",
        "words": "nobody looked at it yet; does `circletake folder watch` run?",
    }


def answers(folder):
    """Give what was answered; raises Trouble, in the words of state.json, where nothing was."""
    found = _read(os.path.join(folder, "answers.json"))
    if found is None:
        raise Trouble(state(folder)["words"])
    return found


def takes(folder, circled=False):
    """Give the takes of a request, with `path`: the file of each; only circled ones if wished."""
    rows = answers(folder)["takes"]
    return [
        dict(row, path=os.path.abspath(os.path.join(folder, row["file"])))
        for row in rows
        if row["circled"] or not circled
    ]


def refresh(folder):
    """Ask for answers anew, after somebody circled a take."""
    _write(os.path.join(folder, "refresh"), b"")


def requests(inbox):
    """Give the folders of an inbox, newest first."""
    found = [os.path.join(inbox, name) for name in os.listdir(inbox) if not name.startswith(".")]
    found = [path for path in found if os.path.exists(os.path.join(path, "request.json"))]
    return sorted(found, key=os.path.getmtime, reverse=True)


def _named(draft, inbox, name):
    for number in range(1, MOST_NAMES):
        target = os.path.join(inbox, name if number == 1 else "{}-{}".format(name, number))
        if not os.path.exists(target):
            os.rename(draft, target)
            return target
    raise Trouble("{} has {} requests of that name".format(inbox, MOST_NAMES))


def _laid(draft, inside, source):
    target = os.path.join(draft, *inside.split("/"))
    if not os.path.isdir(os.path.dirname(target)):
        os.makedirs(os.path.dirname(target))
    if isinstance(source, bytes):
        _write(target, source)
    else:
        shutil.copyfile(source, target)
    return {"path": inside, "bytes": os.path.getsize(target)}


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read(path):
    try:
        with open(path, "rb") as file:
            return json.loads(file.read().decode("utf-8"))
    except (IOError, OSError):
        return None


# --- HTTP ----------------------------------------------------------------------------------------


class Service:
    """A Circle Take service, for one key."""

    def __init__(self, server=None, key=None):
        """Speak to a service; address and key default to CIRCLETAKE_SERVER and CIRCLETAKE_KEY."""
        self.server = (server or os.environ.get("CIRCLETAKE_SERVER", "")).rstrip("/")
        self.key = key or os.environ.get("CIRCLETAKE_KEY") or _key_file()
        parts = urllib.parse.urlsplit(self.server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Trouble("no service: set CIRCLETAKE_SERVER to https://HOST")
        here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if self.key and parts.scheme == "http" and not here:
            raise Trouble("a key does not cross a network in the clear: use https://")
        self._http = urllib.request.build_opener(_StayHere())

    def get(self, path, **query):
        """Ask; gives the JSON of the answer."""
        said = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        return self._ask("GET", path + ("?" + said if said else ""))

    def post(self, path, body, key=None):
        """Say something; with `key` the same wish is carried out, and paid, once."""
        return self._ask("POST", path, body, {"Idempotency-Key": key} if key else {})

    def repair(self, take, lines, key, by=None, rounds=1, budget_usd=None):
        """Ask for a repair of failed lines; the same key is the same repair."""
        body = {"lines": list(lines), "rounds": rounds, "budget_usd": budget_usd, "by": by}
        return self.post("/v1/takes/{}/repairs".format(_quoted(take)), body, key)

    def observe(self, campaign, text, role, by=None, takes=(), severity="note"):
        """Keep a named person's own words on takes; the same words twice are one observation."""
        body = {"campaign": campaign, "text": text, "role": role, "by": by, "takes": list(takes)}
        return self.post("/v1/observations", dict(body, severity=severity))

    def circle(self, take, by, note=""):
        """Circle a take: a named person decides."""
        return self.post("/v1/takes/{}/decisions".format(_quoted(take)), {"by": by, "note": note})

    def fetch(self, take, path):
        """Write a take's own bytes to a file, by a fresh signed link."""
        link = self.get("/v1/takes/{}".format(_quoted(take)))["links"]["media"]
        if not link or not link.startswith("/"):
            raise Trouble("no link to the picture for this key")
        with self._open(urllib.request.Request(self.server + link)) as answer:
            data = answer.read()
        _write(path + ".part", data)
        os.replace(path + ".part", path)
        return path

    def _ask(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode("utf-8")
        asked = urllib.request.Request(self.server + path, data=data, method=method)
        for name, value in dict(headers or {}, **{"Content-Type": "application/json"}).items():
            asked.add_header(name, value)
        if self.key:
            asked.add_header("Authorization", "Bearer " + self.key)
        with self._open(asked) as answer:
            return json.loads(answer.read().decode("utf-8"))

    def _open(self, asked):
        try:
            return self._http.open(asked, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            raise Trouble(_problem(error)) from error
        except urllib.error.URLError as error:
            raise Trouble("nobody answers at {}: {}".format(self.server, error.reason)) from error


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A key goes to the service that was named, never where an answer points."""

    def redirect_request(self, *_):
        return None


def _problem(error):
    try:
        body = json.loads(error.read().decode("utf-8"))
        return "{field}: found {found}; expected {expected}".format(**body)
    except (ValueError, KeyError):
        return "the service answered with status {}".format(error.code)


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _key_file():
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    path = os.path.join(base, "circletake", "key")
    try:
        if os.name == "posix" and os.stat(path).st_mode & 0o077:
            raise Trouble("others may read {}: chmod 600".format(path))
        with open(path) as file:
            return file.read().strip() or None
    except (IOError, OSError):
        return None


# --- pictures ------------------------------------------------------------------------------------


def png(width, height, pixels, channels=3):
    """Make the bytes of an 8-bit PNG: `pixels` row by row from the top, 1, 3 or 4 channels."""
    if len(pixels) != width * height * channels:
        raise ValueError("{} bytes for {}x{}x{}".format(len(pixels), width, height, channels))
    stride = width * channels
    rows = b"".join(b"\0" + pixels[y * stride : (y + 1) * stride] for y in range(height))
    colour = {1: 0, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind, data):
    check = zlib.crc32(kind + data) & 0xFFFFFFFF
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
