"""Signed copies of takes: inside the file where it can carry that, beside it where it cannot.

The kept bytes are never touched. A copy is made once for what it says (who circled it, of what it
was made, with which key) and kept, so that the same copy leaves again, byte for byte.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.rights.claims import Subject, claim, parts, take_of
from benchmarks.studio import Studio
from benchmarks.views.case import Case
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import content_id
from router.domain.request import Request
from router.domain.take import Take
from router.provenance import content, exr, keys, sidecar
from router.provenance.asking import mime_of
from router.provenance.claim import Claim, Part
from router.provenance.keys import SigningKey
from router.provenance.manifest import definition

EXR = "image/x-exr"
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/tiff": (".tif", ".tiff"),
    "video/mp4": (".mp4", ".mov"),
    EXR: (".exr",),
}
UNSIGNED = (
    "unsigned: {0} has no signing key; "
    "`circletake provenance keys new --partner {0}` makes one for tests"
)


@dataclass(frozen=True)
class Stamper:
    """Signs copies of one campaign's takes with their partner's key."""

    here: Studio
    case: Case
    key: SigningKey

    def words(self, take: Take, *, finished: bool = False) -> tuple[Claim, tuple[Part, ...]]:
        """Give what a copy says, and the files that it was made of."""
        subject = Subject(
            case=self.case,
            take=take,
            request=_request(self.here, take),
            model=self.here.catalogue.get(take.model),
            secret=self.here.vault.lock(take.partner).secret,
            finished=finished,
        )
        said = claim(subject, self.here.clock.now())
        return said, parts(subject, self.here.media, self._takes)

    def copy(self, take: str, name: str) -> Path:
        """Give a signed copy of a take under this name; an EXR's signature lies beside it.

        Raises:
            BadInput: this kind of file cannot be signed, or the name says another kind.
            UnknownName: no such take.
        """
        found = take_of(self.case, take)
        said, made_of = self.words(found)
        folder = self.here.settings.home / "derived" / found.partner / "signed"
        mark = _mark(said, made_of, self.key, name)
        kept = folder / mark / name
        if kept.is_file():
            return kept
        folder.mkdir(parents=True, exist_ok=True)
        source = self.here.media.path(found.partner, found.media.sha256)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder) as draft:
            made = Path(draft) / "whole"
            made.mkdir()
            stamped(source, made / name, said, made_of, self.key)
            if not kept.parent.exists():  # another thread may have been quicker
                made.rename(kept.parent)
        return kept

    @cached_property
    def _takes(self) -> Mapping[str, Take]:
        found = self.here.router.takes(self.case.partner.name, account=self.case.id)
        return {take.id: take for take in found}


def stamper(here: Studio, case: Case) -> Stamper | None:
    """Give what signs a campaign's takes; None where their partner has no key.

    Raises:
        BadInput: its certificate has ended.
    """
    partner = case.partner.name
    if partner not in keys.partners(here.settings.home):
        return None
    return Stamper(here, case, keys.ready(here.settings.home, partner, here.clock.now()))


def signed(here: Studio, take: Take) -> Path:
    """Give a signed copy of one take.

    Raises:
        UnknownName: it is of no campaign, or its partner has no signing key.
        BadInput: this kind of file cannot be signed.
    """
    campaign = here.campaign_of(take.id)
    made = stamper(here, here.case(campaign))
    if made is None:
        hint = UNSIGNED.format(take.partner)
        raise UnknownName("signing key", take.partner, (), hint=hint)
    suffix = SUFFIXES.get(take.media.mime, ("",))[0]
    return made.copy(take.id, f"{take.id[:16]}-signed{suffix}")


def signing(home: Path, take: Take) -> dict[str, Any] | None:
    """Say with what a copy of a take is signed; None where there is no key, or no such copy."""
    if take.media.mime not in content.MIMES or take.partner not in keys.partners(home):
        return None
    key = keys.load(home, take.partner)
    return {"name": key.name, "origin": key.origin, "note": key.note}


def stamped(
    source: Path, out: Path, words: Claim, made_of: tuple[Part, ...], key: SigningKey
) -> Path | None:
    """Write a signed copy, whole or not at all; gives the file beside it, where it is signed there.

    Raises:
        BadInput: this kind of file cannot be signed, or `out` says another kind.
    """
    mime = mime_of(source)
    _require_name(out, mime)
    draft = out.with_name(f".{words.take[:8]}.draft{out.suffix}")
    try:
        if mime == EXR:
            exr.mark(source, draft, _header(words, sidecar.beside(out).name))
        else:
            body = definition(words, made_of, mime, version("circletake"))
            content.stamp(source, draft, mime, body, made_of, key)
        draft.rename(out)
    finally:
        draft.unlink(missing_ok=True)
    return sidecar.write(out, words, made_of, key) if mime == EXR else None


def laid(copy: Path, target: Path) -> tuple[Path, ...]:
    """Copy a signed copy and what lies beside it; gives the files."""
    shutil.copyfile(copy, target)
    if not sidecar.beside(copy).is_file():
        return (target,)
    shutil.copyfile(sidecar.beside(copy), sidecar.beside(target))
    return target, sidecar.beside(target)


def _mark(words: Claim, made_of: tuple[Part, ...], key: SigningKey, name: str) -> str:
    """Name a copy by everything that it says but the moment, which is that of the first."""
    files = [[p.relation, p.title, sidecar.sha256_of_file(p.path)] for p in made_of]
    said = replace(words, signed_at="").as_json()
    return content_id("signed", [said, files, key.chain_pem.decode("ascii"), name])


def _request(here: Studio, take: Take) -> Request | None:
    """Give what was asked; None for a take that nothing was asked for."""
    try:
        return here.router.request(take.partner, take.request)
    except UnknownName:
        return None


def _require_name(out: Path, mime: str) -> None:
    """Refuse a name that says another kind of file."""
    expected = SUFFIXES.get(mime, ())
    if out.suffix.lower() not in expected:
        wanted = f"a name that ends in {' or '.join(expected)}" if expected else "another format"
        raise BadInput(field="--out", found=f"{out.name} for {mime}", expected=wanted)


def _header(words: Claim, signature: str) -> dict[str, str]:
    return {
        "take": words.take,
        "shot": words.shot,
        "made_by": words.made_by,
        "simulated": "yes" if words.simulated else "no",
        "digital_source_type": "compositeWithTrainedAlgorithmicMedia",
        "signature": signature,
    }
