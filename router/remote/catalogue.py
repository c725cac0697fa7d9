"""What a service offers, and who it takes us for."""

from router.afar import There
from router.client import Client
from router.commands import models as words


def models(there: There, *, task: str | None) -> None:
    """List the models."""
    words.listed(there.said, Client(there.service).models(task))


def whoami(there: There) -> None:
    """Say who asks, and what that one may."""
    me = Client(there.service).me()
    reads, looks = ", ".join(me["reads"]) or "nobody", ", ".join(me["looks"]) or "nobody"
    text = f"{me['name']} ({me['role']}) at {there.service.server}\n"
    text += f"  may: {', '.join(me['scopes'])}\n  records of: {reads}\n  pictures of: {looks}"
    there.said.answer(me, text)
