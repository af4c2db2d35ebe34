"""Random walks through everything that can happen to a conversation, one transaction after the other."""
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Optional, Protocol

from sqlalchemy import select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.clock import real_time
from dengta.conversation import ownership, records, turn_records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Answered, Inbound
from dengta.conversation.ownership import OwnerChangedError
from dengta.conversation.tables import conversation, message
from dengta.database import reading, writing
from dengta.handoff import presence
from dengta.handoff.moves import Moves, NotOnline
from dengta.handoff.rules import Place, rules
from dengta.handoff.tables import queue_entry
from dengta.privacy.vault import Vault

AGENTS = ("a1", "a2")


@dataclass
class Talk:
    """One conversation, what is going on in it, and what has happened so far."""

    id: str
    sent: int = 0
    running: Optional[Inbound] = None  # the turn some process of the bot is working on
    lost: list[Inbound] = field(default_factory=list)  # turns whose process fell silent
    paused: bool = False  # the flag in Rasa's memory that a naive implementation goes by
    seen: dict[str, int] = field(default_factory=dict)  # the epoch each agent believes to own
    bots: dict[int, Optional[int]] = field(default_factory=lambda: {1: None})  # epochs of the bot → last seq of them


class Bot(Protocol):
    """How an implementation decides whether the bot may speak."""

    def begin(self, session: Session, bodies: Bodies, talk: Talk) -> Optional[Inbound]:
        """Begin a turn, if there is something to answer."""
        ...

    def answer(self, session: Session, bodies: Bodies, talk: Talk, inbound: Inbound, answered: Answered) -> None:
        """Say what the turn came to."""
        ...


class DengtaBot:
    """The real thing: the answer is inserted and its epoch checked in one transaction."""

    def begin(self, session: Session, bodies: Bodies, talk: Talk) -> Optional[Inbound]:
        """Claim the next turn."""
        return turn_records.claim(session, bodies, talk.id, real_time())

    def answer(self, session: Session, bodies: Bodies, talk: Talk, inbound: Inbound, answered: Answered) -> None:
        """Store the answer if the owner is still the same."""
        turn_records.reply(session, bodies, talk.id, inbound, answered, failed=False)


class PausedBot:
    """What most do: a pause is looked for before the turn begins, and Rasa's session expiry forgets it."""

    def begin(self, session: Session, bodies: Bodies, talk: Talk) -> Optional[Inbound]:
        """Begin a turn unless the bot is paused."""
        row = records.locked(session, talk.id)
        if talk.paused or not talk.sent or row is None:
            return None
        return Inbound(talk.sent, "web", row.owner_epoch, "", f"{talk.sent}", None, 1)

    def answer(self, session: Session, bodies: Bodies, talk: Talk, inbound: Inbound, answered: Answered) -> None:
        """Send the answer."""
        row = records.locked(session, talk.id)
        records.store(session, bodies, row, answered.bodies, author_kind="bot", status="sent", epoch=inbound.epoch)
        if answered.afterwards is not None and row is not None and row.state == "BOT":
            answered.afterwards(session, talk.id)


class Walk:
    """Random steps through the life of conversations; each is undone if it is refused."""

    def __init__(self, engine: Engine, vault: Vault, bot: Bot, chance: random.Random) -> None:
        self._engine, self._bodies, self._bot, self._chance = engine, Bodies(vault), bot, chance
        self._moves = Moves(vault, rules())
        always = [
            self._customer_writes, self._customer_writes, self._session_expires, self._agent_takes,
            self._agent_takes_over,
        ]  # fmt: skip
        self._steps: list[tuple[Callable[[Talk], object], list[Callable[[Session, Talk], None]]]] = [
            (lambda talk: True, always),
            (lambda talk: talk.sent, [self._client_repeats]),
            (lambda talk: talk.sent and not talk.running, [self._bot_begins] * 3),
            (lambda talk: talk.running, [self._bot_answers] * 2 + [self._bot_hands_over, self._process_falls_silent]),
            (lambda talk: talk.lost, [self._silent_process_answers]),
            (lambda talk: talk.seen, [self._agent_says, self._agent_passes_on, self._agent_gives_back]),
        ]

    def take(self, number: int, steps: int) -> list[Talk]:
        """Live through `number` conversations side by side, each with so many steps, and return them."""
        talks = [Talk(f"{self._chance.getrandbits(128):032x}") for _ in range(number)]
        with writing(self._engine) as session:
            for agent in AGENTS:
                presence.arrive(session, agent, "online", 10**6, ["general"], real_time())
            for talk in talks:
                records.start(session, talk.id, "web")
        for _ in range(steps):
            with writing(self._engine) as session:
                for talk in talks:
                    possible = [step for is_possible, steps in self._steps if is_possible(talk) for step in steps]
                    with _undone_if_refused(session):
                        self._chance.choice(possible)(session, talk)
        return talks

    def _customer_writes(self, session: Session, talk: Talk) -> None:
        talk.sent += 1
        self._receive(session, talk)

    def _client_repeats(self, session: Session, talk: Talk) -> None:
        self._receive(session, talk)

    def _bot_begins(self, session: Session, talk: Talk) -> None:
        talk.running = self._bot.begin(session, self._bodies, talk)

    def _bot_answers(self, session: Session, talk: Talk) -> None:
        self._bot.answer(session, self._bodies, talk, _given_up(talk), Answered([{"text": "答"}]))

    def _bot_hands_over(self, session: Session, talk: Talk) -> None:
        answered = Answered([{"text": "请稍等"}], afterwards=lambda session, _: self._queue(session, talk))
        self._bot.answer(session, self._bodies, talk, _given_up(talk), answered)

    def _process_falls_silent(self, session: Session, talk: Talk) -> None:
        """Its turn is begun again by another process, but it may come back too."""
        talk.lost.append(_given_up(talk))
        ran_out = real_time() - timedelta(seconds=1)
        session.execute(update(conversation).where(conversation.c.id == talk.id).values(lease_until=ran_out))

    def _silent_process_answers(self, session: Session, talk: Talk) -> None:
        self._bot.answer(session, self._bodies, talk, talk.lost.pop(), Answered([{"text": "迟"}]))

    def _session_expires(self, session: Session, talk: Talk) -> None:
        talk.paused = False

    def _agent_takes(self, session: Session, talk: Talk) -> None:
        self._give_to_agent(session, talk, self._moves.take)

    def _agent_takes_over(self, session: Session, talk: Talk) -> None:
        self._give_to_agent(session, talk, self._moves.take_over)

    def _agent_says(self, session: Session, talk: Talk) -> None:
        agent, number = self._chance.choice(AGENTS), self._chance.randrange(5)
        epoch = talk.seen.get(agent, 1)
        ownership.say(session, self._bodies, talk.id, epoch, agent, {"text": "您好"}, f"{number}")

    def _agent_passes_on(self, session: Session, talk: Talk) -> None:
        agent, other = self._chance.sample(AGENTS, 2)
        epoch = talk.seen.get(agent, 1)
        talk.seen[other] = self._moves.transfer_to_colleague(session, talk.id, agent, epoch, other, "接", real_time())

    def _agent_gives_back(self, session: Session, talk: Talk) -> None:
        agent = self._chance.choice(AGENTS)
        talk.bots[self._moves.give_back(session, talk.id, agent, talk.seen.get(agent, 1), real_time())] = None
        talk.paused = False

    def _receive(self, session: Session, talk: Talk) -> None:
        records.receive(session, self._bodies, talk.id, f"c{talk.sent}", {"text": f"{talk.sent}"}, _slowly(talk))

    def _queue(self, session: Session, talk: Talk) -> None:
        row = records.locked(session, talk.id)
        assert row is not None
        self._moves.queue(session, row, Place("general", 1), "request_human", "standard", real_time())
        talk.bots[row.owner_epoch], talk.paused = row.last_seq, True

    def _give_to_agent(self, session: Session, talk: Talk, way: Callable[..., int]) -> None:
        agent, before = self._chance.choice(AGENTS), records.locked(session, talk.id)
        assert before is not None
        talk.seen[agent] = way(session, talk.id, agent, before.owner_epoch, real_time())
        if before.state == "BOT":
            talk.bots[before.owner_epoch] = before.last_seq
        talk.paused = True


def violations(engine: Engine, talk: Talk) -> list[str]:
    """Return what went wrong in a conversation."""
    with reading(engine) as session:
        return list(_violations(session, talk))


def _violations(session: Session, talk: Talk) -> Iterator[str]:
    kept = session.execute(select(message).where(message.c.conversation_id == talk.id).order_by(message.c.seq)).all()
    row = session.execute(select(conversation).where(conversation.c.id == talk.id)).one()
    said = [each for each in kept if each.seq is not None]
    bots = [each for each in said if each.author_kind == "bot"]
    if [each.seq for each in said] != list(range(1, row.last_seq + 1)):
        yield "gap"
    if [each.client_msg_id for each in said if each.author_kind == "customer"] != [
        f"c{number}" for number in range(1, talk.sent + 1)
    ]:
        yield "lost"
    if any(each.epoch not in talk.bots or each.seq > (talk.bots[each.epoch] or each.seq) for each in bots):
        yield "talked over"
    answered = [each.turn for each in bots if each.turn is not None]
    if len(answered) != len(set(answered)):
        yield "answered twice"
    kind = {"BOT": "bot", "HUMAN": "agent", "QUEUED": "nobody"}[row.state]
    if row.owner_kind != kind or (row.owner_id in AGENTS) != (row.state == "HUMAN"):
        yield "owners"
    stretches = select(queue_entry).where(queue_entry.c.conversation_id == talk.id, queue_entry.c.left_at.is_(None))
    if len(session.execute(stretches).all()) != (0 if row.state == "BOT" else 1):
        yield "queue"


@contextmanager
def _undone_if_refused(session: Session) -> Iterator[None]:
    try:
        with session.begin_nested():
            yield
    except (OwnerChangedError, NotOnline):
        pass


def _given_up(talk: Talk) -> Inbound:
    """Return the running turn, which runs no more."""
    inbound, talk.running = talk.running, None
    assert inbound is not None
    return inbound


def _slowly(talk: Talk) -> datetime:
    """Return a moment at which nobody can be said to write too fast."""
    return real_time() + timedelta(minutes=talk.sent)
