"""The language client: one question to a language model through Bedrock's Converse, one answer.

For writing prompts and for judges. The catalogue's price is what counts, litellm's own is kept
beside it: where the two differ, one of them is out of date. An answer that is of no use (cut off,
filtered, not the JSON that was asked for) was paid for all the same and says how much.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.admission.token_price import tokens_musd
from router.cloud import aws
from router.domain.errors import BadInput
from router.domain.inquiry import Shown
from router.domain.model import Model
from router.llm.litellm_loop import LoopThread, cost_usd, headers, reach
from router.ports import Setback

DIALECT = "converse"
MOST_PICTURES = 20  # Amazon Bedrock API reference, Message: pictures, bytes and formats
MOST_BYTES = 3_932_160
MIMES = ("image/png", "image/jpeg", "image/gif", "image/webp")
STOPPED: Mapping[str, tuple[str, str]] = {  # why an answer ended before it was done
    "content_filter": ("filtered", "the provider's filter stopped the answer"),
    "length": ("cut", "the answer ended at the most tokens that it may have"),
}
DISPUTED = 0.01  # share by which two price lists may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a language model is asked."""

    model: Model  # a row of dialect `converse`
    region: str
    text: str
    system: str = ""
    pictures: tuple[Shown, ...] = ()
    schema: Mapping[str, Any] | None = None  # JSON schema of the answer; None = free text
    most_tokens: int = 1024  # of the answer
    temperature: float | None = None  # None = the model's own
    deadline_s: float = 60.0
    about: tuple[tuple[str, str], ...] = ()  # kept by the provider's invocation log: attempt, …


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an answer cost, and where it came from."""

    model_id: str  # as it went on the wire
    tokens_in: int
    tokens_out: int
    cost_musd: int  # by the catalogue
    litellm_musd: int | None  # by litellm's price list; None where it has no price
    simulated: bool
    latency_s: float
    provider_ref: str

    @property
    def disputed(self) -> bool:
        """Say whether the two price lists differ by more than rounding and one percent."""
        if self.litellm_musd is None:
            return False
        return abs(self.cost_musd - self.litellm_musd) > max(1.0, DISPUTED * self.cost_musd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer that fits the question."""

    text: str
    parsed: Any  # what the schema asked for; None without a schema
    bill: Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt(Setback):
    """An answer came, was paid for, and is of no use."""

    bill: Bill


class LanguageClient:
    """Asks language models; threads may share one."""

    def __init__(self, clients: aws.Clients, loop: LoopThread) -> None:
        """Keep whom to ask; nothing is imported or opened before the first question."""
        self._clients = clients
        self._loop = loop

    def ask(self, question: Question) -> Said | Setback:
        """Make exactly one HTTP request; never asks twice.

        Raises:
            BadInput: the question is one that the model cannot be asked.
        """
        _check(question)
        place = reach(self._clients, question.region, question.model)
        if isinstance(place, Setback):
            return place
        begun = time.monotonic()
        answer = self._loop.ask(
            "acompletion",
            {**_asked(question), **place},
            model=question.model,
            deadline_s=question.deadline_s,
        )
        if isinstance(answer, Setback):
            if answer.code == "expired_credentials":
                self._clients.renew()
            return answer
        return _heard(question, answer, _bill(question, answer, time.monotonic() - begun))


def _check(question: Question) -> None:
    model = question.model
    if model.dialect != DIALECT:
        raise BadInput(field="model", found=model.dialect, expected=f"a {DIALECT} model")
    if not question.text.strip():
        raise BadInput(field="text", found="nothing", expected="a question")
    if question.temperature is not None and dict(model.options).get("temperature") == "fixed":
        expected = "none: this model has its own"
        raise BadInput(field="temperature", found=question.temperature, expected=expected)
    if len(question.pictures) > MOST_PICTURES:
        expected = f"at most {MOST_PICTURES}"
        raise BadInput(field="pictures", found=len(question.pictures), expected=expected)
    for number, shown in enumerate(question.pictures):
        if shown.mime not in MIMES or len(shown.data) > MOST_BYTES:
            found = f"{shown.mime} of {len(shown.data)} bytes"
            expected = f"{', '.join(MIMES)} of at most {MOST_BYTES} bytes"
            raise BadInput(field=f"pictures[{number}]", found=found, expected=expected)


def _asked(question: Question) -> dict[str, Any]:
    """Write the question in litellm's words."""
    content: list[dict[str, Any]] = [{"type": "text", "text": question.text}]
    for shown in question.pictures:
        if shown.label:
            content.append({"type": "text", "text": shown.label})
        content.append({"type": "image_url", "image_url": {"url": _data_uri(shown)}})
    system = [{"role": "system", "content": question.system}] if question.system else []
    asked: dict[str, Any] = {
        "model": f"bedrock/converse/{question.model.wire_id}",
        "messages": [*system, {"role": "user", "content": content}],
        "max_tokens": question.most_tokens,
    }
    if question.about:
        asked["requestMetadata"] = dict(question.about)
    if question.temperature is not None:
        asked["temperature"] = question.temperature
    if question.schema is not None:
        form = {"name": "answer", "schema": dict(question.schema), "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": form}
    return asked


def _data_uri(shown: Shown) -> str:
    return f"data:{shown.mime};base64,{base64.b64encode(shown.data).decode('ascii')}"


def _bill(question: Question, answer: Any, latency_s: float) -> Bill:
    told, usage, theirs = headers(answer), answer.usage, cost_usd(answer)
    cost = tokens_musd(question.model, usage.prompt_tokens, usage.completion_tokens)
    return Bill(
        model_id=question.model.wire_id,
        tokens_in=usage.prompt_tokens,
        tokens_out=usage.completion_tokens,
        cost_musd=cost,
        litellm_musd=None if theirs is None else round(theirs * 1_000_000),
        simulated=told.get(aws.SIMULATED) == "1",
        latency_s=latency_s,
        provider_ref=told.get("x-amzn-requestid", ""),
    )


def _heard(question: Question, answer: Any, bill: Bill) -> Said | Spoilt:
    choice = answer.choices[0]
    text = choice.message.content or ""
    stopped = STOPPED.get(choice.finish_reason)
    if stopped is not None:
        return _spoilt(bill, *stopped, text)
    if not text.strip():
        return _spoilt(bill, "no_text", "an answer without words", text)
    parsed, code, reason = fitted(text, question.schema)
    if code:
        return _spoilt(bill, code, reason, text)
    return Said(text=text, parsed=parsed, bill=bill)


def fitted(text: str, schema: Mapping[str, Any] | None) -> tuple[Any, str, str]:
    """Read an answer by its schema: what was parsed, and why it is of no use ("" = it is)."""
    if schema is None:
        return None, "", ""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        return None, "not_json", f"an answer that is no JSON: {error}"
    wrong = _misfit(parsed, schema)
    return (None, "misfit", wrong) if wrong else (parsed, "", "")


def _misfit(parsed: Any, schema: Mapping[str, Any]) -> str:
    """Say where an answer does not fit its schema; empty where it does."""
    from jsonschema import Draft202012Validator

    wrong = next(iter(Draft202012Validator(dict(schema)).iter_errors(parsed)), None)
    return f"{wrong.json_path}: {wrong.message[:200]}" if wrong else ""


def _spoilt(bill: Bill, code: str, reason: str, text: str) -> Spoilt:
    return Spoilt(
        kind="refused" if code == "filtered" else "undecodable",
        code=code,
        reason=reason,
        bill=bill,
        billed=True,
        provider_ref=bill.provider_ref,
        simulated=bill.simulated,
        raw=text.encode(),
    )
