"""A prompt written by a language model from a shot's own words: the template family `llm`.

The model writes what happens, where, and how it is seen; the canonical words for characters,
costumes and props are ours and follow verbatim, because consistency between shots rests on them.
What was asked and what came back are kept with the price, so that a reader of the take can see
both. A text that cannot be used is a refusal with its reason: nothing is cut, nothing is put in
its place.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.prompts import canonical, render
from benchmarks.requests import clearance
from router.domain.errors import BadInput
from router.domain.ids import sha256_of
from router.domain.model import Limits, Model
from router.domain.partner import Partner
from router.gate import region_of_question
from router.language import Question, Said, Spoilt
from router.ports import Setback

TEMPLATE = "llm/1"
SPEC = "keyed/1"  # the template whose words the language model is given
LEAST = 40  # characters without which a shot cannot be told

# Words of version 1: a change of them is a new version.
SYSTEM = """You write one prompt for a generative picture or film model, for a film studio.
Use only what the shot says; invent no person, prop or place, and name no artist, brand or model.
Do not describe how the subjects look: their exact description is added after your words.
Write plain prose in English: what happens, where, the light, then framing and camera."""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"prompt": {"type": "string", "description": "the prompt, and nothing else"}},
    "required": ["prompt"],
    "additionalProperties": False,
}


class Asks(Protocol):
    """Somebody who puts a question to a language model."""

    def ask(self, question: Question) -> Said | Setback:
        """Ask once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A prompt with where it came from; kept with the request and shown."""

    text: str  # what the model of the take is told
    asked: str  # what the language model was told
    model: str  # its catalogue key
    template: str
    cost_musd: int
    prompt_hash: str  # of the question: the same question, the same hash
    simulated: bool

    def as_dict(self) -> dict[str, object]:
        """Give what provenance keeps."""
        return {
            "text": self.text,
            "asked": self.asked,
            "model": self.model,
            "template": self.template,
            "cost_musd": self.cost_musd,
            "prompt_hash": self.prompt_hash,
            "simulated": self.simulated,
        }


class NotWritten(BadInput):
    """The language model gave nothing that can be used; the cell is refused with this reason."""

    def __init__(self, code: str, *, found: str, expected: str, cost_musd: int = 0) -> None:
        """Keep one word for why, and what the answer cost all the same."""
        super().__init__(field="prompt", found=found, expected=expected)
        self.code = code
        self.cost_musd = cost_musd


def write(
    shot: Shot,
    pack: ShotPack,
    *,
    partner: Partner,
    model: Model,
    limits: Limits,
    client: Asks,
    today: date,
) -> Written:
    """Let a language model write a shot's prompt within the limits of the model that gets it.

    Args:
        shot: What to tell.
        pack: Where its characters and places stand, and who consented to what.
        partner: Whose words these are; the stricter of partner and pack decides who may read them.
        model: The language model that writes.
        limits: Of the model that the prompt is for.
        client: Who asks; makes one call that costs money.
        today: The day on which consents are in force or not.

    Raises:
        NotEntitled: this language model may not read the shot's words.
        CannotAsk: a person of the shot gave no consent at all.
        NotWritten: it refused, did not answer, or its text cannot be used as it is.
    """
    region = region_of_question(partner, model, clearance(pack, shot, ()), today=today)
    fixed = canonical(shot, pack)
    room = limits.prompt_chars - len(fixed) - (1 if fixed else 0)
    if room < LEAST:
        found = f"{len(fixed)} of {limits.prompt_chars} characters are canonical words"
        raise NotWritten("no_room", found=found, expected=f"room for {LEAST} characters of a shot")
    spec = render(SPEC, shot, pack).text
    asked = f"{spec}\n\nAt most {room} characters."
    question = Question(model=model, region=region, text=asked, system=SYSTEM, schema=SCHEMA)
    said = client.ask(question)
    if isinstance(said, Setback):
        raise _refused(said)
    words = str(said.parsed["prompt"]).strip()
    if not words or len(words) > room:
        raise NotWritten(
            "unusable_text",
            found=f"{len(words)} characters",
            expected=f"1 to {room} characters: nothing is cut",
            cost_musd=said.bill.cost_musd,
        )
    return Written(
        text=f"{words} {fixed}".strip(),
        asked=f"{SYSTEM}\n\n{asked}",
        model=model.key,
        template=TEMPLATE,
        cost_musd=said.bill.cost_musd,
        prompt_hash=sha256_of(f"{TEMPLATE}\n{model.wire_id}\n{SYSTEM}\n{asked}".encode()),
        simulated=said.bill.simulated,
    )


def _refused(said: Setback) -> NotWritten:
    cost = said.bill.cost_musd if isinstance(said, Spoilt) else 0
    expected = "a prompt from the language model"
    return NotWritten(said.code, found=said.reason, expected=expected, cost_musd=cost)
