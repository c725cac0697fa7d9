"""Read or write a cut behind walls: started by `benchmarks.editorial.jailed`, one job, one answer.

The job comes as JSON on standard input: `{"want": "read", "path", "rate"}` or `{"want": "assemble",
"path" or null, "rate", "plan"}`. The answer is one JSON document on standard output: `{"cut": …}`,
`{"files": {suffix: text}, "notes": […]}` or `{"wrong": [rows]}`. Started with two numbers: CPU
seconds, and MB of memory beyond the libraries.
"""

import json
import logging
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.editorial import assembly, facts, formats
from benchmarks.editorial.gate import Unfit, row
from router.decoding import jail


def main() -> None:
    """Answer one job."""
    cpu, memory = (int(word) for word in sys.argv[1:])
    logging.disable()  # adapters warn on standard error; what matters is in the answer
    walls = jail.lock(cpu_seconds=cpu, lifetimes=1, memory=memory << 20)
    job = json.load(sys.stdin)
    try:
        answer = {**_answer(job), "walls": walls}
    except Unfit as unfit:
        answer = {"wrong": list(unfit.rows), "walls": walls}
    except MemoryError:
        said = row("a cut that needs more memory", f"one that fits into {memory} MB", "too_large")
        answer = {"wrong": [said], "walls": walls}
    json.dump(answer, sys.stdout, ensure_ascii=True)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    rate = Fraction(*job["rate"]) if job.get("rate") else None
    timeline = formats.read(Path(job["path"]), rate) if job.get("path") else None
    if job["want"] == "read":
        return {"cut": facts.facts(timeline)}
    return assembly.assembled(timeline, job["plan"])


if __name__ == "__main__":
    main()
