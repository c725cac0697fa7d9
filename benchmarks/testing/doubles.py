"""Doubles of this storey: a small sealed pack, its partner, media in a folder, a judge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import cv2
import numpy as np

from benchmarks.domain.pack import Appearance, Consent, PackFile, Shot, ShotPack
from evaluators.domain.brief import Brief
from evaluators.domain.character import Character, Costume, Kind
from evaluators.domain.score import Direction, Score, Scored, Status
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from router.domain.ids import content_id, sha256_of
from router.domain.media import MediaRef
from router.domain.partner import Partner, Window

NOW = datetime(2027, 3, 15, 9, 0, tzinfo=UTC)


def partner(name: str = "lantern") -> Partner:
    """Give an invented partner whose window is open on NOW."""
    return Partner(
        name=name,
        display_name="Paper Lantern",
        tier="vfx_studio",
        window=Window(opens=date(2027, 3, 1), findings_due=date(2027, 5, 31)),
        budget_musd=200_000_000,
        regions=("us-west-2", "us-east-1", "us-east-2"),
        providers=(),
        recipes=("init_image",),
        retention_days=90,
        review_roles=("director",),
        illustrative=True,
    )


def picture(level: int, *, width: int = 640, height: int = 360, mark: bytes = b"(Z") -> bytes:
    """Draw a small gradient with a block in it; level and mark (2 bytes) decide every pixel."""
    ramp = np.linspace(level, level + 60, width, dtype=np.float64)
    image = np.repeat(np.clip(ramp, 0, 255)[None], height, axis=0).astype(np.uint8)
    colour = np.dstack([image, np.roll(image, 40, axis=1), image[:, ::-1]])
    colour[height // 3 : height // 2, width // 3 : width // 2] = (*mark, level)
    return encoded(colour)


def matte(*, width: int = 640, height: int = 360) -> bytes:
    """Draw a matte: a white block in black."""
    mask = np.zeros((height, width, 3), np.uint8)
    mask[height // 3 : height // 2, width // 3 : width // 2] = 255
    return encoded(mask)


def encoded(pixels: np.ndarray) -> bytes:
    """Write uint8 (H, W, 3) pixels as PNG bytes."""
    _, data = cv2.imencode(".png", pixels)
    return bytes(data.tobytes())


@dataclass(slots=True)
class FolderMedia:
    """Media in a folder, probed by their headers only."""

    root: Path

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:
        """Store bytes under their hash."""
        sha = sha256_of(data)
        place = self.root / partner / sha
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        size = (0, 0)
        if mime.startswith("image/"):
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            size = (0, 0) if pixels is None else (pixels.shape[1], pixels.shape[0])
        return MediaRef(sha256=sha, mime=mime, size=len(data), width=size[0], height=size[1])

    def get(self, partner: str, sha256: str) -> bytes:
        """Read back."""
        return self.path(partner, sha256).read_bytes()

    def has(self, partner: str, sha256: str) -> bool:
        """Say whether it is there."""
        return self.path(partner, sha256).is_file()

    def path(self, partner: str, sha256: str) -> Path:
        """Give the file."""
        return self.place(partner, sha256)

    def place(self, partner: str, sha256: str) -> Path:
        """Give where it is, or would be."""
        return self.root / partner / sha256


def pack(root: Path, *, code: str = "DEMO", sealed: bool = True) -> ShotPack:
    """Write the files of a small pack: a reference shot, a clean-up, a relight and a clip."""
    files = {
        "refs/mara.png": _file(root, "refs/mara.png", picture(70), "capture.reference", "ann"),
        "plates/a.png": _file(root, "plates/a.png", picture(90), "x.plate"),
        "plates/m.png": _file(root, "plates/m.png", matte(), "matte"),
        "plates/s.png": _file(root, "plates/s.png", picture(140), "x.style"),
        "plates/k.png": _file(
            root, "plates/k.png", picture(120, width=960, height=540), "x.lookdev"
        ),
    }
    coat = Costume(id="coat", description="A bottle-green coat with brass buttons")
    mara = Character(
        id="mara",
        name="Mara Voss",
        kind=Kind.PERSON,
        description="A woman of forty, short grey hair, scar on the left cheek",
        references=("refs/mara.png",),
        costumes=(coat,),
        invariants=("The scar is on the left cheek",),
    )
    return ShotPack(
        root=root,
        partner="lantern",
        code=code,
        title="Demonstration",
        fps=24.0,
        raster=(1920, 1080),
        providers=(),
        regions=(),
        retention_days=90,
        disclosure_tier="ideation",
        characters=(mara,),
        props=(),
        shots=tuple(_shots(files)),
        consents=(
            Consent(
                participant="ann",
                permitted=("evaluate_only", "still_image", "moving_image"),
                granted_on=date(2026, 1, 1),
                expires_on=date(2028, 1, 1),
                evidence_sha256="e" * 64,
            ),
        ),
        files=tuple(files.values()),
        locations=(("quay", "A wet quay at dusk"),),
        portrayals=(("mara", "ann"),),
        sealed=sealed,
        seal=content_id("pack", [code, sorted(str(f.sha256) for f in files.values())]),
    )


def _file(
    root: Path, name: str, data: bytes, functional_type: str, likeness_of: str | None = None
) -> PackFile:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return PackFile(
        path=path,
        name=name,
        sha256=sha256_of(data),
        functional_type=functional_type,
        likeness_of=likeness_of,
    )


def _shots(files: Mapping[str, PackFile]) -> Iterator[Shot]:
    wants = (
        ("SQ010_SH0010", "reference_to_image", ("plates/a.png",), True),
        ("SQ010_SH0020", "reference_to_image", ("plates/a.png",), True),
        ("SQ010_SH0030", "erase", ("plates/a.png", "plates/m.png"), False),
        ("SQ010_SH0040", "relight_colour_match", ("plates/a.png", "plates/s.png"), True),
        ("SQ010_SH0050", "image_to_video", ("plates/k.png",), True),
    )
    for order, (id_, task, inputs, shows_mara) in enumerate(wants):
        seen = (Appearance(character="mara", costume="coat", action="She turns"),)
        yield Shot(
            id=id_,
            sequence="SQ010",
            order=order,
            task=task,
            description="Mara waits on the quay and looks at the water",
            acceptance=(
                AcceptanceLine(
                    number=1, criterion="Same face", kind="identity", must=True, metric="id_ref"
                ),
                AcceptanceLine(
                    number=2,
                    criterion="Light of the plate",
                    kind="colour",
                    must=False,
                    metric="colour_match.delta_e",
                    threshold=8.0,
                ),
            ),
            framing="MS",
            negative="other people",
            appearances=seen if shows_mara else (),
            location="quay",
            aspect="16:9",
            cut_frames=96,
            inputs=tuple(files[name] for name in inputs),
        )


def taken_in(media: FolderMedia, source: ShotPack) -> dict[str, MediaRef]:
    """Put a pack's files into the store."""
    refs = (media.put(source.partner, f.path.read_bytes(), "image/png") for f in source.files)
    return {ref.sha256: ref for ref in refs}


def measured(metric: str, value: float, unit: str, direction: Direction) -> Score:
    """Give a score that was measured."""
    return Score(
        metric=metric,
        unit=unit,
        direction=direction,
        status=Status.MEASURED,
        value=value,
        coverage=1.0,
        n_used=1,
        n_expected=1,
    )


def judge(_partner: str, briefs: Sequence[Brief]) -> Iterator[Scored]:
    """Score by the file's own hash: any numbers, but always the same."""
    for brief in briefs:
        sha = sha256_of(brief.path.read_bytes())
        luck = int(sha[:8], 16) / 0xFFFFFFFF
        yield Scored(
            row=brief.row,
            take=brief.take,
            sha256=sha,
            shot=brief.shot,
            flags=brief.flags,
            scores=(
                measured("id_ref", 0.5 + luck / 2, "similarity", Direction.HIGHER),
                measured("colour_match.delta_e", 12 * luck, "delta_e", Direction.LOWER),
            ),
        )


def rule(lines: Sequence[AcceptanceLine], scored: Scored) -> tuple[Verdict, ...]:
    """Pass every line whose metric was measured and good enough."""
    by_metric = {s.metric: s for s in scored.scores}
    return tuple(_verdict(line, scored.take, by_metric.get(line.metric or "")) for line in lines)


def _verdict(line: AcceptanceLine, take: str, score: Score | None) -> Verdict:
    if score is None or score.value is None:
        return Verdict(line=line, take=take, ruling=Ruling.NOT_MEASURED, reason="no number")
    threshold = 0.7 if line.threshold is None else line.threshold
    margin = score.value - threshold
    margin = -margin if score.direction is Direction.LOWER else margin
    return Verdict(
        line=line,
        take=take,
        ruling=Ruling.PASS if margin >= 0 else Ruling.FAIL,
        metric=score.metric,
        value=score.value,
        unit=score.unit,
        threshold=threshold,
        margin=margin,
        by=f"{score.metric}/1",
    )
