"""The same pictures from the same emulator, asked for as others ask: plain boto3, LiteLLM's Router.

Each runs in a process of its own: `python -m tests.bench.peers SIDE WHAT FACTS`, and prints one
JSON object. What they keep of an answer is one file, written without waiting for the disk; no
journal, no ledger, no checks.
"""

import asyncio
import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from router.testing.emulator import Emulator

NAMES = {"boto3": "boto3 threads", "litellm": "LiteLLM Router"}
MODEL = "stability.sd3-5-large-v1:0"
AT_ONCE = 16
RUSH = 64  # calls at the same instant, against a budget for three
BUDGET_CALLS = 3
PRICE_USD = 0.08
TIMEOUT_S = 1.0

Facts = Mapping[str, Any]


def measured(side: str, what: str, emulator: Emulator, calls: int) -> dict[str, float]:
    """Run one peer beside an emulator; gives what it printed."""
    facts = {
        "url": emulator.endpoint,
        "region": emulator.region,
        "access_key": emulator.access_key,
        "secret_key": emulator.secret_key,
        "calls": calls,
    }
    # LiteLLM would fetch its price map from the internet; a table that it ships serves as well.
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.peers", side, what, json.dumps(facts)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def _body(number: int) -> dict[str, Any]:
    return {"mode": "text-to-image", "seed": 1 + number, "output_format": "png"}


def _bedrock(facts: Facts, **settings: Any) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "bedrock-runtime",
        endpoint_url=facts["url"],
        region_name=facts["region"],
        aws_access_key_id=facts["access_key"],
        aws_secret_access_key=facts["secret_key"],
        config=Config(**settings),
    )


def _invoked(client: Any, number: int) -> bytes:
    body = json.dumps({"prompt": "A quay at dusk", **_body(number)})
    answer = json.loads(client.invoke_model(modelId=MODEL, body=body)["body"].read())
    return base64.b64decode(answer["images"][0])


def boto3_rate(facts: Facts) -> dict[str, float]:
    """Threads and one shared client."""
    client = _bedrock(facts, max_pool_connections=AT_ONCE)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:

        def one(number: int) -> None:
            Path(folder, f"{number}.png").write_bytes(_invoked(client, number))

        one(0)
        return _timed(lambda: list(threads.map(one, range(1, facts["calls"] + 1))), facts["calls"])


def boto3_timeout(facts: Facts) -> dict[str, float]:
    """One call with the defaults of retrying, whose answer comes too late."""
    from botocore.exceptions import ReadTimeoutError

    try:
        _invoked(_bedrock(facts, read_timeout=TIMEOUT_S), 0)
    except ReadTimeoutError:
        return {"raised": 1}
    return {"raised": 0}


def boto3_budget(facts: Facts) -> dict[str, float]:
    """Ask a ledger, call, write down what it cost: the way everybody writes it first."""
    client = _bedrock(facts, max_pool_connections=RUSH)
    spent: list[float] = []
    ready = threading.Barrier(RUSH)

    def one(number: int) -> int:
        ready.wait()
        if sum(spent) + PRICE_USD > BUDGET_CALLS * PRICE_USD + 1e-9:
            return 0
        _invoked(client, number)
        spent.append(PRICE_USD)
        return 1

    with ThreadPoolExecutor(RUSH) as threads:
        return {"admitted": sum(threads.map(one, range(RUSH)))}


def _litellm(facts: Facts, **settings: Any) -> Any:
    import litellm

    parameters = {
        "model": f"bedrock/{MODEL}",
        "aws_bedrock_runtime_endpoint": facts["url"],
        "aws_region_name": facts["region"],
        "aws_access_key_id": facts["access_key"],
        "aws_secret_access_key": facts["secret_key"],
    }
    rows = [{"model_name": "still", "litellm_params": parameters}]
    return litellm.Router(model_list=rows, **settings)


async def _asked(router: Any, number: int) -> bytes:
    answer = await router.aimage_generation(model="still", prompt="A quay at dusk", **_body(number))
    return base64.b64decode(answer.data[0].b64_json)


def litellm_rate(facts: Facts) -> dict[str, float]:
    """Coroutines behind a semaphore, one Router."""

    async def work() -> dict[str, float]:
        router, gate = _litellm(facts), asyncio.Semaphore(AT_ONCE)
        with tempfile.TemporaryDirectory() as folder:

            async def one(number: int) -> None:
                async with gate:
                    Path(folder, f"{number}.png").write_bytes(await _asked(router, number))

            await one(0)
            began = _now()
            await asyncio.gather(*(one(n) for n in range(1, facts["calls"] + 1)))
            return _since(began, facts["calls"])

    return asyncio.run(work())


def litellm_timeout(facts: Facts) -> dict[str, float]:
    """One call with the defaults of retrying, whose answer comes too late."""

    async def work() -> dict[str, float]:
        import litellm

        try:
            await _asked(_litellm(facts, timeout=TIMEOUT_S), 0)
        except litellm.Timeout:
            return {"raised": 1}
        return {"raised": 0}

    return asyncio.run(work())


def litellm_budget(facts: Facts) -> dict[str, float]:
    """The Router's own budget limiter."""

    async def work() -> dict[str, float]:
        limit = {"budget_limit": BUDGET_CALLS * PRICE_USD, "time_period": "1d"}
        router = _litellm(facts, provider_budget_config={"bedrock": limit}, num_retries=0)
        found = await asyncio.gather(
            *(_asked(router, n) for n in range(RUSH)), return_exceptions=True
        )
        return {"admitted": sum(isinstance(f, bytes) for f in found)}

    return asyncio.run(work())


def _timed(act: Callable[[], object], calls: int) -> dict[str, float]:
    began = _now()
    act()
    return _since(began, calls)


def _now() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def _since(began: tuple[float, float], calls: int) -> dict[str, float]:
    wall, cpu = _now()
    return {"rate": calls / (wall - began[0]), "cpu_ms": 1000 * (cpu - began[1]) / calls}


SIDES: Mapping[tuple[str, str], Callable[[Facts], dict[str, float]]] = {
    ("boto3", "rate"): boto3_rate,
    ("boto3", "timeout"): boto3_timeout,
    ("boto3", "budget"): boto3_budget,
    ("litellm", "rate"): litellm_rate,
    ("litellm", "timeout"): litellm_timeout,
    ("litellm", "budget"): litellm_budget,
}

if __name__ == "__main__":
    _side, _what, _facts = sys.argv[1:]
    print(json.dumps(SIDES[_side, _what](json.loads(_facts))))
