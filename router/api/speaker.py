"""Who said it: a person speaks in their own name, a pipeline's key for a person it names."""

from router.domain.caller import Caller, Role
from router.domain.errors import BadInput


class NotYourName(BadInput):
    """Somebody spoke in another person's name."""

    code = "not_your_name"


def speaker(caller: Caller, by: str | None) -> str:
    """Say in whose name something is kept.

    A person is known here, so what they say bears the name under which they are known. A key is a
    machine's: it names the person. On one's own machine, whoever sits there is believed.

    Raises:
        NotYourName: a person named somebody else.
        BadInput: a key named nobody.
    """
    said = (by or "").strip()
    speaks_for_others = caller.role is Role.OWNER or caller.session == caller.id
    if speaks_for_others:
        if not said:
            raise BadInput(field="by", found=None, expected="the name of the person who says it")
        return said
    if said not in {"", caller.name}:
        raise NotYourName(
            field="by", found=said, expected="your own name, or nothing: it stands there by itself"
        )
    return caller.name
