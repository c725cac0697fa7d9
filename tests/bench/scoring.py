"""What measuring a 6 s 720p take costs, beside the floor and beside how others measure.

The peers run our own metrics, so that the difference is the way and not the code: each metric
opens the take for itself. "Every frame, metric by metric": a metric that looks at sampled frames
looks at every frame instead, faces included, and a ViT-S (22 million random numbers, for its cost
only) looks at every frame twice, as suites do that score subject and background apart. The same
with faces on our 8 frames only stands beside it.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, cpu_s

FRAMES, SAMPLED, TAKES = 144, 16, 6


def lines(folder: Path, brief: Any) -> Iterator[Figure]:
    """Measure one take in every way; CPU of this process and its decoder."""
    from evaluators.timing import against_floor

    timing = against_floor(brief)
    ours = timing.measured_cpu_s
    beside = f"floor {timing.floor_cpu_s:.2f} CPU-s, all metrics {ours:.2f} CPU-s"
    yield Figure(name="scoring a 6 s 720p take ÷ floor", value=timing.ratio, unit="×", limit=1.5,
                 beside=beside)  # fmt: skip
    apart, _ = _apart(brief, SAMPLED)
    yield Figure(
        name="metric by metric, same frames ÷ ours", value=apart / ours, unit="×", limit=6,
        at_least=True, beside=f"{apart:.2f} against {ours:.2f} CPU-s",
    )  # fmt: skip
    forward = _forward()
    looked, faces = _apart(brief, FRAMES)
    few = looked + 2 * FRAMES * forward
    others = few + faces
    mine = ours + SAMPLED * forward
    yield Figure(
        name="every frame, metric by metric, ViT-S ÷ ours with ViT-S", value=others / mine,
        unit="×", limit=15, at_least=True,
        beside=f"{others:.1f} against {mine:.1f} CPU-s; {1000 * forward:.0f} CPU-ms a frame; "
        f"faces in every frame, or in 8 frames only: {few / mine:.1f} ×",
    )  # fmt: skip
    yield _memory(brief)
    yield from _campaign(folder, brief)


def _apart(brief: Any, samples: int) -> tuple[float, float]:
    """CPU seconds where every metric opens the take, follows it and looks for faces itself.

    Faces are looked for in 8 frames; the second number is what the frames left out would cost.
    """
    from evaluators.measuring import all_metrics, metric
    from evaluators.views import Gallery, Views
    from router.decoding.decode import Decoder

    spent = faces = 0.0
    for name in all_metrics():
        one = metric(name)
        with Decoder() as decoder:
            gallery = Gallery(decoder)
            for path in {*brief.refs, *brief.costume_refs, brief.plate}:
                gallery.open(path)
            began = cpu_s() + decoder.cpu_seconds()
            views = gallery.fresh(brief.path, samples=samples)
            assert isinstance(views, Views)
            one.measure(views, brief)
            spent += cpu_s() + decoder.cpu_seconds() - began
            if samples == FRAMES and "faces" in vars(views):  # it looked on a few only
                faces += (FRAMES - len(views.face_positions)) * _face_frame(views)
    return spent, faces


def _face_frame(views: Any) -> float:
    """CPU seconds of looking for faces in one frame."""
    from evaluators.vision.faces import find

    began = cpu_s()
    for position in views.face_positions[:4]:
        find(views.frames[position], fine=False)
    return (cpu_s() - began) / 4


def _forward() -> float:
    """CPU seconds of one frame of 224 pixels through a ViT-S/14, in eights, one thread."""
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = Dinov2Config(hidden_size=384, num_hidden_layers=12, num_attention_heads=6)
    network = Dinov2Model(shape).eval()
    with torch.inference_mode():
        batch = torch.rand(8, 3, 224, 224)
        network(batch)
        began = cpu_s()
        for _ in range(3):
            network(batch)
        return (cpu_s() - began) / 24


def _memory(brief: Any) -> Figure:
    """Peak of a process that measures one take, and of the decoder beside it."""
    words = [str(brief.path), str(brief.refs[0])]
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.scoring", *words], check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    found = json.loads(told.stdout.splitlines()[-1])
    return Figure(name="peak memory of a measuring process", value=max(found.values()), unit="MB",
                  limit=600, beside=f"its decoder {found['decoder']:.0f} MB")  # fmt: skip


def _campaign(folder: Path, brief: Any) -> Iterator[Figure]:
    """Several takes on two processes, then the same again."""
    briefs = [replace(brief, row=row, take=f"take {row}") for row in range(TAKES)]
    for row, one in enumerate(briefs):
        copy = folder / f"take-{row}.mp4"
        copy.write_bytes(brief.path.read_bytes() + bytes(row))  # other bytes, the same film
        briefs[row] = replace(one, path=copy)
    first = _judged(briefs, folder / "cache")
    again = _judged(briefs, folder / "cache")
    yield Figure(
        name="takes a minute on two cores, processes included", value=60 * TAKES / first[0],
        unit="takes", limit=10, at_least=True, beside=f"{TAKES} takes in {first[0]:.1f} s",
    )  # fmt: skip
    yield Figure(name="second run of an unchanged campaign ÷ first", value=again[1] / first[1],
                 unit="share", limit=0.02,
                 beside=f"{again[1]:.3f} against {first[1]:.2f} CPU-s, in one process")  # fmt: skip


def _judged(briefs: Sequence[Any], cache: Path) -> tuple[float, float]:
    """Seconds on the wall on two processes, uncached; CPU seconds in one, through the cache."""
    from evaluators.measuring import Measurer
    from evaluators.panel import judge

    began = time.perf_counter()
    list(judge(briefs, workers=2))
    wall = time.perf_counter() - began
    measurer = Measurer(cache=cache)
    try:
        began = cpu_s() + measurer.decoder.cpu_seconds()
        for brief in briefs:
            measurer.score(brief)
        return wall, cpu_s() + measurer.decoder.cpu_seconds() - began
    finally:
        measurer.close()


def brief_of(take: Path, reference: Path) -> Any:
    """Ask for everything that the embedded tier can say about a person in a clip."""
    from evaluators.domain.brief import Brief
    from evaluators.domain.character import Kind

    return Brief(
        row=0, take="clip", path=take, refs=(reference,), costume_refs=(reference,),
        plate=reference, character="mara", kind=Kind.PERSON,
        spec={"width": 1280, "height": 720, "fps": 24, "framing": "MCU", "movement": "dolly_in"},
    )  # fmt: skip


def _peaks(take: Path, reference: Path) -> dict[str, float]:
    import resource

    from evaluators.measuring import Measurer

    measurer = Measurer()
    measurer.score(brief_of(take, reference))
    measurer.close()
    decoder = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"self": _high_water_mb(), "decoder": decoder}


def _high_water_mb() -> float:
    """Most memory since this program was started: getrusage would count who started it as well."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = next(line for line in lines if line.startswith("VmHWM:"))
    return int(found.split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(_peaks(Path(sys.argv[1]), Path(sys.argv[2]))))
