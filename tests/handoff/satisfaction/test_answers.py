"""One rating for each invitation: changeable until it expires, the same however often it is sent."""
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.engine import Row

from dengta.clock import now
from dengta.conversation import event_log
from dengta.database import reading, writing
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.answers import (
    Answer,
    ExpiredError,
    InvalidAnswerError,
    Invitation,
    UnknownInvitationError,
)
from dengta.handoff.satisfaction.tables import rating, rating_reason
from dengta.handoff.tickets.models import NewTicket
from dengta.handoff.tickets.records import open_ticket
from tests.handoff.floor import Floor
from tests.handoff.satisfaction.conftest import Talk

Rate = Callable[[Row, Answer], None]


def found(floor: Floor, invitation: Row) -> Invitation:
    with reading(floor.engine) as session:
        return answers.find(session, floor.vault, invitation.conversation_id, invitation.id, floor.time)


async def test_an_answer_is_kept_sealed_and_replaces_the_one_before(floor: Floor, helped: Talk, rate: Rate) -> None:
    invitation = await helped()
    rate(invitation, Answer(2, ("slow", "rude"), words="等了一小时"))
    rate(invitation, Answer(5, ("fast",), nps=9))
    assert found(floor, invitation).answer == Answer(5, ("fast",), 9)

    rate(invitation, Answer(1, ("slow",), 0, "又断线了"))
    rate(invitation, Answer(1, ("slow",), 0, "又断线了"))
    assert found(floor, invitation).answer == Answer(1, ("slow",), 0, "又断线了")
    [row], reasons = floor.rows(rating), floor.rows(rating_reason)
    assert "断线" not in row.words and len(reasons) == 1
    with reading(floor.engine) as session:
        told = [event.conversation_id for event in event_log.since(session, 0, 100) if event.kind == "rating"]
    assert told == [invitation.conversation_id], "the desk hears of the first answer only"


@pytest.mark.parametrize(
    "answer",
    [Answer(0), Answer(6), Answer(5, ("slow",)), Answer(1, ("fast",)), Answer(5, nps=11), Answer(5, words="长" * 501)],
)
async def test_what_is_no_answer_changes_nothing(floor: Floor, helped: Talk, rate: Rate, answer: Answer) -> None:
    invitation = await helped()
    with pytest.raises(InvalidAnswerError):
        rate(invitation, answer)
    assert found(floor, invitation).answer is None


async def test_after_its_time_an_invitation_takes_nothing_any_more(floor: Floor, helped: Talk, rate: Rate) -> None:
    invitation = await helped()
    floor.later(hours=11, minutes=59)
    rate(invitation, Answer(4))
    floor.later(minutes=1)
    with pytest.raises(ExpiredError):
        rate(invitation, Answer(1))
    assert found(floor, invitation) == Invitation(invitation.id, Answer(4), declined=False, expired=True)


async def test_who_declines_may_still_change_their_mind(floor: Floor, helped: Talk, rate: Rate) -> None:
    invitation = await helped()

    def decline() -> None:
        with writing(floor.engine) as session:
            answers.decline(session, invitation.id, floor.time)

    decline()
    assert found(floor, invitation).declined
    rate(invitation, Answer(3))
    decline()
    assert found(floor, invitation) == Invitation(invitation.id, Answer(3), declined=False, expired=False)


async def test_an_invitation_of_another_conversation_is_unknown(floor: Floor, helped: Talk) -> None:
    mine, other = await helped(), await helped("a2")
    with reading(floor.engine) as session, pytest.raises(UnknownInvitationError):
        answers.find(session, floor.vault, other.conversation_id, mine.id, floor.time)


@pytest.mark.parametrize(
    ("score", "words", "ticket", "at_risk"),
    [
        (1, "我要去12378投诉你们", False, True),
        (1, "没事了", True, True),
        (1, "没事了", False, False),
        (2, "我要去12378投诉你们", False, False),
    ],
)
async def test_the_worst_score_of_who_complains_is_marked(
    floor: Floor, rate: Rate, score: int, words: str, ticket: bool, at_risk: bool
) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.log.receive(talk, "c2", {"text": words})
    await floor.queue.say(talk, "a1", epoch, {"text": "好的"}, "m1")
    if ticket:
        with writing(floor.engine) as session:
            new = NewTicket(key="k1", kind="complaint", cause="fees", channel="web", description="费用", by="a1")
            open_ticket(session, floor.vault, new_of(new, talk), now())
    await floor.queue.close(talk, "a1", epoch)
    [invitation] = floor.rows(rating)
    rate(invitation, Answer(score))
    assert floor.rows(rating)[0].complaint_risk is at_risk


def new_of(new: NewTicket, conversation_id: str) -> NewTicket:
    return NewTicket(**{**vars(new), "conversation_id": conversation_id})


async def test_the_newest_invitation_is_found_until_it_expires(floor: Floor, helped: Talk) -> None:
    invitation = await helped()
    with reading(floor.engine) as session:
        row = answers.newest(session, invitation.conversation_id, floor.time)
        assert row is not None and row.id == invitation.id
        assert answers.newest(session, invitation.conversation_id, floor.time + timedelta(hours=12)) is None
