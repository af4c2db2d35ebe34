"""How processes wake each other: Redis passes on in which conversation something was stored, and never what.

Nothing depends on it. Listeners look for new messages every half second anyway; what Redis does not deliver, because it
is away or restarts, is found then.
"""
import asyncio
import logging
import secrets
from typing import Callable, Optional

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from dengta.logs import where
from dengta.tasks import end, together

log = logging.getLogger(__name__)

CHANNEL = "dengta:news"
RETRY_SECONDS = 2.0
_TIMEOUT = 2.0
_SILENCE_SECONDS = 10.0  # after which Redis is asked whether it is still there


class News:
    """The line between the processes on one conversation database."""

    def __init__(self, url: str) -> None:
        self.connected = False
        self._url = url
        self._me = secrets.token_hex(4)
        self._untold: dict[str, None] = {}  # in order, without repetition
        self._stirred = asyncio.Event()
        self._work: Optional[asyncio.Task[None]] = None

    def start(self, heard: Callable[[str], None]) -> None:
        """Call `heard` with the id of every conversation in which another process stored something."""
        self._work = asyncio.create_task(self._run(heard))

    def tell(self, conversation_id: str) -> None:
        """Tell the other processes soon; forgotten if Redis is away."""
        if self.connected:
            self._untold[conversation_id] = None
            self._stirred.set()

    async def stop(self) -> None:
        """Say and hear nothing more."""
        if self._work is not None:
            await end(self._work)

    def _client(self) -> Redis:
        return Redis.from_url(
            self._url, decode_responses=True, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
        )

    async def _run(self, heard: Callable[[str], None]) -> None:
        away = False
        while True:
            try:
                async with self._client() as redis, redis.pubsub() as line:
                    await line.subscribe(CHANNEL)
                    await together(self._hear(line, heard), self._publish(redis))
            except Exception as error:  # noqa: BLE001  whatever it is, the half-second look goes on
                if self.connected or not away:
                    log.warning("Redis is away (%s): news of other processes take up to half a second", where(error))
                away = True
            finally:
                self.connected = False
                self._untold.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _hear(self, line: PubSub, heard: Callable[[str], None]) -> None:
        asked = False
        while True:
            message = await line.get_message(timeout=_SILENCE_SECONDS)
            if message is None and asked:
                raise ConnectionError
            asked = message is None
            if message is None:
                await line.ping()
            elif message["type"] == "subscribe":
                self.connected = True
                log.info("connected to Redis")
            elif message["type"] == "message":
                teller, _, conversation_id = message["data"].partition(" ")
                if teller != self._me:
                    heard(conversation_id)

    async def _publish(self, redis: Redis) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            told, self._untold = self._untold, {}
            async with redis.pipeline(transaction=False) as pipeline:
                for conversation_id in told:
                    pipeline.publish(CHANNEL, f"{self._me} {conversation_id}")
                await pipeline.execute()

