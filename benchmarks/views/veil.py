"""Names on simulated material: no vendor's, no real partner's; real material keeps its own."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from benchmarks.domain.elsewhere import MADE_ELSEWHERE
from router.domain.ids import content_id
from router.domain.model import Model
from router.domain.partner import Partner


@dataclass(frozen=True, slots=True)
class Veil:
    """Gives the names that may be shown."""

    catalogue: Mapping[str, Model]
    simulated: bool
    fictional: Collection[str] = ()  # partners whose names may stand on simulated material
    _words: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Learn every name of every model, longest first so that no part of one stays."""
        words: dict[str, str] = {}
        for model in self.catalogue.values():
            if model.dialect != "local":
                names = (model.profile_id, model.model_id, model.key)
                words |= {name.lower(): model.alias for name in names if name}
                words.setdefault(model.provider.lower(), "the provider")
        object.__setattr__(self, "_words", words)

    def model(self, key: str) -> str:
        """Name a model: its alias where simulated or a control, else provider and key."""
        if key == MADE_ELSEWHERE:
            return "made elsewhere"
        model = self.catalogue[key]
        if self.simulated or model.dialect == "local":
            return model.alias
        return f"{model.provider} {model.key}"

    def partner(self, partner: Partner) -> tuple[str, str]:
        """Give a partner's key and display name, or neutral ones that are always the same."""
        if not self.simulated or partner.name in self.fictional:
            return partner.name, partner.display_name
        mark = content_id("partner", partner.name)[:4]
        return f"partner_{mark}", f"Partner {mark.upper()}"

    def text(self, words: str) -> str:
        """Give a machine's words with every vendor's name replaced, where simulated."""
        if not self.simulated or not words:
            return words
        names = sorted(self._words, key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in names)
        return re.sub(pattern, lambda m: self._words[m[0].lower()], words, flags=re.IGNORECASE)
