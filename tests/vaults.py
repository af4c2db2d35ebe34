"""A vault of its own for a test's database."""
from pathlib import Path

from sqlalchemy.engine import Engine

from dengta.database import migrate
from dengta.privacy.master import create_master
from dengta.privacy.vault import Vault, open_vault


def new_vault(engine: Engine, folder: Path) -> Vault:
    """Return the vault of a database, its master key file kept in `folder`; the same folder opens the same vault."""
    migrate(engine.url.render_as_string(hide_password=False), "dengta.privacy")
    create_master(folder / "master.key")
    return open_vault(engine, folder / "master.key")
