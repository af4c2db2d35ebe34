"""Is this number, link or account really ours?"""
import re
import unicodedata

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
        """Say whether the number is on the list; of several, one that is not on it counts most."""
        text = unicodedata.normalize("NFKC", turn.text)
        numbers = [re.sub(r"\D", "", match[0]) for match in _NUMBER.finditer(text)]
        if not numbers:
            turn.say("utter_contact_how_to_check")
            return []
        number = next((n for n in numbers if official_number(n) is None), numbers[0])
        official = official_number(number)
        if official is None:
            turn.say("utter_contact_not_ours", number=number)
        else:
            response = "utter_contact_public_line" if official.public else "utter_contact_official"
            turn.say(response, number=number, purpose=official.purpose)
        return []
