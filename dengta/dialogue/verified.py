"""The customer of a conversation, for form validation, which has no answer of its own when nobody is verified."""
from typing import Optional

from dengta.conversation.identity import Known
from dengta.dialogue.turn import Turn
from dengta.runtime import runtime


async def verified_customer(turn: Turn) -> Optional[str]:
    """Return the customer id this conversation is bound to, or None."""
    standing = await runtime().identity.standing(turn.conversation_id)
    return standing.customer_id if isinstance(standing, Known) else None
