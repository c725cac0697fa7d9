"""A service as it is deployed: one `serve`, two `worker`s, an emulator, and a home or a PostgreSQL.

Each is a process of its own, so that it can be killed. What they all stand on is made here: two
fictional studios with plenty of money, one campaign that has ended, and in a shared deployment a
key for each caller.
"""

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.bootstrap import studio
from benchmarks.packs.intake import take_in
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.running.wire import Wire
from benchmarks.studio import DIALECTS
from benchmarks.testing import doubles
from benchmarks.testing.home import with_partners
from dashboard.testing.console import Terminal
from router import emulation
from router.telling import log

PARTNERS = ("lantern", "neighbour")
RECIPES = ("init_image", "erase_matte")
TAKES = 8  # of each cell of the campaign that has ended
WORKERS = 2
_SERVICE = ("serve", "--simulate", "--port", "0")


@dataclass(slots=True)
class House:
    """The processes of one deployment."""

    home: Path
    campaign: str = ""  # that has ended
    seal: str = ""  # of the pack that it was about
    url: str = ""
    keys: dict[str, list[str]] = field(default_factory=dict)  # by partner; none in a local home
    kills: int = 0
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def serving(self) -> int:
        """Name the process of the service."""
        return self._running["serve"].pid

    def start(self, name: str, *words: str) -> dict[str, Any]:
        """Start one of our commands; gives the line that says that it is ready."""
        with (self.home / f"{name}.err").open("ab") as errors:
            child = subprocess.Popen(
                Terminal(self.home).command(*words),
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._running[name] = child
        line = child.stdout.readline() if child.stdout else b""
        if not line:
            raise RuntimeError(f"{name} did not come up: {self.told(name)}")
        said: dict[str, Any] = json.loads(line)
        return said

    def told(self, name: str) -> str:
        """Give what a process said last on standard error."""
        return (self.home / f"{name}.err").read_text(encoding="utf-8", errors="replace")[-2000:]

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End one process and whatever it started."""
        child = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        try:
            child.wait(90)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if child.stdout:
            child.stdout.close()

    @contextmanager
    def kill_each(self, seconds: float) -> Iterator[None]:
        """Kill one worker with -9 each so many seconds, in turns, and start it again."""

        def work() -> None:
            while not self._over.wait(seconds):
                name = f"worker-{self.kills % WORKERS}"
                self.end(name, signal.SIGKILL)
                self.kills += 1
                self.start(name, "worker", "--simulate")

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            self._over.clear()

    def close(self) -> None:
        """End every process."""
        for name in [*self._running]:
            self.end(name)


@contextmanager
def opened(
    folder: Path,
    *,
    made: Any = None,
    callers: int = 0,
    guarded: bool = False,
    partners: tuple[str, ...] = PARTNERS,
) -> Iterator[House]:
    """Deploy a service in an empty folder.

    Args:
        folder: the home is made in it.
        made: a database of `tests.postgres`; None = SQLite in the home.
        callers: how many keys are made, the partners in turns; only where keys are asked for.
        guarded: keys are asked for on SQLite, too.
        partners: who has keys.
    """
    house = House(home=folder / "home")
    _made_rich(house.home)
    with ExitStack() as stack:
        stack.enter_context(_environment(made, folder / "pepper"))
        if made is not None and Terminal(house.home).run("database", "migrate").code:
            raise RuntimeError("the database cannot be migrated")
        log.open_log(house.home / "bench.log")  # of what is done in this process
        stack.callback(log.close_log)
        state = house.home / "emulator"
        options = emulation.arguments(state=state, instant=True)
        stack.enter_context(emulation.running(options, ledger=state / "billing.jsonl"))
        house.campaign, house.seal = lived(house.home)
        if guarded or made is not None:
            house.keys = _keys(house.home, partners, callers)
        stack.callback(house.close)
        words = [*_SERVICE, *(["--guarded"] if guarded else [])]
        house.url = house.start("serve", *words)["service"]
        for number in range(WORKERS):
            house.start(f"worker-{number}", "worker", "--simulate")
        yield house


def lived(home: Path, takes: int = TAKES) -> tuple[str, str]:
    """Run a campaign through the real house, with a quick judge; gives its id and its pack's."""
    with studio(home, Wire.SIMULATED) as here:
        pack = doubles.pack(home / "pack")
        order = Order(
            partner=here.partner(pack.partner),
            packs=[pack],
            recipes=recipes.choose(here.recipes, list(RECIPES)),
            takes=takes,
            budget_musd=1_000 * 1_000_000,
            simulated=True,
        )
        files = take_in(pack, here.media)
        here.store.keep_pack(pack, files)
        stock = Stock(catalogue=here.catalogue, media=files, dialects=DIALECTS)
        laid = plan(order, stock, now=here.clock.now())
        replace(here.runner, judge=doubles.judge, rule=doubles.rule).run(laid, files)
    return laid.campaign.id, pack.seal


def _made_rich(home: Path) -> None:
    """Give the partners of the home a budget that no run reaches."""
    with_partners(home)
    for file in (home / "partners").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("budget_usd: 100\n", "budget_usd: 1000000\n"), "utf-8")


def _keys(home: Path, partners: tuple[str, ...], count: int) -> dict[str, list[str]]:
    from router import settings
    from router.access.opening import machine
    from router.domain.caller import Role

    found: dict[str, list[str]] = {name: [] for name in partners}
    with machine(settings.read(home)) as here:
        for number in range(count):
            partner = partners[number % len(partners)]
            role = Role.PARTNER_MEMBER
            made = here.desk.keys.make(
                here.caller, partner, name=f"caller {number}", role=role, days=1
            )
            found[partner].append(made.text)
    return found


@contextmanager
def _environment(made: Any, pepper: Path) -> Iterator[None]:
    """Let this process and its children find the database; no credentials of this machine."""
    said = {"AWS_EC2_METADATA_DISABLED": "true"}
    if made is not None:
        pepper.write_bytes(os.urandom(32))
        pepper.chmod(0o600)
        said |= {
            "CIRCLETAKE_DATABASE": made.url,
            "CIRCLETAKE_DATABASE_ADMIN": made.admin_url,
            "CIRCLETAKE_PEPPER_FILE": str(pepper),
        }
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
