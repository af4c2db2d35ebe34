"""What all channels of a process share: the message log, who listens to it, and the bot that answers."""
from typing import Any, Awaitable, Callable, Optional

from rasa.core.channels.channel import UserMessage

from dengta.channels import inbound, payload, wording
from dengta.channels.output import TurnOutput
from dengta.channels.pauses import Pauses
from dengta.conversation.feed import Feed
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered, Body, Inbound
from dengta.conversation.turns import Turns

Handle = Callable[[UserMessage], Awaitable[Any]]


class Assistant:
    """The log, its listeners and the turns of one process; any turn of any channel may be answered here."""

    def __init__(self, messages: MessageLog, handle: Handle, is_ready: Callable[[], bool], pause: float) -> None:
        """`handle` runs one message through Rasa; `pause` is what `Pauses` calls a moment, in seconds."""
        self.messages = messages
        self.feed = Feed(messages)
        self.turns = Turns(messages, self.feed, self._answer, _apology(), Pauses(pause).after)
        self.is_ready = is_ready
        self._handle = handle

    async def _answer(self, conversation_id: str, said: Inbound) -> Answered:
        output = TurnOutput(said.channel)
        message = _user_message(conversation_id, said, output)
        await self._handle(message)
        return Answered(output.bodies, _reading(message))


def _user_message(conversation_id: str, said: Inbound, output: TurnOutput) -> UserMessage:
    clicked = payload.parse_data(said.payload, said.text) if said.payload else None
    text = said.payload if said.payload and clicked is None else said.text
    return UserMessage(
        text=text,
        output_channel=output,
        sender_id=conversation_id,
        parse_data=clicked,
        input_channel=said.channel,
        message_id=f"{conversation_id}:{said.turn}",
        metadata={"attempt": said.attempt},
    )


def _reading(message: UserMessage) -> Optional[str]:
    """Return what was understood without asking back, None otherwise."""
    understanding = (message.parse_data or {}).get("understanding") or {}
    if understanding.get("decision") != "answer":
        return None
    return str(understanding["readings"][0]["id"])


def _apology() -> Body:
    sentence = wording.web()["turn_failed"]
    return {
        "text": sentence["text"],
        "buttons": [{"title": sentence["button"], "payload": inbound.COMMANDS["human"]}],
    }
