"""One crash run: a fleet, customers, kills, and the verdict."""
import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.conversation.tables import message
from dengta.database import connect, migrate, reading
from dengta.privacy.master import create_master
from dengta.privacy.vault import open_vault
from tests.backends.books import empty_database
from tests.crash.customers import WebCustomer
from tests.crash.fleet import PATIENCE, Fleet
from tests.crash.verdict import Verdict, judge

CUSTOMERS = 8


@dataclass(frozen=True)
class Report:
    """What was killed and what became of the messages."""

    kills: dict[str, int]
    verdict: Verdict

    def __str__(self) -> str:
        killed = ", ".join(f"{name} {count}" for name, count in self.kills.items())
        found = self.verdict
        lines = [
            f"killed with SIGKILL: {sum(self.kills.values())} ({killed})",
            f"messages accepted: {found.messages}, answered in {found.turns} turns",
            f"turns taken over after a kill: {found.taken_over}, answered with the apology: {found.apologies}",
            f"faults (lost, doubled, out of order): {len(found.faults)}",
        ]
        return "\n".join(lines + sorted(set(found.faults)))


async def crash(kills: int, database: str, folder: Path, chance: random.Random) -> Report:
    """Kill `kills` processes at random points while customers talk; return what is found afterwards."""
    with empty_database(database, folder) as url:
        migrate(url, "dengta.privacy")
        migrate(url, "dengta.conversation")
        create_master(folder / "master.key")
        async with Fleet(folder, url, chance).running() as fleet:
            customers = [WebCustomer(fleet.address, random.Random(chance.random())) for _ in range(CUSTOMERS)]
            talks = [asyncio.create_task(customer.talk()) for customer in customers]
            for _ in range(kills):
                await asyncio.sleep(chance.random())
                await fleet.kill_one()
            for customer in customers:
                customer.enough.set()
            engine = connect(url, 10.0)
            await _everything_answered(engine)
            for customer in customers:
                customer.all_answered.set()
            await asyncio.gather(*talks)
        verdict = judge(engine, open_vault(engine, folder / "master.key"), customers)
        engine.dispose()
    return Report(fleet.kills, verdict)


async def _everything_answered(engine: Engine) -> None:
    unfinished = select(message.c.id).where(message.c.status.in_(("received", "processing"))).limit(1)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with reading(engine) as session:
            if session.execute(unfinished).first() is None:
                return
        await asyncio.sleep(0.2)
