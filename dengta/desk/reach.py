"""Whether the conversation a request is about concerns the agent who asks."""
from dengta.desk import talks
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.talks import Talk


async def reached(call: Call) -> Talk:
    """Return the conversation named in the path.

    Raises:
        RefusedError: `not_found`; `not_in_group`, it is with another skill group and not the agent's own.
    """
    talk = await call.desk.database.read(lambda session: talks.find(session, call.conversation_id))
    if talk is None:
        raise RefusedError("not_found")
    if not talk.concerns(call.agent):
        raise RefusedError("not_in_group")
    return talk


async def owned(call: Call) -> Talk:
    """Return the conversation named in the path, which the agent has.

    Raises:
        RefusedError: as `reached`; `not_owner`, somebody else has it.
    """
    talk = await reached(call)
    if talk.owner_id != call.agent.id:
        raise RefusedError("not_owner")
    return talk
