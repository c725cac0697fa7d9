"""Signatures: what partners said of what is printed of them; rows are added and never changed."""

from sqlalchemy import Engine

from benchmarks.domain.signoff import Answer, ExitForm
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies
from benchmarks.store.tables import exit_forms, signoffs
from router.store.database import reading, writing


class Signatures:
    """Answers and exit forms; each call names its partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on this database."""
        self._engine = engine

    def sign(self, answer: Answer) -> None:
        """Keep an answer."""
        row = {
            "partner": answer.partner,
            "id": answer.id,
            "campaign": answer.campaign,
            "at": answer.at,
            "body": dumps(answer),
        }
        with writing(self._engine, answer.partner) as connection:
            add(connection, signoffs, [row])

    def answers(self, partner: str, campaign: str) -> tuple[Answer, ...]:
        """Give every answer that was ever given about a campaign's items, oldest first."""
        query = (
            asking(signoffs)
            .where(signoffs.c.partner == partner, signoffs.c.campaign == campaign)
            .order_by(signoffs.c.at, signoffs.c.id)
        )
        with reading(self._engine, partner) as connection:
            return tuple(loads(Answer, body) for _, body in bodies(connection, signoffs, query))

    def leave(self, form: ExitForm) -> None:
        """Keep an exit form."""
        row = {"partner": form.partner, "id": form.id, "at": form.at, "body": dumps(form)}
        with writing(self._engine, form.partner) as connection:
            add(connection, exit_forms, [row])

    def forms(self, partner: str) -> tuple[ExitForm, ...]:
        """Give every exit form of a partner, oldest first."""
        query = (
            asking(exit_forms)
            .where(exit_forms.c.partner == partner)
            .order_by(exit_forms.c.at, exit_forms.c.id)
        )
        with reading(self._engine, partner) as connection:
            return tuple(loads(ExitForm, body) for _, body in bodies(connection, exit_forms, query))
