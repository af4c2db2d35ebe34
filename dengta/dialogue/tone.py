"""The tone a customer is spoken to in: chosen in one conversation, kept for all."""
import logging
from typing import Any

from dengta.database import DatabaseUnavailable
from dengta.dialogue.names import ACTION_SWITCH_TONE, SLOT_TONE
from dengta.dialogue.turn import Turn
from dengta.dialogue.verified import verified_customer
from dengta.runtime import runtime

log = logging.getLogger(__name__)


async def keep_tone(turn: Turn, tone: str) -> None:
    """Remember the tone a customer switched to, if we know who it is; an outage only means it is not remembered."""
    try:
        customer_id = await verified_customer(turn)
        if customer_id is not None:
            await runtime().profiles.set_tone(customer_id, tone)
    except DatabaseUnavailable as error:
        log.warning("a tone could not be kept (%s)", error.cause)


async def load_tone(turn: Turn, customer_id: str) -> dict[str, Any]:
    """Return the tone slot as the customer just verified wants it, and tell the channel to show it.

    Whoever switched in this very conversation keeps what they chose; it is remembered instead.
    """
    present = turn.tracker.get_slot(SLOT_TONE)
    try:
        if _was_switched(turn):
            await runtime().profiles.set_tone(customer_id, present)
            return {}
        tone = (await runtime().profiles.get(customer_id)).tone
    except DatabaseUnavailable as error:
        log.warning("the tone of a customer could not be looked up (%s)", error.cause)
        return {}
    if tone == present:
        return {}
    turn.show({"type": "tone", "tone": tone})
    return {SLOT_TONE: tone}


def _was_switched(turn: Turn) -> bool:
    return any(event["event"] == "action" and event["name"] == ACTION_SWITCH_TONE for event in turn.tracker.events)
