"""Senders of a channel: one account and one conversation each, nothing of them to be read, gone when they go."""
import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from dengta.conversation.accounts import Account, Accounts, MalformedNumberError
from dengta.conversation.identity import Anonymous, Identity, Known
from dengta.conversation.log import MessageLog
from dengta.conversation.tables import account, conversation, metadata
from dengta.database import connect, reading
from dengta.privacy.vault import Unreadable, open_vault
from tests.conversation.identity.conftest import CUSTOMER, OTHER_PHONE, PHONE, Carrier, verify
from tests.conversation.turns import says, texts

OPENID, UNIONID = "oTestOpenid-0000000000000001", "oTestUnionid-000000000000001"


def rows(engine: Engine) -> tuple[int, int]:
    """Return how many accounts and conversations there are."""
    with reading(engine) as session:
        counts = [session.execute(select(func.count()).select_from(table)).scalar_one() for table in
                  (account, conversation)]  # fmt: skip
    return counts[0], counts[1]


def meet_in_a_process(url: str, key_file: Path, times: int) -> list[Account]:
    """Meet one sender several times at once, as a process of its own."""
    engine = connect(url, 10.0)
    accounts = Accounts(engine, open_vault(engine, key_file))

    async def meet() -> list[Account]:
        return await asyncio.gather(*(accounts.meet("wechat", OPENID, OPENID) for _ in range(times)))

    try:
        return asyncio.run(meet())
    finally:
        engine.dispose()


async def test_a_sender_keeps_account_and_conversation(accounts: Accounts, log: MessageLog, engine: Engine) -> None:
    met = await accounts.meet("wechat", OPENID, OPENID)
    assert await log.is_open(met.conversation_id)
    assert await accounts.meet("wechat", OPENID, OPENID) == met
    assert await accounts.address(met.id) == OPENID
    assert rows(engine) == (1, 1)


async def test_the_same_name_on_another_channel_is_another_sender(accounts: Accounts, engine: Engine) -> None:
    met = [await accounts.meet(channel, OPENID, OPENID) for channel in ("wechat", "kf")]
    assert met[0].conversation_id != met[1].conversation_id
    assert rows(engine) == (2, 2)


async def test_processes_that_meet_a_new_sender_at_once_agree(
    accounts: Accounts, database_url: str, tmp_path: Path, engine: Engine
) -> None:
    fork = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=fork) as processes:
        running = [processes.submit(meet_in_a_process, database_url, tmp_path / "master.key", 5) for _ in range(3)]
        met = {each for process in running for each in process.result()}
    assert len(met) == 1
    assert rows(engine) == (1, 1)


async def test_a_new_conversation_begins_when_the_old_one_has_ended(
    accounts: Accounts, identity: Identity, carrier: Carrier, log: MessageLog, engine: Engine
) -> None:
    first = await accounts.meet("wechat", OPENID, OPENID)
    await verify(identity, carrier, first.conversation_id)
    await log.end(first.conversation_id)
    met = await asyncio.gather(*(accounts.meet("wechat", OPENID, OPENID) for _ in range(8)))
    (second,) = set(met)
    assert (second.id, second.conversation_id != first.conversation_id) == (first.id, True)
    assert await log.is_open(second.conversation_id)
    assert await identity.standing(second.conversation_id) == Anonymous()
    assert await accounts.address(second.id) == OPENID
    assert rows(engine) == (1, 2)


async def test_who_leaves_takes_the_address_along_and_leaves_the_record(
    accounts: Accounts, identity: Identity, carrier: Carrier, log: MessageLog, engine: Engine
) -> None:
    met = await accounts.meet("wechat", OPENID, OPENID)
    await accounts.unite(met, UNIONID)
    await says(log, met.conversation_id, "我想提前还清")
    await verify(identity, carrier, met.conversation_id)
    for _ in range(2):
        await accounts.left("wechat", OPENID)
    assert await identity.standing(met.conversation_id) == Anonymous()
    assert await accounts.address(met.id) is None
    with reading(engine) as session:
        row = session.execute(select(account)).one()
    assert (row.address, row.union_key, row.left_at is None) == (None, None, False)
    assert not await log.is_open(met.conversation_id)
    assert await texts(log, met.conversation_id) == ["我想提前还清", "re: 我想提前还清"]


async def test_who_comes_back_is_a_stranger_in_a_new_conversation(
    accounts: Accounts, identity: Identity, carrier: Carrier, log: MessageLog
) -> None:
    met = await accounts.meet("wechat", OPENID, OPENID)
    await verify(identity, carrier, met.conversation_id)
    await accounts.left("wechat", OPENID)
    again = await accounts.meet("wechat", OPENID, OPENID)
    assert again.conversation_id != met.conversation_id
    assert await identity.standing(again.conversation_id) == Anonymous()
    assert await accounts.address(again.id) == OPENID
    assert await texts(log, again.conversation_id) == []


async def test_leaving_without_ever_having_come_changes_nothing(accounts: Accounts, engine: Engine) -> None:
    await accounts.left("wechat", OPENID)
    assert rows(engine) == (0, 0)


async def test_neither_name_nor_address_nor_union_can_be_read_in_the_database(
    accounts: Accounts, engine: Engine
) -> None:
    met = await accounts.meet("wechat", OPENID, OPENID)
    await accounts.unite(met, UNIONID)
    await accounts.call(PHONE)
    with reading(engine) as session:
        stored = [str(value) for table in metadata.tables.values() for row in session.execute(select(table))
                  for value in row]  # fmt: skip
    assert stored
    assert not [value for value in stored for secret in (OPENID, UNIONID, PHONE) if secret in value]


async def test_an_address_moved_to_another_account_is_refused(accounts: Accounts, engine: Engine) -> None:
    met = [await accounts.meet("wechat", name, name) for name in (OPENID, f"{OPENID}x")]
    with engine.execution_options(dengta_writes=True).begin() as connection:
        stolen = connection.execute(select(account.c.address).where(account.c.id == met[0].id)).scalar_one()
        connection.execute(account.update().where(account.c.id == met[1].id).values(address=stolen))
    with pytest.raises(Unreadable):
        await accounts.address(met[1].id)


@pytest.mark.parametrize("number", ["199 0000 0008", "199-0000-0008", "+86 19900000008", "１９９００００００08"])
async def test_a_caller_is_the_same_however_the_number_is_typed(accounts: Accounts, number: str) -> None:
    called = await accounts.call(PHONE)
    assert called.channel == "phone"
    assert await accounts.call(number) == called
    assert await accounts.address(called.id) == PHONE


@pytest.mark.parametrize("number", ["", "无号码", "1234", "199000000081234567890", "19900000008;", "+1"])
async def test_what_is_no_number_is_refused(accounts: Accounts, engine: Engine, number: str) -> None:
    with pytest.raises(MalformedNumberError):
        await accounts.call(number)
    assert rows(engine) == (0, 0)


async def test_calling_from_a_registered_phone_proves_nothing_before_the_code(
    accounts: Accounts, identity: Identity, carrier: Carrier
) -> None:
    call = await accounts.call(PHONE)
    assert await identity.standing(call.conversation_id) == Anonymous()
    await verify(identity, carrier, call.conversation_id)
    stranger = await accounts.call(OTHER_PHONE)
    assert await identity.standing(call.conversation_id) == Known(CUSTOMER, fresh=True)
    assert await identity.standing(stranger.conversation_id) == Anonymous()
