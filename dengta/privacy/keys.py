"""The data keys of a database: made and wrapped here, held unwrapped in memory by the processes that use them.

Everything is sealed with the newest key and opened with the key it names. A process that seals rereads the table every
minute, one that meets a key it does not know rereads it at once, so a rotation needs no restart.
"""
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.clock import SHANGHAI
from dengta.database import connect, reading, writing
from dengta.privacy.boxes import KEY_BYTES, Unreadable, close, open_box
from dengta.privacy.master import KeyFileError, Master
from dengta.privacy.tables import data_key

log = logging.getLogger(__name__)

REREAD_AFTER = 60.0  # seconds after which a process no longer trusts that its newest key is the newest one
_READ_TIMEOUT = 5.0


@dataclass(frozen=True)
class _Known:
    keys: Mapping[int, AESGCM]
    foreign: frozenset[int]  # keys that this master does not open
    read_at: float


class DataKeys:
    """The unwrapped keys of one database in this process; safe to use from any thread."""

    def __init__(self, engine: Engine, master: Master, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the keys; the first process of a new database makes the first one.

        `clock` counts seconds. The table is read over a connection of its own: the engine's may all be held by threads
        that wait for a key.

        Raises:
            KeyFileError: the master does not open all of them.
            SQLAlchemyError: the database cannot be used.
        """
        with writing(engine) as session:
            lock_keys(session)
            if session.execute(select(func.count()).select_from(data_key)).scalar_one() == 0:
                add_key(session, master)
        self._url = engine.url
        self._master = master
        self._clock = clock
        self._rereading = threading.Lock()
        self._known = _Known({}, frozenset(), -math.inf)
        self._known = self._read()
        for key_id in self._known.foreign:
            raise KeyFileError(f"The master key file does not open data key {key_id}; restore the one that does")

    def newest(self) -> tuple[int, AESGCM]:
        """Return the key that seals, and its id.

        Raises:
            SQLAlchemyError: the keys are due to be read again and the database does not answer.
        """
        if self._clock() - self._known.read_at > REREAD_AFTER:
            self._reread()
        known = self._known.keys
        newest = max(known)
        return newest, known[newest]

    def get(self, key_id: int) -> AESGCM:
        """Return a key by its id.

        Raises:
            Unreadable: there is no such key, or no longer.
            SQLAlchemyError: the key is not known yet and the database does not answer.
        """
        if key_id not in self._known.keys:
            self._reread()
        try:
            return self._known.keys[key_id]
        except KeyError:
            raise Unreadable("sealed with a key that does not exist") from None

    def _reread(self) -> None:
        """Read the table, unless another thread began to do so after this call."""
        asked_at = self._clock()
        with self._rereading:
            if self._known.read_at <= asked_at:
                self._known = self._read()
                for foreign in self._known.foreign:
                    log.error("the master key file of this process does not open data key %d", foreign)

    def _read(self) -> _Known:
        read_at = self._clock()
        engine = connect(self._url, _READ_TIMEOUT)
        try:
            with reading(engine) as session:
                rows = session.execute(select(data_key).where(data_key.c.wrapped.is_not(None))).all()
        finally:
            engine.dispose()
        keys, foreign = {}, set()
        for row in rows:
            try:
                keys[row.id] = self._known.keys.get(row.id) or AESGCM(unwrap(self._master, row.id, row.wrapped))
            except Unreadable:
                foreign.add(row.id)
        return _Known(keys, frozenset(foreign), read_at)


def lock_keys(session: Session) -> None:
    """Let no other transaction change the table of keys until this one ends; readers are not held up."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE data_key IN EXCLUSIVE MODE"))


def add_key(session: Session, master: Master) -> int:
    """Make a new data key, the newest from now on, and return its id; the caller holds `lock_keys`."""
    key_id = int(session.execute(select(func.coalesce(func.max(data_key.c.id), 0))).scalar_one()) + 1
    made_at = datetime.now(SHANGHAI)
    session.execute(
        insert(data_key).values(
            id=key_id,
            wrapped=wrap(master, key_id, AESGCM.generate_key(KEY_BYTES * 8)),
            created_at=made_at,
            resealed_at=made_at if key_id == 1 else None,  # nothing is sealed with a key before the first
        )
    )
    return key_id


def wrap(master: Master, key_id: int, key: bytes) -> str:
    """Encrypt a data key with the first wrapping key."""
    return close(AESGCM(master.wrapping[0]), _place(key_id), key)


def unwrap(master: Master, key_id: int, wrapped: str) -> bytes:
    """Decrypt a data key with whichever wrapping key fits.

    Raises:
        Unreadable: none does.
    """
    for wrapping in master.wrapping:
        try:
            return open_box(AESGCM(wrapping), _place(key_id), wrapped)
        except Unreadable:
            continue
    raise Unreadable("no wrapping key of the master opens it")


def _place(key_id: int) -> str:
    return f"data_key.wrapped|{key_id}"
