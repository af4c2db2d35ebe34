"""A vault of its own for a test's database."""
from pathlib import Path

from sqlalchemy.engine import Engine

from dengta.privacy.master import create_master
from dengta.privacy.vault import Vault, open_vault


def new_vault(engine: Engine, folder: Path) -> Vault:
    """Return the vault of a migrated database, its master key file in `folder`; the same folder opens the same one."""
    create_master(folder / "master.key")
    return open_vault(engine, folder / "master.key")
