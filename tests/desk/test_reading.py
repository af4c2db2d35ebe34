"""What agents see of customers: masked until there is a reason, an outage told as one, and nobody else's customers."""
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from dengta.backends.sql import build
from dengta.backends.sql.seed import personas
from dengta.conversation import bindings, records
from dengta.database import reading, writing
from dengta.desk.desk import Desk
from dengta.desk.server import create_app
from dengta.handoff.tickets.models import NewTicket
from dengta.handoff.tickets.records import open_ticket
from dengta.privacy import audit
from dengta.privacy.tables import audit as trail
from tests.desk.conftest import Browser, listening
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
REASON = {"reason": "客户要求核对预留手机号"}


def bind(floor: Floor, talk: str, customer_id: str) -> None:
    """Let a conversation's customer be verified."""
    with writing(floor.engine) as session:
        bindings.bind(session, records.locked(session, talk), customer_id, 1, floor.time)


def complain(floor: Floor, talk: str, customer_id: str) -> str:
    """Open a ticket; return its number."""
    about = {"conversation_id": talk, "customer_id": customer_id}
    new = NewTicket("key", "complaint", "fees", "web", "收费不清楚", "bot", **about)
    with writing(floor.engine) as session:
        return open_ticket(session, floor.vault, new, floor.time).ticket.ticket_no


async def taken(page: Browser, floor: Floor, *texts: str) -> str:
    """Let a customer write, wait and be taken; return the conversation's path."""
    talk, epoch = await floor.waits()
    for number, text in enumerate(texts):
        await floor.log.receive(talk, f"t{number}", {"text": text})
    assert (await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[0] == 200
    return f"/api/conversations/{talk}"


async def test_personal_data_is_masked(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    path = await taken(page, floor, "我的手机是19900001234，身份证11010119900307451X")
    said = (await page.get(f"{path}/messages"))[1]["messages"]
    text = next(message["text"] for message in said if "手机" in message["text"])
    assert "199****1234" in text and "11010119**********" in text
    assert "19900001234" not in json.dumps(said) and "07451X" not in json.dumps(said)


async def test_what_is_masked_is_shown_for_a_reason_that_stays_on_record(at_work: AtWork, floor: Floor) -> None:
    page, colleague = await at_work("lin"), await at_work("wu")
    path = await taken(page, floor, "我的手机是19900001234")
    seq = next(m["seq"] for m in (await page.get(f"{path}/messages"))[1]["messages"] if "手机" in m["text"])

    assert (await page.post(f"{path}/unmask", {"reason": "看", "seqs": [seq]}))[0] == 422, "no reason"
    assert (await page.post(f"{path}/unmask", REASON))[0] == 422, "nothing to show"
    assert (await colleague.post(f"{path}/unmask", {**REASON, "seqs": [seq]}))[1]["error"] == "not_owner"
    status, said = await page.post(f"{path}/unmask", {**REASON, "seqs": [seq]})
    assert (status, said["texts"]) == (200, {str(seq): "我的手机是19900001234"})
    with reading(floor.engine) as session:
        entry = session.execute(select(trail)).one()
        assert len(list(audit.walk(session))) == 1
    assert (entry.event, entry.actor) == ("unmasked", "lin")
    assert entry.subject == f"conversation {path.rpartition('/')[2]}"
    assert json.loads(entry.detail) == {**REASON, "seqs": [seq], "customer": False}


async def test_the_summary_tells_what_it_is_about_without_personal_data(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    path = await taken(page, floor, "我的手机是19900001234，你们乱收费，我要投诉")
    status, summary = await page.get(f"{path}/summary")
    assert (status, summary["last_seq"]) == (200, 4)
    assert 3 in {seq for section in summary["sections"] for line in section["lines"] for seq in line["seqs"]}
    assert "19900001234" not in json.dumps(summary)


async def test_a_script_stays_text(at_work: AtWork, floor: Floor) -> None:
    script = "<script>alert(1)</script>\u2028"
    page = await at_work("lin")
    path = await taken(page, floor, script)
    assert (await page.post(f"{path}/notes", {"text": script}))[0] == 200
    async with page.http.get(path) as response:
        assert response.headers["Content-Type"] == "application/json"
        assert (await response.json())["notes"][0]["text"] == script
    assert script in [m["text"] for m in (await page.get(f"{path}/messages"))[1]["messages"]]


async def test_messages_are_read_from_the_end_in_pages(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, _ = await floor.waits()
    for number in range(250):
        await floor.log.append(talk, "notice", {"text": f"第{number}条"})
    path, last = f"/api/conversations/{talk}/messages", floor.owner(talk).last_seq

    def seqs(answer: tuple[int, dict]) -> list[int]:
        return [message["seq"] for message in answer[1]["messages"]]

    newest = seqs(await page.get(path))
    assert newest == list(range(last - 199, last + 1))
    assert seqs(await page.get(path, before=newest[0])) == list(range(1, newest[0]))
    assert seqs(await page.get(path, after=last - 2)) == [last - 1, last]
    assert seqs(await page.get(path, before=1)) == []


async def test_the_agent_sees_what_the_customer_owes(at_work: AtWork, floor: Floor, desk: Desk) -> None:
    page = await at_work("lin")
    path = await taken(page, floor)
    nobody = {"customer_id": None, "verified": False, "tickets": [], "tags": []}
    assert (await page.get(f"{path}/customer")) == (200, nobody)
    persona = next(persona for persona in personas() if persona.key == "late_45_days")
    customer = (await desk.backends.customer.by_phone(persona.phone)).value
    bind(floor, path.rpartition("/")[2], customer.customer_id)

    known = (await page.get(f"{path}/customer"))[1]
    assert known["verified"] is True
    assert known["tags"] == [{"id": "overdue_31", "name": "逾期 31—60 天"}]
    shown = known["customer"]["value"]
    assert (shown["name"], shown["phone"]) == ("周**", "199****0012")
    loan = next(each for each in known["loans"]["value"] if each["bill"])
    bill = loan["bill"]["value"]
    assert (loan["note"]["product_name"], bill["overdue"][0]["overdue_days"]) == ("灯塔备用金", 45)
    assert bill["overdue_total"].count(".") == 1, "money is a decimal, as text"
    assert known["coupons"]["state"] == "found"
    said = (await page.post(f"{path}/unmask", {**REASON, "customer": True}))[1]
    assert said["customer"]["value"] == {"name": "周建国", "phone": persona.phone}


async def test_a_book_that_does_not_answer_is_no_customer_without_loans(
    desk: Desk, hire: Callable[..., object], floor: Floor
) -> None:
    hire("lin")
    await floor.comes("lin")
    talk, _ = await floor.waits()
    bind(floor, talk, "C1")
    away = build("postgresql://nobody@127.0.0.1:1/nothing", 1.0)
    async with listening(create_app(replace(desk, backends=away))) as base, Browser(base) as page:
        await page.log_in("lin")
        known = (await page.get(f"/api/conversations/{talk}/customer"))[1]
        assert {known[section]["state"] for section in ("customer", "limit", "loans", "coupons")} == {"unavailable"}
        assert known["tags"] == [], "nothing is known of what cannot be read"
        status, said = await page.post("/api/search", {"by": "phone", "value": "19900000012"})
        assert (status, said["error"]) == (503, "unavailable")


async def test_earlier_conversations_are_read_as_far_as_they_are_the_customers(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    before = await floor.log.open_conversation("wechat")
    await floor.log.receive(before, "c1", {"text": "上次问的还款日"})
    bind(floor, before, "C8")
    with writing(floor.engine) as session:
        bindings.end(session, before)
    await floor.log.receive(before, "c2", {"text": "别人说的话"})
    path = await taken(page, floor)
    assert (await page.get(f"{path}/earlier"))[1] == {"parts": [], "at_risk": []}
    bind(floor, path.rpartition("/")[2], "C8")

    parts = (await page.get(f"{path}/earlier"))[1]["parts"]
    assert [(part["conversation_id"], part["channel"]) for part in parts] == [(before, "wechat")]
    said = (await page.get(f"{path}/earlier/{before}"))[1]["messages"]
    assert [message["text"] for message in said] == ["上次问的还款日"]
    other, _ = await floor.waits("fees")
    assert (await page.get(f"{path}/earlier/{other}"))[0] == 404


@pytest.mark.parametrize("by", ["phone", "customer", "ticket"])
async def test_a_customer_on_the_phone_is_found(at_work: AtWork, floor: Floor, desk: Desk, by: str) -> None:
    page = await at_work("lin")
    customer = (await desk.backends.customer.by_phone("19900000012")).value
    ours, theirs = (await floor.waits())[0], (await floor.waits("fees"))[0]
    for talk in (ours, theirs):
        bind(floor, talk, customer.customer_id)
    ticket_no = complain(floor, ours, customer.customer_id)
    value = {"phone": "+86 199-0000-００12", "customer": customer.customer_id, "ticket": ticket_no.lower()}[by]
    status, found = await page.post("/api/search", {"by": by, "value": value})
    assert (status, [each["id"] for each in found["found"]]) == (200, [ours])
    assert found["elsewhere"] == (0 if by == "ticket" else 1)
    with reading(floor.engine) as session:
        assert [row.event for row in session.execute(select(trail))] == ([] if by == "ticket" else ["searched"])
    seen = (await page.get(f"/api/conversations/{ours}/customer"))[1]["tickets"]
    assert [(ticket["ticket_no"], ticket["kind"], ticket["state"]) for ticket in seen] == [
        (ticket_no, "complaint", "open")
    ]


async def test_who_is_not_there_is_not_found(at_work: AtWork) -> None:
    page = await at_work("lin")
    for by, value in (("phone", "19900009999"), ("customer", "C0"), ("ticket", "TS1"), ("phone", "好")):
        assert await page.post("/api/search", {"by": by, "value": value}) == (200, {"found": [], "elsewhere": 0})


async def test_a_code_the_bot_asked_for_is_shown_to_nobody(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    await floor.log.append(talk, "bot", {"text": "请输入 6 位验证码。验证码只在这里使用，不要告诉任何人。"})
    typed = (await floor.log.receive(talk, "t1", {"text": "是389 019"})).seq
    await floor.log.append(talk, "bot", {"text": "您想借多少？"})
    await floor.log.receive(talk, "t2", {"text": "150000"})
    await page.post(f"{path}/take", {"epoch": epoch})
    said = {each["seq"]: each["text"] for each in (await page.get(f"{path}/messages"))[1]["messages"]}
    assert said[typed] == "是******" and "150000" in said.values()
    later = (await page.get(f"{path}/messages", after=typed - 1))[1]["messages"]
    assert later[0]["text"] == "是******", "also when the question is not read with it"
    assert (await page.post(f"{path}/unmask", {**REASON, "seqs": [typed]}))[1]["texts"] == {str(typed): "是******"}


async def test_every_agent_is_told_who_said_what_and_knows_their_own_words(at_work: AtWork, floor: Floor) -> None:
    lin, wu = await at_work("lin"), await at_work("wu")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    for page, how in ((lin, "take"), (wu, "take-over")):
        epoch = (await page.post(f"{path}/{how}", {"epoch": epoch}))[1]["epoch"]
        await page.post(f"{path}/messages", {"epoch": epoch, "client_msg_id": f"from-{how}", "text": "您好"})
    said = [each for each in (await wu.get(f"{path}/messages"))[1]["messages"] if each["author"] == "agent"]
    assert [(each["author_id"], each["author_name"], each["client_msg_id"]) for each in said] == [
        ("lin", "客服lin", None),
        ("wu", "客服wu", "from-take-over"),
    ]
    customer = (await wu.get(f"{path}/messages"))[1]["messages"][0]
    assert (customer["author"], customer["author_id"], customer["client_msg_id"]) == ("customer", None, None)
