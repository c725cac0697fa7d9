"""Whether others may keep what we send: model's terms, account's mode, who allows what. Pure.

The mode is the AWS account's own setting, one for each Region: `none` keeps nothing (and Bedrock
then refuses a model whose terms demand keeping), `default` and `inherit` leave it to the model's
terms, `aws_review` lets AWS look at requests, `provider_data_share` lets the model's provider have
them. Source: Amazon Bedrock User Guide, "Data retention" and "Abuse detection"; API Reference,
"GetAccountDataRetention".
"""

from collections.abc import Callable, Iterable

from router.domain.clearance import Clearance
from router.domain.errors import NotEntitled
from router.domain.model import Keeps, Model
from router.domain.partner import Partner

# Region → the account's mode there, as it was read; raises Unreachable, never guesses.
Modes = Callable[[str], str]

NOTHING_KEPT = "none"
_BY_TERMS = ("default", "inherit")
_LENGTHS = (Keeps.NONE.value, Keeps.UP_TO_30_DAYS.value)  # the strictest first


def is_governed(model: Model) -> bool:
    """Say whether the account's mode speaks for a model: what Bedrock itself serves."""
    served = model.dialect.startswith("bedrock_") or model.dialect == "converse"
    return served and not model.is_endpoint


def check(
    partner: Partner,
    model: Model,
    clearance: Clearance,
    regions: Iterable[str],
    modes: Modes | None,
) -> None:
    """Let a model pass that keeps no longer than partner and pack allow; the stricter wins.

    Args:
        partner: Whose material it is.
        model: Who gets it.
        clearance: What the pack says of it.
        regions: Where the work may be done.
        modes: The account's mode by Region; None = not asked here, so that only what no mode can
            mend is refused. It is asked before every paid call.

    Raises:
        NotEntitled: what is sent may be kept longer than is allowed, or nobody can say.
    """
    longest, who = _allowed(partner, clearance)
    if not is_governed(model):
        _hold(model.retention.keeps, longest, who, "by the model's terms")
        return
    for region in regions:
        _check_in(region, modes(region) if modes else None, model.retention.keeps, longest, who)


def notes(model: Model, modes: Modes | None) -> tuple[str, ...]:
    """Say what is to be known where the account's mode was not asked."""
    if modes is None and is_governed(model) and model.retention.keeps is Keeps.UNKNOWN:
        where = "where the account's data-retention mode is none"
        return (f"nobody says for how long this model keeps data: it is asked only {where}",)
    return ()


def _check_in(region: str, mode: str | None, keeps: Keeps, longest: str, who: str) -> None:
    here = f"; the account's mode in {region} is {mode}"
    if mode == NOTHING_KEPT:
        if keeps is Keeps.UP_TO_30_DAYS:
            expected = "a model that needs to keep nothing: under this mode Bedrock refuses others"
            raise _forbidden(f"kept for up to 30 days by the model's terms{here}", expected)
    elif mode is None:
        if keeps is not Keeps.UNKNOWN:  # that one the account's mode may mend
            _hold(keeps, longest, who, "by the model's terms")
    elif mode in _BY_TERMS:
        _hold(keeps, longest, who, f"by the model's terms{here}")
    else:
        shared = "shared with the model's provider" if mode == "provider_data_share" else "kept"
        raise _forbidden(f"may be {shared}{here}", f"{_wish(longest, who)}: set the mode to none")


def _hold(keeps: Keeps, longest: str, who: str, by: str) -> None:
    """Hold what a model keeps against what is allowed; what nobody says is never within it."""
    if keeps is Keeps.UNKNOWN:
        raise _forbidden(f"nobody says for how long it is kept, {by}", _wish(longest, who))
    if _LENGTHS.index(keeps.value) > _LENGTHS.index(longest):
        raise _forbidden(f"kept for {keeps.value.replace('_', ' ')}, {by}", _wish(longest, who))


def _allowed(partner: Partner, clearance: Clearance) -> tuple[str, str]:
    """Give the stricter of what partner and pack allow, and whose word it is."""
    given = [(partner.data_retention, "partner")]
    given += [(clearance.data_retention, "pack")] if clearance.data_retention else []
    return min(given, key=lambda one: _LENGTHS.index(one[0]))


def _wish(longest: str, who: str) -> str:
    return f"{'nothing' if longest == NOTHING_KEPT else 'at most 30 days'} kept, as the {who} says"


def _forbidden(found: str, expected: str) -> NotEntitled:
    return NotEntitled(field="data_retention", found=found, expected=expected)
