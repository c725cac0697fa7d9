"""The key that signs links: one for all machines of a service, or one of a home's own."""

import hashlib
import hmac
from pathlib import Path

from router.access import pepper
from router.files import secret_file
from router.settings import Settings


def key_of(here: Settings) -> bytes:
    """Give the key of an installation: machines that share a pepper open each other's links.

    Raises:
        Broken: the pepper's or the home's own file cannot be used.
    """
    if here.pepper_file:
        shared = pepper.of(here, several_machines=True)
        return hmac.new(shared, b"circletake links", hashlib.sha256).digest()
    return key(here.home / "signing.key")


def key(path: Path) -> bytes:
    """Give the key of a home; it is made when it is first asked for.

    Raises:
        Broken: the file is too short, or others may read it.
    """
    return secret_file.kept(path, lost="remove the file, and a new one is made")
