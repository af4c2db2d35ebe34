"""Puts values into the domain's responses in the customer's tone, for lines that are parts of a longer message."""
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Mapping, Sequence

from dengta.clock import SHANGHAI
from dengta.dialogue.names import SLOT_TONE, TONE_STANDARD


class Wording:
    """Responses of the domain as one conversation hears them."""

    def __init__(self, domain: Mapping[str, Any], tone: str) -> None:
        self._responses: Mapping[str, Sequence[Mapping[str, Any]]] = domain["responses"]
        self._tone = tone or TONE_STANDARD

    def phrase(self, response: str, **values: Any) -> str:
        """Return the text of a response with its placeholders filled; a missing response or value is a KeyError."""
        return str(self._variation(response)["text"]).format(**values)

    def date(self, day: date) -> str:
        """Return a date as customers read it."""
        return self.phrase("utter_date", year=day.year, month=day.month, day=day.day)

    def moment(self, moment: datetime) -> str:
        """Return date and time of day in Asia/Shanghai."""
        local = moment.astimezone(SHANGHAI)
        return self.phrase("utter_moment", date=self.date(local.date()), time=f"{local:%H:%M}")

    def _variation(self, response: str) -> Mapping[str, Any]:
        variations = self._responses[response]
        chosen = [v for v in variations if self._is_for_tone(v)] or [v for v in variations if not v.get("condition")]
        return chosen[0]

    def _is_for_tone(self, variation: Mapping[str, Any]) -> bool:
        return any(c["name"] == SLOT_TONE and c["value"] == self._tone for c in variation.get("condition", ()))


def money(amount: Decimal) -> str:
    """Return yuan with two places and thousands separators, without a unit: 8,833.33."""
    return f"{amount:,.2f}"


def percent(rate: Decimal) -> str:
    """Return a fraction a year as a percentage with two places: 0.1440 → 14.40%."""
    return f"{rate * 100:.2f}%"
