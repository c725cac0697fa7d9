"""Doubles for what is reviewed: a take as slates, burn-ins and rows name it."""

from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.domain.pack import Shot
from benchmarks.editorial.recut import Place
from benchmarks.review.label import Label
from router.domain.media import MediaRef
from router.domain.take import Source, Take

_STILL = MediaRef(sha256="0" * 64, mime="image/png", size=1, width=640, height=360)
NAME = "SQ010_SH0010_genai_v001"
FIRST = 1001  # number of a clip's first frame


def label(
    media: MediaRef = _STILL,
    *,
    name: str = NAME,
    master: str = "",
    cut: int | None = None,
    handles: tuple[int, int] = (0, 0),
) -> Label:
    """Give a simulated take of a shot; a clip begins with a handle of eight."""
    shot = Shot(
        id="SQ010_SH0010", sequence="SQ010", order=1, task="image_to_video",
        description="Ana stands on the hill.", acceptance=(), framing="MS", cut_frames=cut,
        handles=handles,
    )  # fmt: skip
    take = Take(
        partner="lantern", id="t" * 32, request="r", attempt="a", account="c", model="m",
        operation="o", media=media, prompt="Ana stands on the hill.", seed=1,
        source=Source.GENERATED, simulated=True, cost_musd=0, latency_s=1.0,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )  # fmt: skip
    return Label(
        take=take, shot=shot, name=name, folder="", production="The Kite",
        partner="Paper Lantern", model="Emulated A", recipe="Plain", made="AI-GENERATED",
        simulated=True, asked=take.prompt, circled_by=None,
        place=Place(used=(FIRST + 8, FIRST + 17), handles=(8, 8)),
        first=FIRST if media.is_video else None, counted=media.is_video, fps=24.0,
        raster=(1920, 1080), master=master,
    )  # fmt: skip


def film_ref(media: MediaRef, frames: int, size: tuple[int, int]) -> MediaRef:
    """Give stored bytes the facts of a clip."""
    return replace(media, mime="video/mp4", width=size[0], height=size[1], frames=frames, fps=24.0)
