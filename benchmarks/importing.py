"""Takes made elsewhere come in: a consumer tool's, or made by hand. All rows are good, or none is.

They are never billed. They are measured like every other take; compared are those that were
declared when they came in, because choosing afterwards chooses the outcome.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path

from benchmarks.domain.elsewhere import MADE_ELSEWHERE, Elsewhere
from benchmarks.domain.pack import Shot
from benchmarks.pictures.pixels import Darkroom
from benchmarks.ports import Judge, Media, Router, Rule
from benchmarks.running.briefs import brief
from benchmarks.store.store import KeptPack, Store
from router.domain.errors import BadInput
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.mistake import BadFile, Mistake
from router.domain.take import Source, Take
from router.files.csv_rows import check_header, records
from router.ports import Clock
from router.probe import Prober, Undecodable

COLUMNS = ("shot", "file", "label", "tool", "made_by", "minutes", "cost_usd", "declared")
MAY_BE_EMPTY = ("minutes", "cost_usd")
MOST_ROWS = 2_000
MOST_BYTES = 512 * 1024 * 1024
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.+-]{0,38}")
ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a manifest that is good by itself."""

    number: int  # in the file; the header is row 1
    shot: str
    path: Path
    label: str
    tool: str
    made_by: str
    minutes: float | None
    cost_musd: int | None
    declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Brings takes into campaigns."""

    store: Store
    router: Router
    media: Media
    judge: Judge
    rule: Rule
    clock: Clock

    def bring(
        self, partner: str, campaign: str, manifest: Path, *, simulated: bool
    ) -> tuple[Elsewhere, ...]:
        """Read a manifest, store its files and judge them; doing it twice changes nothing.

        Args:
            partner: whose campaign it is.
            campaign: its id.
            manifest: CSV with the columns COLUMNS; paths are relative to it.
            simulated: the files are stand-ins of a rehearsal and are marked as simulated.

        Raises:
            BadFile: with every bad row, by its number.
            BadInput: real takes would be compared with simulated ones.
        """
        shots = self._shots(partner, campaign)
        kind = self.store.campaign(partner, campaign).campaign.simulated
        rows, mistakes = read(manifest, shots)
        mistakes += _mixed(manifest.name, rows, campaign_simulated=kind, simulated=simulated)
        stored, unreadable = self._stored(partner, manifest.name, rows)
        mistakes += unreadable
        if mistakes:
            raise BadFile(sorted(mistakes, key=lambda m: m.line or 0))
        known = {g.take: g for g in self.store.guests.of(partner, campaign)}
        guests = list(self._guests(partner, campaign, stored, shots, known))
        takes = {
            g.take: _take(g, ref, simulated=simulated, row=row)
            for g, (row, ref) in zip(guests, stored, strict=True)
        }
        for take in takes.values():
            self.router.record_take(take)
        self.store.guests.add(guests)
        self._judge(partner, campaign, [t for t in takes.values() if t.id not in known], shots)
        return tuple(guests)

    def _shots(self, partner: str, campaign: str) -> Mapping[str, tuple[KeptPack, Shot]]:
        """Give the shots that the campaign asks for; one id in two packs belongs to the first."""
        found: dict[str, tuple[KeptPack, Shot]] = {}
        asked = {(t.pack, t.shot) for t in self.store.trials(partner, campaign)}
        for seal in self.store.campaign(partner, campaign).campaign.packs:
            kept = self.store.pack(partner, seal)
            for shot in kept.pack.shots:
                if (seal, shot.id) in asked:
                    found.setdefault(shot.id, (kept, shot))
        return found

    def _stored(
        self, partner: str, file: str, rows: Sequence[Row]
    ) -> tuple[list[tuple[Row, MediaRef]], list[Mistake]]:
        """Decode every file in a jailed child, and store those that are pictures or clips."""
        stored: list[tuple[Row, MediaRef]] = []
        mistakes: list[Mistake] = []
        darkroom, prober = Darkroom(), Prober()
        try:
            for row in rows:
                data = row.path.read_bytes()
                try:
                    darkroom.frames(data)
                    stored.append((row, self.media.put(partner, data, prober.probe(data).mime)))
                except (BadInput, Undecodable) as error:
                    found = f"{row.path.name}: {error.found}"
                    mistakes.append(_bad(file, row.number, "file", found, "a picture or clip"))
        finally:
            darkroom.close()
            prober.close()
        return stored, mistakes

    def _guests(
        self,
        partner: str,
        campaign: str,
        stored: Sequence[tuple[Row, MediaRef]],
        shots: Mapping[str, tuple[KeptPack, Shot]],
        known: Mapping[str, Elsewhere],
    ) -> Iterator[Elsewhere]:
        count: dict[tuple[str, str], int] = {}
        for guest in known.values():
            key = (guest.shot, guest.label)
            count[key] = max(count.get(key, 0), guest.number)
        for row, ref in stored:
            take = content_id("elsewhere", [partner, campaign, row.shot, row.label, ref.sha256])
            if take in known:
                yield known[take]
                continue
            count[row.shot, row.label] = count.get((row.shot, row.label), 0) + 1
            yield Elsewhere(
                partner=partner,
                campaign=campaign,
                take=take,
                pack=shots[row.shot][0].pack.seal,
                shot=row.shot,
                number=count[row.shot, row.label],
                label=row.label,
                tool=row.tool,
                made_by=row.made_by,
                minutes=row.minutes,
                cost_musd=row.cost_musd,
                declared=row.declared,
                created_at=self.clock.now(),
            )

    def _judge(
        self,
        partner: str,
        campaign: str,
        takes: Sequence[Take],
        shots: Mapping[str, tuple[KeptPack, Shot]],
    ) -> None:
        place = {g.take: g.shot for g in self.store.guests.of(partner, campaign)}
        briefs = []
        for row, take in enumerate(takes):
            kept, shot = shots[place[take.id]]
            briefs.append(
                brief(row, take, shot, kept.pack, files=kept.media, place=self.media.path)
            )
        for scored in self.judge(partner, briefs) if briefs else ():
            _, shot = shots[place[scored.take]]
            verdicts = self.rule(shot.acceptance, scored)
            self.store.put_judged(partner, campaign, scored, verdicts, self.clock.now())


def read(path: Path, shots: Mapping[str, object]) -> tuple[list[Row], list[Mistake]]:
    """Read a manifest: the good rows, and what is wrong with the others.

    Raises:
        BadInput: it is no CSV file with these columns, or has no rows or too many.
    """
    header, lines = _lines(path)
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    seen: set[tuple[str, str, str]] = set()
    for number, cells in lines:
        if len(cells) != len(header):
            count = f"{len(cells)} cells"
            mistakes.append(_bad(path.name, number, "", count, f"{len(header)}, as in the header"))
            continue
        given = dict(zip(header, cells, strict=True))
        wrong = list(_wrong(path, number, given, shots))
        key = (given["shot"], given["label"], given["file"])
        if not wrong and key in seen:
            expected = "each file once for a shot and label"
            wrong.append(_bad(path.name, number, "file", given["file"], expected))
        mistakes += wrong
        if not wrong:
            seen.add(key)
            rows.append(_row(path, number, given))
    return rows, mistakes


def _lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    lines = list(islice(records(path), MOST_ROWS + 2))
    header = lines[0][1] if lines else []
    check_header(header, path.name, COLUMNS)
    if len(header) > len(COLUMNS):
        found, expected = ", ".join(header), f"columns {', '.join(COLUMNS)}"
        raise BadInput(field=path.name, found=found, expected=expected)
    if not 1 <= len(lines) - 1 <= MOST_ROWS:
        found = f"over {MOST_ROWS} rows" if len(lines) > 1 else "0 rows"
        raise BadInput(field=path.name, found=found, expected=f"1 to {MOST_ROWS} rows")
    return header, lines[1:]


def _wrong(
    path: Path,
    number: int,
    given: Mapping[str, str],
    shots: Mapping[str, object],
) -> Iterator[Mistake]:
    for column, expected in _empty(given) or _wrong_words(given, shots):
        yield _bad(path.name, number, column, given[column] or "nothing", expected)
    yield from _wrong_file(path, number, given["file"])


def _empty(given: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(c, "a value") for c in COLUMNS if not given[c] and c not in MAY_BE_EMPTY]


def _wrong_words(
    given: Mapping[str, str], shots: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    if given["shot"] not in shots:
        yield "shot", f"a shot of the campaign: {', '.join(sorted(shots))}"
    if not LABEL.fullmatch(given["label"]):
        yield "label", "up to 39 letters, digits, spaces and _ . + -"
    if given["declared"].lower() not in ANSWERS:
        yield "declared", "yes or no"
    for column in MAY_BE_EMPTY:
        if given[column] and _number(given[column]) is None:
            yield column, "a number of at least 0, or nothing where nobody knows"


def _wrong_file(path: Path, number: int, name: str) -> Iterator[Mistake]:
    if not name:
        return
    file = path.parent / name
    if not file.is_file():
        yield _bad(path.name, number, "file", f"no file {name}", "a file beside the manifest")
    elif file.stat().st_size > MOST_BYTES:
        found = f"{file.stat().st_size} bytes"
        yield _bad(path.name, number, "file", found, f"at most {MOST_BYTES} bytes")


def _row(path: Path, number: int, given: Mapping[str, str]) -> Row:
    cost = _number(given["cost_usd"])
    minutes = _number(given["minutes"])
    return Row(
        number=number,
        shot=given["shot"],
        path=path.parent / given["file"],
        label=given["label"],
        tool=given["tool"],
        made_by=given["made_by"],
        minutes=None if minutes is None else float(minutes),
        cost_musd=None if cost is None else int(cost * 1_000_000),
        declared=ANSWERS[given["declared"].lower()],
    )


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value <= 1_000_000 else None


def _mixed(
    file: str, rows: Sequence[Row], *, campaign_simulated: bool, simulated: bool
) -> list[Mistake]:
    """Keep real and simulated takes from being compared with each other."""
    if simulated and not campaign_simulated:
        found = "stand-ins (--simulated) for a real campaign"
        raise BadInput(field="--simulated", found=found, expected="real takes beside real takes")
    if not campaign_simulated or simulated:
        return []
    expected = (
        "no: the campaign is simulated, and a real take is never compared with simulated ones; "
        "stand-ins of a rehearsal come in with --simulated"
    )
    return [_bad(file, r.number, "declared", "yes", expected) for r in rows if r.declared]


def _take(guest: Elsewhere, ref: MediaRef, *, simulated: bool, row: Row) -> Take:
    return Take(
        partner=guest.partner,
        id=guest.take,
        request=content_id("import", [guest.take]),
        attempt="",
        account=guest.campaign,
        model=MADE_ELSEWHERE,
        operation=MADE_ELSEWHERE,
        media=ref,
        prompt="",
        seed=None,
        source=Source.IMPORTED,
        simulated=simulated,
        cost_musd=0,
        latency_s=0.0,
        created_at=guest.created_at,
        provider_ref=row.tool[:80],
    )


def _bad(file: str, row: int, column: str, found: str, expected: str) -> Mistake:
    name = f"row {row} {column}".strip()
    return Mistake(file=file, field=name, line=row, found=found, expected=expected, code="row")
