"""`circletake up`, `serve`, `worker`, `dashboard`, `doctor`: the house on one machine."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from router.afar import anywhere
from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from benchmarks.running.wire import Wire
    from router.settings import Settings

REST_S = 3  # that the emulator's calls are given when all is stopped
Port = Annotated[int, typer.Option(help="Port of the service on loopback; 0 = any free one.")]
Screens = Annotated[int, typer.Option(help="Port of the screens on loopback; 0 = any free one.")]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Single requests go to the emulator; spends nothing.")
]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    for command in (up, serve, worker, dashboard, doctor):
        app.command(command.__name__)(command)


def serve(
    context: typer.Context,
    port: Port = 8400,
    *,
    simulate: Simulate = False,
    guarded: Annotated[
        bool,
        typer.Option("--guarded", help="Ask for keys and sign-ins; a shared database always does."),
    ] = False,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond loopback with a shared database only.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="A name by which callers may address the service.")
    ] = None,
) -> None:
    """Answer over HTTP; a worker does what is asked for."""
    said = console(context)
    from benchmarks.demo import showing
    from benchmarks.desk import opened
    from benchmarks.farewell import site_of
    from dashboard import service, signing, together, watch
    from router.access.opening import doors
    from router.api.doors import LOOPBACK

    shared = _entered(said.home, simulate=simulate).database_url is not None
    asks, at = guarded or shared, service.listening(host, shared=shared, names=name or ())
    chosen, seen = together.free_port(port), together.HOST if at in ("0.0.0.0", "::") else at  # noqa: S104
    url = f"http://{f'[{seen}]' if ':' in seen else seen}:{chosen}"
    with _until_stopped(), opened(said.home, _wire(simulate=simulate)) as desk:
        house, home = desk.studio, desk.studio.settings.home
        access = doors(house.audit, house.settings, house.partners, house.clock)
        app = service.build(
            desk,
            signing_key=signing.key_of(house.settings),
            reports_folder=home / "reports",
            hosts=(*LOOPBACK, *(name or ())),
            doorkeeper=access.doorkeeper if asks else None,
            site=site_of(house),
            access=access.desk,
            traces=house.router.traces,
            health=watch.health_of(house, desk.hand.wire),
            agreements=house.partners,
            guests=showing.of(house, desk.receiving) if simulate and not asks else None,
        )
        body = {"service": url, "home": str(home), "simulated": simulate, "guarded": asks}
        told = f"{url}, described at /openapi.json"
        _once_up((seen, chosen), lambda: said.answer(body, told))
        service.serve(app, host=at, port=chosen)


def worker(
    context: typer.Context,
    *,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Ask the embedded emulator; spends nothing.")
    ] = False,
    queues: Annotated[
        list[str] | None,
        typer.Option(
            help="What to work on: cpu (every model's queue, and measuring where that is done on"
            " processors), gpu (measuring where CIRCLETAKE_MEASURE=gpu), or the names of queues;"
            " everything by default."
        ),
    ] = None,
    drain: Annotated[
        int, typer.Option(min=0, help="Seconds that running jobs are given when told to stop.")
    ] = 60,
) -> None:
    """Make the takes that were asked for, and finish campaigns whose runner died, until stopped.

    Talks to AWS, and pays, unless --simulate is said. Told to stop (SIGTERM, Ctrl-C) it takes no
    new jobs, lets those that run come to an end, and hands back what does not end in time.
    """
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of
    from benchmarks.crew import shift
    from router.jobs.duty import duty_of

    wire = wire_of(simulated=simulate)
    duty = duty_of(queues or (), drain)
    told_at = time.monotonic()
    with _until_stopped(), studio(said.home, wire, duty=duty) as here:
        body = {"worker": "ready", "home": str(here.settings.home), "simulated": simulate}
        said.answer(body, f"working on the wire `{wire.value}`; stop with Ctrl-C")
        try:
            shift.work(here, said.tell)
        finally:
            told_at = time.monotonic()
    _leave(said, here.jobs.running if here.jobs else 0, time.monotonic() - told_at)


@anywhere
def dashboard(
    context: typer.Context,
    port: Screens = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="A name by which browsers may address the screens.")
    ] = None,
) -> None:
    """Show the screens over a service that runs: --server, or the one of this machine."""
    from dashboard import launch, together

    server = console(context).server or "http://127.0.0.1:8400"
    words = launch.command(server, port=together.free_port(port), host=host, names=name or ())
    sys.stdout.flush()
    os.execv(words[0], words)  # noqa: S606 - our own interpreter; signals reach the screens directly


def up(
    context: typer.Context,
    port: Port = 8400,
    dashboard_port: Screens = 8501,
    *,
    simulate: Simulate = False,
) -> None:
    """Start service, worker and screens on this machine; Ctrl-C stops all.

    Talks to AWS, and pays for what is asked, unless --simulate is said.
    """
    said = console(context)
    from dashboard import launch, together

    if not simulate:
        from benchmarks.bootstrap import wire_of

        wire_of(simulated=False)
    here = _entered(said.home, simulate=simulate)
    chosen, screens = together.free_port(port), together.free_port(dashboard_port)
    mode = ["--simulate"] if simulate else []
    url, shown = f"http://{together.HOST}:{chosen}", f"http://{together.HOST}:{screens}"
    # A paid call is worth waiting for; the emulator's is asked again in the next shift.
    drain = ["--drain", str(REST_S)] if simulate else []
    serve = together.command(here.home, "serve", "--port", str(chosen), *mode)
    worker = together.command(here.home, "worker", *mode, *drain)
    house = together.Together(here.home / "up.log")
    with _until_stopped():
        try:
            house.start("serve", serve)
            house.start("dashboard", launch.command(url, port=screens), announces=False)
            if here.database_url is None and not here.database.exists():
                house.said("serve")  # it makes the fresh home that the worker finds
            house.start("worker", worker)
            house.said("serve")
            house.said("worker")
            house.answers("dashboard", f"{shown}/_stcore/health")
            _welcome(said, here.home, url, shown, simulated=simulate)
            house.watch()
        finally:
            house.stop()


def doctor(
    context: typer.Context,
    *,
    aws: Annotated[
        bool, typer.Option("--aws", help="Ask the AWS account, too: free questions.")
    ] = False,
) -> None:
    """Check the installation: each part, and what to do about a fault; spends nothing."""
    said = console(context)
    from dashboard.doctor import look
    from router import settings

    parts = []
    for part in look(settings.read(said.home), with_aws=aws):
        parts.append(part)
        mark, hint = "ok   " if part.ok else "FAULT", f"  -> {part.todo}" if part.todo else ""
        if not said.json:
            said.answer(None, f"{mark}  {part.name:16} {part.found}{hint}")
    faults = [p for p in parts if not p.ok]
    if said.json:
        said.answer({"ok": not faults, "parts": [p.as_json() for p in parts]})
    if faults:
        raise bad_news()


def _leave(said: Console, running: int, seconds: float) -> None:
    """Say how the end went; calls that are still waited for do not keep the process."""
    rest = f"; {running} jobs did not end and are handed back" if running else ""
    said.tell(f"stopped in {seconds:.1f} s{rest}")
    if running:
        from router.telling.log import flush

        flush()
        os._exit(0)  # their threads would be joined, for as long as a provider takes to answer


def _entered(home: Path | None, *, simulate: bool) -> "Settings":
    """Find a home; a simulated one of one's own knows the demonstration's fictional partners."""
    from router import settings

    here = settings.read(home)
    if simulate and here.database_url is None:
        from benchmarks.demo.guests import welcome

        welcome(here.home)
    return here


def _welcome(said: Console, home: Path, url: str, shown: str, *, simulated: bool) -> None:
    body = {"dashboard": shown, "service": url, "home": str(home), "simulated": simulated}
    kind = "simulated: nothing is spent" if simulated else "real: requests cost money"
    said.answer(body, f"Look at {shown} (service at {url}; {kind}). Ctrl-C stops all.")


def _wire(*, simulate: bool) -> "Wire":
    """Give the wire of the workers that shall do what is asked; looking needs no credentials."""
    from benchmarks.running.wire import Wire

    return Wire.SIMULATED if simulate else Wire.AWS


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block, once, as the normal end of what runs until stopped."""
    import signal

    def stop(_number: int, _frame: object) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    try:
        yield
    except KeyboardInterrupt:
        return


def _once_up(address: tuple[str, int], tell: Callable[[], None]) -> None:
    """Say where to look as soon as there is something to see."""
    import socket
    import threading

    from dashboard.together import READY_S

    def wait() -> None:
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(address, timeout=2):
                tell()
                return
            time.sleep(0.1)

    threading.Thread(target=wait, daemon=True).start()
