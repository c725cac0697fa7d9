"""The language client and litellm's thread on a running emulator, with a switch for its faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from router import aws
from router.language import LanguageClient
from router.litellm_loop import LoopThread
from router.testing_wire import Wire, wired


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A running emulator, and what speaks to it through litellm."""

    wire: Wire
    clients: aws.Clients
    loop: LoopThread
    client: LanguageClient


@contextmanager
def spoken(folder: Path) -> Iterator[Spoken]:
    """Start an emulator under a folder and a thread for litellm; close both at the end."""
    with wired(folder) as wire:
        clients = aws.Clients(endpoint_of(wire))
        loop = LoopThread()
        try:
            client = LanguageClient(clients, loop)
            yield Spoken(wire=wire, clients=clients, loop=loop, client=client)
        finally:
            loop.close()


def endpoint_of(wire: Wire, **changes: str) -> aws.Endpoint:
    """Say where an emulator is, as AWS' clients want it."""
    made = aws.Endpoint(
        bedrock_url=wire.emulator.endpoint,
        s3_url=wire.emulator.endpoint,
        access_key=wire.emulator.access_key,
        secret_key=wire.emulator.secret_key,
        bucket=wire.emulator.bucket,
    )
    return replace(made, **changes)
