"""How the screens are started: one command line, the theme as flags."""

import json
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOOPBACK = ("localhost", "127.0.0.1")


def command(
    server: str, *, port: int = 8501, host: str = "127.0.0.1", names: Collection[str] = ()
) -> list[str]:
    """Give the command that serves the screens over the service at `server`.

    They are reached under the names of this machine, `host` and `names` (the first of which people
    type), and from pages of their own only.
    Nothing is read from, or written to, a Streamlit configuration of the user.
    """
    settings = tomllib.loads((HERE / "theme.toml").read_text(encoding="utf-8"))
    flags = [
        f"--{name}={value}"
        for name, value in [
            *_flat(settings, ""),
            ("server.address", host),
            ("server.port", port),
            ("browser.serverAddress", next(iter(names), host)),
            *(("server.allowedHosts", name) for name in dict.fromkeys((*LOOPBACK, host, *names))),
        ]
    ]
    app = str(HERE / "app.py")
    return [sys.executable, "-m", "streamlit", "run", *flags, app, "--", "--server", server]


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        elif isinstance(value, bool | list):
            yield name, json.dumps(value)
        else:
            yield name, value
