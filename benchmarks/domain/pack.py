"""A shot pack, read and checked: a partner's characters, references and shots."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.domain.rendering import Colours
from evaluators.domain.character import Character
from evaluators.domain.verdict import AcceptanceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """A file of the pack, by its sealed content."""

    path: Path  # absolute; of a sequence its first frame
    name: str  # as written in the pack
    sha256: str | None  # None until sealed; of a sequence over its sorted lines `name  sha-256`
    functional_type: str
    view: str | None = None
    frame_range: tuple[int, int] | None = None  # first and last frame of a sequence
    likeness_of: str | None = None  # participant id: a real person is recognisable
    colour_space: str | None = None  # a name of the pack's colour config


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """A character in a shot, in a costume."""

    character: str
    costume: str | None = None
    screen_position: str | None = None
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the shot costs the studio's own way."""

    source: str  # measured | bid | estimate
    by: str
    hours: float | None = None
    cost_usd: float | None = None
    days: float | None = None
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One shot with its task and its director's acceptance lines."""

    id: str  # SQ010_SH0020
    sequence: str
    order: int
    task: str  # lookdev_text_to_image, reference_to_image, image_to_video, erase, …
    description: str
    acceptance: tuple[AcceptanceLine, ...]
    framing: str
    movement: str = "static"
    angle: str = ""  # eye, low, high, dutch, overhead, worms_eye; "" = not said
    lens_mm: float | None = None
    negative: str = ""
    director_notes: str = ""
    priority: str = "standard"
    complexity: str = "medium"
    appearances: tuple[Appearance, ...] = ()
    props: tuple[str, ...] = ()
    location: str | None = None
    lighting_group: str | None = None
    aspect: str | None = None  # "16:9"
    cut_frames: int | None = None  # length in the cut, at the pack's rate
    cut_in: int | None = None  # first frame of the cut, in the plate's numbers
    handles: tuple[int, int] = (0, 0)  # frames wanted before and after the cut
    inputs: tuple[PackFile, ...] = ()  # plate, matte, start image, style …
    takes_wanted: int = 2
    baseline: Baseline | None = None

    @property
    def used_frames(self) -> int:
        """Give the length of cut and handles, in frames at the pack's rate; 0 without a cut."""
        return self.cut_frames + sum(self.handles) if self.cut_frames else 0

    def input(self, functional_type: str) -> PackFile | None:
        """Give the first input of a functional type (x.plate, matte, x.style, …)."""
        return next((f for f in self.inputs if f.functional_type == functional_type), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A permission of one participant."""

    participant: str
    permitted: tuple[str, ...]
    granted_on: date
    expires_on: date
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody's word that a use may be made, with the hash of the paper."""

    who: str
    what: str
    on: date
    evidence_sha256: str
    covers: tuple[str, ...] = ()  # ids of characters and shots; empty = the disclosure tier alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """An artist whose work the pack brings in."""

    name: str
    contribution: str
    compensated: bool | None = None  # None = not said


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotPack:
    """Everything a partner handed in."""

    root: Path
    partner: str
    code: str
    title: str
    fps: float
    raster: tuple[int, int]  # width, height of the delivery, pixels
    providers: tuple[str, ...]  # the pack's allow-list, empty = the partner's decides
    regions: tuple[str, ...]
    retention_days: int
    disclosure_tier: str
    characters: tuple[Character, ...]  # references and costume references are PackFile names
    props: tuple[Character, ...]
    shots: tuple[Shot, ...]
    consents: tuple[Consent, ...]
    files: tuple[PackFile, ...]
    locations: tuple[tuple[str, str], ...] = ()  # (id, description)
    portrayals: tuple[tuple[str, str], ...] = ()  # (character, participant who portrays it)
    sealed: bool = False
    seal: str = ""  # content id of the sealed pack
    data_retention: str = ""  # none | up_to_30_days outside; "" = the partner's decides
    approvals: tuple[Approval, ...] = ()
    credits: tuple[Credit, ...] = ()
    fictional: tuple[str, ...] = ()  # participants behind whom nobody real stands
    notices: tuple[tuple[str, date], ...] = ()  # (character, when it was told that nobody plays it)
    colours: Colours | None = None  # through which models see its plates
    master: str = ""  # png8, png16, exr16_acescg, exr16_aces2065, prores4444; "" = not on record

    def character(self, id_: str) -> Character:
        """Give a character or prop by id."""
        return next(c for c in (*self.characters, *self.props) if c.id == id_)

    def file(self, name: str) -> PackFile:
        """Give a file by the name that the pack uses."""
        return next(f for f in self.files if f.name == name)
