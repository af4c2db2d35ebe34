"""Rasa's conversation lock, in this process only: other processes are kept out by the lease of the turn."""
import asyncio
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockStore


class ConversationLocks(LockStore):
    """First come, first served, without the one-second polling and the 60-second expiry of Rasa's tickets."""

    def __init__(self, endpoint_config: Any = None) -> None:
        super().__init__()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_lifetime_and_polling: float) -> AsyncIterator[None]:
        """Wait until everybody who came before is done with this conversation."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            yield
