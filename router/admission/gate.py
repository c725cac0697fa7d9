"""What must be true before a paid call: consent, Region, provider, life cycle and limits. Pure.

Every refusal names the field, so that a plan can say which cells cannot be asked, and why. Messages
name no model: the reader may be a judge who must not know it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta
from functools import partial

from router.admission import disclosure, retention
from router.admission.tokens import most_tokens
from router.domain.clearance import Clearance
from router.domain.errors import BadInput, NotEntitled, Refused, UnknownName
from router.domain.media import MediaRef
from router.domain.model import LifecycleStatus, Limits, Model, Parameter
from router.domain.partner import Partner
from router.domain.request import JsonScalar, Request
from router.operations import MOVING, OPERATIONS, STILL, WORDS, Operation

LOCAL = "local"  # dialect and Region of what runs here, free
BODY_BYTES = 25_000_000  # InvokeModel takes no larger body
BODY_REST = 100_000  # room for everything in it that is no picture
SOON = timedelta(days=60)


def check(
    partner: Partner,
    model: Model,
    request: Request,
    *,
    today: date,
    runnable_dialects: Collection[str],
    modes: retention.Modes | None = None,
) -> None:
    """Let a request pass, or say why not.

    A free local control needs consent and its pictures, but no Region, provider or limits. `modes`
    gives the account's data-retention mode by Region; None = it was not asked.

    Raises:
        NotEntitled: life cycle, dialect, consent, provider, Region or data retention forbid it.
        UnknownName: the model does not do this operation.
        BadInput: the request asks for something outside the model's limits.
    """
    for rule in _rules(partner, model, request, today, runnable_dialects, modes):
        rule()


def refusals(
    partner: Partner,
    model: Model,
    request: Request,
    *,
    today: date,
    runnable_dialects: Collection[str],
    modes: retention.Modes | None = None,
) -> tuple[Refused, ...]:
    """Give everything that forbids a request; `check` raises the first of it. Empty = it passes.

    Where the model does not do the operation, the limits that hang on it are not looked at.
    """
    found: list[Refused] = []
    for rule in _rules(partner, model, request, today, runnable_dialects, modes):
        try:
            rule()
        except Refused as refused:
            found.append(refused)
    return tuple(found)


def warnings(
    partner: Partner,
    model: Model,
    request: Request,
    *,
    today: date,
    modes: retention.Modes | None = None,
) -> tuple[str, ...]:
    """Say what is allowed today and still worth knowing."""
    life, said = model.lifecycle, []
    if life.status is LifecycleStatus.LEGACY:
        end = f"; it ends on {life.eol}" if life.eol else ""
        said.append(f"this model is in its legacy period{end}")
    elif life.eol is not None and life.eol - today <= SOON:
        said.append(f"this model ends on {life.eol}")
    if today < partner.window.opens:
        said.append(f"the window of {partner.display_name} opens on {partner.window.opens}")
    if today > partner.window.findings_due:
        said.append(
            f"the findings for {partner.display_name} were due on {partner.window.findings_due}"
        )
    reads, about = model.limits.prompt_reads, most_tokens(request.prompt)
    if reads and about > reads:
        said.append(
            f"the prompt has up to {about} tokens; what stands behind the first {reads} may go "
            "unread by this model"
        )
    return (*said, *retention.notes(model, modes))


def region_for(partner: Partner, model: Model, clearance: Clearance) -> str:
    """Choose where to ask: the model's first Region that partner and clearance both allow.

    A model behind an inference profile may do its work in any Region of the profile, whichever is
    asked: there, every one of them must be allowed.

    Raises:
        NotEntitled: no Region is allowed by everybody.
    """
    if model.dialect == LOCAL:
        return LOCAL
    allowed = [
        region
        for region in model.regions
        if region in partner.regions and (not clearance.regions or region in clearance.regions)
    ]
    if not allowed or (model.profile_id is not None and len(allowed) < len(model.regions)):
        which = "all of" if model.profile_id is not None else "one of"
        expected = f"{which} {', '.join(model.regions)}, where this model works"
        raise NotEntitled(field="region", found=_both(partner, clearance), expected=expected)
    return allowed[0]


def region_of_question(
    partner: Partner,
    model: Model,
    clearance: Clearance,
    *,
    today: date,
    modes: retention.Modes | None = None,
) -> str:
    """Let a question about a partner's material go to a language model, and choose where.

    Raises:
        NotEntitled: life cycle, consent, provider, Region or data retention forbid it.
    """
    _lifecycle(model, today)
    _consent(clearance, OPERATIONS["text"], today)
    _provider(partner, model, clearance)
    region = region_for(partner, model, clearance)
    _retention(partner, model, clearance, modes)
    return region


def _both(partner: Partner, clearance: Clearance) -> str:
    found = f"the partner allows {', '.join(partner.regions) or 'none'}"
    if clearance.regions:
        found += f"; the pack allows {', '.join(clearance.regions)}"
    return found


def _rules(
    partner: Partner,
    model: Model,
    request: Request,
    today: date,
    runnable: Collection[str],
    modes: retention.Modes | None,
) -> Iterator[Callable[[], object]]:
    """Give every rule that this request must pass, ready to apply, the weightiest first."""
    yield partial(_tenant, partner, request)
    yield partial(_lifecycle, model, today)
    yield partial(_dialect, model, runnable)
    yield partial(_operation, model, request)
    if request.operation not in model.operations:
        return
    operation = OPERATIONS[request.operation]
    yield partial(_consent, request.clearance, operation, today)
    yield partial(disclosure.check, request.clearance)
    yield from _roles(model, request, operation)
    if model.dialect == LOCAL:
        return
    yield partial(_provider, partner, model, request.clearance)
    yield partial(region_for, partner, model, request.clearance)
    yield partial(_retention, partner, model, request.clearance, modes)
    yield partial(_pictures, model.limits, request)
    yield partial(_words, model.limits, request, operation)
    yield partial(_aspect, model.limits, request, operation)
    yield partial(_resolution, model.limits, request)
    yield partial(_seconds, model.limits, request, operation)
    yield partial(_seed, model.limits, request)
    yield partial(_parameters, model, request)


def _tenant(partner: Partner, request: Request) -> None:
    if request.partner != partner.name:
        raise BadInput(field="partner", found=request.partner, expected=partner.name)


def _lifecycle(model: Model, today: date) -> None:
    life = model.lifecycle
    if life.status is LifecycleStatus.RETIRED or (life.eol is not None and today > life.eol):
        when = f" since {life.eol}" if life.eol else ""
        note = f" ({life.note})" if life.note else ""
        found = f"{model.key}, retired{when}{note}"
        raise NotEntitled(field="lifecycle", found=found, expected="a model that still answers")


def _dialect(model: Model, runnable: Collection[str]) -> None:
    if model.dialect not in runnable:
        expected = f"a dialect that is spoken here: {', '.join(sorted(runnable)) or 'none'}"
        found = f"{model.dialect}, which nothing here speaks yet"
        raise NotEntitled(field="dialect", found=found, expected=expected)


def _operation(model: Model, request: Request) -> None:
    if request.operation not in model.operations:
        raise UnknownName("operation", request.operation, model.operations)


def _consent(clearance: Clearance, operation: Operation, today: date) -> None:
    if not clearance.evidence_sha256:
        expected = "the hash of the consent, or of the statement that nobody is shown"
        raise NotEntitled(field="clearance.evidence_sha256", found="none", expected=expected)
    wanted = {operation.makes}
    if operation.makes == WORDS:  # looking at pictures is the least that anybody permits
        wanted = {"evaluate_only", STILL, MOVING}
    if not wanted & set(clearance.permitted):
        found = ", ".join(clearance.permitted) or "nothing permitted"
        expected = f"a consent that covers {' or '.join(sorted(wanted))}"
        raise NotEntitled(field="clearance.permitted", found=found, expected=expected)
    if clearance.expires_on is not None and today > clearance.expires_on:
        expected = f"a consent in force on {today}"
        found = f"ended on {clearance.expires_on}"
        raise NotEntitled(field="clearance.expires_on", found=found, expected=expected)


def _provider(partner: Partner, model: Model, clearance: Clearance) -> None:
    for who, allowed in (("partner", partner.providers), ("pack", clearance.providers)):
        if allowed and model.provider not in allowed:
            found = f"a provider that the {who} does not list"
            expected = f"one of: {', '.join(allowed)}"
            raise NotEntitled(field="provider", found=found, expected=expected)


def _retention(
    partner: Partner, model: Model, clearance: Clearance, modes: retention.Modes | None
) -> None:
    try:
        region = region_for(partner, model, clearance)
    except NotEntitled:
        return  # it is asked nowhere, and that is told already
    # Behind a profile AWS chooses among the Regions, so that the mode of each counts.
    where = model.regions if model.profile_id is not None else (region,)
    retention.check(partner, model, clearance, where, modes)


def _roles(model: Model, request: Request, operation: Operation) -> Iterator[Callable[[], object]]:
    roles = [given.role for given in request.inputs]
    yield partial(_once, roles)
    for role in operation.needs:
        yield partial(_given, role, roles)
    known = {*operation.needs, *operation.may} & set(model.references)
    for role in roles:
        yield partial(_taken, role, known)


def _once(roles: Sequence[str]) -> None:
    if len(set(roles)) < len(roles):
        raise BadInput(field="inputs", found=", ".join(roles), expected="each role once")


def _given(role: str, roles: Sequence[str]) -> None:
    if role not in roles:
        found = ", ".join(roles) or "no picture"
        raise BadInput(field=f"inputs.{role}", found=found, expected=f"a picture as {role}")


def _taken(role: str, known: Collection[str]) -> None:
    if role not in known:
        expected = f"only {', '.join(sorted(known))}" if known else "no picture"
        raise BadInput(field=f"inputs.{role}", found=role, expected=expected)


def _pictures(limits: Limits, request: Request) -> None:
    for given in request.inputs:
        _picture(limits, f"inputs.{given.role}", given.media)
    body = sum(-(-given.media.size // 3) * 4 for given in request.inputs) + BODY_REST
    if body > BODY_BYTES:
        expected = f"at most {BODY_BYTES} bytes, all pictures together in base64"
        raise BadInput(field="inputs", found=f"{body} bytes", expected=expected)


def _picture(limits: Limits, field: str, media: MediaRef) -> None:
    if media.mime not in limits.mimes:
        raise BadInput(field=field, found=media.mime, expected=", ".join(limits.mimes))
    short, long = sorted((media.width, media.height))
    if not short:
        return  # not probed
    found = f"{media.width}x{media.height}"
    if short < limits.min_side or long > limits.max_side:
        expected = f"sides from {limits.min_side} to {limits.max_side} pixels"
        raise BadInput(field=field, found=found, expected=expected)
    if not limits.min_pixels <= short * long <= limits.max_pixels:
        expected = f"from {limits.min_pixels} to {limits.max_pixels} pixels in all"
        raise BadInput(field=field, found=found, expected=expected)
    if long > short * limits.max_aspect:
        expected = f"a longer side of at most {limits.max_aspect:g} times the shorter one"
        raise BadInput(field=field, found=found, expected=expected)


def _words(limits: Limits, request: Request, operation: Operation) -> None:
    if operation.prompt and limits.prompt_chars and not request.prompt.strip():
        raise BadInput(field="prompt", found="nothing", expected="a prompt")
    for field, text, most in (
        ("prompt", request.prompt, limits.prompt_chars),
        ("negative", request.negative, limits.negative_chars),
    ):
        if len(text) > most:
            expected = f"at most {most} characters" if most else "none: this model takes none"
            raise BadInput(field=field, found=f"{len(text)} characters", expected=expected)
    tokens = most_tokens(request.prompt) if limits.prompt_tokens else 0
    if tokens > limits.prompt_tokens:
        expected = f"at most {limits.prompt_tokens} tokens; the count errs on the high side"
        raise BadInput(field="prompt", found=f"up to {tokens} tokens", expected=expected)


def _aspect(limits: Limits, request: Request, operation: Operation) -> None:
    _one_of("aspect", request.aspect, limits.aspects if operation.aspect else ())


def _resolution(limits: Limits, request: Request) -> None:
    _one_of("resolution", request.resolution, limits.resolutions)
    if limits.resolutions and request.resolution is None:
        expected = f"one of: {', '.join(limits.resolutions)}"
        raise BadInput(field="resolution", found="none", expected=expected)


def _seconds(limits: Limits, request: Request, operation: Operation) -> None:
    _one_of("seconds", request.seconds, limits.seconds if operation.seconds else ())
    if operation.seconds and limits.seconds and request.seconds is None:
        expected = f"one of: {', '.join(map(str, limits.seconds))}"
        raise BadInput(field="seconds", found="none", expected=expected)


def _one_of(field: str, found: str | int | None, allowed: Collection[str | int]) -> None:
    if found is not None and found not in allowed:
        known = ", ".join(map(str, allowed))
        expected = f"one of: {known}" if known else "none: this operation takes none"
        raise BadInput(field=field, found=found, expected=expected)


def _seed(limits: Limits, request: Request) -> None:
    if request.seed is None:
        return
    if limits.seed_max is None:
        raise BadInput(field="seed", found=request.seed, expected="none: this model has no seed")
    if not 1 <= request.seed <= limits.seed_max:  # 0 means any seed
        expected = f"from 1 to {limits.seed_max}"
        raise BadInput(field="seed", found=request.seed, expected=expected)


def _parameters(model: Model, request: Request) -> None:
    known = {
        p.name: p for p in model.parameters if not p.operations or request.operation in p.operations
    }
    given = dict(request.parameters)
    for name, value in given.items():
        if name not in known:
            expected = f"one of: {', '.join(known)}" if known else "none"
            raise BadInput(field=f"parameters.{name}", found=value, expected=expected)
        wish = _wish(known[name], value)
        if wish:
            raise BadInput(field=f"parameters.{name}", found=value, expected=wish)
    for name, parameter in known.items():
        if parameter.required and name not in given:
            raise BadInput(field=f"parameters.{name}", found="nothing", expected="a value")
    some = dict(model.options).get("some_of", "").split()
    if some and not any(given.get(name) for name in some):
        found = "0 everywhere"
        raise BadInput(field="parameters", found=found, expected=f"some of: {', '.join(some)}")


def _wish(parameter: Parameter, value: JsonScalar) -> str:
    """Say what a value should have been; empty where it is right."""
    low, high = parameter.low, parameter.high
    match parameter.kind:
        case "switch":
            right, wish = isinstance(value, bool), "true or false"
        case "choice":
            right, wish = value in parameter.choices, f"one of: {', '.join(parameter.choices)}"
        case "text":
            right = isinstance(value, str) and low <= len(value) <= high
            wish = f"text of {low:g} to {high:g} characters"
        case "integer":
            right = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            wish = f"a whole number from {low:g} to {high:g}"
        case _:
            right = isinstance(value, int | float) and not isinstance(value, bool)
            right = right and low <= float(value) <= high
            wish = f"a number from {low:g} to {high:g}"
    return "" if right else wish
