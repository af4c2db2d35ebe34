"""What people at the desk do with conversations: each call is one transaction, or is refused and changes nothing."""
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.conversation import ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.ownership import OwnerChangedError
from dengta.database import Transactions
from dengta.handoff import entries, presence, unanswered
from dengta.handoff.entries import Waiting
from dengta.handoff.moves import Moves
from dengta.handoff.presence import Agent
from dengta.handoff.rules import Rules
from dengta.handoff.unanswered import Unanswered
from dengta.privacy.vault import Vault


@dataclass(frozen=True)
class GroupOnTheWall:
    """How a skill group does: who waits and since when, and how many of the `capacity` places are taken."""

    group: str
    name: str
    waiting: int
    longest: timedelta
    online: int
    load: int
    capacity: int


class Queue:
    """The queue and the people. Every call raises DatabaseUnavailable when the database does not answer.

    Calls about a conversation also raise ConversationClosedError, and OwnerChangedError if it is not in the `epoch` the
    caller saw; those that change hands return the new epoch. `now` is real time: it measures waiting and absence.
    """

    def __init__(self, engine: Engine, vault: Vault, rules: Rules, now: Callable[[], datetime]) -> None:
        self._database = Transactions(engine)
        self._vault = vault
        self._bodies = Bodies(vault)
        self._moves = Moves(vault, rules)
        self._rules = rules
        self._now = now

    async def presence(self, agent_id: str, status: str, capacity: int, groups: Collection[str]) -> None:
        """Note that somebody is `online`, on a `break` or `offline`, for which skill groups and how many customers."""
        await self._database.write(
            lambda session: presence.arrive(session, agent_id, status, capacity, groups, self._now())
        )

    async def status(self, agent_id: str) -> str:
        """Return what somebody said last that they do: `online`, `break` or `offline`."""
        return await self._database.read(lambda session: presence.status(session, agent_id))

    async def returns(self, agent_id: str) -> None:
        """Note that somebody logs in: who was not heard of for long is offline until they say otherwise."""
        await self._database.write(lambda session: presence.returns(session, agent_id, self._now()))

    async def heartbeat(self, agent_id: str) -> None:
        """Note that somebody is still there; due every 20 seconds."""
        await self._database.write(lambda session: presence.seen(session, agent_id, self._now()))

    async def online(self) -> tuple[Agent, ...]:
        """Return who is there, with their load."""
        return await self._database.read(lambda session: presence.online(session, self._now()))

    async def waiting(self, groups: Collection[str]) -> tuple[Waiting, ...]:
        """Return who waits for these groups, in the order in which they are to be taken."""
        return await self._database.read(lambda session: entries.waiting(session, groups))

    async def unanswered(self) -> tuple[Unanswered, ...]:
        """Return who waits for an answer of a person so long that their lead should know, the longest first."""
        return await self._database.read(
            lambda session: unanswered.find(session, unanswered.patience().shown_after, self._now())
        )

    async def wall(self) -> tuple[GroupOnTheWall, ...]:
        """Return the state of all skill groups, in the order of `data/handoff/groups.yml`."""
        return await self._database.read(self._wall)

    async def take(self, conversation_id: str, agent_id: str, expected_epoch: int) -> int:
        """Take a conversation that waits.

        Raises:
            NotOnline, AtCapacity, NotInGroup.
        """
        return await self._database.write(
            lambda session: self._moves.take(session, conversation_id, agent_id, expected_epoch, self._now())
        )

    async def take_over(self, conversation_id: str, agent_id: str, expected_epoch: int) -> int:
        """Take a conversation from the bot, the queue or a colleague; nothing changes if the person has it already.

        Raises:
            NotOnline, AtCapacity.
        """
        return await self._database.write(
            lambda session: self._moves.take_over(session, conversation_id, agent_id, expected_epoch, self._now())
        )

    async def transfer_to_group(self, conversation_id: str, agent_id: str, epoch: int, group: str, note: str) -> int:
        """Let the customer wait for another skill group, with a note for whoever takes them.

        Raises:
            UnknownGroup, NotOnline: nobody of the group, nor of its fallbacks, is there.
        """
        return await self._database.write(
            lambda session: self._moves.transfer_to_group(
                session, conversation_id, agent_id, epoch, group, note, self._now()
            )
        )

    async def transfer_to_colleague(self, conversation_id: str, agent_id: str, epoch: int, to: str, note: str) -> int:
        """Give the customer to a colleague at once, with a note.

        Raises:
            NotOnline, AtCapacity: of the colleague.
        """
        return await self._database.write(
            lambda session: self._moves.transfer_to_colleague(
                session, conversation_id, agent_id, epoch, to, note, self._now()
            )
        )

    async def wrap_up(self, conversation_id: str, agent_id: str, epoch: int) -> int:
        """End the talk but keep the conversation for notes."""
        return await self._database.write(
            lambda session: self._moves.wrap_up(session, conversation_id, agent_id, epoch)
        )

    async def give_back(self, conversation_id: str, agent_id: str, epoch: int) -> int:
        """Let the bot go on; it answers nothing of what the customer wrote until now."""
        return await self._database.write(
            lambda session: self._moves.give_back(session, conversation_id, agent_id, epoch, self._now())
        )

    async def close(self, conversation_id: str, agent_id: str, epoch: int) -> None:
        """End the conversation; the customer's next message begins another one."""
        await self._database.write(
            lambda session: self._moves.close(session, conversation_id, agent_id, epoch, self._now())
        )

    async def say(self, conversation_id: str, agent_id: str, epoch: int, body: Body, client_msg_id: str) -> int:
        """Store what a person says and return its seq; said again under the same `client_msg_id` it is the same one.

        Raises:
            OwnerChangedError: they do not own the conversation; the message is kept for audit and not delivered.
        """
        seq = await self._database.write(
            lambda session: ownership.say(
                session, self._bodies, conversation_id, epoch, agent_id, body, client_msg_id
            )
        )
        if seq is None:
            raise OwnerChangedError()
        return seq

    async def note(self, conversation_id: str) -> Optional[str]:
        """Return what the person before said about the conversation when passing it on."""

        def work(session: Session) -> Optional[str]:
            entry = entries.present(session, conversation_id)
            return entries.read_note(self._vault, entry) if entry is not None else None

        return await self._database.read(work)

    def _wall(self, session: Session) -> tuple[GroupOnTheWall, ...]:
        waiting, people = entries.waiting(session), presence.online(session, self._now())
        return tuple(self._on_the_wall(group, waiting, people) for group in self._rules.groups)

    def _on_the_wall(self, group: str, waiting: Collection[Waiting], people: Collection[Agent]) -> GroupOnTheWall:
        entered = [each.entered_at for each in waiting if each.group == group]
        theirs = [agent for agent in people if group in agent.groups]
        return GroupOnTheWall(
            group=group,
            name=self._rules.groups[group].name,
            waiting=len(entered),
            longest=self._now() - min(entered) if entered else timedelta(0),
            online=len(theirs),
            load=sum(agent.load for agent in theirs),
            capacity=sum(agent.capacity for agent in theirs),
        )
