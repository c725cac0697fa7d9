"""Things that look like a secret, found in text that must hold none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# Keys under which nobody writes anything but a secret: whole words of the name decide.
_KEY_WORDS = frozenset(
    (
        *("password", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "tokens"),
        *("credential", "credentials", "apikey"),
    )
)
_KEY_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("signing", "key")})
_SHAPES = (
    ("an AWS key id", re.compile(r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{12,}\b")),
    ("an API key", re.compile(r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{12,}")),
    ("an access token", re.compile(r"\b(?:gh[pousr]_|github_pat_|xox[abprs]-|hf_|glpat-)\S{10,}")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a password in an address", re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@")),
    ("a reference to the environment", re.compile(r"\$\{[^}]*\}?")),
    ("long hexadecimal digits", re.compile(r"\b[0-9a-fA-F]{32,}\b")),
)
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A place that looks like a secret; what stands there is deliberately not kept."""

    line: int  # counted from 1
    what: str


def suspects(text: str) -> Iterator[Suspect]:
    """Look through every line, comments included."""
    for number, line in enumerate(text.splitlines(), start=1):
        what = _looks_like(line)
        if what:
            yield Suspect(line=number, what=what)


def names_a_secret(key: str) -> bool:
    """Say whether a field's name promises a secret: `api_key`, `awsSecretAccessKey`, `token`."""
    words = [w.lower() for w in _WORD.findall(key)]
    return bool(_KEY_WORDS & set(words)) or any(pair in _KEY_PAIRS for pair in pairwise(words))


def _looks_like(line: str) -> str:
    for what, shape in _SHAPES:
        if shape.search(line):
            return what
    if any(_mixed(run) for run in _RUN.findall(line)):
        return "a long random word"
    return ""


def _mixed(run: str) -> bool:
    """Random words mix capitals, small letters and digits; names and paths do not."""
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(c) for c in run) for kind in kinds)
