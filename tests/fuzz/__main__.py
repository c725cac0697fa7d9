"""Coverage-guided fuzzing of the parsers of foreign bytes: `python -m tests.fuzz --seconds N`.

Each target runs in a process of its own, with a corpus that is made anew from golden examples.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("yaml", "pack", "zip", "provider", "picture")


def born_with():
    """The peak memory in MiB that this process has already, its parent's before `exec` included.

    libFuzzer compares its limit with the peak, and Linux hands a parent's peak on to its children.
    """
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def one(name, seconds, corpus):
    """Fuzz one target in this process; ends with a status other than 0 where it found a fault."""
    import atheris

    with atheris.instrument_imports(include=["router", "benchmarks", "zipfile"]):
        from tests.fuzz.targets import TARGETS

    target, golden = TARGETS[name]
    for number, example in enumerate(golden):
        (corpus / str(number)).write_bytes(example)
    words = [sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-max_len=8192", "-timeout=20"]
    limits = [f"-rss_limit_mb={born_with() + 2048}", f"-artifact_prefix={corpus}/"]
    atheris.Setup([*words, *limits], target)
    atheris.Fuzz()


def run(name, seconds):
    """Fuzz one target in a process of its own; gives its status and what it said last."""
    words = [sys.executable, "-m", "tests.fuzz", "--only", name, "--seconds", str(seconds)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr[-3000:]


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--only", choices=NAMES)
    said = parser.parse_args()
    if said.only:
        with tempfile.TemporaryDirectory() as corpus:
            one(said.only, said.seconds, Path(corpus))
        return 0
    worst = 0
    for name in NAMES:
        status, told = run(name, said.seconds)
        runs = [line for line in told.splitlines() if "Done" in line or "exec/s" in line]
        sys.stdout.write(f"{name}: {'sound' if status == 0 else told}  {runs[-1:]}\n")
        worst = max(worst, abs(status))
    return worst


if __name__ == "__main__":
    sys.exit(main())
