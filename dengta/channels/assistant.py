"""What all channels of a process share: the message log, who listens to it, and the bot that answers."""
from typing import Any, Awaitable, Callable, Mapping, Optional, Union

from rasa.core.channels.channel import UserMessage

from dengta.channels import inbound, payload, wording
from dengta.channels.output import TurnOutput
from dengta.channels.pauses import Pauses
from dengta.conversation.feed import Feed
from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered, Body, Inbound
from dengta.conversation.turns import Turns
from dengta.handoff.reception import HANDOFF, TICKET, Reception, TicketWish, Wish
from dengta.handoff.triage import Heard

Handle = Callable[[UserMessage], Awaitable[Any]]


class Assistant:
    """The log, its listeners and the turns of one process; any turn of any channel may be answered here."""

    def __init__(
        self,
        messages: MessageLog,
        handle: Handle,
        is_ready: Callable[[], bool],
        pause: float,
        reception: Optional[Reception] = None,
    ) -> None:
        """`handle` runs one message through Rasa; `pause` is what `Pauses` calls a moment, in seconds.

        Without a `reception` the bot is alone: nobody is handed over.
        """
        self.messages = messages
        self.feed = Feed(messages)
        rescue, heard = (reception.rescue, reception.heard) if reception is not None else (None, None)
        apology = Answered([_apology()], afterwards=rescue)
        self.turns = Turns(messages, self.feed, self._answer, apology, Pauses(pause).after, heard)
        self.is_ready = is_ready
        self._handle = handle
        self._reception = reception

    async def _answer(self, conversation_id: str, said: Inbound) -> Answered:
        if self._reception is not None and self._reception.is_distress(said.text):
            return Answered([], afterwards=self._reception.distressed)
        output = TurnOutput(said.channel)
        message = _user_message(conversation_id, said, output)
        await self._handle(message)
        reading = _reading(message)
        if self._reception is None:
            return Answered(output.bodies, reading)
        wished = next((number for number, body in enumerate(output.bodies) if _is_wish(body)), len(output.bodies))
        before, rest = output.bodies[:wished], output.bodies[wished:]
        after = self._reception.after(Heard(said.text, reading), _wish(*rest) if rest else None)
        return Answered(before, reading, after)


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
        metadata={"attempt": said.attempt, "anew": said.anew},
    )


def _reading(message: UserMessage) -> Optional[str]:
    """Return what was understood without asking back, None otherwise."""
    understanding = (message.parse_data or {}).get("understanding") or {}
    if understanding.get("decision") != "answer":
        return None
    return str(understanding["readings"][0]["id"])


def _is_wish(body: Body) -> bool:
    return (body.get("custom") or {}).get("type") in (HANDOFF, TICKET)


def _wish(body: Body, *rest: Body) -> Union[Wish, TicketWish]:
    custom: Mapping[str, str] = body["custom"]
    if custom["type"] == TICKET:
        return TicketWish(custom["kind"], custom["cause"], custom["tone"], rest)
    return Wish(custom["reason"], custom["tone"], rest)


def _apology() -> Body:
    sentence = wording.web()["turn_failed"]
    return {
        "text": sentence["text"],
        "buttons": [{"title": sentence["button"], "payload": inbound.COMMANDS["human"]}],
    }
