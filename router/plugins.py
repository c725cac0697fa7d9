"""Plug-ins by file name: the file's name is the registration."""

import importlib
import pkgutil
from types import ModuleType

from router.domain.errors import UnknownName


def names(package: ModuleType) -> tuple[str, ...]:
    """Name every plug-in in a package without importing one."""
    found = pkgutil.iter_modules(package.__path__)
    return tuple(sorted(m.name for m in found if not m.name.startswith("_")))


def load(package: ModuleType, name: str, kind: str) -> ModuleType:
    """Import one plug-in, or say which ones exist."""
    known = names(package)
    if name not in known:
        raise UnknownName(kind, name, known)
    return importlib.import_module(f"{package.__name__}.{name}")
