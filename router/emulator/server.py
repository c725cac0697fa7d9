"""An emulator from its options: opens the stores, listens, serves, closes."""

import functools
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import uvicorn

from router.emulator import async_invoke, sagemaker
from router.emulator.faults import Switchboard
from router.emulator.jobs import Jobs
from router.emulator.ledger import Ledger
from router.emulator.line import Application, Protocol
from router.emulator.objects import Objects
from router.emulator.options import Options
from router.emulator.profiles import load
from router.emulator.studio import FlatStudio, PaintedStudio
from router.emulator.truth import Truth
from router.emulator.world import Rate, Tally, World, keys_of

GRACE = 2
KEEP_ALIVE = 75
BACKLOG = 512


class Server(uvicorn.Server):
    """Says when it is ready, and takes SIGTERM and SIGINT as a wish, not as a death."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        """Keep what to call once connections are accepted."""
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """Stop without raising the signal again, so that the exit status is 0."""
        self.should_exit = True


def run(options: Options, announce: Callable[[Options, dict[str, str]], None]) -> int:
    """Serve until told to stop.

    Raises:
        FaultsError: the faults file is wrong.
        ProfileError: the profiles file is wrong.
    """
    world = make_world(options)
    listener = _listen(options.host, options.port)
    host, port = listener.getsockname()[:2]
    endpoint = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    facts = {
        "endpoint": endpoint,
        "region": options.region,
        "access_key": world.keys.access_key,
        "secret_key": world.keys.secret_key,
        "s3_endpoint": endpoint,
        "bucket": options.bucket,
    }
    with ThreadPoolExecutor(options.workers, "desk") as workers:
        config = uvicorn.Config(
            app=Application(world, workers),
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
        Server(config, lambda: announce(options, facts)).run([listener])
    world.jobs.stop()
    world.inferences.stop()
    world.ledger.close()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; named as TCP, or asyncio leaves Nagle's delay of 40 ms on."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


def make_world(options: Options) -> World:
    """Open everything that an emulator holds."""
    faults = Switchboard(options.faults)
    profiles = load(options.profiles)
    options.state.mkdir(parents=True, exist_ok=True)
    objects = Objects(options.state / "s3")
    if objects.region(options.bucket) is None:
        objects.make(options.bucket, options.region)
    truth = Truth(options.state / "planted.jsonl")
    studio = FlatStudio() if options.instant else PaintedStudio(profiles, truth)
    film = functools.partial(async_invoke.deliver, objects, studio)
    jobs = Jobs(options.state / "jobs", film, options.luma_concurrency)
    infer = functools.partial(sagemaker.deliver, objects, studio)
    inferences = Jobs(options.state / "inferences", infer, sys.maxsize)
    jobs.resume()
    inferences.resume()
    return World(
        options=options,
        keys=keys_of(options.state),
        objects=objects,
        ledger=Ledger(options.ledger),
        faults=faults,
        profiles=profiles,
        studio=studio,
        rate=Rate(options.requests_per_minute),
        jobs=jobs,
        inferences=inferences,
        tally=Tally(),
    )
