"""Sending Rasa's events to RabbitMQ: every one, in the order of its conversation, at least once.

An event is deleted only after the broker has confirmed it. After a crash in between it is sent again under the same
message id, by which consumers tell repetitions. While the broker is away events wait in the database; nobody else
notices.
"""
import asyncio
import logging
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from typing import AsyncIterator, Optional, Sequence

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange

from dengta.database import DatabaseUnavailable
from dengta.logs import where
from dengta.relay.outbox import LEASE, Event, Outbox
from dengta.tasks import end, together

log = logging.getLogger(__name__)

EXCHANGE = "dengta.events"
BATCH = 100
POLL_SECONDS = 0.5
PUBLISH_SECONDS = LEASE.total_seconds() / 2  # a relay that takes longer might lose its lease while it publishes
CONNECT_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 30.0


class Relay:
    """Empties an outbox into a topic exchange; several relays on one database take turns."""

    def __init__(self, outbox: Outbox, url: str, exchange: str = EXCHANGE) -> None:
        self.connected = False
        self._outbox = outbox
        self._url = url
        self._exchange = exchange
        self._work: Optional[asyncio.Task[None]] = None

    def start(self) -> None:
        """Begin to send, and go on through outages of the broker and of the database."""
        self._work = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; another relay may begin at once."""
        if self._work is not None:
            await end(self._work)
        with suppress(DatabaseUnavailable):
            await self._outbox.release()

    async def _run(self) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                async with _channel(self._url) as channel:
                    exchange = await _exchange(channel, self._exchange)
                    log.info("connected to the broker")
                    self.connected, delay = True, FIRST_RETRY_SECONDS
                    await self._send_all(channel, exchange)
            except Exception as error:  # noqa: BLE001  the driver knows no common class: a cut connection is an `Exception`
                log.warning("events wait (%s), next try in %.1f s", where(error), delay)
            finally:
                self.connected = False
            await asyncio.sleep(delay)
            delay = min(2 * delay, LAST_RETRY_SECONDS)

    async def _send_all(self, channel: AbstractChannel, exchange: AbstractExchange) -> None:
        while not channel.is_closed:
            events = await self._outbox.take(BATCH)
            if events:
                await self._send(exchange, events)
            else:
                await asyncio.sleep(POLL_SECONDS)
        raise ConnectionResetError

    async def _send(self, exchange: AbstractExchange, events: Sequence[Event]) -> None:
        """Publish conversations side by side and each one's events one after the other; delete what was confirmed."""
        confirmed: list[int] = []

        async def follow(conversation: Sequence[Event]) -> None:
            for event in conversation:
                await exchange.publish(_message(event), event.kind, mandatory=False)
                confirmed.append(event.id)

        conversations = defaultdict(list)
        for event in events:
            conversations[event.sender_id].append(event)
        try:
            await asyncio.wait_for(together(*map(follow, conversations.values())), PUBLISH_SECONDS)
        finally:
            if confirmed:
                await self._outbox.forget(confirmed)


@asynccontextmanager
async def _channel(url: str) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(url, timeout=CONNECT_SECONDS)
    try:
        channel = connection.channel(publisher_confirms=True)
        await asyncio.wait_for(channel.initialize(), CONNECT_SECONDS)
        yield channel
    finally:
        await asyncio.wait_for(connection.close(), CONNECT_SECONDS)


async def _exchange(channel: AbstractChannel, name: str) -> AbstractExchange:
    return await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True, timeout=CONNECT_SECONDS)


def _message(event: Event) -> aio_pika.Message:
    return aio_pika.Message(
        event.data.encode(),
        message_id=str(event.id),
        timestamp=event.created_at,
        type=event.kind,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        app_id="dengta",
    )
