"""A double of a whole studio: a small campaign and everything that it runs on, in one folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from benchmarks.pictures.pixels import Darkroom
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Plan, Stock, plan
from benchmarks.planning.sources import CannotAsk
from benchmarks.ports import Judge
from benchmarks.repairing.repair import Repairer
from benchmarks.running.progress import Progress
from benchmarks.running.runner import Runner
from benchmarks.store.store import MIGRATIONS, Store
from benchmarks.testing import doubles
from benchmarks.testing.routing import InlineJobs, ScriptedRouter, StoppedClock
from benchmarks.views.case import Case, gather
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from evaluators.domain.verdict import AcceptanceLine
from router import catalog, tasks
from router.domain.media import MediaRef
from router.store import database

DIALECTS = ("bedrock_invoke", "bedrock_async", "local")


class Stage:
    """Real plan, store and runner; scripted router and judge; a clock that stands still."""

    def __init__(self, root: Path) -> None:
        """Lay out everything under a folder."""
        self.catalogue = catalog.load()
        self.recipes = recipes.load(self.catalogue, tasks.load())
        self.engine = database.connect(root / "circletake.db")
        database.migrate(self.engine, [database.MIGRATIONS, MIGRATIONS])
        self.store = Store(self.engine, ("lantern", "neighbour"))
        self.media = doubles.FolderMedia(root / "media")
        self.pack = doubles.pack(root / "pack")
        self.files = doubles.taken_in(self.media, self.pack)
        self.router = ScriptedRouter(self.media)
        self.clock = StoppedClock()
        self.judged: list[str] = []
        self.seen: list[Progress] = []
        self.looked: list[tuple[str, str]] = []  # sha-256 of a take, and what was looked for
        self.blind = False
        self.id = ""  # of the campaign that was run to its end

    @classmethod
    @contextmanager
    def to_repair(cls, root: Path, *lines: AcceptanceLine) -> Iterator[Self]:
        """Give a finished campaign of each kind of take, whose shots demand these lines too."""
        stage = cls(root)
        shots = tuple(replace(s, acceptance=(*s.acceptance, *lines)) for s in stage.pack.shots)
        stage.pack = replace(stage.pack, shots=shots)
        stage.finish("init_image", "inpaint_matte", "video_from_key", takes=1)
        stage.router.sent.clear()
        yield stage
        stage.engine.dispose()

    def plan(
        self,
        *names: str,
        takes: int = 2,
        budget_musd: int = 50_000_000,
        simulated: bool = True,
    ) -> Plan:
        """Plan a campaign of the pack."""
        order = Order(
            partner=doubles.partner(),
            packs=[self.pack],
            recipes=recipes.choose(self.recipes, names or ["init_image", "erase_matte"]),
            takes=takes,
            budget_musd=budget_musd,
            simulated=simulated,
        )
        stock = Stock(catalogue=self.catalogue, media=self.files, dialects=DIALECTS)
        return plan(order, stock, now=doubles.NOW)

    def finish(self, *names: str, takes: int = 2) -> None:
        """Plan a campaign of the pack, and run it to its end."""
        planned = self.plan(*names, takes=takes)
        self.runner().run(planned, self.files)
        self.id = planned.campaign.id

    def case(self, campaign: str = "") -> Case:
        """Gather a campaign; without a name, the one that was run to its end."""
        return gather(
            doubles.partner(),
            campaign or self.id,
            store=self.store,
            router=self.router,
            now=doubles.NOW,
        )

    def judge(self, partner: str, briefs: Sequence[Brief]) -> Iterator[Scored]:
        """Score, and note what was scored."""
        for scored in doubles.judge(partner, briefs):
            self.judged.append(scored.take)
            yield scored

    def look(self, partner: str, take: MediaRef, source: str, drawn: MediaRef | None) -> MediaRef:
        """Find the upper half of every take, unless this stage is blind."""
        if self.blind:
            raise CannotAsk("no_region", field="inputs.mask", found="no face", expected="a face")
        self.looked.append((take.sha256, source))
        return drawn or self.media.put(partner, doubles.matte(), "image/png")

    def runner(self, *, limit: int | None = None, judge: Judge | None = None) -> Runner:
        """Give a runner; with a limit, its machine stops after so many calls."""
        return Runner(
            router=self.router,
            jobs=InlineJobs(self.router, limit),
            store=self.store,
            media=self.media,
            judge=judge or self.judge,
            rule=doubles.rule,
            clock=self.clock,
            sight=self.look,
            on_progress=self.seen.append,
        )

    def repairer(self, darkroom: Darkroom) -> Repairer:
        """Give a repairer that asks and rules as the runner does."""
        return Repairer(
            router=self.router,
            jobs=InlineJobs(self.router),
            store=self.store,
            media=self.media,
            judge=self.judge,
            rule=doubles.rule,
            clock=self.clock,
            darkroom=darkroom,
            catalogue=self.catalogue,
            recipes=self.recipes,
        )
