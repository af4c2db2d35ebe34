"""A relay in a process that tests can kill: `python -m tests.relay_process <database> <broker> <exchange>`."""
import asyncio
import sys

from dengta.database import connect
from dengta.relay.outbox import Outbox
from dengta.relay.relay import Relay


async def main(database: str, broker: str, exchange: str) -> None:
    """Relay until killed."""
    Relay(Outbox(connect(database, 30.0), timeout=30.0), broker, exchange).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
