"""A campaign's circled takes, back into the edit."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.domain.cut import Cut
from benchmarks.domain.pack import ShotPack
from benchmarks.editorial import handing, jailed, writing
from benchmarks.editorial.handing import Handed, Handover
from benchmarks.editorial.naming import BY_NAME, named
from benchmarks.editorial.recut import Coverage, Place, coverage
from benchmarks.editorial.recut import place as recut_place
from benchmarks.editorial.writing import Export
from benchmarks.rights import stamping
from benchmarks.rights.stamping import Stamper
from benchmarks.studio import Studio
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import sha256_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be exported, and how."""

    out: Path
    original: Path | None = None  # the cut that came in
    rate: Fraction | None = None  # of an EDL
    how: str = BY_NAME
    code: str | None = None  # one pack of several
    with_media: bool = False  # an .otioz too
    any_cut: bool = False  # the original may be of another show: it is meant


@dataclass(frozen=True, slots=True)
class Seals:
    """Which media of a pack leave signed."""

    stamper: Stamper | None
    takes: Mapping[str, str]  # name of a medium → take
    case: Case

    def copy(self, name: str) -> Path | None:
        """Give a medium's signed copy; None where it leaves unsigned."""
        if self.stamper is None or Path(name).suffix not in _SIGNED:
            return None
        return self.stamper.copy(self.takes[name], name)

    def notes(self) -> Iterator[str]:
        """Say which media leave unsigned, and why."""
        partner = self.case.partner.name
        if self.stamper is None:
            yield f"media are {stamping.UNSIGNED.format(partner)}"
            return
        for name in self.takes:
            if Path(name).suffix not in _SIGNED:
                yield f"media/{name} is unsigned: this kind of file carries no signature"


_SIGNED = frozenset(suffix for suffixes in stamping.SUFFIXES.values() for suffix in suffixes)


def export(studio: Studio, case: Case, order: Order) -> Json:
    """Write `.otio` with every take, EDL and FCP7 XML with the circled ones, beside their media.

    Media are copies signed with the partner's key, where it has one; an EXR's signature lies
    beside it. Gives the files, circled takes and shots without one, by pack, and notes.

    Raises:
        BadFile: the original cannot be read.
        BadInput: it has no shot of the pack, is another pack's, or it is not said of which pack
            it is.
        UnknownName: the campaign has no such pack.
        Conflict: a file that would be replaced was changed, or is another campaign's.
    """
    cut = jailed.read(order.original, order.rate) if order.original else None
    packs = _packs(case, order)
    named_by = stems(case, packs)
    stamper = stamping.stamper(studio, case)
    exports, told = [], []
    for seal in packs:
        handed = _handover(studio, case, seal, cut, order).handed()
        files = jailed.assemble(handed.plan, order.original, order.rate)
        seals = Seals(stamper, handed.takes, case)
        notes = [*doubts(cut, case.packs[seal].pack, order), *files["notes"], *seals.notes()]
        row = _row(handed, notes, named_by[seal])
        told.append(row)
        exports.append(
            Export(
                code=handed.code,
                texts=files["files"],
                media=handed.media,
                told={"campaign": case.id, **row},
                bundle=order.with_media,
                folder=named_by[seal] if len(packs) > 1 else "",
                signed=seals.copy,
            )
        )
    partner = case.partner.name
    written = writing.write(order.out, exports, lambda sha: studio.media.path(partner, sha))
    by = stamper and {"name": stamper.key.name, "note": stamper.key.note}
    body = {"campaign": case.id, "out": str(order.out), "files": written.names, "packs": told}
    return {**body, "replaced": written.replaced, "signed": by or None}


def doubts(cut: Cut | None, pack: ShotPack, order: Order) -> Iterator[str]:
    """Say what speaks against a cut being the pack's; raises BadInput where it is another's.

    Shots are found by their ids, which two shows may share.
    """
    if cut is None or order.original is None:
        return
    marked = cut.metadata.get("pack")
    if marked and marked != pack.code and not order.any_cut:
        raise BadInput(
            field="--timeline",
            found=f"{order.original.name}, a cut of {marked}",
            expected=f"the cut that {pack.code} came from; --any-cut where it is meant",
        )
    if marked == pack.code or _is_handed_in(order.original, pack):
        return
    shots = [s for s in pack.shots if s.cut_in is not None and s.cut_frames]
    asked = {s.id: handing.spot_of(s, pack.fps).used for s in shots}
    found = named(cut, order.how)
    moved = [id_ for id_ in asked if id_ in found and recut_place(found[id_], 0).used != asked[id_]]
    same = sum(id_ in found for id_ in asked) - len(moved)
    what = f"{order.original.name} does not say that it is {pack.code}'s"
    if moved and not same:
        yield f"{what}, and no shot stands in it where the pack says; matched by shot id alone"
    elif not same:
        yield f"{what}: matched by shot id alone"


def _is_handed_in(original: Path, pack: ShotPack) -> bool:
    """Say whether it is, to the byte, the cut that the pack was sealed with."""
    sums = {f.sha256 for f in pack.files if f.functional_type == "edit" and f.sha256}
    return bool(sums) and sha256_of(original.read_bytes()) in sums


def covered(case: Case, after: Mapping[str, Place], code: str) -> Sequence[Coverage]:
    """Say which takes of a campaign still cover the shots of a new cut.

    Raises:
        UnknownName: the campaign has no pack of that code.
    """
    packs = {seal: kept.pack for seal, kept in case.packs.items() if kept.pack.code == code}
    if not packs:
        known = {kept.pack.code for kept in case.packs.values()}
        raise UnknownName("pack", code, known)
    return tuple(each for seal in packs for each in _covered(case, seal, after))


def _covered(case: Case, seal: str, after: Mapping[str, Place]) -> Iterator[Coverage]:
    pack = case.packs[seal].pack
    for shot in pack.shots:
        if shot.id not in after:
            continue
        asked = handing.spot_of(shot, pack.fps)
        takes = [
            (id_, handing.span_of(take, asked, pack.fps))
            for id_, take in case.takes.items()
            if (case.trial_of[id_].pack, case.trial_of[id_].shot) == (seal, shot.id)
        ]
        yield from coverage(shot.id, after[shot.id], takes)


def _handover(studio: Studio, case: Case, seal: str, cut: Cut | None, order: Order) -> Handover:
    return Handover(
        case=case,
        pack=case.packs[seal].pack,
        seal=seal,
        veil=Veil(studio.catalogue, case.simulated, studio.fictional),
        uses=handing.choices(studio.store.decisions(case.partner.name, case.id)),
        cut=cut,
        named=named(cut, order.how) if cut else None,
    )


def _packs(case: Case, order: Order) -> list[str]:
    codes = {seal: kept.pack.code for seal, kept in case.packs.items()}
    found = [seal for seal, code in codes.items() if order.code in {None, code}]
    if not found:
        raise UnknownName("pack", order.code, codes.values())
    if order.original is not None and len(found) > 1:
        listed = ", ".join(sorted(set(codes.values())))
        raise BadInput(
            field="--pack",
            found=f"a cut and {len(found)} packs",
            expected=f"the code of the pack that the cut is of: {listed}",
        )
    return found


def stems(case: Case, packs: Sequence[str]) -> Mapping[str, str]:
    """Name each pack by its code; two of one code by their seals too."""
    codes = Counter(case.packs[seal].pack.code for seal in packs)
    return {
        seal: code if codes[code] == 1 else f"{code}_{seal[:8]}"
        for seal in packs
        for code in (case.packs[seal].pack.code,)
    }


def _row(handed: Handed, notes: Sequence[str], stem: str) -> Json:
    return {
        "pack": handed.code,
        "name": stem,
        "circled": dict(handed.circled),
        "uncircled": list(handed.uncircled),
        "notes": [*handed.notes, *notes],
    }
