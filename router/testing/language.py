"""The language client and litellm's thread on a running emulator, with a switch for its faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from router.cloud import aws
from router.llm.language import Bill, LanguageClient, Question, Said
from router.llm.litellm_loop import LoopThread
from router.ports import Setback
from router.testing.wire import Wire, wired


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


class Answering:
    """A language client that knows its answers beforehand, and remembers the questions."""

    def __init__(self, *answers: Said | Setback) -> None:
        """Give the answers in order; the last one is given again."""
        self._answers = list(answers)
        self.questions: list[Question] = []

    def ask(self, question: Question) -> Said | Setback:
        """Answer without a wire."""
        self.questions.append(question)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def bill(**changes: Any) -> Bill:
    """Make the bill of a simulated answer."""
    made = Bill(
        model_id="us.maker.words-v1:0",
        tokens_in=1000,
        tokens_out=100,
        cost_musd=605,
        litellm_musd=605,
        simulated=True,
        latency_s=0.5,
        provider_ref="r-1",
    )
    return replace(made, **changes)
