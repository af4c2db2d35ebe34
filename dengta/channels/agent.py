"""Rasa's agent, made strict: a tracker that cannot be read or written stops the turn instead of being forgotten."""
from typing import Any, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered

from dengta.dialogue.names import SLOT_TONE


class StrictAgent(Agent):
    """An agent without the fail-safe tracker store, which runs no turn twice."""

    async def handle_message(self, message: UserMessage) -> Optional[list[dict[str, Any]]]:
        """Run one turn and leave what was understood in `message.parse_data`.

        If a crash came between saving the tracker and storing the reply, the reply is repeated instead. What the bot
        knew before a person had the conversation is forgotten, but for the tone: forms and figures are out of date.
        """
        metadata = message.metadata or {}
        if metadata.get("attempt", 1) > 1 and await self._repeat(message):
            return None
        if metadata.get("anew"):
            await self._begin_anew(message.sender_id)
        if message.parse_data is None:
            message.parse_data = await self.parse_message(message.text)
        handled: Optional[list[dict[str, Any]]] = await super().handle_message(message)
        return handled

    async def _repeat(self, message: UserMessage) -> bool:
        tracker = await self.tracker_store.retrieve(message.sender_id)
        events = list(tracker.events) if tracker is not None else []
        heard = [i for i, e in enumerate(events) if isinstance(e, UserUttered) and e.message_id == message.message_id]
        if not heard:
            return False
        message.parse_data = events[heard[-1]].parse_data
        for event in events[heard[-1] :]:
            if isinstance(event, BotUttered):
                await message.output_channel.send_response(message.sender_id, event.message())
        return True

    async def _begin_anew(self, sender_id: str) -> None:
        async with self.lock_store.lock(sender_id):
            tracker = await self.tracker_store.retrieve(sender_id)
            if tracker is None:
                return
            tone = SlotSet(SLOT_TONE, tracker.get_slot(SLOT_TONE))
            for event in (SessionStarted(), tone, ActionExecuted(ACTION_LISTEN_NAME)):
                tracker.update(event)
            await self.tracker_store.save(tracker)

    @staticmethod
    def _create_tracker_store(store: TrackerStore, domain: Domain) -> TrackerStore:
        store.domain = domain
        return store
