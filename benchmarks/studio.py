"""A studio: everything of one home joined, as commands, service and worker act on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.decisions.circled import CIRCLED, WITHDRAWN, Place, chosen, circled
from benchmarks.decisions.deciding import Deciding, Word
from benchmarks.decisions.frames import Cutter
from benchmarks.domain.campaign import Observation, Recipe
from benchmarks.domain.pack import ShotPack
from benchmarks.domain.repair import Decision
from benchmarks.importing import Importer
from benchmarks.judgement.judging import Judging
from benchmarks.judgement.looking import Looking
from benchmarks.packs import check as packs
from benchmarks.packs.intake import take_in
from benchmarks.pictures.pixels import Darkroom
from benchmarks.planning.phrasing import Writing
from benchmarks.planning.plan import Order, Plan, Stock, plan
from benchmarks.planning.recipes import FIRST_FRAME, LAST_FRAME, builds_on, choose
from benchmarks.planning.writer import write
from benchmarks.polls import heard, readers_of
from benchmarks.ports import Media
from benchmarks.repairing.repair import Repairer
from benchmarks.reporting.editions import INTERNAL
from benchmarks.running.briefs import file_brief
from benchmarks.running.recalling import remembered
from benchmarks.running.runner import Runner
from benchmarks.running.wire import Wire
from benchmarks.store.store import Store
from benchmarks.views.case import Case, gather
from benchmarks.views.crossing import Crossing, crossings
from benchmarks.views.document import Imprint, document
from benchmarks.views.others import own
from benchmarks.views.pictures import Album, Easel
from evaluators import panel
from evaluators.cache import Cache
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from evaluators.domain.verdict import Verdict
from router.admission.retention import Modes, is_governed
from router.audit.log import AuditLog
from router.clock import SystemClock
from router.cloud.account import Account
from router.domain.errors import BadInput, UnknownName, Unreachable
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.money import Reconciled
from router.domain.partner import Partner
from router.domain.take import Take
from router.heap import growing
from router.jobs.duty import Duty
from router.jobs.engine import JobEngine
from router.llm.asking import Asking
from router.llm.asking import name_of as name_of_inquiry
from router.llm.language import DIALECT as CONVERSE
from router.service import Router
from router.settings import Settings
from router.tasks import Tasks
from router.vault.vault import Vault

_UNREAD = "the account's data-retention mode could not be read; it is before anything is paid"
DIALECTS = ("bedrock_invoke", "bedrock_async", "sagemaker_async", "local")


def governed_regions(order: Order, catalogue: Mapping[str, Model]) -> frozenset[str]:
    """Give the Regions whose data-retention mode counts: of the recipes' models and the writer."""
    asked = [call.model for recipe in order.recipes for call in recipe.calls]
    models = [catalogue[key] for key in (*asked, order.writer) if key is not None]
    return frozenset(region for m in models if is_governed(m) for region in m.regions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Everything joined: what commands, service and worker act on."""

    settings: Settings
    clock: SystemClock
    catalogue: Mapping[str, Model]
    tasks: Tasks
    partners: Mapping[str, Partner]
    fictional: frozenset[str]  # partners of the demonstration, whose names may be shown
    recipes: Mapping[str, Recipe]
    media: Media
    store: Store
    router: Router
    wire: Wire
    runner: Runner
    jobs: JobEngine | None  # None = this process only looks
    asking: Asking  # questions to language models, paid from a campaign's budget
    vault: Vault  # partners' keys
    audit: AuditLog  # who did what
    account: Account | None  # whose settings count; None = there is none
    duty: Duty = field(default_factory=Duty)  # which of the work this process does

    def partner(self, name: str) -> Partner:
        """Give a partner; raises UnknownName."""
        if name not in self.partners:
            hint = f"`circletake partners new {name}` adds one"
            raise UnknownName("partner", name, self.partners, hint=hint)
        return self.partners[name]

    def pack(self, root: Path) -> ShotPack:
        """Read a pack; raises BadInput with its first mistake where it has any."""
        checked = packs.check(
            root, today=self.clock.now().date(), metrics=frozenset(panel.output_names())
        )
        if checked.pack is None or not checked.ok:
            count, first = len(checked.errors), checked.errors[0]
            expected = f"a sound pack; `circletake pack check {root}` lists all {count} mistakes"
            raise BadInput(field=str(root), found=str(first), expected=expected)
        return checked.pack

    def plan(
        self,
        *,
        partner: str,
        roots: Sequence[Path],
        recipes: Sequence[str],
        takes: int | None,
        budget_musd: int,
        simulated: bool,
        writer: str | None = None,
    ) -> tuple[Plan, Mapping[str, MediaRef]]:
        """Lay out a campaign; gives it with the packs' files, taken into the media store."""
        asked = self.partner(partner)
        order = Order(
            partner=asked,
            packs=[self.pack(root) for root in roots],
            recipes=choose(self.recipes, recipes or asked.recipes),
            takes=takes,
            budget_musd=budget_musd,
            simulated=simulated,
            writer=self._writer(writer),
        )
        files = {sha: ref for pack in order.packs for sha, ref in take_in(pack, self.media).items()}
        return self.lay_out(order, files), files

    def lay_out(self, order: Order, files: Mapping[str, MediaRef]) -> Plan:
        """Lay out a campaign of packs whose files are in the media store."""
        modes, unread = self._modes(order)
        stock = Stock(
            catalogue=self.catalogue,
            media=files,
            dialects=DIALECTS,
            circled=circled(order.partner.name, self.store, self.router, simulated=order.simulated),
            first_frames=self._ends(order, FIRST_FRAME),
            last_frames=self._ends(order, LAST_FRAME),
            modes=modes,
            notes=unread,
            recipes=tuple(self.recipes.values()),
            written=lambda names: self.store.words.written(order.partner.name, names),
        )
        return plan(order, stock, now=self.clock.now())

    def forecast_writing_musd(self, laid: Plan) -> int:
        """Give the most that the texts can cost which a plan has yet to have written."""
        every = {name_of_inquiry(ask.inquiry): ask.inquiry for ask in laid.due}
        return sum(map(self.asking.worst_case_musd, every.values()))

    def have_written(self, laid: Plan) -> int:
        """Have the texts written that a plan waits for, paid from its budget; says how many.

        Raises:
            Busy: the language model does not answer now; what was written is kept.
            OverBudget: the budget does not cover the next text.
            NotEntitled: this language model may not read a shot's words.
        """
        kept = laid.campaign
        self.router.open_account(kept.partner, kept.id, kept.budget_musd, simulated=kept.simulated)

        def keep(name: str, writing: Writing) -> None:
            self.store.words.keep(kept.partner, name, writing, self.clock.now())

        return len(write(laid.due, self.asking, keep))

    def reconcile(self, partner: str, account: str | None = None) -> Reconciled:
        """Look for lost answers: takes, and what language models said."""
        takes = self.router.reconcile(partner, account)
        return takes + self.asking.reconcile(partner, account)

    def _writer(self, key: str | None) -> str | None:
        """Check that a model can write prompts; raises UnknownName."""
        writers = [k for k, m in self.catalogue.items() if m.dialect == CONVERSE]
        if key is not None and key not in writers:
            raise UnknownName("writer", key, writers)
        return key

    def _ends(self, order: Order, source: str) -> Mapping[Place, MediaRef]:
        """Cut frames out of circled clips, where a recipe of this order starts from them."""
        if not any(source in builds_on(recipe) for recipe in order.recipes):
            return {}
        darkroom = Darkroom()
        cutter = Cutter(router=self.router, media=self.media, darkroom=darkroom, clock=self.clock)
        try:
            found = chosen(order.partner.name, self.store, self.router, simulated=order.simulated)
            return cutter.stills(found, source)
        finally:
            darkroom.close()

    def _modes(self, order: Order) -> tuple[Modes | None, tuple[str, ...]]:
        """Read how the account keeps data where this order may go; a plan can do without.

        Only AWS' own account is asked: what is simulated is asked when it runs.
        """
        if order.simulated or self.account is None or self.wire is Wire.SIMULATED:
            return None, ()
        regions = sorted(governed_regions(order, self.catalogue))
        try:
            found = {region: self.account.data_retention(region) for region in regions}
        except Unreachable as silence:
            return None, (f"{_UNREAD}: {silence}",)
        return found.__getitem__, ()

    def case(self, campaign: str) -> Case:
        """Read a campaign with everything that is known about it; raises UnknownName."""
        partner = self.partner(self.store.owner(campaign))
        return gather(partner, campaign, store=self.store, router=self.router, now=self.clock.now())

    def judged(
        self, pack: ShotPack, shot: str, takes: Sequence[Path]
    ) -> Iterator[tuple[Scored, tuple[Verdict, ...]]]:
        """Measure any files as takes of a shot and answer its lines; raises UnknownName."""
        wanted = {s.id: s for s in pack.shots}
        if shot not in wanted:
            raise UnknownName("shot", shot, wanted)
        files = take_in(pack, self.media)
        briefs = [
            file_brief(row, take, wanted[shot], pack, files=files, place=self.media.path)
            for row, take in enumerate(takes)
        ]
        for scored in self.runner.judge(pack.partner, briefs):
            yield scored, self.runner.rule(wanted[shot].acceptance, scored)

    def campaign_of(self, take: str) -> str:
        """Say which campaign a take belongs to; raises UnknownName."""
        return self.take(take).account

    def take(self, take: str) -> Take:
        """Give a take of any partner, for the local operator; raises UnknownName."""
        for partner in self.partners:
            for found in self.router.takes(partner, ids=[take]):
                return found
        raise UnknownName("take", take, ["see `circletake campaign status`"])

    def observe(self, *, campaign: str, takes: Sequence[str], by: str, **words: str) -> Observation:
        """Keep a named person's own words; raises UnknownName, and BadInput for no name."""
        case = self.case(campaign)
        for take in takes:
            if take not in case.takes:
                raise UnknownName("take", take, case.takes)
        if not by.strip():
            raise BadInput(field="by", found=by, expected="the name of the person who says it")
        content = [case.partner.name, campaign, by, words, list(takes)]
        kept = Observation(
            partner=case.partner.name,
            id=content_id("observation", content),
            campaign=campaign,
            by=by,
            takes=tuple(takes),
            created_at=self.clock.now(),
            **words,
        )
        self.store.observe(kept)
        return kept

    def decide(
        self, take: str, *, by: str, role: str = "", note: str = "", withdraw: bool = False
    ) -> Decision:
        """Keep a named person's decision on a take; the latest one of a take counts.

        Raises:
            UnknownName: no campaign has this take.
            BadInput: nobody is named, or there is no circle to take back.
            NotEntitled: a human in it is played by nobody, and no approval is on record.
        """
        word = self._word(take, by, role, note)
        deciding = Deciding(store=self.store, router=self.router)
        return deciding.decide(word, self.clock.now(), WITHDRAWN if withdraw else CIRCLED)

    def clear(self, take: str, evidence_sha256: str, *, by: str, role: str, note: str) -> Decision:
        """Put a named person's approval of a take on record; raises as `decide`."""
        word = self._word(take, by, role, note)
        deciding = Deciding(store=self.store, router=self.router)
        return deciding.clear(word, evidence_sha256, self.clock.now())

    def _word(self, take: str, by: str, role: str, note: str) -> Word:
        if not by.strip():
            raise BadInput(field="by", found=by, expected="the name of the person who decides")
        of = self.take(take)
        return Word(partner=of.partner, campaign=of.account, take=take, by=by, role=role, note=note)

    def open_account(self, campaign: str) -> None:
        """Open a campaign's budget for what is asked about its takes; raises UnknownName."""
        partner = self.store.owner(campaign)
        kept = self.store.campaign(partner, campaign).campaign
        self.router.open_account(partner, campaign, kept.budget_musd, simulated=kept.simulated)

    def judging(self) -> Judging:
        """Give what has takes compared by language models."""
        return Judging(
            store=self.store,
            media=self.media,
            asks=self.asking,
            catalogue=self.catalogue,
            clock=self.clock,
            modes=self.asking.modes if self.asking.voice else None,
        )

    def looking(self) -> Looking:
        """Give what has every take looked at by language models."""
        return Looking(judging=self.judging(), rule=self.runner.rule)

    def repairer(self) -> Repairer:
        """Give what plans and does repairs."""
        runner = self.runner
        return Repairer(
            router=self.router,
            jobs=runner.jobs,
            store=self.store,
            media=self.media,
            judge=runner.judge,
            rule=runner.rule,
            clock=self.clock,
            darkroom=Darkroom(),
            catalogue=self.catalogue,
            recipes=self.recipes,
        )

    def importer(self) -> Importer:
        """Give what brings in takes that were made elsewhere."""
        runner = self.runner
        return Importer(
            store=self.store,
            router=self.router,
            media=self.media,
            judge=runner.judge,
            rule=runner.rule,
            clock=self.clock,
        )

    @growing()
    def document(
        self,
        campaigns: Sequence[str],
        *,
        title: str,
        command: str,
        pictures: bool = True,
        edition: str = INTERNAL,
        studies: Sequence[str] = (),
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Compile the report document of some campaigns, and the pictures that it names.

        `edition` is `internal`, or the partner who may read it: that one's campaigns are shown.
        `studies` narrows what people voted to these; a glance without pictures has no single votes
        in it.
        """
        easel = Easel()
        album = Album(
            media=self.media,
            darkroom=Darkroom(),
            draw=easel if pictures else None,
            folder=self.settings.home / "derived",
            names_only=not pictures,
        )
        imprint = Imprint(
            title=title,
            now=self.clock.now(),
            code_version=version("circletake"),
            generated_by=command,
            reproduce="circletake campaign plan on the same sealed packs, recipes and seeds gives "
            "the same campaign id; resume completes it and pays for nothing twice",
            fictional=self.fictional,
            edition=edition,
        )
        try:
            cases = [self.case(c) for c in campaigns]
            cross = self.crossings if pictures else lambda _case: ()
            readers = readers_of(edition, self.partners, imprint.now.date())
            spoken = heard(self.store, own(cases, edition), readers, studies)
            told, assets = document(cases, self.catalogue, album, imprint, cross, spoken)
            return told if pictures else told | {"votes": []}, assets
        finally:
            easel.close()

    def crossings(self, case: Case) -> Sequence[Crossing]:
        """Compare a campaign's characters from shot to shot, from what was remembered of takes."""
        return crossings(case, place=self.media.place, measure=self._remembered)

    def _remembered(self, partner: str, briefs: Sequence[Brief]) -> Iterator[Scored]:
        cache = Cache(self.settings.home / "scores" / partner, self.vault.lock(partner))
        return remembered(partner, briefs, media=self.media, cache=cache)
