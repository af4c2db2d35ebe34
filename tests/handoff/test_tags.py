"""What is known of a customer: from tickets and tone, from the lender's book, and never from somebody else's."""
from datetime import timedelta

import pytest

from dengta import clock
from dengta.conversation import bindings, records
from dengta.database import reading, writing
from dengta.handoff import tags
from dengta.handoff.rules import rules
from dengta.handoff.tickets import changes
from dengta.handoff.tickets.models import Change, NewTicket
from dengta.handoff.tickets.records import open_ticket
from tests.handoff.floor import Floor

CUSTOMER = "C1"


async def comes(floor: Floor, customer_id: str = CUSTOMER) -> str:
    """Let a verified customer begin a conversation."""
    talk = await floor.log.open_conversation("web")
    with writing(floor.engine) as session:
        bindings.bind(session, records.locked(session, talk), customer_id, 1, clock.now())
    return talk


def opens(floor: Floor, kind: str, cause: str, talk: str) -> str:
    """Open a ticket; return its number."""
    about = {"conversation_id": talk, "customer_id": CUSTOMER}
    new = NewTicket(f"{kind} {talk}", kind, cause, "web", "情况说明", "kf1", **about)
    with writing(floor.engine) as session:
        return open_ticket(session, floor.vault, new, clock.now()).ticket.ticket_no


def known(floor: Floor, talk: str) -> set[str]:
    with reading(floor.engine) as session:
        return set(tags.of_record(session, rules(), talk))


async def test_a_complaint_is_known_in_every_conversation_of_the_customer_and_of_nobody_else(floor: Floor) -> None:
    opens(floor, "complaint", "fees", await comes(floor))
    assert known(floor, await comes(floor)) == {"complaint_open", "complained"}
    assert known(floor, await comes(floor, "C2")) == set()
    assert known(floor, await floor.log.open_conversation("web")) == set()


async def test_a_withdrawn_complaint_is_one_that_was(floor: Floor) -> None:
    talk = await comes(floor)
    number = opens(floor, "complaint", "fees", talk)
    with writing(floor.engine) as session:
        changes.close(session, floor.vault, Change(number, 1, "kf1", "客户撤回"), "withdrawn", clock.now())
    assert known(floor, talk) == {"complained"}


async def test_a_regulators_date_is_told(floor: Floor) -> None:
    talk = await comes(floor)
    number, now = opens(floor, "complaint", "fees", talk), clock.now()
    day = (now + timedelta(days=5)).date()
    with writing(floor.engine) as session:
        changes.set_regulator_date(session, floor.vault, Change(number, 1, "kf1", "转办单"), day, "lead", now)
    assert known(floor, talk) == {"regulator", "complaint_open", "complained"}


@pytest.mark.parametrize(
    ("days", "is_frozen", "expected"),
    [
        (0, False, set()),
        (1, False, {"overdue_1"}),
        (30, False, {"overdue_1"}),
        (31, False, {"overdue_31"}),
        (90, True, {"overdue_61", "frozen"}),
        (400, False, {"overdue_91"}),
    ],
)
def test_the_stage_is_that_of_the_loan_that_is_latest(days: int, is_frozen: bool, expected: set[str]) -> None:
    assert tags.of_book(rules(), days, is_frozen) == expected
