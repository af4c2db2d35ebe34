"""Is this number, link or account really ours?"""
import re

from rasa_sdk.events import EventType

from dengta.contacts import official_number
from dengta.dialogue.customer_action import GuardedAction
from dengta.dialogue.turn import Turn

_NUMBER = re.compile(r"\d[\d\s-]{1,14}\d")


class ActionVerifyOfficialContact(GuardedAction):
    """Compares what the customer saw with the list of official and public contacts."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_verify_official_contact"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Say whether the number is on the list; anything not on it is treated as not ours."""
        numbers = [re.sub(r"\D", "", match[0]) for match in _NUMBER.finditer(turn.text)]
        if not numbers:
            turn.say("utter_contact_how_to_check")
            return []
        number, official = numbers[0], official_number(numbers[0])
        if official is None:
            turn.say("utter_contact_not_ours", number=number)
        else:
            response = "utter_contact_public_line" if official.public else "utter_contact_official"
            turn.say(response, number=number, purpose=official.purpose)
        return []
