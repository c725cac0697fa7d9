"""A home with a long campaign that has ended: 12,800 takes, judged, decided on, voted on.

Plan, gate, ledger, attempts, takes, media, rules, verdicts, decisions and studies are the house's
own, and so is every row. Only the provider is not: it hands over small pictures, no two alike,
without drawing one anew, and the numbers that a take is judged by are made of its name.
"""

import itertools
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.bootstrap import studio
from benchmarks.domain.campaign import CampaignState
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.domain.repair import Decision
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Plan, Stock, plan
from benchmarks.schema import records
from benchmarks.studio import DIALECTS, Studio
from benchmarks.testing import doubles
from benchmarks.testing.home import with_partners
from benchmarks.voting.booth import Call as Opening
from benchmarks.voting.booth import booth_of
from evaluators.domain.score import Direction, Score, Scored
from evaluators.domain.verdict import AcceptanceLine
from router import catalog
from router.attempts.world import Options
from router.clock import SystemClock
from router.domain.ids import content_id, sha256_of
from router.domain.take import Take
from router.ports import Call, Delivered, Outcome
from router.service import Router
from router.vault.columns import attach
from router.workers import hold_name
from tests.bench.figure import sure

SHOTS = 400
PAID = ("init_image", "init_image_alt", "sheet_start", "canonical_text", "style_guide")
RECIPES = (*PAID, "do_nothing", "paste_reference")
TAKES = 6  # of each paid recipe and shot; a control gives one: 32 takes a shot
PARTNER, RATER = "lantern", "ann"
VOTES = 60
PICTURES = 48  # that the provider knows
HANDS = 8  # threads that ask
LINES = (  # kind, metric, must, unit, direction, range of the numbers
    ("identity", "id_ref", True, "similarity", Direction.HIGHER, (0.35, 0.95)),
    ("colour", "colour_match.delta_e", True, "delta_e", Direction.LOWER, (1.0, 14.0)),
    ("costume", "costume_colour", True, "delta_e", Direction.LOWER, (1.0, 16.0)),
    ("prop", "prop_match", False, "similarity", Direction.HIGHER, (0.2, 0.95)),
    ("framing", "framing", False, "share", Direction.HIGHER, (0.4, 1.0)),
    ("other", None, False, None, None, None),
)
STATUSES = ("circled", "approved", "changes", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What lies in the home."""

    home: Path
    campaign: str
    study: str
    takes: int


def fill(home: Path, shots: int = SHOTS) -> Archive:
    """Fill an empty home; a few minutes for the whole season."""
    with_partners(home)
    rich(home)
    with studio(home) as here:
        pack = long_pack(home / "pack", shots)
        files = take_in(pack, here.media)
        here.store.keep_pack(pack, files)
        laid = planned(here, pack, files)
        here.store.add(laid, files)
        with asking(here) as router:
            asked(router, laid)
        name, id_ = laid.campaign.partner, laid.campaign.id
        made = here.router.takes(name, account=id_)
        sure(len(made) == len(laid.trials), f"every trial has a take, found {len(made)}")
        judged(here, laid, made)
        decided(here, id_, made)
        here.store.move(name, id_, CampaignState.DONE)
        call = Opening(campaigns=[id_], raters=[f"{RATER}@{name}"], recipes=PAID[:2], votes=VOTES)
        (study,) = booth_of(here).open(call)
    return Archive(home=home, campaign=id_, study=study.id, takes=len(made))


def rich(home: Path) -> None:
    """Give the partners of a home a budget that no run reaches."""
    for file in (home / "partners").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("budget_usd: 100\n", "budget_usd: 1000000\n"), "utf-8")


def long_pack(root: Path, shots: int) -> ShotPack:
    """Give the small pack of the doubles so many shots of its first kind, with six lines each."""
    small = doubles.pack(root)
    many = tuple(_shot(small.shots[0], number) for number in range(shots))
    return replace(small, shots=many, seal=content_id("pack", [small.seal, shots]))


def _shot(like: Shot, number: int) -> Shot:
    sequence = f"SQ{10 * (1 + number // 20):03}"
    return replace(
        like,
        id=f"{sequence}_SH{10 * (1 + number % 20):04}",
        sequence=sequence,
        order=number,
        acceptance=tuple(_line(n, *row[:3]) for n, row in enumerate(LINES, 1)),
    )


def _line(number: int, kind: str, metric: str | None, must: bool) -> AcceptanceLine:
    criterion = f"{kind.capitalize()} as the director asked for it"
    return AcceptanceLine(number=number, criterion=criterion, kind=kind, must=must, metric=metric)


def planned(here: Studio, pack: ShotPack, files: Mapping[str, object]) -> Plan:
    """Plan the campaign as anybody's."""
    order = Order(
        partner=here.partner(pack.partner),
        packs=[pack],
        recipes=recipes.choose(here.recipes, list(RECIPES)),
        takes=TAKES,
        budget_musd=100_000 * 1_000_000,
        simulated=True,
    )
    stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)  # type: ignore[arg-type]  # refs
    return plan(order, stock, now=here.clock.now())


@contextmanager
def asking(here: Studio) -> Iterator[Router]:
    """Open the home's router on a provider that answers at once, and asks for no patience."""
    models = {
        key: replace(m, quota=replace(m.quota, in_flight=HANDS, requests_per_minute=None))
        for key, m in catalog.load().items()
    }
    worker = hold_name(here.settings.home / "workers")
    with records(here.settings) as engine:
        attach(engine, here.vault)
        provider = Provider()
        yield Router(
            settings=here.settings,
            clock=SystemClock(),
            catalogue=models,
            partners=here.partners,
            engine=engine,
            media=here.media,
            backends=dict.fromkeys(DIALECTS, provider),
            options=Options(min_free_bytes=0),
            worker=worker,
        )
    worker.release()


def asked(router: Router, laid: Plan) -> None:
    """Ask for every take, and stay until the last one is there."""
    of = laid.campaign
    router.open_account(of.partner, of.id, of.budget_musd, simulated=True)
    attempts = router.submit(laid.requests)
    with ThreadPoolExecutor(HANDS) as pool:
        ended = list(pool.map(lambda a: router.advance(a.partner, a.id), attempts))
    states = {(a.state.value, a.code) for a in ended}
    sure(states == {("settled", "")}, f"every take is settled, found {states}")


class Provider:
    """Hands over pictures that it has drawn before; satisfies router.ports.Backend."""

    def __init__(self) -> None:
        """Draw them."""
        self._drawn = [_picture(n) for n in range(PICTURES)]
        self._turn = itertools.count()

    def send(self, call: Call) -> Outcome:
        """Answer at once."""
        return Delivered(
            data=signed(self._drawn[next(self._turn) % PICTURES], call.attempt),
            mime="image/png",
            seed=call.request.seed,
            provider_ref=f"req-{call.attempt}",
            simulated=True,
            billed_units=1.0,
        )

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Be never asked: every answer came at once."""
        raise LookupError(f"{call.attempt} {provider_ref}")

    def find(self, call: Call) -> Outcome | None:
        """Know of no lost answer."""
        return None


def _picture(number: int) -> bytes:
    mark = bytes((5 * number, 255 - 5 * number))
    return doubles.picture(40 + 2 * number, width=320, height=180, mark=mark)


def signed(picture: bytes, words: str) -> bytes:
    """Write words into a PNG, before its end: its bytes are its own, its pixels are not."""
    body = b"tEXtattempt\0" + words.encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return picture[:-12] + chunk + picture[-12:]


def judged(here: Studio, laid: Plan, made: Sequence[Take]) -> None:
    """Judge every take by the house's rules, on numbers made of its name."""
    name, id_ = laid.campaign.partner, laid.campaign.id
    pack = laid.packs[0]
    shots, trials = {s.id: s for s in pack.shots}, {t.request: t for t in laid.trials}
    for row, take in enumerate(made):
        shot = shots[trials[take.request].shot]
        scored = Scored(
            row=row, take=take.id, sha256=take.media.sha256, shot=shot.id,
            flags=(), scores=tuple(_scores(take.id)),
        )  # fmt: skip
        verdicts = here.runner.rule(shot.acceptance, scored)
        here.store.put_judged(name, id_, scored, verdicts, here.clock.now())


def _scores(take: str) -> Iterator[Score]:
    for number, (_, metric, _, unit, direction, span) in enumerate(LINES):
        if metric is None or span is None:
            continue
        luck = int(sha256_of(f"{take}/{number}".encode())[:8], 16) / 0xFFFFFFFF
        value = span[0] + luck * (span[1] - span[0])
        yield doubles.measured(metric, value, str(unit), direction)  # type: ignore[arg-type]


def decided(here: Studio, campaign: str, made: Sequence[Take]) -> None:
    """Let a named person decide about one take in eight."""
    for number, take in enumerate(made[::8]):
        status = STATUSES[number % len(STATUSES)]
        here.store.decide(
            Decision(
                partner=take.partner,
                id=content_id("decision", [take.id, status]),
                campaign=campaign,
                take=take.id,
                by="Ines Vidal",
                role="director",
                status=status,
                notes="",
                created_at=here.clock.now(),
            )
        )
