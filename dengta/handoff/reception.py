"""From the bot to people: whoever asks for a person or a ticket, or needs one, gets it as the bot's answer is stored.

Everything here is part of a transaction of the message log, so that the customer is told exactly what happened: they
wait, with their position; or nobody is there, and a call back is promised by a moment at which people work. In the
second case the bot stays the owner and goes on helping.
"""
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Optional, Union

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.conversation import records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Afterwards, Body
from dengta.conversation.tables import message
from dengta.handoff import callbacks, entries, presence, tags, triage
from dengta.handoff.callbacks import Callback
from dengta.handoff.hours import ServiceHours
from dengta.handoff.moves import Moves
from dengta.handoff.registration import register
from dengta.handoff.rules import Place, Rules
from dengta.handoff.sentences import cancels, hours_on, moment, sentence
from dengta.handoff.tickets import telling
from dengta.handoff.triage import Heard
from dengta.privacy.vault import Vault

HANDOFF = "handoff"  # the type of custom data by which an action says that a person is wanted
TICKET = "ticket"  # the same for a ticket
_REMEMBERED = 5  # what the customer said lately counts for the triage


@dataclass(frozen=True)
class Wish:
    """A person is wanted: why, as a cause of `data/handoff/triage.yml`, and in which tone the customer is spoken to.

    `rest` is what the bot says next, if it stays the owner.
    """

    reason: str
    tone: str
    rest: Sequence[Body] = ()


@dataclass(frozen=True)
class TicketWish:
    """A ticket is wanted: a kind and one of its causes, ids of `data/handoff/tickets.yml`, and the customer's tone.

    `rest` is what the bot says next.
    """

    kind: str
    cause: str
    tone: str
    rest: Sequence[Body] = ()


class Reception:
    """The way to people for the customers of all channels."""

    def __init__(
        self,
        vault: Vault,
        rules: Rules,
        hours: ServiceHours,
        platforms: Collection[str],
        business_time: Callable[[], datetime],
        real_time: Callable[[], datetime],
    ) -> None:
        """`platforms` are the channels whose own agents take over, such as WeChat's.

        `business_time` decides about hours and deadlines, `real_time` measures how long somebody waits.
        """
        self._vault = vault
        self._bodies = Bodies(vault)
        self._moves = Moves(vault, rules)
        self._rules = rules
        self._hours = hours
        self._platforms = platforms
        self._business_time = business_time
        self._real_time = real_time

    def is_distress(self, text: str) -> bool:
        """Tell whether somebody writes that they may hurt themselves or others: no bot should answer that."""
        return triage.is_distress(self._rules, text)

    def after(self, said: Heard, wish: Optional[Union[Wish, TicketWish]]) -> Optional[Afterwards]:
        """Return what is to be done together with storing the bot's answer to what was said, None if nothing."""
        if isinstance(wish, TicketWish):
            return partial(self.registered, wish=wish)
        if wish is not None:
            return partial(self.asked, wish=wish)
        return self.alarmed if triage.is_alarming(self._rules, said) else None

    def asked(self, session: Session, conversation_id: str, wish: Wish) -> None:
        """Let a customer wait who asked for a person; where nobody is there, promise a call back."""
        talk = records.locked_open(session, conversation_id)
        if not self._let_in(session, talk, wish):
            self._call_back(session, talk, wish)

    def registered(self, session: Session, conversation_id: str, wish: TicketWish) -> None:
        """Open the ticket a customer wants and tell them its number, or how far it is if they have it already."""
        talk = records.locked_open(session, conversation_id)
        opened = register(session, self._vault, talk, wish.kind, wish.cause, self._business_time())
        tell = telling.progress if opened.repeated else telling.opened
        self._say(session, talk, {"text": tell(opened.ticket, wish.tone)}, *wish.rest)

    def alarmed(self, session: Session, conversation_id: str) -> None:
        """Let a customer wait who did not ask but needs a person, if anybody is there."""
        talk = records.locked_open(session, conversation_id)
        heard = self._heard(session, talk, self._rules.anger.among, talk.owner_epoch)
        reason = triage.unasked(self._rules, heard)
        if reason is not None:
            self._offer(session, conversation_id, reason)

    def distressed(self, session: Session, conversation_id: str) -> None:
        """Say that we care, and let the customer wait ahead of all others, or promise a call back."""
        talk = records.locked_open(session, conversation_id)
        wish = Wish(triage.DISTRESS, entries.tone(session, conversation_id))
        self._say(session, talk, sentence("distress", wish.tone))
        self.asked(session, conversation_id, wish)

    def rescue(self, session: Session, conversation_id: str) -> None:
        """Let a customer wait whom the bot failed to answer, if anybody is there."""
        self._offer(session, conversation_id, triage.BOT_FAILED)

    def heard(self, session: Session, conversation_id: str, body: Body) -> None:
        """Let a customer who waits go back to the bot if that is what their newest message says."""
        if not cancels(body):
            return
        talk = records.locked_open(session, conversation_id)
        if talk.state == "QUEUED":
            self._moves.leave_queue(session, talk, "cancelled", "left_queue", self._real_time())

    def give_up(self, session: Session, conversation_id: str) -> None:
        """Let a customer who waits in vain go back to the bot, with a promise to be called back."""
        talk = records.locked_open(session, conversation_id)
        entry = entries.present(session, conversation_id)
        if talk.state != "QUEUED" or entry is None:
            return
        promised = self._promise(session, talk, Place(entry.group, entry.priority), entry.reason)
        told = {"ticket_no": promised.ticket_no, "callback_by": moment(promised.due_at)}
        self._moves.leave_queue(session, talk, "nobody", "nobody_left", self._real_time(), **told)

    def _offer(self, session: Session, conversation_id: str, reason: str) -> None:
        talk = records.locked_open(session, conversation_id)
        self._let_in(session, talk, Wish(reason, entries.tone(session, conversation_id)))

    def _let_in(self, session: Session, talk: Row, wish: Wish) -> bool:
        if not self._hours.is_open(self._business_time()):
            return False
        if talk.channel in self._platforms:
            self._say(session, talk, {**sentence("to_platform", wish.tone), "custom": {"type": HANDOFF}})
            return True
        place, now = self._place(session, talk, wish), self._real_time()
        group = presence.staffed(session, self._rules, place.group, now)
        if group is None:
            return False
        self._moves.queue(session, talk, Place(group, place.priority), wish.reason, wish.tone, now)
        return True

    def _call_back(self, session: Session, talk: Row, wish: Wish) -> None:
        now = self._business_time()
        promised = self._promise(session, talk, self._place(session, talk, wish), wish.reason)
        told = "recorded" if self._hours.is_open(now) else "recorded_closed"
        if wish.reason == triage.DISTRESS:
            told = "recorded_distress"
        elif promised.repeated:
            told = "recorded_before"
        answer = sentence(
            told,
            wish.tone,
            ticket_no=promised.ticket_no,
            created_at=moment(promised.promised_at),
            callback_by=moment(promised.due_at),
            hours=hours_on(self._hours, now.date()),
        )
        self._say(session, talk, answer, *wish.rest)

    def _promise(self, session: Session, talk: Row, place: Place, reason: str) -> Callback:
        heard = self._heard(session, talk, _REMEMBERED, since_epoch=talk.owner_epoch - 1)  # of the bot, then waiting
        words = "\n".join(each.text for each in heard).strip() or reason
        within = self._rules.promises.get(place.priority)
        return callbacks.promise(
            session, self._vault, self._hours, talk, place.group, words, self._business_time(), within
        )

    def _place(self, session: Session, talk: Row, wish: Wish) -> Place:
        heard = self._heard(session, talk, _REMEMBERED, talk.owner_epoch)
        readings = [each.reading for each in reversed(heard) if each.reading]
        known = {wish.tone, *tags.of_record(session, self._rules, talk.id)}
        return triage.place(self._rules, wish.reason, readings, known)

    def _heard(self, session: Session, talk: Row, number: int, since_epoch: int) -> list[Heard]:
        """Return the customer's last messages in order."""
        theirs = select(message).where(
            message.c.conversation_id == talk.id,
            message.c.author_kind == "customer",
            message.c.epoch >= since_epoch,
        )
        rows = session.execute(theirs.order_by(message.c.seq.desc()).limit(number)).all()
        return [Heard(self._bodies.read(row).get("text", ""), row.reading) for row in reversed(rows)]

    def _say(self, session: Session, talk: Row, *bodies: Body) -> None:
        current = records.locked_open(session, talk.id)
        records.store(session, self._bodies, current, bodies, author_kind="bot", status="sent", turn=talk.turn)
