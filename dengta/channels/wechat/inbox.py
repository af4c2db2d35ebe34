"""The inbox: every push is stored, in one short transaction with all others of the moment, before WeChat is answered.

What is stored is brought into its conversation by the process that took it (`backlog.py`) or, when that one dies and
its lease runs out, by another. What cannot be brought because of a fault of ours is tried again a few times, and then
stays.
"""
import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Optional

from sqlalchemy import and_, delete, select, update
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from dengta.channels.wechat.batches import Batches
from dengta.channels.wechat.tables import wechat_inbox
from dengta.channels.wechat.wire import Fields
from dengta.clock import real_time
from dengta.database import Transactions, insertion, reading, run, writing
from dengta.privacy.boxes import Unreadable
from dengta.privacy.vault import Vault

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)
FAILURES = 3
REST = timedelta(seconds=30)  # before something that failed is tried again
KEPT = timedelta(days=7)
_ADOPTED = 200  # in one transaction


@dataclass(frozen=True)
class Pushed:
    """A push as WeChat sent it; `key` is the same for all its deliveries, `sender` is an openid."""

    key: str
    sender: str = field(repr=False)
    fields: Fields = field(repr=False)


class Inbox:
    """The inbox of all processes, as one of them sees it.

    Every call raises DatabaseUnavailable when the database does not answer.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._database = Transactions(engine)
        self._vault = vault
        self._lease = secrets.token_hex(16)
        self._arrivals = Batches(self._store)
        self._departures = Batches(self._remove)

    async def put(self, pushed: Pushed) -> bool:
        """Store a push for this process to bring, unless it is there; tell what `is_next` would."""
        return await self._arrivals.do(pushed)

    async def remove(self, pushed: Pushed) -> None:
        """Remove a push that has been brought."""
        await self._departures.do(pushed.key)

    async def put_back(self, pushed: Pushed) -> None:
        """Leave a push that could not be brought to whoever tries next."""
        this = and_(wechat_inbox.c.key == pushed.key, self._is_ours())
        failed = wechat_inbox.c.failures + 1
        await self._update(this, failures=failed, lease=None, lease_until=real_time() + REST)

    async def is_next(self, pushed: Pushed) -> bool:
        """Tell whether nobody is still to bring something older of the same sender, and nobody else this push."""
        return await run(lambda: self._is_next(pushed))

    async def renew(self) -> None:
        """Keep all that this process is to bring for another `LEASE`."""
        await self._update(self._is_ours(), lease_until=real_time() + LEASE)

    async def release(self) -> None:
        """Leave all that this process was to bring to the others, at once."""
        await self._update(self._is_ours(), lease=None, lease_until=real_time())

    async def adopt(self) -> Sequence[Pushed]:
        """Take over what nobody is about to bring, in the order in which it came."""
        return await run(self._adopt)

    async def tidy(self) -> None:
        """Remove what nobody could bring, after a time in which somebody may look into it."""
        forgotten = delete(wechat_inbox).where(wechat_inbox.c.arrived_at < real_time() - KEPT)
        await self._database.write(lambda session: session.execute(forgotten))

    def close(self) -> None:
        """End the threads."""
        self._arrivals.close()
        self._departures.close()

    def _store(self, batch: Sequence[Pushed]) -> list[bool]:
        rows = [self._row(pushed) for pushed in batch]
        with writing(self._engine) as session:
            new = insertion(session, wechat_inbox).values(rows)
            session.execute(new.on_conflict_do_nothing(index_elements=["key"]))
            queues = _queues(session, [row["sender_key"] for row in rows])
        return [self._may_bring(row["key"], queues[row["sender_key"]]) for row in rows]

    def _remove(self, keys: Sequence[str]) -> Sequence[None]:
        with writing(self._engine) as session:
            session.execute(delete(wechat_inbox).where(wechat_inbox.c.key.in_(keys)))
        return [None] * len(keys)

    def _is_next(self, pushed: Pushed) -> bool:
        sender = self._sender_key(pushed.sender)
        with reading(self._engine) as session:
            return self._may_bring(pushed.key, _queues(session, [sender])[sender])

    def _may_bring(self, key: str, queue: Sequence[Row]) -> bool:
        """Tell whether a push is the first of its sender's and ours, or was brought by somebody else meanwhile."""
        place = next((place for place, row in enumerate(queue) if row.key == key), None)
        return place is None or (place == 0 and queue[0].lease == self._lease)

    def _adopt(self) -> list[Pushed]:
        left = select(wechat_inbox).where(
            wechat_inbox.c.lease_until <= real_time(),
            wechat_inbox.c.failures < FAILURES,
            wechat_inbox.c.lease.is_distinct_from(self._lease),
        )
        with reading(self._engine) as session:
            if session.execute(left.limit(1)).first() is None:
                return []
        with writing(self._engine) as session:
            locked = left.order_by(wechat_inbox.c.id).limit(_ADOPTED).with_for_update(skip_locked=True)
            rows = session.execute(locked).all()
            session.execute(
                update(wechat_inbox)
                .where(wechat_inbox.c.id.in_([row.id for row in rows]))
                .values(lease=self._lease, lease_until=real_time() + LEASE)
            )
        return [pushed for row in rows if (pushed := self._open(row)) is not None]

    def _row(self, pushed: Pushed) -> dict[str, Any]:
        now, content = real_time(), json.dumps(pushed.fields, ensure_ascii=False)
        return {
            "key": pushed.key,
            "sender_key": self._sender_key(pushed.sender),
            "content": self._vault.seal(_sealed_place(pushed.key), content),
            "arrived_at": now,
            "lease": self._lease,
            "lease_until": now + LEASE,
            "failures": 0,
        }

    def _open(self, row: Row) -> Optional[Pushed]:
        try:
            fields = json.loads(self._vault.open(place(row), row.content))
        except Unreadable as error:
            log.error("a push in the inbox cannot be read: %s", error)
            return None
        return Pushed(row.key, fields["FromUserName"], fields)

    def _sender_key(self, openid: str) -> str:
        return self._vault.index("wechat_inbox.sender", openid)

    def _is_ours(self) -> ColumnElement:
        return wechat_inbox.c.lease == self._lease

    async def _update(self, which: ColumnElement, **values: object) -> None:
        changed = update(wechat_inbox).where(which).values(**values)
        await self._database.write(lambda session: session.execute(changed))


def place(row: Row) -> str:
    """Return what the sealed content of a row is bound to."""
    return _sealed_place(row.key)


def _sealed_place(key: str) -> str:
    return f"wechat_inbox.content|{key}"


def _queues(session: Session, sender_keys: Collection[str]) -> Mapping[str, Sequence[Row]]:
    """Select what is about to be brought for these senders, oldest first."""
    rows = session.execute(
        select(wechat_inbox.c.sender_key, wechat_inbox.c.key, wechat_inbox.c.lease)
        .where(wechat_inbox.c.sender_key.in_(sender_keys), wechat_inbox.c.lease.is_not(None))
        .order_by(wechat_inbox.c.id)
    )
    queues: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        queues[row.sender_key].append(row)
    return queues
