"""What to do now, by the one word that an answer comes with."""

from collections.abc import Mapping

ACCESS = (
    "Bedrock console, Model access, in the Region that is named, and the policy of"
    " `circletake aws policy`; `circletake doctor --aws` says which models are closed"
)
AGAIN = "run the same command again: what passed is kept and costs nothing"
BUCKET = "set CIRCLETAKE_BUCKET to a bucket in the Region of the film model (us-west-2)"
KEY = (
    "with a key for each partner, smoke needs one too: deploy/aws/partner.yaml with Partner=smoke;"
    " `circletake doctor --aws` says how the keys stand"
)
LOOK = "in an hour the same command again: it looks for the answer, and never asks twice"

TODO: Mapping[str, str] = {
    "no_access": ACCESS,
    "gone": "`circletake models refresh` shows what AWS has ended; take the row out of use",
    "quota": "`circletake models quotas` shows what the account may ask for; ask for more there",
    "throttled": f"`circletake models quotas` shows the limit; in a minute, {AGAIN}",
    "busy": f"AWS has no room now; later, {AGAIN}",
    "not_ready": f"the model is being loaded; in some minutes, {AGAIN}",
    "unavailable": f"AWS has no room now; later, {AGAIN}",
    "model_down": f"AWS answers nobody now; later, {AGAIN}",
    "validation": "AWS' words above name the field: the catalogue's row is out of date",
    "not_entitled": "choose Regions that the model has (`circletake models`), with --region,"
    " and set the account's data retention to none (`circletake doctor --aws`)",
    "unreachable": "allow bedrock:GetAccountDataRetention; what cannot be read is not paid for",
    "credentials": "see `aws sts get-caller-identity`",
    "expired_credentials": "sign in again, then run the same command again",
    "signature": "set the clock of this machine, and see `circletake doctor --aws`",
    "unknown_key": "see `aws sts get-caller-identity`: AWS does not know this key",
    "clock_skew": "set the clock of this machine (`timedatectl set-ntp true`)",
    "no_bucket": BUCKET,
    "no_endpoint": "deploy/sagemaker puts one there; without it, open weights are not offered",
    "job_failed": "does the bucket stand in the model's Region, and may the caller write to it?",
    "filtered": "the model declined a grey ball: that is the model's to explain",
    "broken": KEY,
    "over_budget": "a larger --budget; what passed is kept",
    "over_partner_budget": "raise budget_usd in partners/smoke.yaml of the home",
    "over_day_budget": "tomorrow (UTC), or raise day_budget_usd in partners/smoke.yaml",
    "answer_lost": f"it may have been paid: {LOOK}",
}
UNKNOWN = f"it may have been paid, and its money is held: {LOOK}"


def todo(code: str) -> str:
    """Say what to do about a code; what has no remedy of its own is looked at by a person."""
    return TODO.get(code, "`circletake ledger show ACCOUNT --partner smoke` and the log say more")
