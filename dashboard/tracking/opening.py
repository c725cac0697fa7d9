"""Reaching a tracker: its address from the caller, its secret from the environment or a file."""

from typing import Any
from urllib.parse import urlsplit

from dashboard.tracking.port import Tracker
from router import settings
from router.domain.errors import BadInput, UnknownName

TRACKERS = {"kitsu": "Kitsu", "flow": "Flow Production Tracking"}
TASK = "GenAI Take"  # the task, or type of task, that takes stand on


def opened(name: str, site: str | None, *, task: str = TASK) -> Tracker:
    """Reach a tracker.

    Raises:
        UnknownName: there is no adapter of that name.
        BadInput: no site or secret is given, or a secret would travel in the open.
        Unreachable: the site does not answer.
        NotEntitled: the secret opens nothing there.
    """
    if name not in TRACKERS:
        raise UnknownName("--tracker", name, TRACKERS)
    at = _checked(name, site or settings.tracker_site(name))
    secret = settings.tracker_secret(name)
    if secret is None:
        expected = (
            f"the token there, or in ~/.config/circletake/{name} (mode 0600); never on a "
            "command line, which everybody on a machine can read"
        )
        raise BadInput(field=f"CIRCLETAKE_{name.upper()}_TOKEN", found=None, expected=expected)
    if name == "flow":
        from dashboard.tracking import flow

        return flow.Flow(at, flow.client(at, settings.tracker_script(name), secret), task=task)
    made: Tracker = _kitsu()(at, secret, task_type=task)
    return made


def _kitsu() -> Any:
    try:
        from dashboard.tracking.kitsu import Kitsu
    except ModuleNotFoundError as error:
        expected = "`pip install 'circletake[pipeline]'`"
        raise BadInput(field="--tracker", found=f"no {error.name}", expected=expected) from error
    return Kitsu


def _checked(name: str, site: str | None) -> str:
    if not site:
        expected = f"https://… of your {TRACKERS[name]}, or CIRCLETAKE_{name.upper()}"
        raise BadInput(field="--site", found=None, expected=expected)
    parts = urlsplit(site)
    host = parts.hostname or ""
    if parts.username or parts.password:
        expected = f"the address without them; the token stands in CIRCLETAKE_{name.upper()}_TOKEN"
        raise BadInput(field="--site", found="a name or password in it", expected=expected)
    near = host in {"localhost", "::1"} or host.startswith("127.")
    if parts.scheme != "https" and not (parts.scheme == "http" and near):
        expected = "https://…; http:// on this machine only, for the token would be read on the way"
        raise BadInput(field="--site", found=site, expected=expected)
    return site.rstrip("/")
