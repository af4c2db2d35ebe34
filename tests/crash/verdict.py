"""What became of every message: compares what customers sent and saw with the log and with Rasa's memory."""
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Sequence

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dengta.channels.wechat.pieces import WAITING, place
from dengta.channels.wechat.rendering import compose
from dengta.channels.wechat.service import CHANNEL
from dengta.channels.wechat.tables import wechat_delivery, wechat_out
from dengta.conversation.bodies import Bodies
from dengta.conversation.records import since
from dengta.conversation.sealed import tracker_place
from dengta.conversation.tables import account, conversation, message, tracker_event
from dengta.database import reading
from dengta.demo.wechat import Handle
from dengta.privacy.vault import Vault
from tests.crash.customers import WebCustomer, WeChatCustomer


@dataclass
class Verdict:
    """Counts, and every fault as a sentence."""

    messages: int = 0
    turns: int = 0
    taken_over: int = 0
    apologies: int = 0
    undelivered: int = 0
    seen_again: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)


def judge(
    engine: Engine, vault: Vault, browsers: Sequence[WebCustomer], phones: Sequence[WeChatCustomer], wx: Handle
) -> Verdict:
    """Look for messages lost, answered twice or out of order."""
    verdict = Verdict()
    with reading(engine) as session:
        for browser in browsers:
            _judge_browser(session, verdict, browser)
        for phone in phones:
            _judge_phone(session, vault, verdict, phone, wx)
        for talk in session.execute(select(conversation)).all():
            _judge_conversation(session, vault, verdict, talk)
    return verdict


def _judge_browser(session: Session, verdict: Verdict, customer: WebCustomer) -> None:
    found = session.execute(
        select(message.c.client_msg_id, message.c.seq).where(message.c.client_msg_id.in_(customer.sent))
    ).all()
    if {row.client_msg_id: row.seq for row in found} != customer.taken:
        verdict.faults.append("a message that was accepted is not in the log where it was promised")
    if customer.repeated:
        verdict.faults.append(f"{customer.repeated} messages were shown twice")
    if [shown["seq"] for shown in customer.seen] != list(range(1, len(customer.seen) + 1)):
        verdict.faults.append("a browser saw a gap or another order")


def _judge_phone(session: Session, vault: Vault, verdict: Verdict, phone: WeChatCustomer, wx: Handle) -> None:
    verdict.undelivered += phone.refused
    key = vault.index(f"account.{CHANNEL}", f"{wx.world.account.appid}:{phone.openid}")
    talk = session.execute(select(account.c.conversation_id).where(account.c.account_key == key)).scalar_one()
    taken = session.execute(
        select(message.c.id).where(message.c.conversation_id == talk, message.c.author_kind == "customer")
    ).all()
    if not phone.accepted <= len(taken) <= phone.accepted + phone.refused:
        verdict.faults.append("a message that was accepted from WeChat is not in the log, or is there twice")
    shown = [line for line in wx.shown(phone.openid) if line.source in ("passive", "custom")]
    said = "\n\n".join(_turns_as_text(session, vault, talk))
    if "\n\n".join(line.text for line in shown) == said:
        return
    once: list[str] = []
    for line in shown:
        expected = said.startswith("\n\n".join([*once, line.text]))
        if not expected and line.source == "custom" and line.text in once[-1:]:
            verdict.seen_again += 1
        else:
            once.append(line.text)
    kept = _kept(session, vault, talk)
    verdict.kept += len(kept)
    if "\n\n".join([*once, *kept]) != said:
        verdict.faults.append("a phone does not show what was said")


def _kept(session: Session, vault: Vault, conversation_id: str) -> list[str]:
    """Return what may have arrived twice and is therefore not sent a third time, with what comes after it."""
    rows = session.execute(
        select(wechat_out)
        .join(wechat_delivery, wechat_delivery.c.conversation_id == wechat_out.c.conversation_id)
        .where(
            wechat_out.c.conversation_id == conversation_id,
            wechat_out.c.state == WAITING,
            wechat_delivery.c.open_until.is_(None),
        )
        .order_by(wechat_out.c.position, wechat_out.c.id)
    ).all()
    return [vault.open(place(row), row.content) for row in rows]


def _turns_as_text(session: Session, vault: Vault, conversation_id: str) -> list[str]:
    said = [m for m in since(session, Bodies(vault), conversation_id, 0, 100_000) if m.author == "bot"]
    turns = [[m for m in said if m.turn == turn] for turn in sorted({m.turn or 0 for m in said})]
    return [
        compose([{"text": m.text, "buttons": [{"title": b.title} for b in m.buttons]} for m in turn]).text
        for turn in turns
    ]


def _judge_conversation(session: Session, vault: Vault, verdict: Verdict, talk: object) -> None:
    rows = session.execute(
        select(message).where(message.c.conversation_id == talk.id).order_by(message.c.seq)  # type: ignore[attr-defined]
    ).all()
    numbered = [row for row in rows if row.seq is not None]
    asked = [row for row in numbered if row.author_kind == "customer"]
    said = [row for row in numbered if row.author_kind == "bot"]
    turns = sorted({row.turn for row in asked if row.turn})
    verdict.messages += len(asked)
    verdict.turns += len(turns)
    verdict.taken_over += len({row.turn for row in asked if row.attempts > 1})
    failed = {row.turn for row in asked if row.status == "failed"}
    verdict.apologies += len(failed)
    if [row.seq for row in numbered] != list(range(1, len(numbered) + 1)):
        verdict.faults.append("a gap in the numbers of a conversation")
    if any(row.status not in ("done", "failed") for row in asked):
        verdict.faults.append("a message was never answered")
    if [row.turn for row in asked] != sorted(row.turn for row in asked):
        verdict.faults.append("turns do not follow the order of the messages")
    if [row.turn for row in said] != sorted(row.turn for row in said):
        verdict.faults.append("answers were given out of order")
    heard = _heard_by_rasa(session, vault, talk.id)  # type: ignore[attr-defined]
    answers = Counter(row.turn for row in said)
    for turn in turns:
        first = min(row.seq for row in said if row.turn == turn) if answers[turn] else 0
        if first < max(row.seq for row in asked if row.turn == turn):
            verdict.faults.append("an answer stands before its question, or is missing")
        expected = 1 if turn in failed else heard.get(turn)
        if answers[turn] != expected:
            verdict.faults.append(f"a turn was answered with {answers[turn]} messages, the model said {expected}")


def _heard_by_rasa(session: Session, vault: Vault, conversation_id: str) -> dict[int, int]:
    """Return how many messages the model said in each turn, and fail if it heard one twice."""
    spoken: dict[int, int] = {}
    turn = 0
    rows = session.execute(
        select(tracker_event).where(tracker_event.c.sender_id == conversation_id).order_by(tracker_event.c.seq)
    )
    for row in rows:
        if row.type_name not in ("user", "bot"):
            continue
        data = json.loads(vault.open(tracker_place(conversation_id, row.seq), row.data))
        if row.type_name == "user":
            turn = int(data["message_id"].rpartition(":")[2])
            assert turn not in spoken, "the model heard a turn twice"
            spoken[turn] = 0
        else:
            spoken[turn] += 1
    return spoken
