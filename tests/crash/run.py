"""One crash run: a fleet, customers, kills, and the verdict."""
import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.channels.wechat.pieces import SENT
from dengta.channels.wechat.tables import wechat_delivery, wechat_inbox, wechat_out
from dengta.conversation.tables import conversation, message
from dengta.database import connect, migrate, reading
from dengta.demo.wechat import Handle, Rules, platform
from dengta.privacy.master import create_master
from dengta.privacy.vault import open_vault
from tests.crash.customers import WebCustomer, WeChatCustomer
from tests.crash.fleet import PATIENCE, Fleet
from tests.crash.verdict import Verdict, judge
from tests.databases import empty_database

BROWSERS = 6
PHONES = 3


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
            f"WeChat messages nobody was there to take: {found.undelivered}",
            f"WeChat texts seen again: {found.seen_again}, kept for the customer's next action: {found.kept}",
            f"faults (lost, doubled, out of order): {len(found.faults)}",
        ]
        return "\n".join(lines + sorted(set(found.faults)))


async def crash(kills: int, database: str, folder: Path, chance: random.Random) -> Report:
    """Kill `kills` processes at random points while customers talk; return what is found afterwards."""
    with empty_database(database, folder) as url:
        migrate(url, "dengta.privacy")
        migrate(url, "dengta.conversation")
        create_master(folder / "master.key")
        async with platform(running=True, rules=Rules()) as wx:
            async with Fleet(folder, url, chance, **_connector(wx)).running() as fleet:
                wx.wire.connector = f"{fleet.address}/webhooks/wechat/"
                browsers = [WebCustomer(fleet.address, random.Random(chance.random())) for _ in range(BROWSERS)]
                phones = [WeChatCustomer(wx, f"o{n}", random.Random(chance.random())) for n in range(PHONES)]
                talks = [asyncio.create_task(customer.talk()) for customer in (*browsers, *phones)]
                for _ in range(kills):
                    await asyncio.sleep(chance.random())
                    await fleet.kill_one()
                for customer in (*browsers, *phones):
                    customer.enough.set()
                engine = connect(url, 10.0)
                await _everything_answered(engine)
                for browser in browsers:
                    browser.all_answered.set()
                await asyncio.gather(*talks)
            verdict = judge(engine, open_vault(engine, folder / "master.key"), browsers, phones, wx)
            engine.dispose()
    return Report(fleet.kills, verdict)


def _connector(wx: Handle) -> dict[str, str]:
    account = wx.world.account
    return {
        "DENGTA_WECHAT_API": wx.base,
        "DENGTA_WECHAT_APPID": account.appid,
        "DENGTA_WECHAT_SECRET": account.secret,
        "DENGTA_WECHAT_TOKEN": account.token,
        "DENGTA_WECHAT_AES_KEY": account.aes_key,
    }


async def _everything_answered(engine: Engine) -> None:
    """Wait until the inbox is empty, the bot has answered every message and every phone has what is for it."""
    unbrought = select(wechat_inbox.c.id).limit(1)
    unfinished = select(message.c.id).where(message.c.status.in_(("received", "processing"))).limit(1)
    unsent = (
        select(wechat_out.c.id)
        .join(wechat_delivery, wechat_delivery.c.conversation_id == wechat_out.c.conversation_id)
        .where(wechat_out.c.state != SENT, wechat_delivery.c.open_until.is_not(None))
        .limit(1)
    )
    unrendered = (
        select(conversation.c.id)
        .join(wechat_delivery, wechat_delivery.c.conversation_id == conversation.c.id)
        .where(conversation.c.last_seq > wechat_delivery.c.rendered_seq)
        .limit(1)
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with reading(engine) as session:
            if not any(session.execute(waiting).first() for waiting in (unbrought, unfinished, unsent, unrendered)):
                return
        await asyncio.sleep(0.2)
