"""The software bill of materials of an installation, from its own metadata (CycloneDX 1.6).

    python deploy/sbom.py [EXTRA,EXTRA…] > sbom.json     # `make sbom`; in the image: what is in it

Everything that circletake with these extras needs, and what that needs, as it is installed here:
name, exact version, licence as its maker states it, and who needs whom. Nothing is fetched.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement

SHIPPED = ("server", "evaluators", "dashboard", "pipeline", "learned")
ROOT = "circletake"


def bom(extras: Iterable[str] = SHIPPED) -> dict[str, Any]:
    """Give the document; what is not installed here is not in it."""
    needs = closure(extras)
    components = [_component(distribution(name)) for name in sorted(needs) if name != ROOT]
    root = _component(distribution(ROOT)) | {"type": "application"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root, "properties": [_property("extras", ",".join(extras))]},
        "components": components,
        "dependencies": [
            {"ref": _ref(distribution(name)), "dependsOn": sorted(_refs(needs[name]))}
            for name in sorted(needs)
        ],
    }


def closure(extras: Iterable[str]) -> dict[str, set[str]]:
    """Give every package that is needed and installed, each with those that it needs itself."""
    found: dict[str, set[str]] = {}
    open_: list[tuple[str, frozenset[str]]] = [(ROOT, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_:
        name, wished = open_.pop()
        if (name, wished) in seen:
            continue
        seen.add((name, wished))
        needs = found.setdefault(name, set())
        for requirement in _required(name, wished):
            other = _plain(requirement.name)
            if _is_here(other):
                needs.add(other)
                open_.append((other, frozenset(requirement.extras)))
    return found


def _required(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        wished = [{"extra": extra} for extra in (*extras, "")]
        marker = requirement.marker
        if marker is None or any(marker.evaluate(one) for one in wished):
            yield requirement


def _is_here(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _component(it: Distribution) -> dict[str, Any]:
    said = licence(it)
    known = {"type": "library", "bom-ref": _ref(it), "name": it.metadata["Name"]}
    known |= {"version": it.version, "purl": _ref(it)}
    return known | ({"licenses": [{"license": {"name": said}}]} if said else {})


def licence(it: Distribution) -> str:
    """Give the licence as the maker states it: an expression, else classifiers, else its words."""
    classed = [
        line.rpartition("::")[2].strip()
        for line in it.metadata.get_all("Classifier") or ()
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    words = (it.metadata.get("License") or "").strip().splitlines()
    short = words[0].strip() if words and len(words[0]) < 100 else ""
    expression = it.metadata.get("License-Expression")
    return str(expression or " AND ".join(classed) or short)


def _ref(it: Distribution) -> str:
    return f"pkg:pypi/{_plain(it.metadata['Name'])}@{it.version}"


def _refs(names: Iterable[str]) -> Iterator[str]:
    return (_ref(distribution(name)) for name in names)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"circletake:{name}", "value": value}


if __name__ == "__main__":
    chosen = sys.argv[1].split(",") if len(sys.argv) > 1 else SHIPPED
    json.dump(bom(chosen), sys.stdout, indent=1)
    sys.stdout.write("\n")
