"""What a customer asked on another channel shortly before, and the words for where and when that was."""
import logging
from datetime import datetime, timedelta
from typing import Mapping, Optional

from dengta import clock
from dengta.clock import SHANGHAI
from dengta.database import DatabaseUnavailable
from dengta.dialogue.names import SLOT_EARLIER
from dengta.dialogue.readings import readings_to_take_up
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import Wording
from dengta.runtime import runtime

log = logging.getLogger(__name__)

OFFERED_FOR = timedelta(hours=24)


async def asked_earlier(turn: Turn, customer_id: str) -> Optional[Mapping[str, str]]:
    """Return the customer's last question in another conversation: `reading`, `channel` and `at` in ISO format.

    None if there was none within 24 hours, if it is what this turn is about, if this conversation offered it before, or
    if the channel has no words (`utter_on_…`).
    """
    since = clock.now() - OFFERED_FOR
    try:
        asked = await runtime().history.asked_elsewhere(
            customer_id, turn.conversation_id, since, readings_to_take_up()
        )
    except DatabaseUnavailable as error:
        log.warning("earlier questions could not be looked up (%s)", error.cause)
        return None
    if asked is None or asked.reading == turn.intent or f"utter_on_{asked.channel}" not in turn.domain["responses"]:
        return None
    earlier = {"reading": asked.reading, "channel": asked.channel, "at": asked.at.isoformat()}
    return earlier if earlier != turn.tracker.get_slot(SLOT_EARLIER) else None


def spoken_moment(wording: Wording, moment: datetime) -> str:
    """Return a moment of today or yesterday as customers say it: 今天 10:20."""
    time = f"{moment.astimezone(SHANGHAI):%H:%M}"
    if moment.astimezone(SHANGHAI).date() == clock.today():
        return wording.phrase("utter_part_today", time=time)
    return wording.phrase("utter_part_yesterday", time=time)
