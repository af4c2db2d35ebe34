"""What an agent reads about a conversation, made from the record on both databases."""
import json
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any, Optional

import pytest
from sqlalchemy.engine import Engine

from dengta import clock
from dengta.backends.customer import AccountStatus, Customer
from dengta.backends.outcomes import Found, Outcome, Unavailable
from dengta.conversation import bindings, records
from dengta.conversation.messages import Answered
from dengta.database import writing
from dengta.handoff.approved import phrase
from dengta.handoff.rules import Place
from dengta.handoff.summary.models import Summary
from dengta.handoff.summary.summaries import Summaries
from dengta.handoff.tickets.models import NewTicket
from dengta.handoff.tickets.records import open_ticket
from dengta.privacy.vault import Vault
from tests.handoff.floor import Floor

AT = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)
WANG = Customer("C0008", "王海青", "19900000008", AccountStatus.ACTIVE)
VERIFIED = phrase("utter_identity_verified", "standard")
BILL = (
    "截至2026年11月22日，您的灯塔极速贷（借据尾号 0001）第 5/12 期应还 1,078.02 元，还款日 2026年12月4日。"
    "其中本金 980.00 元、利息 98.02 元。年化利率（单利）14.40%。"
)


class Customers:
    """Knows one customer, or is out of order."""

    def __init__(self, outcome: Outcome[Customer]) -> None:
        self._outcome = outcome

    async def get(self, customer_id: str) -> Outcome[Customer]:
        return self._outcome


class Talk:
    """A conversation that a test writes line by line."""

    def __init__(self, floor: Floor, conversation_id: str) -> None:
        self.id = conversation_id
        self._floor = floor
        self._count = 0

    async def asks(self, text: str, reading: Optional[str], *answers: str, failed: bool = False) -> int:
        seq = await self.writes(text)
        inbound = await self._floor.log.claim(self.id)
        assert inbound is not None
        bodies = [{"text": answer} for answer in answers]
        assert await self._floor.log.reply(self.id, inbound, Answered(bodies, reading), failed)
        return seq

    async def writes(self, text: str) -> int:
        self._count += 1
        return (await self._floor.log.receive(self.id, f"c{self._count}", {"text": text})).seq

    def bound(self, customer_id: Optional[str]) -> None:
        with writing(self._floor.engine) as session:
            talk = bindings.hold(session, self.id)
            assert talk is not None
            if customer_id is None:
                bindings.forget(session, self.id)
            else:
                bindings.bind(session, talk, customer_id, talk.last_seq + 1, clock.now())

    def queued(self, reason: str = "request_human") -> None:
        with writing(self._floor.engine) as session:
            row = records.locked(session, self.id)
            assert row is not None
            self._floor.moves.queue(session, row, Place("general", 2), reason, "standard", self._floor.time)

    def epoch(self) -> int:
        return int(self._floor.owner(self.id).owner_epoch)


@pytest.fixture
async def talk(floor: Floor) -> Talk:
    return Talk(floor, await floor.log.open_conversation("web"))


@pytest.fixture
def summaries(engine: Engine, vault: Vault) -> Summaries:
    return Summaries(engine, vault, Customers(Found(WANG)))  # type: ignore[arg-type]


def lines(summary: Optional[Summary], section: str) -> list[tuple[str, tuple[int, ...]]]:
    assert summary is not None
    found = [each for each in summary.sections if each.id == section]
    return [(line.text, line.seqs) for line in found[0].lines] if found else []


async def test_a_whole_case(floor: Floor, talk: Talk, summaries: Summaries) -> None:
    await talk.asks("你好", "greet", "您好。")
    talk.bound("C0008")
    await talk.asks("这个月还多少", "query_bill", VERIFIED, BILL)
    await talk.asks("怎么比上个月多，骗人吧", None, "这句我没看明白。")
    await talk.asks("我叫王海青，电话19900000008，要投诉！！", "file_complaint", "很抱歉。请点“转人工”。")
    talk.queued()
    await talk.writes("快点")
    summary = await summaries.of(talk.id)
    assert lines(summary, "who") == [
        ("已核实身份：王**，199****0008", (4,)),
        ("来自网页", ()),
        ("转人工的原因：客户要求", (8,)),
    ]
    assert lines(summary, "wants") == [
        ("我要投诉：「我叫王**，电话199****0008，要投诉！！」", (8,)),
        ("查账单和应还：「这个月还多少」", (3,)),
    ]
    assert lines(summary, "bot") == [
        ("核实了身份", (4,)),
        ("我要投诉：很抱歉", (9,)),
        ("没听懂「怎么比上个月多，骗人吧」", (6,)),
        (f"查账单和应还：{BILL.partition('还款日')[0]}还款日…", (4, 5)),
    ]
    assert lines(summary, "figures") == [
        ("您的灯塔极速贷（借据尾号 0001）第 5/12 期应还 1,078.02 元", (5,)),
        ("其中本金 980.00 元、利息 98.02 元", (5,)),
        ("年化利率（单利）14.40%", (5,)),
    ]
    assert [(text[:2], seqs) for text, seqs in lines(summary, "mood")] == [("生气", (6, 8)), ("着急", (11,))]
    assert lines(summary, "risks") == [("投诉：「我叫王**，电话199****0008，要投诉！！」", (8,))]
    assert lines(summary, "open")[-1] == ("等人回复：「快点」", (11,))
    assert summary is not None and summary.risk_level == 2
    shown = json.dumps(asdict(summary), ensure_ascii=False)
    assert WANG.phone not in shown and WANG.name[1:] not in shown


async def test_every_line_names_messages_that_exist(floor: Floor, talk: Talk, summaries: Summaries) -> None:
    await talk.asks("我失业了还不上", "request_hardship_plan", "先别着急。")
    await talk.asks("还款没到账", "report_repayment_missing", failed=True)
    talk.queued("bot_failed")
    await talk.writes("不想活了")
    summary = await summaries.of(talk.id)
    assert summary is not None and summary.risk_level == 1
    known = {message.seq for message in await floor.log.since(talk.id, 0)}
    told = [line for section in summary.sections for line in section.lines]
    assert {seq for line in told for seq in line.seqs} <= known
    assert all(line.seqs for line in told if line.code not in ("unknown", "channel"))


async def test_nobody_verified_is_said_first(talk: Talk, summaries: Summaries) -> None:
    await talk.asks("怎么还款", "faq/repay_methods", "打开应用，点“还款”。")
    assert lines(await summaries.of(talk.id), "who")[0] == ("没有核实身份，不能谈账户里的数字", ())


async def test_a_customer_system_that_is_down_is_said(engine: Engine, vault: Vault, talk: Talk) -> None:
    talk.bound("C0008")
    await talk.writes("在吗")
    down: Any = Customers(Unavailable("timeout"))
    assert lines(await Summaries(engine, vault, down).of(talk.id), "who")[0][0] == "已认出客户，但客户资料暂时查不到"


async def test_what_somebody_else_said_before_is_not_the_customers(talk: Talk, summaries: Summaries) -> None:
    talk.bound("C0009")
    await talk.asks("我被骗了", "report_fraud", "请马上报警。")
    talk.bound(None)
    await talk.asks("你好，这个月还多少", "query_bill", "要先核实是您本人。")
    summary = await summaries.of(talk.id)
    assert lines(summary, "wants") == [("查账单和应还：「你好，这个月还多少」", (3,))]
    assert lines(summary, "risks") == []


async def test_what_an_agent_answered_is_open_no_longer(floor: Floor, talk: Talk, summaries: Summaries) -> None:
    await floor.comes("mei")
    await talk.writes("转人工")
    talk.queued()
    await talk.writes("我的钱呢")
    epoch = await floor.queue.take(talk.id, "mei", talk.epoch())
    assert [text for text, _ in lines(await summaries.of(talk.id), "open")][-1] == "等人回复：「我的钱呢」"
    await floor.queue.say(talk.id, "mei", epoch, {"text": "我来查一下。请稍等。"}, "a1")
    await talk.writes("好")
    summary = await summaries.of(talk.id)
    assert [text for text, _ in lines(summary, "open")] == ["等人回复：「好」"]
    assert [text for text, _ in lines(summary, "people")] == ["我来查一下"]


async def test_an_unconfirmed_change_stays_open(talk: Talk, summaries: Summaries) -> None:
    await talk.asks("确认结清", "affirm", phrase("utter_change_unconfirmed", "senior"))
    assert lines(await summaries.of(talk.id), "open") == [("系统没有回应，这次办理成功没有还不确定", (2,))]


async def test_tickets_that_are_not_answered_are_open(
    floor: Floor, vault: Vault, talk: Talk, summaries: Summaries
) -> None:
    talk.bound("C0008")
    seq = await talk.asks("我要投诉", "file_complaint", "好的。")
    complaint = NewTicket("k1", "complaint", "fees", "web", "利息太高", "bot", talk.id, "C0008", evidence=[seq])
    elsewhere = NewTicket("k2", "certificate", "settlement", "letter", "要证明", "mei", customer_id="C0008")
    somebodys = NewTicket("k3", "complaint", "fees", "letter", "利息", "mei", customer_id="C0009")
    with writing(floor.engine) as session:
        numbers = [
            open_ticket(session, vault, new, AT).ticket.ticket_no for new in (complaint, elsewhere, somebodys)
        ]
    summary = await summaries.of(talk.id)
    assert lines(summary, "open") == [
        (f"投诉工单 {numbers[0]}：已登记，等待受理，2026年11月22日 23:59 前要有结果", (1,)),
        (f"证明开具工单 {numbers[1]}：已登记，等待受理，2026年11月29日 23:59 前要有结果", ()),
    ]
    talk.bound(None)
    assert lines(await summaries.of(talk.id), "open") == []


async def test_numbers_the_bot_had_asked_for_are_no_misunderstanding(talk: Talk, summaries: Summaries) -> None:
    await talk.asks("我逾期了吗", "query_overdue", "请输入登记的手机号。")
    await talk.asks("199 0000 0008", None, "请输入 6 位验证码。")
    await talk.asks("３６４４４１", None, VERIFIED)

    summary = await summaries.of(talk.id)
    assert not [text for text, _ in lines(summary, "bot") if "没听懂" in text]


async def test_a_long_message_is_cut(talk: Talk, summaries: Summaries) -> None:
    await talk.asks("我要投诉" + "很久了" * 100, "file_complaint", "好的。")
    ((text, _),) = lines(await summaries.of(talk.id), "wants")
    assert text.endswith("…」") and len(text) < 60


async def test_no_part_of_a_number_is_shown_for_the_whole(talk: Talk, summaries: Summaries) -> None:
    await talk.asks("我要投诉" + "啊" * 34 + "扣了12345678元", "file_complaint", "好的。")
    ((text, _),) = lines(await summaries.of(talk.id), "wants")
    assert text.endswith("扣了…」")


async def test_a_conversation_that_does_not_exist_has_no_summary(summaries: Summaries) -> None:
    assert await summaries.of("nothing") is None


async def test_an_empty_conversation_has_a_summary_of_who_it_is(floor: Floor, summaries: Summaries) -> None:
    summary = await summaries.of(await floor.log.open_conversation("wechat"))
    assert summary is not None
    assert [section.id for section in summary.sections] == ["who"]
