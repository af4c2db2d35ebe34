"""Accounts of one WeChat user: known as one customer, never fresh without a code of their own."""
import asyncio
from typing import Awaitable, Callable

import pytest
from sqlalchemy.engine import Engine

from dengta.conversation.accounts import Account, Accounts
from dengta.conversation.history import History
from dengta.conversation.identity import Anonymous, Identity, Known
from dengta.conversation.log import MessageLog
from tests.conversation.identity.conftest import (
    CUSTOMER,
    OTHER_CUSTOMER,
    OTHER_PHONE,
    Carrier,
    verify,
)
from tests.conversation.turns import says

UNIONID, OTHER_UNIONID = "oTestUnionid-000000000000001", "oTestUnionid-000000000000002"
MeetOne = Callable[[str], Awaitable[Account]]


@pytest.fixture
def meet(accounts: Accounts) -> MeetOne:
    """Meet an account of the WeChat user."""

    async def one(name: str) -> Account:
        met = await accounts.meet("wechat", name, name)
        await accounts.unite(met, UNIONID)
        return met

    return one


async def test_one_verified_account_makes_the_others_known_but_not_fresh(
    identity: Identity, carrier: Carrier, meet: MeetOne
) -> None:
    first, second = await meet("first"), await meet("second")
    await verify(identity, carrier, first.conversation_id)
    third = await meet("third")
    assert await identity.standing(first.conversation_id) == Known(CUSTOMER, fresh=True)
    for sibling in (second, third):
        assert await identity.standing(sibling.conversation_id) == Known(CUSTOMER, fresh=False)
    await verify(identity, carrier, second.conversation_id)
    assert await identity.standing(second.conversation_id) == Known(CUSTOMER, fresh=True)


async def test_accounts_without_a_union_or_of_another_one_stay_strangers(
    accounts: Accounts, identity: Identity, carrier: Carrier, meet: MeetOne
) -> None:
    alone, other = await accounts.meet("wechat", "alone", "alone"), await accounts.meet("wechat", "other", "other")
    await accounts.unite(other, OTHER_UNIONID)
    unbound = await accounts.meet("wechat", "unbound", "unbound")
    await verify(identity, carrier, (await meet("first")).conversation_id)
    await verify(identity, carrier, unbound.conversation_id, OTHER_PHONE, OTHER_CUSTOMER)
    assert await identity.standing(alone.conversation_id) == Anonymous()
    assert await identity.standing(other.conversation_id) == Anonymous()


async def test_what_two_accounts_disagree_on_the_third_is_not_told(
    identity: Identity, carrier: Carrier, meet: MeetOne
) -> None:
    first, second, third = await meet("first"), await meet("second"), await meet("third")
    await verify(identity, carrier, first.conversation_id)
    await verify(identity, carrier, second.conversation_id, OTHER_PHONE, OTHER_CUSTOMER)
    assert await identity.standing(first.conversation_id) == Known(CUSTOMER, fresh=True)
    assert await identity.standing(second.conversation_id) == Known(OTHER_CUSTOMER, fresh=True)
    assert await identity.standing(third.conversation_id) == Anonymous()


async def test_a_rebound_account_takes_the_others_along(
    identity: Identity, carrier: Carrier, meet: MeetOne
) -> None:
    first, second = await meet("first"), await meet("second")
    await verify(identity, carrier, first.conversation_id)
    await verify(identity, carrier, first.conversation_id, OTHER_PHONE, OTHER_CUSTOMER)
    assert await identity.standing(second.conversation_id) == Known(OTHER_CUSTOMER, fresh=False)


@pytest.mark.parametrize("how", ["the account leaves", "its conversation ends"])
async def test_the_others_are_strangers_again_once_nobody_is_verified_any_more(
    how: str, accounts: Accounts, identity: Identity, carrier: Carrier, log: MessageLog, meet: MeetOne
) -> None:
    first, second = await meet("first"), await meet("second")
    await verify(identity, carrier, first.conversation_id)
    assert await identity.standing(second.conversation_id) == Known(CUSTOMER, fresh=False)
    await (accounts.left("wechat", "first") if how == "the account leaves" else log.end(first.conversation_id))
    assert await identity.standing(second.conversation_id) == Anonymous()


async def test_who_wants_to_be_forgotten_is_forgotten_on_all_accounts(
    identity: Identity, carrier: Carrier, meet: MeetOne
) -> None:
    met = [await meet(name) for name in ("first", "second", "third")]
    for verified in met[:2]:
        await verify(identity, carrier, verified.conversation_id)
    await identity.forget(met[2].conversation_id)
    assert [await identity.standing(each.conversation_id) for each in met] == [Anonymous()] * 3


async def test_a_new_conversation_of_a_sibling_is_known_too(
    identity: Identity, carrier: Carrier, log: MessageLog, meet: MeetOne
) -> None:
    first, second = await meet("first"), await meet("second")
    await verify(identity, carrier, first.conversation_id)
    await log.end(second.conversation_id)
    again = await meet("second")
    assert again.conversation_id != second.conversation_id
    assert await identity.standing(again.conversation_id) == Known(CUSTOMER, fresh=False)


async def test_an_account_that_turns_out_to_be_somebody_elses_is_known_no_more(
    accounts: Accounts, identity: Identity, carrier: Carrier, meet: MeetOne
) -> None:
    first, second = await meet("first"), await meet("second")
    await verify(identity, carrier, first.conversation_id)
    await accounts.unite(second, OTHER_UNIONID)
    assert await identity.standing(second.conversation_id) == Anonymous()
    await accounts.unite(first, OTHER_UNIONID)
    assert await identity.standing(second.conversation_id) == Known(CUSTOMER, fresh=False)


async def test_what_a_sibling_asks_is_the_customers_history(
    engine: Engine, identity: Identity, carrier: Carrier, log: MessageLog, meet: MeetOne
) -> None:
    first, second = await meet("first"), await meet("second")
    await verify(identity, carrier, first.conversation_id)
    await says(log, second.conversation_id, "这个月还多少", "query_bill")
    (part,) = await History(engine).parts(CUSTOMER)
    assert (part.conversation_id, part.reading) == (second.conversation_id, "query_bill")


async def test_verifying_leaving_and_ending_all_at_once_ends_without_a_stale_binding(
    accounts: Accounts, identity: Identity, carrier: Carrier, log: MessageLog, meet: MeetOne
) -> None:
    first, second, third = await meet("first"), await meet("second"), await meet("third")
    await verify(identity, carrier, first.conversation_id)
    await asyncio.gather(
        log.end(first.conversation_id),
        accounts.unite(second, UNIONID),
        meet("fourth"),
        accounts.meet("wechat", "third", "third"),
        accounts.left("wechat", "second"),
    )
    fourth = await meet("fourth")
    for each in (first, second, third, fourth):
        assert await identity.standing(each.conversation_id) == Anonymous()
