"""Reading a yes or a no where a form asks for a confirmation."""
from typing import Any

from rasa_sdk.forms import REQUESTED_SLOT

from dengta.dialogue.names import INTENT_AFFIRM, INTENT_DENY
from dengta.dialogue.turn import Turn


def read_confirmation(turn: Turn, slot: str) -> dict[str, Any]:
    """Return the slot filled with True or False if it was asked for and answered, otherwise nothing."""
    if turn.tracker.get_slot(REQUESTED_SLOT) != slot:
        return {}
    answers = {INTENT_AFFIRM: True, INTENT_DENY: False}
    return {slot: answers[turn.intent]} if turn.intent in answers else {}
