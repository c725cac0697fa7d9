"""What an OpenEXR file says of itself in its header; read and written in a child process.

The library that reads OpenEXR is written in C++ and the files come from outside, so it works in a
process of its own with limits. Pixels are copied as they are, in their own type and channels.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from router.domain.errors import BadInput

MAGIC = b"\x76\x2f\x31\x01"
PREFIX = "genai."
_CHILD = "router.provenance.exr_child"
_SECONDS = 120.0


def mark(source: Path, target: Path, said: Mapping[str, str]) -> None:
    """Copy a file with `genai.*` attributes in its header.

    Raises:
        BadInput: it is no OpenEXR file that can be copied whole.
    """
    attributes = {PREFIX + name: value for name, value in said.items() if value}
    _asked({"do": "mark", "source": str(source), "target": str(target), "said": attributes})


def marks(path: Path) -> dict[str, str]:
    """Give the `genai.*` attributes of a file's header; raises BadInput for a damaged one."""
    return _asked({"do": "read", "source": str(path)})


def is_exr(head: bytes) -> bool:
    """Tell by the first bytes."""
    return head.startswith(MAGIC)


def _asked(job: Mapping[str, object]) -> dict[str, str]:
    try:
        ended = subprocess.run(
            [sys.executable, "-m", _CHILD],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise _bad(f"a file that takes longer than {_SECONDS:.0f} s") from slow
    if ended.returncode:
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _bad(said[-1][:200] if said else f"a file that ended its reader ({ended.returncode})")
    found: dict[str, str] = json.loads(ended.stdout)
    return found


def _bad(found: str) -> BadInput:
    return BadInput(field="file", found=found, expected="a whole OpenEXR file")
