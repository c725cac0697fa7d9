"""Reads and copies one OpenEXR file, as router/provenance/exr.py asks; runs as a process."""

import json
import resource
import sys
from typing import Any

_MEMORY = 4 << 30
_SECONDS = 100
_MOST = 64  # attributes
_LONGEST = 4096  # characters of one


def main() -> int:
    """Do one job from standard input, and print what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job = json.load(sys.stdin)
    import OpenImageIO as oiio  # noqa: N813 - the name that its own manual uses

    oiio.attribute("threads", 1)
    oiio.attribute("limits:imagesize_MB", 2048)
    reader = oiio.ImageInput.open(job["source"])
    if reader is None or reader.format_name() != "openexr":
        return _refused(oiio.geterror() or "no OpenEXR file")
    spec = reader.spec()
    if job["do"] == "mark":
        return _mark(oiio, reader, job)
    found = {a.name: str(a.value)[:_LONGEST] for a in spec.extra_attribs if _is_ours(a.name)}
    sys.stdout.write(json.dumps(dict(list(found.items())[:_MOST])))
    return 0


def _mark(oiio: Any, reader: Any, job: dict[str, Any]) -> int:
    """Copy the first and only part, with further words in its header."""
    spec = reader.spec()
    if reader.seek_subimage(1, 0):
        return _refused("several parts; sign a file with one")
    reader.geterror()  # that there is no second part is no error
    reader.seek_subimage(0, 0)
    if spec.deep:
        return _refused("deep pixels; flatten them first")
    for name, value in job["said"].items():
        spec.attribute(name, value)
    writer = oiio.ImageOutput.create(job["target"])
    if writer is None or not writer.open(job["target"], spec):
        return _refused(oiio.geterror() or "the copy cannot be written")
    copied = writer.copy_image(reader)
    trouble = writer.geterror() or reader.geterror()
    writer.close()
    if not copied or trouble:
        return _refused(trouble or "its pixels cannot be copied")
    sys.stdout.write("{}")
    return 0


def _is_ours(name: str) -> bool:
    return name.lower().startswith("genai.")


def _refused(why: str) -> int:
    sys.stderr.write(why.strip().splitlines()[0][:200] if why.strip() else "unreadable")
    return 1


if __name__ == "__main__":
    sys.exit(main())
