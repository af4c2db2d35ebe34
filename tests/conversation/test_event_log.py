"""What the desk follows: every event once, in order, whoever writes at the same time."""
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy.engine import Engine

from dengta import clock
from dengta.conversation import event_log, ownership
from dengta.conversation.bodies import Bodies
from dengta.conversation.event_log import Event
from dengta.conversation.log import MessageLog
from dengta.database import reading, writing
from dengta.privacy.vault import Vault

WRITERS, EACH = 6, 40


def events(engine: Engine, after: int = 0) -> tuple[Event, ...]:
    with reading(engine) as session:
        return event_log.since(session, after, 1000)


def test_who_follows_while_many_write_misses_nothing(engine: Engine) -> None:
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(EACH):
            with writing(engine) as session:
                event_log.note(session, "presence", None, writer=writer, number=number)
                event_log.note(session, "presence", None, writer=writer, number=number)

    def follow() -> list[int]:
        seen: list[int] = []
        while True:
            finished = done.is_set()
            new = events(engine, seen[-1] if seen else 0)
            seen += [event.seq for event in new]
            if finished and not new:
                return seen

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        follower = threads.submit(follow)
        for writing_is_done in [threads.submit(write, writer) for writer in range(WRITERS)]:
            writing_is_done.result()
        done.set()
        seen = follower.result()

    assert seen == [event.seq for event in events(engine)]
    assert len(seen) == 2 * WRITERS * EACH


def test_what_is_rolled_back_did_not_happen(engine: Engine) -> None:
    try:
        with writing(engine) as session:
            event_log.note(session, "presence", None, agent_id="a1")
            raise KeyError
    except KeyError:
        pass
    assert events(engine) == ()


async def test_the_desk_hears_of_owners_and_of_what_is_said_while_the_bot_is_not_the_owner(
    log: MessageLog, engine: Engine, vault: Vault
) -> None:
    bodies, talk = Bodies(vault), await log.open_conversation("web")
    await log.receive(talk, "c1", {"text": "我的电话13812345678"})
    with writing(engine) as session:
        ownership.change(session, bodies, talk, "QUEUED", group="general", notice={"text": "请稍等"})
    await log.receive(talk, "c2", {"text": "在吗"})
    with writing(engine) as session:
        epoch = ownership.change(session, bodies, talk, "HUMAN", owner_id="a1", notice={"text": "客服来了"})
        ownership.say(session, bodies, talk, epoch, "a1", {"text": "您好"}, "m1")
        ownership.say(session, bodies, talk, epoch - 1, "a1", {"text": "迟了"}, "m2")
    await log.end(talk)

    assert [(event.kind, event.conversation_id, dict(event.data)) for event in events(engine)] == [
        ("owner", talk, {"state": "QUEUED", "epoch": 2, "owner_id": None, "group": "general"}),
        ("message", talk, {"message_seq": 3, "author": "customer"}),
        ("message", talk, {"message_seq": 4, "author": "notice"}),
        ("owner", talk, {"state": "HUMAN", "epoch": 3, "owner_id": "a1", "group": None}),
        ("message", talk, {"message_seq": 5, "author": "agent"}),
        ("owner", talk, {"state": "CLOSED", "epoch": 4, "owner_id": None, "group": None}),
    ]


def test_old_events_are_forgotten_and_their_numbers_are_not_given_again(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(3):
            event_log.note(session, "presence", None, number=number)
        assert (event_log.oldest(session), event_log.last(session)) == (1, 3)
        event_log.forget(session, before=clock.now() + timedelta(seconds=1))
        assert (event_log.oldest(session), event_log.last(session)) == (0, 0)
        event_log.note(session, "presence", None)
    assert [event.seq for event in events(engine)] == [4]
