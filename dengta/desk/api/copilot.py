"""What the copilot tells an agent about a message and about a draft, and what agents make of its proposals."""
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Annotated, Any, Optional, TypeVar

from msgspec import Meta, Struct

from dengta import clock
from dengta.desk import agents
from dengta.desk.api.conversations import LongText
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.parameters import whole
from dengta.desk.reach import owned, reached
from dengta.desk.roles import EVERY_GROUP
from dengta.dialogue.readings import reading_title
from dengta.handoff.copilot.suggestions import UnknownMessageError
from dengta.handoff.copilot.use import Acceptance, Use

T = TypeVar("T")

DAYS = 7  # of the report, up to today

Seq = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Written(Struct, forbid_unknown_fields=True):
    """What an agent is about to send, in answer to the customer's message `seq` if it was proposed for that."""

    text: LongText
    seq: Optional[Seq] = None


class Outcome(Struct, forbid_unknown_fields=True):
    """What became of a proposal: the message in which it was sent, changed or not; null if it was not used."""

    sent_seq: Optional[Seq] = None


async def suggest(call: Call) -> Any:
    """Return what helps to answer a customer's message; what a system that is down would tell is missing and named."""
    talk = await reached(call)
    return await _of_a_message(call.desk.copilot.suggest(talk.id, _seq(call)))


async def check(call: Call) -> Any:
    """Return what is wrong with a draft of the agent who has the conversation."""
    talk = await owned(call)
    written: Written = call.body
    checked = call.desk.copilot.check(talk.id, written.text, written.seq, call.agent.name)
    return {"warnings": await _of_a_message(checked)}


async def record(call: Call) -> None:
    """Record what became of the proposal for a message; it is compared with what was proposed here and sent."""
    talk = await owned(call)
    outcome: Outcome = call.body
    suggestion = await _of_a_message(call.desk.copilot.suggested(talk.id, _seq(call)))
    if suggestion.reading is None or suggestion.answer is None:
        raise RefusedError("nothing_proposed")
    sent = await _sent(call, outcome.sent_seq) if outcome.sent_seq is not None else None
    use = Use(talk.id, suggestion.seq, call.agent.id, suggestion.reading, suggestion.answer, sent)
    await _of_a_message(call.desk.uses.record(use))


async def acceptance(call: Call) -> Any:
    """Return what became of the proposals of the last days; a lead sees those of the agents of their groups."""
    until = clock.now().date()
    since = until - timedelta(days=DAYS - 1)
    counted = await call.desk.uses.acceptance(since, until, await _led(call))
    by_reading: dict[str, list[Acceptance]] = {}
    for each in counted:
        by_reading.setdefault(each.reading, []).append(each)
    readings = [
        {"reading": reading, "title": reading_title(reading), **_shown(theirs)}
        for reading, theirs in sorted(by_reading.items())
    ]
    return {"since": since, "until": until, "total": _shown(counted), "readings": readings}


async def _of_a_message(call: Awaitable[T]) -> T:
    """Return what a call returns.

    Raises:
        RefusedError: `not_found`, there is no such message of a customer.
    """
    try:
        return await call
    except UnknownMessageError:
        raise RefusedError("not_found") from None


async def _sent(call: Call, seq: int) -> str:
    """Return what the agent said as a message of the conversation."""
    for message in await call.desk.messages.since(call.conversation_id, seq - 1, 1):
        if message.author_id == call.agent.id:
            return message.text
    raise RefusedError("not_found")


async def _led(call: Call) -> Optional[list[str]]:
    """Return the agents whose figures concern the one who asks, None for all."""
    if call.agent.role in EVERY_GROUP:
        return None
    theirs = set(call.agent.groups)
    everyone = await call.desk.database.read(agents.everyone)
    return [row.id for row in everyone if theirs.intersection(row.groups)]


def _shown(counted: Sequence[Acceptance]) -> dict[str, int]:
    return {what: sum(getattr(each, what) for each in counted) for what in ("accepted", "edited", "rejected")}


def _seq(call: Call) -> int:
    seq = whole(call.request.path_params["seq"])
    if not 1 <= seq < 2**31:
        raise RefusedError("not_found")
    return seq
