"""What AWS lists as a model's quotas, found by name, and what of it the router can keep. Pure.

A quota is named after its model in words ("On-demand InvokeModel requests per minute for Stable
Image Core 1.0"), and nowhere by the model's id: so a name is matched word by word, and what fits
twice is said and not taken. Source: Amazon Bedrock User Guide, "Quotas for the bedrock-runtime
endpoint"; Service Quotas API Reference, "ListServiceQuotas".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from router.admission.retention import is_governed
from router.domain.model import LifecycleStatus, Model

CALLS, AT_ONCE, TOKENS = "requests_per_minute", "in_flight", "tokens_per_minute"
_NAME = re.compile(
    r"(?P<way>on-demand|cross-region|global cross-region)?\b.*?"
    r"(?P<kind>requests per minute|concurrent requests|tokens per minute) for (?P<model>.+)",
    re.IGNORECASE,
)
_KINDS = {
    "requests per minute": CALLS,
    "concurrent requests": AT_ONCE,
    "tokens per minute": TOKENS,
}
_MAKERS = frozenset({"amazon", "anthropic", "stability", "ai", "luma", "twelvelabs", "v"})
_SHORT = {"sd": ("stable", "diffusion")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of Service Quotas."""

    code: str  # L-…
    name: str
    value: float
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A quota of one model."""

    model: str  # catalogue key
    kind: str  # requests_per_minute | in_flight | tokens_per_minute
    value: float
    code: str
    name: str  # as AWS names it: a person sees what was matched
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What was found for the catalogue, and what was not."""

    found: tuple[Found, ...]
    doubtful: tuple[str, ...]  # sentences: names that fit more than once
    unlisted: tuple[str, ...]  # keys of which AWS lists no quota that the router can keep

    def of(self, model: str, kind: str) -> float | None:
        """Give the least over Regions; None = AWS lists none."""
        values = [f.value for f in self.found if (f.model, f.kind) == (model, kind)]
        return min(values, default=None)


def asked_for(catalogue: Mapping[str, Model]) -> tuple[Model, ...]:
    """Give the rows that have quotas at AWS: what Bedrock itself serves, and is not retired."""
    return tuple(
        m
        for m in catalogue.values()
        if is_governed(m) and m.lifecycle.status is not LifecycleStatus.RETIRED
    )


def match(models: Iterable[Model], listed: Iterable[Listed], titles: Mapping[str, str]) -> Quotas:
    """Find the quotas of models by their names.

    Args:
        models: rows of the catalogue.
        listed: what Service Quotas gave, of every Region that was asked.
        titles: model id → AWS' own name for it, where it was given.
    """
    wanted, rows = tuple(models), tuple(listed)
    found: list[Found] = []
    doubtful: list[str] = []
    for model in wanted:
        here = [*_fitting(model, rows, titles.get(model.model_id, ""))]
        for kind, region in dict.fromkeys((f.kind, f.region) for f in here):
            same = [f for f in here if (f.kind, f.region) == (kind, region)]
            if len(same) == 1:
                found += same
            else:
                names = "; ".join(f"{f.code} {f.name}" for f in same)
                doubtful.append(f"{model.key} in {region}: more than one {kind}: {names}")
    kept = {f.model for f in found if f.kind != TOKENS}
    unlisted = tuple(m.key for m in wanted if m.key not in kept)
    return Quotas(found=tuple(found), doubtful=tuple(doubtful), unlisted=unlisted)


def _fitting(model: Model, rows: Iterable[Listed], title: str) -> Iterator[Found]:
    names = {*_spellings(title), *_spellings(_bare(model.model_id))} - {frozenset()}
    way = "cross-region" if model.profile_id else "on-demand"
    for row in rows:
        said = _NAME.fullmatch(row.name.strip())
        if said is None or row.region not in model.regions:
            continue
        its = (said["way"] or way).lower()
        if its == way and not names.isdisjoint(_spellings(said["model"])):
            yield Found(
                model=model.key,
                kind=_KINDS[said["kind"].lower()],
                value=row.value,
                code=row.code,
                name=row.name,
                region=row.region,
            )


def _bare(model_id: str) -> str:
    """Take the maker's prefix and the build off an id: `stability.sd3-5-large-v1:0`."""
    return model_id.partition(".")[2].partition(":")[0]


def _spellings(name: str) -> Iterator[frozenset[str]]:
    """Give the words of a name, whole, and without a first version that is often left out."""
    plain = re.sub(r"(?i)[\s-]v?1(\.0)?$", "", name.strip())
    for text in dict.fromkeys((name.strip(), plain)):
        words = re.findall(r"[a-z]+|[0-9]+", text.lower())
        long = [part for word in words for part in _SHORT.get(word, (word,))]
        yield frozenset(w for w in long if w not in _MAKERS)
