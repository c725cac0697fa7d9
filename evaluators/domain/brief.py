"""A brief: one take, and what it is measured against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluators.domain.character import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Castmate:
    """Another character that is expected in the take beside the brief's own one."""

    character: str
    kind: Kind
    refs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One row of a score manifest; every path is readable from here."""

    row: int  # counts from 0
    take: str  # what the caller wrote
    path: Path
    refs: tuple[Path, ...] = ()  # pictures of the character
    character: str | None = None
    kind: Kind | None = None  # None = not given: object route, face metrics not measured
    costume_refs: tuple[Path, ...] = ()
    plate: Path | None = None  # what the take must match in light, colour and structure
    mask: Path | None = None  # grey picture; white = costume region, or the region that may change
    mask_of: Path | None = None  # the picture that the mask was drawn for; None = the take itself
    shot: str | None = None
    sequence: str | None = None
    order: int | None = None
    # width, height, aspect, fps, seconds, frames, codec, box …
    spec: Mapping[str, Any] = field(default_factory=dict)
    cast: tuple[Castmate, ...] = ()  # who else is in the shot
    props: tuple[Path, ...] = ()  # pictures of the props that the shot expects
    prop_of: tuple[str, ...] = ()  # which prop each of them shows; none = each another one
    used: tuple[int, int] | None = None  # first and last frame of the cut, chosen by a person
    used_by: str = ""  # who chose them; "" = the manifest says so
    flags: tuple[str, ...] = ()  # known from outside: simulated, imported
    # sha-256 of those of its files whose content their store vouches for; they may be elsewhere yet
    known: Mapping[Path, str] = field(default_factory=dict)
