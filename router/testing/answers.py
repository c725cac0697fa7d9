"""A double of what remembers answers to paid wishes: in this process' memory, without time."""

from dataclasses import dataclass, field

from router.store.answers import Answer, InFlight, KeyReused, Wish

Name = tuple[str, str, str]


@dataclass(slots=True)
class RememberedAnswers:
    """Keeps the rules of the real one; what is begun stays begun until it is kept or dropped."""

    begun: dict[Name, str] = field(default_factory=dict)  # name → fingerprint
    kept: dict[Name, Answer] = field(default_factory=dict)

    def begin(self, wish: Wish) -> Answer | None:
        """Begin a wish, or give its answer."""
        name = _name(wish)
        if self.begun.get(name, wish.fingerprint) != wish.fingerprint:
            found = "a key that came with another body before"
            raise KeyReused(field="Idempotency-Key", found=found, expected="a fresh key")
        if name in self.begun and name not in self.kept:
            raise InFlight(30)
        self.begun[name] = wish.fingerprint
        return self.kept.get(name)

    def keep(self, wish: Wish, answer: Answer) -> None:
        """Keep an answer."""
        self.kept[_name(wish)] = answer

    def drop(self, wish: Wish) -> None:
        """Forget a wish."""
        self.begun.pop(_name(wish), None)


def _name(wish: Wish) -> Name:
    return wish.partner, wish.tenant, wish.key
