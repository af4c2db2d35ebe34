"""One conversation: reading it, masked, and what its agent writes in it and beside it."""
from typing import Annotated, Any

from msgspec import Meta, Struct
from sqlalchemy.orm import Session

from dengta.desk import agents, notes, talks, transcript
from dengta.desk.dispatch import Call
from dengta.desk.parameters import whole
from dengta.desk.reach import reached

PAGE = 200  # messages

Text = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
LongText = Annotated[str, Meta(max_length=4000)]


class NewNote(Struct, forbid_unknown_fields=True):
    """A note for colleagues."""

    text: Text


class Draft(Struct, forbid_unknown_fields=True):
    """What an agent began to write; empty when it is sent or given up."""

    text: LongText


async def show(call: Call) -> Any:
    """Return who has the conversation, what was noted about it, and what the agent began to write."""
    talk = await reached(call)

    def beside(session: Session) -> dict[str, Any]:
        owner = agents.find(session, talk.owner_id) if talk.owner_id else None
        return {
            "conversation": talks.shown(talk),
            "owner_name": owner.name if owner else None,
            "notes": notes.of(session, call.desk.vault, talk.id),
            "draft": notes.draft(session, call.desk.vault, talk.id, call.agent.id),
        }

    return {**await call.desk.database.read(beside), "passed_on_with": await call.desk.queue.note(talk.id)}


async def messages(call: Call) -> Any:
    """Return messages after one, or before one, or else the last ones; personal data is masked."""
    talk = await reached(call)
    asked = call.request.query_params
    if "after" in asked:
        after, limit = whole(asked["after"]), PAGE
    else:
        before = whole(asked["before"]) if "before" in asked else talk.last_seq + 1
        after = max(before - 1 - PAGE, 0)
        limit = min(max(before - 1 - after, 0), PAGE)
    return {"messages": await transcript.masked(call.desk, call.agent, talk.id, after, limit)}


async def summary(call: Call) -> Any:
    """Return what a conversation is about, by rules from its record; every line names the messages it comes from."""
    talk = await reached(call)
    return await call.desk.summaries.of(talk.id)


async def add_note(call: Call) -> Any:
    """Leave a note for colleagues; customers never see it."""
    talk = await reached(call)
    note_id = await call.desk.database.write(
        lambda session: notes.add(session, call.desk.vault, talk.id, call.agent.id, call.body.text)
    )
    call.desk.events.changed(talk.id)
    return {"id": note_id}


async def keep_draft(call: Call) -> None:
    """Keep what the agent began to write."""
    talk = await reached(call)
    await call.desk.database.write(
        lambda session: notes.keep_draft(session, call.desk.vault, talk.id, call.agent.id, call.body.text)
    )
