"""A model: one row of the catalogue, reached through AWS (or a free local control)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

ENDPOINT = "arn:aws:sagemaker:"  # how the ARN of an endpoint begins, used as a model's id


class LifecycleStatus(StrEnum):
    """Where a model stands in its provider's life cycle."""

    ACTIVE = "active"
    LEGACY = "legacy"  # still answers, has an end date
    RETIRED = "retired"  # past end of life: kept so that asking for it explains itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Life-cycle state with its date."""

    status: LifecycleStatus
    eol: date | None = None  # last day on which calls succeed
    note: str = ""


class Keeps(StrEnum):
    """For how long what goes in and comes out may be kept outside the account that asks."""

    NONE = "none"
    UP_TO_30_DAYS = "up_to_30_days"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What a model's terms say of keeping data, where the account itself sets nothing."""

    keeps: Keeps
    source: str


UNSAID = Retention(keeps=Keeps.UNKNOWN, source="nobody says")


class Said(StrEnum):
    """What somebody with a source says of a model; never a guess."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"  # nothing was trained
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What is said of what a model was trained on."""

    disclosed: Said
    licensed: Said
    source: str
    as_of: date | None = None  # None = nobody looked, or nothing was found

    @property
    def sentence(self) -> str:
        """Say it as a studio reads it where it chooses."""
        if self.disclosed is Said.NOT_APPLICABLE:
            return "nothing was trained"
        return f"training data disclosed: {self.disclosed}, licensed: {self.licensed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who owns what a model makes, as its terms say; "unknown" where no source is at hand."""

    says: str
    source: str
    as_of: date | None = None


UNDISCLOSED = TrainingData(
    disclosed=Said.UNKNOWN, licensed=Said.UNKNOWN, source="no source at hand"
)
UNOWNED = Ownership(says="unknown", source="no source at hand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit costs, and who says so."""

    unit: str  # image | second | hour | token
    usd: str  # decimal text of the headline price, exact; "" = not sold any more
    source: str
    as_of: date
    by_option: tuple[tuple[str, str], ...] = ()  # price by resolution, e.g. (("540p", "0.75"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a request may ask of this model."""

    prompt_chars: int = 0  # 0 = takes no prompt
    negative_chars: int = 0  # 0 = takes no negative prompt
    prompt_tokens: int = 0  # most tokens of a prompt; 0 = the provider counts characters only
    prompt_reads: int = 0  # tokens behind which words may go unread; 0 = none is known of
    prompt_weights: bool = False  # "(word:1.4)" gives a word weight
    camera_words: str = "still"  # still | moving | concepts: how framing and moves are said
    aspects: tuple[str, ...] = ()  # allowed aspect ratios, empty = follows the input
    seconds: tuple[int, ...] = ()
    resolutions: tuple[str, ...] = ()
    seed_max: int | None = None  # None = no seed parameter
    min_side: int = 64
    max_side: int = 16384
    min_pixels: int = 0
    max_pixels: int = 9_437_184
    max_aspect: float = 2.5  # longer side / shorter side
    mimes: tuple[str, ...] = ("image/png", "image/jpeg", "image/webp")  # of input pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One further thing that a request may set; its name is the name on the wire."""

    name: str  # strength, grow_mask, …
    kind: str  # number | integer | text | choice | switch
    low: float = 0.0  # least value; shortest text
    high: float = 0.0  # greatest value; longest text
    choices: tuple[str, ...] = ()
    required: bool = False
    operations: tuple[str, ...] = ()  # empty = every operation of the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the account may ask for; shared by all workers."""

    requests_per_minute: float | None  # None = not known for this account
    in_flight: int  # most concurrent calls
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One catalogue row."""

    key: str  # our name, e.g. sd35-large
    alias: str  # neutral name for simulated material, e.g. "Emulated A"
    model_id: str  # provider's id
    profile_id: str | None  # inference profile that must be called instead of the id
    provider: str
    modality: str  # image | image_edit | video | vlm | control
    dialect: str  # file in router/backends (bedrock_invoke, bedrock_async), or local
    operations: tuple[str, ...]  # catalogue operations, see tasks.yaml
    regions: tuple[str, ...]
    references: tuple[str, ...]  # roles of input pictures: init_image, mask, style_image, …
    limits: Limits
    price: Price
    quota: Quota
    lifecycle: Lifecycle
    licence: str
    indemnified: bool  # covered by AWS' output indemnity
    timeout_s: float = 300.0  # read timeout of one call
    parameters: tuple[Parameter, ...] = ()
    options: tuple[tuple[str, str], ...] = field(default=())  # details for the dialect
    retention: Retention = UNSAID
    training_data: TrainingData = UNDISCLOSED
    output_ownership: Ownership = UNOWNED

    @property
    def is_endpoint(self) -> bool:
        """Say whether it is a Bedrock Marketplace endpoint: deployed in the account that asks."""
        return self.model_id.startswith(ENDPOINT)

    @property
    def wire_id(self) -> str:
        """The id that goes on the wire."""
        return self.profile_id or self.model_id
