"""A relay in a process that tests can kill: `python -m tests.relay_process <database> <folder> <broker> <exchange>`.

The folder holds the master key file.
"""
import asyncio
import sys
from pathlib import Path

from dengta.database import connect
from dengta.privacy.vault import open_vault
from dengta.relay.outbox import Outbox
from dengta.relay.relay import Relay


async def main(database: str, folder: str, broker: str, exchange: str) -> None:
    """Relay until killed."""
    engine = connect(database, 30.0)
    Relay(Outbox(engine, open_vault(engine, Path(folder) / "master.key"), timeout=30.0), broker, exchange).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
