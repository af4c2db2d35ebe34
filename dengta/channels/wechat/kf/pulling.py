"""Reading kf accounts: page after page from where the last reader stopped, each entry heard before the cursor moves."""
import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Mapping, Optional, Union

from dengta.channels.wechat.errors import Failure, Misconfigured, Refused
from dengta.channels.wechat.kf import entries
from dengta.channels.wechat.kf.api import KfApi, Page
from dengta.channels.wechat.kf.cursors import LEASE, READ_AGAIN_AFTER, Cursors, Reading
from dengta.channels.wechat.messages import Incoming
from dengta.database import DatabaseUnavailable
from dengta.logs import where
from dengta.tasks import end

log = logging.getLogger(__name__)

OLDEST_AT_FIRST = timedelta(hours=24)  # an account that is read for the first time has a history others answered
AFTER_FAILURE = timedelta(seconds=10)
AT_ONCE = timedelta(0)
LOOK_SECONDS = 1.0
RENEW_SECONDS = LEASE.total_seconds() / 4

Hear = Callable[[Incoming], Awaitable[None]]


class Puller:
    """The readers of this process, at most one for each account."""

    def __init__(
        self, corpid: str, api: KfApi, cursors: Cursors, hear: Hear, now: Callable[[], datetime]
    ) -> None:
        """`hear` deals with one entry and may be given it again after a crash; `now` tells the time WeCom lives in."""
        self._corpid = corpid
        self._api = api
        self._cursors = cursors
        self._hear = hear
        self._now = now
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._lookout: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Look for accounts that are due, whoever was told of it."""
        self._lookout = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Stop reading; what was not stored yet is read by others."""
        if self._lookout is not None:
            await end(self._lookout)
        await end(*self._readers.values())

    async def note(self, open_kfid: str, token: str) -> None:
        """Note a callback and begin to read, if nobody does.

        Raises:
            DatabaseUnavailable: nothing was noted.
        """
        await self._cursors.note(open_kfid, token)
        self._wake(open_kfid)

    def _wake(self, open_kfid: str) -> None:
        if open_kfid not in self._readers:
            reader = asyncio.create_task(self._read(open_kfid))
            self._readers[open_kfid] = reader
            reader.add_done_callback(lambda _: self._readers.pop(open_kfid))

    async def _look(self) -> None:
        while True:
            with suppress(DatabaseUnavailable):  # which has logged it
                for open_kfid in await self._cursors.due():
                    self._wake(open_kfid)
            await asyncio.sleep(LOOK_SECONDS)

    async def _read(self, open_kfid: str) -> None:
        """Read an account until nothing is new. Without the database the lease runs out, and somebody begins again."""
        try:
            while (claimed := await self._cursors.claim(open_kfid)) is not None:
                keeper = asyncio.create_task(self._keep(claimed))
                try:
                    await self._read_pages(claimed)
                except asyncio.CancelledError:
                    with suppress(DatabaseUnavailable):
                        await self._cursors.failed(claimed, AT_ONCE)
                    raise
                finally:
                    keeper.cancel()
        except DatabaseUnavailable:
            log.warning("a kf account cannot be read on without the database")

    async def _read_pages(self, claimed: Reading) -> None:
        cursor = claimed.cursor
        while True:
            page = await self._page(claimed, cursor)
            if not isinstance(page, Page):
                log.warning("a kf account could not be read: %s", page)
                hopeless = isinstance(page, Misconfigured)
                await self._cursors.failed(claimed, READ_AGAIN_AFTER if hopeless else AFTER_FAILURE)
                return
            for entry in page.entries:
                await self._hear_entry(claimed, entry, is_first=claimed.cursor is None)
            if not await self._cursors.move(claimed, page.cursor):
                return
            if not page.more or page.cursor == cursor:
                await self._cursors.done(claimed)
                return
            cursor = page.cursor

    async def _page(self, claimed: Reading, cursor: Optional[str]) -> Union[Page, Failure]:
        page = await self._api.pull(claimed.open_kfid, cursor, claimed.token)
        if isinstance(page, Refused) and claimed.token is not None:  # the token may have grown old on the way
            page = await self._api.pull(claimed.open_kfid, cursor, None)
        return page

    async def _hear_entry(self, claimed: Reading, entry: Mapping[str, Any], is_first: bool) -> None:
        heard = entries.read(entry, self._corpid, claimed.open_kfid)
        if heard is None or (is_first and self._is_history(heard)):
            return
        try:
            await self._hear(heard)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  one entry must not hold up everything that comes after it
            log.error("an entry of kf could not be dealt with: %s", where(error))

    def _is_history(self, heard: Incoming) -> bool:
        return heard.sent_at is not None and heard.sent_at < self._now() - OLDEST_AT_FIRST

    async def _keep(self, claimed: Reading) -> None:
        """Hold the lease while pages are read. Who has lost it notices when the cursor is to be moved."""
        mine = True
        while mine:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(DatabaseUnavailable):
                mine = await self._cursors.renew(claimed)
