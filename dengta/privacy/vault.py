"""Sealing what customers say and who they are, before it reaches a database.

A sealed value is `v1.<id of its data key>.<box>`. It opens only at the place it was sealed for, so nobody with write
access to the database can move it to another row or column. `plain.<text>` is a value from before there was encryption:
it is read as it stands until `python -m dengta keys rotate` seals it.
"""
import hashlib
import hmac
import re
from pathlib import Path

from sqlalchemy.engine import Engine

from dengta.privacy.boxes import Unreadable, close, open_box
from dengta.privacy.keys import DataKeys
from dengta.privacy.master import read_master

PLAIN = "plain."
_SEALED = re.compile(r"v1\.([1-9][0-9]{0,8})\.([A-Za-z0-9_=-]+)")


class Vault:
    """Seals and opens texts with the data keys of one database, from any thread, at microseconds a call.

    Once a minute, or when it meets a new key, a call reads the database: an event loop calls it in a thread.
    """

    def __init__(self, keys: DataKeys, index_key: bytes) -> None:
        self._keys = keys
        self._index_key = index_key

    def seal(self, place: str, text: str) -> str:
        """Encrypt a text for one place, written `table.column|row key`; the place is needed to open it again.

        Raises:
            SQLAlchemyError: the keys are due to be read again (once a minute) and the database does not answer.
        """
        key_id, key = self._keys.newest()
        return f"v1.{key_id}.{close(key, place, text.encode('utf-8', 'surrogatepass'))}"

    def open(self, place: str, sealed: str) -> str:
        """Return the text that was sealed for this place, or one from before encryption.

        Raises:
            Unreadable: it is not sealed, was changed, comes from another place, or its key is unknown or retired.
            SQLAlchemyError: its key is new to this process and the database does not answer.
        """
        if sealed.startswith(PLAIN):
            return sealed[len(PLAIN) :]
        key = self._keys.get(sealed_with(sealed))
        return open_box(key, place, sealed.rpartition(".")[2]).decode("utf-8", "surrogatepass")

    def index(self, purpose: str, value: str) -> str:
        """Return the blind index of a value, 64 hex digits: equal values of one purpose are equal, and nothing more.

        The key lies in the master key file only: with it, all phone numbers could be tried in minutes.
        """
        return hmac.new(self._index_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def open_vault(engine: Engine, master: Path) -> Vault:
    """Open the vault of a database migrated to `dengta.privacy`; a new database gets its first data key.

    Raises:
        KeyFileError: the file cannot be used, or belongs to another database.
        SQLAlchemyError: the database cannot be used.
    """
    keys = read_master(master)
    return Vault(DataKeys(engine, keys), keys.index)


def sealed_with(sealed: str) -> int:
    """Return the id of the data key a value is sealed with.

    Raises:
        Unreadable: it is not a sealed value.
    """
    parts = _SEALED.fullmatch(sealed)
    if parts is None:
        raise Unreadable("not a sealed value")
    return int(parts[1])
