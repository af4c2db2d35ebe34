"""What became of proposals, on both databases."""
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Optional

import pytest

from dengta.commands import BESIDE
from dengta.conversation.erasure import Erasure
from dengta.handoff.copilot.suggestions import UnknownMessageError
from dengta.handoff.copilot.tables import copilot_use
from dengta.handoff.copilot.use import Acceptance, Use, Uses
from dengta.privacy.master import master
from dengta.settings import settings
from tests.handoff.floor import Floor

MONDAY = datetime(2026, 11, 23, 15, 59, tzinfo=timezone.utc)  # one minute before midnight in Shanghai
TUESDAY = datetime(2026, 11, 23, 16, 0, tzinfo=timezone.utc)
FIRST, SECOND = date(2026, 11, 23), date(2026, 11, 24)


async def asked(floor: Floor, *texts: str) -> str:
    talk = await floor.log.open_conversation("web")
    for number, text in enumerate(texts):
        await floor.log.receive(talk, f"c{number}", {"text": text})
    return talk


async def record(
    floor: Floor, talk: str, seq: int, sent: Optional[str], reading: str = "query_bill", at: datetime = MONDAY
) -> None:
    use = Use(talk, seq, "mei", reading, "应还 1,078.02 元。\n年化 14.40%。", sent)
    await Uses(floor.engine, lambda: at).record(use)


async def acceptance(floor: Floor, since: date = FIRST, until: date = SECOND) -> tuple[Acceptance, ...]:
    return await Uses(floor.engine, lambda: TUESDAY).acceptance(since, until)


async def test_acceptance_by_reading_and_day(floor: Floor) -> None:
    talk = await asked(floor, "还多少", "多少钱", "账单", "怎么还", "还款日")
    await record(floor, talk, 1, "应还 1,078.02 元。\n年化 14.40%。")
    await record(floor, talk, 2, "应还 1,078.02 元。 年化 14.40%。 ")
    await record(floor, talk, 3, "应还 1,078.02 元，年化 14.40%")
    await record(floor, talk, 4, None, reading="faq/repay_methods")
    await record(floor, talk, 5, None, at=TUESDAY)
    assert await acceptance(floor) == (
        Acceptance(FIRST, "faq/repay_methods", 0, 0, 1),
        Acceptance(FIRST, "query_bill", 2, 1, 0),
        Acceptance(SECOND, "query_bill", 0, 0, 1),
    )
    assert [each.rate for each in await acceptance(floor, FIRST, FIRST)] == [0, pytest.approx(2 / 3)]
    assert await acceptance(floor, date(2026, 1, 1), date(2026, 1, 31)) == ()


async def test_acceptance_of_some_agents(floor: Floor) -> None:
    talk = await asked(floor, "还多少")
    await record(floor, talk, 1, None)
    uses = Uses(floor.engine, lambda: TUESDAY)
    assert len(await uses.acceptance(FIRST, SECOND, ["mei", "wu"])) == 1
    for nobody in (["wu"], []):
        assert await uses.acceptance(FIRST, SECOND, nobody) == ()


async def test_who_thinks_again_is_counted_once(floor: Floor) -> None:
    talk = await asked(floor, "还多少")
    await record(floor, talk, 1, None)
    await record(floor, talk, 1, "应还 1,078.02 元。\n年化 14.40%。")
    assert await acceptance(floor) == (Acceptance(FIRST, "query_bill", 1, 0, 0),)


async def test_only_messages_of_customers_are_judged(floor: Floor) -> None:
    talk = await asked(floor, "还多少")
    await floor.log.append(talk, "agent", {"text": "您好"})
    for seq in (2, 9):
        with pytest.raises(UnknownMessageError):
            await record(floor, talk, seq, None)
    assert floor.rows(copilot_use) == []


async def test_nothing_of_what_was_said_is_kept(floor: Floor) -> None:
    talk = await asked(floor, "还多少")
    await record(floor, talk, 1, "王海青您好，应还 1,078.02 元")
    (row,) = floor.rows(copilot_use)
    assert "1,078.02" not in str(row) and "王海青" not in str(row)


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    for cached in (settings, master):
        cached.cache_clear()
    yield
    for cached in (settings, master):
        cached.cache_clear()


@pytest.mark.usefixtures("key_file")
async def test_what_was_judged_is_forgotten_with_its_conversation(floor: Floor) -> None:
    talk = await asked(floor, "还多少")
    await record(floor, talk, 1, None)
    Erasure(floor.engine, floor.vault, BESIDE).conversation(talk, "operator")
    assert floor.rows(copilot_use) == []
