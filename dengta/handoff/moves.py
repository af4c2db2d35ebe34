"""How a conversation passes between the bot, the queue and people: each move is one change of owner with its notice.

All of it happens on a session the caller commits. Rows are locked in one order, so that nobody waits in a circle: the
person, the conversation, its stretch in the queue. `epoch` is always the one the caller saw.
"""
from datetime import datetime
from typing import Optional

from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import ownership, records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.ownership import OwnerChangedError
from dengta.handoff import entries, presence, unanswered
from dengta.handoff.presence import Agent
from dengta.handoff.rules import Place, Rules
from dengta.handoff.satisfaction.invitations import invite
from dengta.handoff.sentences import sentence
from dengta.privacy.vault import Vault

TAKE_OVER = "take_over"  # why a person has a conversation that never waited
TRANSFER = "transfer"


class NotOnline(Exception):
    """Whoever should get the conversation is not there."""


class AtCapacity(Exception):
    """Whoever should get the conversation has as many as they can take."""


class NotInGroup(Exception):
    """The conversation waits for a skill group its taker does not belong to."""


class UnknownGroup(Exception):
    """There is no such skill group."""


class Moves:
    """The moves of one installation. Each raises ConversationClosedError where there is no open conversation.

    OwnerChangedError says that the conversation is not in the caller's epoch any more, or not theirs; nothing changed.
    """

    def __init__(self, vault: Vault, rules: Rules) -> None:
        self._vault = vault
        self._bodies = Bodies(vault)
        self._rules = rules

    def queue(self, session: Session, talk: Row, place: Place, reason: str, tone: str, now: datetime) -> None:
        """Let a conversation of the bot, which the caller holds, wait for a person, and tell the customer how long."""
        outlook = entries.outlook(session, place, now)
        told = {None: "queued_unknown", 0: "queued_soon"}.get(outlook.minutes, "queued_minutes")
        notice = sentence(told, tone, position=outlook.position, minutes=outlook.minutes)
        entries.leave(session, talk.id, "ended", now)
        entries.enter(session, talk, place, reason, tone, now)
        self._change(session, talk, "QUEUED", notice, group=place.group)

    def leave_queue(self, session: Session, talk: Row, why: str, told: str, now: datetime, **values: str) -> None:
        """Let a conversation that waits, and that the caller holds, go back to the bot, and say what happens now."""
        notice = sentence(told, entries.tone(session, talk.id), **values)
        entries.leave(session, talk.id, why, now)
        self._change(session, talk, "BOT", notice)

    def take(self, session: Session, conversation_id: str, agent_id: str, epoch: int, now: datetime) -> int:
        """Give a conversation that waits to a person of its group; return the new epoch.

        Raises:
            NotOnline, AtCapacity, NotInGroup.
        """
        agent = _there(session, agent_id, now)
        talk = _open(session, conversation_id, epoch)
        entry = entries.present(session, conversation_id)
        if talk.state != "QUEUED" or entry is None:
            raise OwnerChangedError()
        if entry.group not in agent.groups:
            raise NotInGroup()
        return self._join(session, talk, agent, "taken", now)

    def take_over(self, session: Session, conversation_id: str, agent_id: str, epoch: int, now: datetime) -> int:
        """Give a conversation to a person whoever has it now, the bot included; return the new epoch.

        For whoever has it already nothing changes.

        Raises:
            NotOnline, AtCapacity.
        """
        agent = _there(session, agent_id, now)
        talk = _open(session, conversation_id, epoch)
        if talk.state == "HUMAN" and talk.owner_id == agent_id:
            return epoch
        if talk.state != "QUEUED":
            entry = entries.present(session, conversation_id)
            place = Place(entry.group if entry is not None else self._rules.otherwise.group, self._rules.returned)
            self._begin_anew(session, talk, place, TAKE_OVER, "taken_over", now)
        return self._join(session, talk, agent, "taken", now)

    def transfer_to_group(
        self, session: Session, conversation_id: str, agent_id: str, epoch: int, group: str, note: str, now: datetime
    ) -> int:
        """Let a person's conversation wait for a skill group, ahead of who did not wait yet; return the new epoch.

        Raises:
            UnknownGroup: there is no such group.
            NotOnline: nobody of the group, nor of its fallbacks, is there.
        """
        if group not in self._rules.groups:
            raise UnknownGroup()
        talk = _owned(session, conversation_id, agent_id, epoch)
        staffed = presence.staffed(session, self._rules, group, now)
        if staffed is None:
            raise NotOnline()
        return self._wait_again(session, talk, staffed, TRANSFER, "transferred", now, note)

    def transfer_to_colleague(
        self, session: Session, conversation_id: str, agent_id: str, epoch: int, to: str, note: str, now: datetime
    ) -> int:
        """Give a person's conversation to a colleague at once; return the new epoch.

        Raises:
            NotOnline, AtCapacity: of the colleague.
        """
        colleague = _there(session, to, now)
        talk = _owned(session, conversation_id, agent_id, epoch)
        entry = entries.present(session, conversation_id)
        place = Place(entry.group if entry is not None else self._rules.otherwise.group, self._rules.returned)
        self._begin_anew(session, talk, place, TRANSFER, "transferred", now, note)
        return self._join(session, talk, colleague, "transferred", now)

    def wrap_up(self, session: Session, conversation_id: str, agent_id: str, epoch: int) -> int:
        """End the talk but keep the conversation for notes and a ticket; it counts no more against the capacity."""
        talk = _owned(session, conversation_id, agent_id, epoch)
        notice = sentence("wrapping_up", entries.tone(session, conversation_id))
        return self._change(session, talk, "WRAPUP", notice, owner_id=agent_id)

    def give_back(self, session: Session, conversation_id: str, agent_id: str, epoch: int, now: datetime) -> int:
        """Let the bot go on with what the customer writes from now on, and tell the customer; return the new epoch."""
        talk = _owned(session, conversation_id, agent_id, epoch)
        return self._to_bot(session, talk, "given_back", now)

    def close(self, session: Session, conversation_id: str, agent_id: str, epoch: int, now: datetime) -> None:
        """Say good-bye and end the conversation; the customer's next message begins another one."""
        talk = _owned(session, conversation_id, agent_id, epoch)
        goodbye = sentence("closed", entries.tone(session, conversation_id))
        entries.leave(session, conversation_id, "closed", now)
        records.store(session, self._bodies, talk, [goodbye], author_kind="notice", status="sent")
        invite(session, self._bodies, talk, entries.tone(session, conversation_id), now)
        records.end(session, conversation_id)

    def left_behind(self, session: Session, conversation_id: str, now: datetime) -> None:
        """Queue a conversation again, at the head, whose person disappeared; what was being wrapped up goes to the bot.

        Whoever gave a sign of life, or lost the conversation, meanwhile is left alone.
        """
        talk = records.locked(session, conversation_id)
        if talk is None or conversation_id not in presence.left_behind(session, now):
            return
        entry = entries.present(session, conversation_id)
        if talk.state == "WRAPUP" or entry is None:
            self._to_bot(session, talk, "agent_gone", now)
        else:
            self._wait_again(session, talk, entry.group, entry.reason, "agent_gone", now)

    def unanswered(self, session: Session, conversation_id: str, now: datetime) -> None:
        """Queue a conversation again, at the head, whose person is there and says nothing, if a colleague is there too.

        Whoever was answered meanwhile is left alone.
        """
        talk = records.locked(session, conversation_id)
        entry = entries.present(session, conversation_id)
        if talk is None or entry is None or not presence.others(session, entry.group, talk.owner_id, now):
            return
        if unanswered.find(session, unanswered.patience().queued_after, now, conversation_id):
            self._wait_again(session, talk, entry.group, entry.reason, "agent_silent", now)

    def _begin_anew(
        self, session: Session, talk: Row, place: Place, reason: str, why: str, now: datetime, note: str = ""
    ) -> None:
        tone = entries.tone(session, talk.id)
        entries.leave(session, talk.id, why, now)
        sealed = entries.sealed_note(self._vault, talk.id, talk.owner_epoch + 1, note) if note else None
        entries.enter(session, talk, place, reason, tone, now, sealed)

    def _wait_again(
        self, session: Session, talk: Row, group: str, reason: str, why: str, now: datetime, note: str = ""
    ) -> int:
        self._begin_anew(session, talk, Place(group, self._rules.returned), reason, why, now, note)
        return self._change(session, talk, "QUEUED", sentence(why, entries.tone(session, talk.id)), group=group)

    def _join(self, session: Session, talk: Row, agent: Agent, told: str, now: datetime) -> int:
        if agent.room == 0:
            raise AtCapacity()
        entries.take(session, talk.id, agent.agent_id, now)
        notice = sentence(told, entries.tone(session, talk.id))
        return self._change(session, talk, "HUMAN", notice, owner_id=agent.agent_id)

    def _to_bot(self, session: Session, talk: Row, why: str, now: datetime) -> int:
        tone = entries.tone(session, talk.id)
        entries.leave(session, talk.id, why, now)
        epoch = self._change(session, talk, "BOT", sentence("given_back", tone))
        invite(session, self._bodies, talk, tone, now)
        return epoch

    def _change(
        self,
        session: Session,
        talk: Row,
        to: str,
        notice: Body,
        owner_id: Optional[str] = None,
        group: Optional[str] = None,
    ) -> int:
        return ownership.change(
            session,
            self._bodies,
            talk.id,
            to,
            owner_id=owner_id,
            group=group,
            expected_epoch=talk.owner_epoch,
            notice=notice,
        )


def _there(session: Session, agent_id: str, now: datetime) -> Agent:
    agent = presence.hold(session, agent_id, now)
    if agent is None:
        raise NotOnline()
    return agent


def _open(session: Session, conversation_id: str, epoch: int) -> Row:
    talk = records.locked_open(session, conversation_id)
    if talk.owner_epoch != epoch:
        raise OwnerChangedError()
    return talk


def _owned(session: Session, conversation_id: str, agent_id: str, epoch: int) -> Row:
    talk = _open(session, conversation_id, epoch)
    if talk.owner_id != agent_id or talk.state not in ("HUMAN", "WRAPUP"):
        raise OwnerChangedError()
    return talk
