"""The answer of a language model as the invocation log kept it: who said what, and what it cost."""

import json
from dataclasses import dataclass
from typing import Any

from router.admission.token_price import tokens_musd
from router.cloud.invocation_log import Logged
from router.domain.attempt import AttemptState
from router.domain.errors import StoreCorrupt
from router.domain.model import Model, Price
from router.llm.language import Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What to book for a question whose answer was lost."""

    to: AttemptState
    bill: Bill
    told: dict[str, Any]  # text, code and reason


def read(found: Logged, model: Model, price: Price) -> Found:
    """Read a record of Converse; raises StoreCorrupt where it is none."""
    try:
        said = json.loads(found.body)
        tokens = int(said["usage"]["inputTokens"]), int(said["usage"]["outputTokens"])
        text = "".join(b.get("text", "") for b in said["output"]["message"]["content"])
        filtered = said.get("stopReason") == "content_filtered"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "an answer of Converse, with its usage"
        name = f"invocation log, request {found.request_id}"
        raise StoreCorrupt(field=name, found=type(error).__name__, expected=expected) from error
    bill = Bill(
        model_id=model.wire_id,
        tokens_in=tokens[0],
        tokens_out=tokens[1],
        cost_musd=tokens_musd(model, *tokens, price=price),
        litellm_musd=None,
        simulated=found.simulated,
        latency_s=0.0,
        provider_ref=found.request_id,
    )
    told = {"code": "filtered", "reason": "found in the log: filtered"} if filtered else {}
    to = AttemptState.REFUSED if filtered else AttemptState.SETTLED
    return Found(to=to, bill=bill, told={"text": text, "code": "", "reason": "", **told})
