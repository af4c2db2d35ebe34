"""The conversation database of this process and the keys to what is sealed in it, opened on first use."""
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.engine import Engine

from dengta.database import connect
from dengta.privacy.vault import Vault, open_vault
from dengta.settings import settings

_TIMEOUT = 5.0  # seconds


@dataclass(frozen=True)
class Stores:
    """One engine and one vault, shared by everything that reads or writes conversations."""

    engine: Engine
    vault: Vault


@lru_cache(maxsize=1)
def stores() -> Stores:
    """Open the database of the settings; it must have been migrated.

    Raises:
        SettingsError: the master key file cannot be used.
    """
    config = settings()
    engine = connect(config.database_url, _TIMEOUT)
    return Stores(engine, open_vault(engine, config.master_key_file))
