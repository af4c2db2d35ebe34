"""Taking conversations, speaking in them, and passing them on. Every change names the owner epoch the agent saw."""
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Optional, TypeVar

from msgspec import Meta, Struct
from sqlalchemy.orm import Session

from dengta.conversation.ownership import OwnerChangedError
from dengta.conversation.records import ConversationClosedError
from dengta.desk import agents, talks
from dengta.desk.api.conversations import Text
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.reach import reached
from dengta.desk.roles import SERVE, may
from dengta.handoff.moves import AtCapacity, NotInGroup, NotOnline, UnknownGroup

log = logging.getLogger(__name__)

T = TypeVar("T")

_CODES = {
    AtCapacity: "at_capacity",
    ConversationClosedError: "conversation_closed",
    NotInGroup: "not_in_group",
    NotOnline: "not_online",
    UnknownGroup: "unknown_group",
}

Id = Annotated[str, Meta(min_length=1, max_length=32)]


class Move(Struct, forbid_unknown_fields=True):
    """A change of owner, seen from the epoch the agent knows."""

    epoch: int


class Assignment(Struct, forbid_unknown_fields=True):
    """Giving a conversation to a colleague, whoever has it now."""

    epoch: int
    agent_id: Id


class Transfer(Struct, forbid_unknown_fields=True):
    """Passing a conversation on to a skill group or to a colleague, with a note for whoever gets it."""

    epoch: int
    group: Optional[Id] = None
    agent_id: Optional[Id] = None
    note: Annotated[str, Meta(max_length=1000)] = ""

    def __post_init__(self) -> None:
        """See that it goes to one of the two."""
        if (self.group is None) == (self.agent_id is None):
            raise ValueError("Expected either group or agent_id")


class NewMessage(Struct, forbid_unknown_fields=True):
    """What an agent says; repeated with the same `client_msg_id` it is said once."""

    epoch: int
    client_msg_id: Annotated[str, Meta(min_length=8, max_length=64)]
    text: Text


async def take(call: Call) -> Any:
    """Take a conversation that waits."""
    return await _moved(call, call.desk.queue.take)


async def take_over(call: Call) -> Any:
    """Take a conversation from the bot, the queue or a colleague."""
    return await _moved(call, call.desk.queue.take_over)


async def assign(call: Call) -> Any:
    """Give a conversation to a colleague of its group."""
    given: Assignment = call.body
    talk = await reached(call)
    colleague = await call.desk.database.read(lambda session: agents.find(session, given.agent_id))
    if colleague is None or not may(colleague.role, SERVE):
        raise RefusedError("not_online")
    if not colleague.serves(talk.group):
        raise RefusedError("wrong_group")
    return await _moved(call, lambda talk_id, _, epoch: call.desk.queue.take_over(talk_id, colleague.id, epoch))


async def give_back(call: Call) -> Any:
    """Let the bot go on."""
    return await _moved(call, call.desk.queue.give_back)


async def wrap_up(call: Call) -> Any:
    """End the talk but keep the conversation for notes."""
    return await _moved(call, call.desk.queue.wrap_up)


async def transfer(call: Call) -> Any:
    """Pass a conversation on."""
    to: Transfer = call.body
    queue = call.desk.queue

    def move(conversation_id: str, agent_id: str, epoch: int) -> Awaitable[int]:
        if to.group is not None:
            return queue.transfer_to_group(conversation_id, agent_id, epoch, to.group, to.note)
        return queue.transfer_to_colleague(conversation_id, agent_id, epoch, str(to.agent_id), to.note)

    return await _moved(call, move)


async def close(call: Call) -> None:
    """End the conversation."""
    await _done(call, lambda: call.desk.queue.close(call.conversation_id, call.agent.id, call.body.epoch))


async def say(call: Call) -> Any:
    """Say something to the customer.

    Raises:
        RefusedError: `draft_refused`, with what is wrong with it.
    """
    new: NewMessage = call.body
    check_words(call, new.text)
    body = {"text": new.text}
    say = call.desk.queue.say
    seq = await _done(call, lambda: say(call.conversation_id, call.agent.id, new.epoch, body, new.client_msg_id))
    return {"seq": seq}


def check_words(call: Call, text: str) -> None:
    """See that a text may be sent to a customer.

    Raises:
        RefusedError: `draft_refused`, with what is wrong with it.
    """
    if forbidden := call.desk.copilot.forbidden(text):
        log.warning("kept back what agent %s wrote: %s", call.agent.id, ", ".join(each.rule for each in forbidden))
        raise RefusedError("draft_refused", warnings=forbidden)


async def _moved(call: Call, move: Callable[[str, str, int], Awaitable[int]]) -> dict[str, int]:
    return {"epoch": await _done(call, lambda: move(call.conversation_id, call.agent.id, call.body.epoch))}


async def _done(call: Call, change: Callable[[], Awaitable[T]]) -> T:
    """Carry out a change of a conversation that concerns the agent, and wake the streams.

    Raises:
        RefusedError: the change was refused; with `owner_changed` comes who has the conversation now.
    """
    await reached(call)
    try:
        done = await change()
    except OwnerChangedError:
        raise RefusedError("owner_changed", now=await _owner(call)) from None
    except tuple(_CODES) as error:
        raise RefusedError(_CODES[type(error)]) from None
    call.desk.events.changed(call.conversation_id)
    return done


async def _owner(call: Call) -> Any:
    def now(session: Session) -> Any:
        talk = talks.find(session, call.conversation_id)
        if talk is None:
            return None
        owner = agents.find(session, talk.owner_id) if talk.owner_id else None
        return {
            "state": talk.state,
            "epoch": talk.owner_epoch,
            "owner_id": talk.owner_id,
            "owner_name": owner.name if owner else None,
        }

    return await call.desk.database.read(now)
