"""The live stream: everything that concerns an agent, once and in order, across gaps; nothing else; and it ends."""
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Optional

import pytest
from sqlalchemy import delete

from dengta.conversation import event_log, feed
from dengta.conversation.event_log import event_log as events_table
from dengta.conversation.news import News
from dengta.database import writing
from dengta.desk import agents, events
from dengta.desk.api import events as stream_api
from dengta.desk.desk import Desk
from dengta.desk.server import create_app
from tests.conversation.test_news import REDIS
from tests.desk.conftest import Browser, Clock, listening
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]


class Stream:
    """An open stream, read event by event."""

    def __init__(self, content: Any) -> None:
        self._content = content

    async def next(self) -> tuple[int, str, dict[str, Any]]:
        """Return the next event: number, kind, data."""
        fields: dict[str, str] = {}
        while (line := (await self._content.readline()).decode()).strip() or not fields:
            if not line:
                raise EOFError
            name, _, value = line.rstrip("\r\n").partition(": ")
            if name:
                fields[name] = value
        return int(fields["id"]), fields["event"], json.loads(fields["data"])

    async def until(self, kind: str, **data: Any) -> list[tuple[int, str, dict[str, Any]]]:
        """Return events up to the first one of this kind with this data."""
        seen = []
        while not seen or seen[-1][1] != kind or not data.items() <= seen[-1][2].items():
            seen.append(await self.next())
        return seen


@asynccontextmanager
async def stream(page: Browser, last_seen: Optional[int] = None) -> AsyncIterator[Stream]:
    """Open a stream as a browser does, from the last number it saw."""
    headers = {"Last-Event-ID": str(last_seen)} if last_seen is not None else {}
    async with page.http.get("/api/events", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield Stream(response.content)


async def connected(*lines: News) -> None:
    """Wait until Redis is there."""
    for _ in range(1000):
        if all(line.connected for line in lines):
            return
        await asyncio.sleep(0.01)
    pytest.fail("Redis cannot be reached; start it or set DENGTA_TEST_REDIS_URL", pytrace=False)


async def test_an_agent_hears_at_once_who_waits_and_who_writes(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    async with stream(page) as live:
        assert (await live.next())[1] == "open"
        talk, epoch = await floor.waits()
        *_, (_, _, waits) = await live.until("owner", state="QUEUED")
        assert (waits["conversation_id"], waits["group"], waits["epoch"]) == (talk, "general", epoch)
        epoch = (await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[1]["epoch"]
        await live.until("owner", state="HUMAN", owner_id="lin", epoch=epoch)
        received = await floor.log.receive(talk, "c2", {"text": "我的还款日是哪天"})
        *_, (_, _, said) = await live.until("message", author="customer")
        assert (said["conversation_id"], said["message_seq"]) == (talk, received.seq)
        assert "还款日" not in json.dumps(said, ensure_ascii=False), "words are read from the record, masked"
        await page.post(f"/api/conversations/{talk}/notes", {"text": "记一下"})
        await live.until("note", agent_id="lin")


async def test_after_a_gap_nothing_is_missing_and_nothing_comes_twice(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    async with stream(page) as live:
        talk, _ = await floor.waits()
        last, _, _ = (await live.until("owner", state="QUEUED"))[-1]
    for number in range(30):
        await floor.log.append(talk, "notice", {"text": f"第{number}条"})
    async with stream(page, last) as live, stream(page, last) as second:
        for again in (live, second):
            seen = [await again.next() for _ in range(31)]
            assert seen[0][:2] == (last, "open")
            assert [data["message_seq"] for _, kind, data in seen[1:]] == list(range(3, 33))
            assert [seq for seq, _, _ in seen] == sorted({seq for seq, _, _ in seen})


async def test_a_gap_that_is_too_old_begins_anew(
    at_work: AtWork, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await at_work("lin")
    for _ in range(3):
        await floor.waits()
    with writing(floor.engine) as session:
        newest = event_log.last(session)
        session.execute(delete(events_table).where(events_table.c.seq < newest))
    for last_seen, expected in ((1, "reset"), (newest + 100, "reset"), (newest - 1, "open"), (newest, "open")):
        async with stream(page, last_seen) as live:
            seq, kind, _ = await live.next()
            assert (kind, seq) == (expected, newest if expected == "reset" else last_seen)


async def test_one_hears_of_ones_own_groups_only(at_work: AtWork, floor: Floor) -> None:
    fees, general = await at_work("lin", "fees"), await at_work("wu", "general")
    lead = await at_work("he", "fees", "general", role="lead")
    async with stream(fees) as a, stream(general) as b, stream(lead) as c:
        for live in (a, b, c):
            await live.next()
        secret, epoch = await floor.waits("fees")
        await floor.log.receive(secret, "c2", {"text": "在吗"})
        open_to_all, _ = await floor.waits("general")
        heard = {
            name: {data.get("conversation_id") for _, kind, data in await live.until("owner", group=last)} - {None}
            for name, live, last in (("general", b, "general"), ("lead", c, "general"))
        }
        assert heard == {"general": {open_to_all}, "lead": {secret, open_to_all}}
        epoch = (await fees.post(f"/api/conversations/{secret}/take", {"epoch": epoch}))[1]["epoch"]
        await a.until("owner", state="HUMAN")
        await fees.post(f"/api/conversations/{secret}/transfer", {"epoch": epoch, "group": "general"})
        await b.until("owner", state="QUEUED", conversation_id=secret)
        await a.until("owner", state="QUEUED", conversation_id=secret)
        await floor.log.receive(secret, "c3", {"text": "在吗"})
        await b.until("message", conversation_id=secret, author="customer")
        other, _ = await floor.waits("fees")
        after = await a.until("owner", conversation_id=other)
        assert [data for _, kind, data in after if kind == "message" and data["conversation_id"] == secret] == []


async def test_the_stream_ends_with_the_login(
    at_work: AtWork, floor: Floor, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.1)
    lin, wu, he, gu = [await at_work(name) for name in ("lin", "wu", "he", "gu")]
    async with stream(lin) as out, stream(wu) as revoked, stream(he) as stays:
        assert (await lin.send("DELETE", "/api/session"))[0] == 204
        with writing(floor.engine) as session:
            agents.disable(session, "wu")
        for ended in (out, revoked):
            with pytest.raises(EOFError):
                await ended.until("never")
        talk, _ = await floor.waits()
        await stays.until("owner", conversation_id=talk)
        clock.passes(minutes=31)
        with pytest.raises(EOFError):
            await stays.until("never")
    async with gu.http.get("/api/events") as response:
        assert response.status == 401


async def test_with_redis_nobody_has_to_look(
    desk: Desk, floor: Floor, hire: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for looking in (events, feed):
        monkeypatch.setattr(looking, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(feed, "LOOK_SECONDS", 3600.0)
    hire("lin")
    assistant, ours, theirs = feed.Feed(floor.log), News(REDIS), News(REDIS)
    assistant.connect(theirs)
    async with listening(create_app(desk, news=ours)) as base, Browser(base) as page:
        await connected(ours, theirs)
        await page.log_in("lin")
        await page.send("PUT", "/api/presence", {"status": "online"})
        async with stream(page) as live:
            await live.next()
            talk, epoch = await floor.waits()
            customer = assistant.join(talk)
            assistant.wake(talk)
            await live.until("owner", state="QUEUED")
            customer.news.clear()
            epoch = (await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[1]["epoch"]
            await asyncio.wait_for(customer.news.wait(), 10)
            await live.until("owner", state="HUMAN")
            assistant.leave(customer)
    await theirs.stop()


async def test_what_is_no_number_is_refused(at_work: AtWork) -> None:
    page = await at_work("lin")
    for after in ("-1", "x", "1" * 20):
        assert (await page.get("/api/events", after=after))[1]["error"] == "invalid_request"


async def test_a_stream_tells_that_it_is_alive_also_when_others_are_busy(
    at_work: AtWork, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_api, "PING_SECONDS", 0.05)
    page = await at_work("gu", "collection")
    busy = asyncio.create_task(_keep_busy(floor))
    async with stream(page) as live:
        await live.until("ping")
    busy.cancel()


async def _keep_busy(floor: Floor) -> None:
    while True:
        await floor.waits("fees")


async def test_a_desk_that_stops_ends_its_streams_in_peace(
    desk: Desk, hire: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    hire("lin")
    async with listening(create_app(desk)) as base:
        page = Browser(base)
        await page.log_in("lin")
        response = await page.http.get("/api/events")
        await response.content.readline()
    rest = await response.content.read()
    await page.http.close()
    assert b"event: open" in rest
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
