"""What follows a customer from channel to channel: how they want to be spoken to, and whether to be left in peace."""
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from dengta import clock
from dengta.conversation.tables import customer_profile
from dengta.database import reading, run, writing


@dataclass(frozen=True)
class Profile:
    """The preferences of a customer; `tone` is `standard` or `senior`.

    With `do_not_disturb` nothing is sent that the customer did not ask for and does not need: no marketing, no hints.
    """

    tone: str = "standard"
    do_not_disturb: bool = False


class Profiles:
    """The preferences of all customers. Every call raises DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get(self, customer_id: str) -> Profile:
        """Return what the customer prefers; who never said anything has the default profile."""
        return await run(lambda: self._get(customer_id))

    async def set_tone(self, customer_id: str, tone: str) -> None:
        """Remember the tone for every conversation the customer is verified in."""
        await run(lambda: self._set(customer_id, tone=tone))

    async def set_do_not_disturb(self, customer_id: str, on: bool) -> None:
        """Remember whether the customer wants to be left in peace."""
        await run(lambda: self._set(customer_id, do_not_disturb=on))

    def _get(self, customer_id: str) -> Profile:
        with reading(self._engine) as session:
            row = session.execute(
                select(customer_profile).where(customer_profile.c.customer_id == customer_id)
            ).one_or_none()
        return Profile(row.tone, row.do_not_disturb) if row else Profile()

    def _set(self, customer_id: str, **changed: Any) -> None:
        values = {**changed, "updated_at": clock.now()}
        unsaid = Profile()
        first = {"tone": unsaid.tone, "do_not_disturb": unsaid.do_not_disturb, **values, "customer_id": customer_id}
        change = update(customer_profile).where(customer_profile.c.customer_id == customer_id).values(**values)
        with writing(self._engine) as session:
            if session.execute(change).rowcount:
                return
            try:
                with session.begin_nested():
                    session.execute(insert(customer_profile).values(**first))
            except IntegrityError:  # another process was first and has committed by now
                session.execute(change)
