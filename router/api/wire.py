"""The JSON of this storey's routes, checked where it enters and described for others."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from router.api.script import one_line
from router.domain.clearance import Clearance
from router.domain.media import MediaRef
from router.domain.money import musd_of
from router.domain.request import Input, Request

Partner = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Name = Annotated[str, AfterValidator(one_line)]
Scalar = str | bool | int | float


class Entering(BaseModel):
    """A body from outside: only documented fields, nothing converted, every number finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ClearanceBody(Entering):
    """What the people and owners behind the inputs have permitted."""

    permitted: list[Word] = Field(min_length=1, max_length=16)
    expires_on: date | None = Field(
        strict=False, description="last day in force; null = no person is recognisable"
    )
    evidence_sha256: Sha256


class InputBody(Entering):
    """A picture that steers the result, handed in before."""

    role: Word = Field(description="init_image, mask, style_image, key_frame_start, …")
    sha256: Sha256


class Generation(Entering):
    """A wish for one take."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner": "northlight_pictures",
                    "account": "lookdev",
                    "budget_usd": 5.0,
                    "model": "sd35-large",
                    "operation": "text_to_image",
                    "prompt": "A harbour at dusk, empty pier, medium wide shot.",
                    "seed": 7,
                    "aspect": "16:9",
                    "clearance": {
                        "permitted": ["evaluate_only", "still_image"],
                        "expires_on": "2027-05-31",
                        "evidence_sha256": "0" * 64,
                    },
                    "label": "SQ010_SH0010 by hand",
                }
            ]
        }
    )

    partner: Partner
    account: Id = Field(description="the budget that pays: a campaign, or one of your own")
    budget_usd: float | None = Field(
        default=None, gt=0, le=1_000_000, description="opens or raises that budget, US dollars"
    )
    model: Word = Field(description="key of a catalogue row, see /v1/models")
    operation: Word
    prompt: str = Field(max_length=10_000)
    clearance: ClearanceBody
    negative: str = Field(default="", max_length=10_000)
    inputs: list[InputBody] = Field(default=[], max_length=16)
    seed: int | None = Field(default=None, ge=0, le=4_294_967_295)
    aspect: Annotated[str, StringConstraints(pattern=r"^\d{1,2}:\d{1,2}$")] | None = None
    seconds: int | None = Field(default=None, ge=1, le=60)
    resolution: Word | None = None
    parameters: dict[Word, Scalar] = Field(default={}, max_length=32)
    label: Name = Field(default="", max_length=200)

    def budget_musd(self) -> int | None:
        """Give the budget in micro-dollars."""
        if self.budget_usd is None:
            return None
        return musd_of("budget_usd", Decimal(repr(self.budget_usd)))  # as it was written

    def request(self, id_: str, media: dict[str, MediaRef]) -> Request:
        """Give the router's request; `media` by sha-256."""
        inputs = tuple(Input(role=i.role, media=media[i.sha256]) for i in self.inputs)
        return Request(
            partner=self.partner,
            id=id_,
            account=self.account,
            model=self.model,
            operation=self.operation,
            prompt=self.prompt,
            clearance=Clearance(
                permitted=tuple(self.clearance.permitted),
                expires_on=self.clearance.expires_on,
                evidence_sha256=self.clearance.evidence_sha256,
            ),
            negative=self.negative,
            inputs=inputs,
            seed=self.seed,
            aspect=self.aspect,
            seconds=self.seconds,
            resolution=self.resolution,
            parameters=tuple(sorted(self.parameters.items())),
            label=self.label,
        )


class RequestState(BaseModel):
    """How a request stands: the state of its newest attempt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "request": "5f1d0c9a8b7e6d5c4b3a291807f6e5d4",
                    "partner": "northlight_pictures",
                    "account": "lookdev",
                    "model": "sd35-large",
                    "operation": "text_to_image",
                    "state": "settled",
                    "code": "",
                    "reason": "",
                    "attempts": 1,
                    "reserved_usd": 0.0,
                    "spent_usd": 0.08,
                    "simulated": True,
                    "take": "0c1b2a39485766758493a2b1c0d9e8f7",
                }
            ]
        }
    )

    request: str
    partner: str
    account: str
    model: str
    operation: str
    state: str = Field(
        description="ready, intent, sent, responded, settled, refused, failed, parked, unknown, "
        "lost or cancelled"
    )
    code: str = ""
    reason: str = ""
    attempts: int = 1
    reserved_usd: float = 0.0
    spent_usd: float = 0.0
    simulated: bool | None = None
    take: str | None = None


class PartnerRow(BaseModel):
    """A studio of the beta, as far as the caller gets to it."""

    partner: str
    pictures: bool = Field(description="whether links to its pictures are given, too")


class Partners(BaseModel):
    """The studios within reach."""

    partners: list[PartnerRow]


class LifecycleRow(BaseModel):
    """Where a model stands in its provider's life cycle."""

    status: Literal["active", "legacy", "retired"]
    eol: date | None = None


class PriceRow(BaseModel):
    """What one unit costs, and who says so."""

    unit: str
    usd: float | None
    source: str
    as_of: date


class TrainingData(BaseModel):
    """What is said of what a model was trained on; unknown where no source is at hand."""

    disclosed: str = Field(description="yes | partly | no | not_applicable | unknown")
    licensed: str = Field(description="yes | partly | no | not_applicable | unknown")
    source: str
    as_of: date | None = None


class Ownership(BaseModel):
    """Who owns what a model makes, as its terms say."""

    says: str
    source: str
    as_of: date | None = None


class ModelRow(BaseModel):
    """One model of the catalogue."""

    key: str
    model_id: str
    profile_id: str | None = None
    provider: str
    modality: str
    tasks: list[str]
    operations: list[str]
    regions: list[str]
    lifecycle: LifecycleRow
    price: PriceRow
    licence: str
    indemnified: bool
    training_data: TrainingData
    output_ownership: Ownership


class Models(BaseModel):
    """The catalogue."""

    models: list[ModelRow]


Json = dict[str, Any]
