"""Customers and their agents over HTTP: taken once, spoken to by their owner only, passed on, given back, closed."""
import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import select, update

from dengta import clock
from dengta.conversation.tables import message
from dengta.database import reading, writing
from dengta.desk.tables import desk_note
from tests.desk.conftest import Browser
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]
MESSAGE = {"client_msg_id": "m-0000001", "text": "您好，我来帮您看看"}


async def test_a_whole_case(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, epoch = await floor.waits()
    waiting = (await page.get("/api/queue"))[1]["waiting"]
    assert [(each["conversation_id"], each["epoch"]) for each in waiting] == [(talk, epoch)]

    status, taken = await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch})
    assert status == 200
    path, epoch = f"/api/conversations/{talk}", taken["epoch"]
    assert (await page.post(f"{path}/messages", {"epoch": epoch, **MESSAGE}))[0] == 200
    assert [each["id"] for each in (await page.get("/api/queue"))[1]["mine"]] == [talk]
    shown = (await page.get(path))[1]
    assert (shown["conversation"]["state"], shown["conversation"]["group"]) == ("HUMAN", "general")
    assert shown["owner_name"] == "客服lin"

    epoch = (await page.post(f"{path}/wrap-up", {"epoch": epoch}))[1]["epoch"]
    assert (await page.post(f"{path}/give-back", {"epoch": epoch}))[0] == 200
    assert floor.owner(talk).state == "BOT"
    assert MESSAGE["text"] in await floor.said(talk, "agent")


async def test_of_those_who_take_at_once_one_gets_the_customer(at_work: AtWork, floor: Floor) -> None:
    pages = [await at_work(f"kf{n}") for n in range(4)]
    talk, epoch = await floor.waits()
    took = await asyncio.gather(*(page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}) for page in pages))
    assert sorted(status for status, _ in took) == [200, 409, 409, 409]
    winner = [status for status, _ in took].index(200)
    assert floor.owner(talk).owner_id == f"kf{winner}"
    for status, said in took:
        if status == 409:
            assert (said["error"], said["now"]["owner_id"]) == ("owner_changed", f"kf{winner}")
            assert said["now"]["owner_name"] == f"客服kf{winner}"


async def test_who_lost_the_conversation_says_nothing_in_it(at_work: AtWork, floor: Floor) -> None:
    lin, wu = await at_work("lin"), await at_work("wu")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    first = (await lin.post(f"{path}/take", {"epoch": epoch}))[1]["epoch"]
    second = (await wu.post(f"{path}/take-over", {"epoch": first}))[1]["epoch"]

    status, said = await lin.post(f"{path}/messages", {"epoch": first, **MESSAGE})
    assert (status, said["error"]) == (409, "owner_changed")
    assert (said["now"]["owner_id"], said["now"]["epoch"]) == ("wu", second)
    assert (await lin.post(f"{path}/messages", {"epoch": second, **MESSAGE}))[0] == 409
    assert await floor.said(talk, "agent") == []
    assert (await wu.post(f"{path}/messages", {"epoch": second, **MESSAGE}))[0] == 200


async def test_what_is_sent_twice_is_said_once(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, epoch = await floor.waits()
    epoch = (await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch}))[1]["epoch"]
    sent = [page.post(f"/api/conversations/{talk}/messages", {"epoch": epoch, **MESSAGE}) for _ in range(3)]
    answers = await asyncio.gather(*sent)
    assert len({said["seq"] for _, said in answers}) == 1
    assert await floor.said(talk, "agent") == [MESSAGE["text"]]


async def test_another_groups_customer_is_out_of_reach(at_work: AtWork, floor: Floor) -> None:
    owner, other = await at_work("lin", "fees"), await at_work("wu", "general")
    talk, epoch = await floor.waits("fees")
    path = f"/api/conversations/{talk}"
    tries = [
        ("GET", path, None),
        ("GET", f"{path}/messages", None),
        ("GET", f"{path}/customer", None),
        ("POST", f"{path}/take", {"epoch": epoch}),
        ("POST", f"{path}/take-over", {"epoch": epoch}),
        ("POST", f"{path}/messages", {"epoch": epoch, **MESSAGE}),
        ("POST", f"{path}/close", {"epoch": epoch}),
        ("POST", f"{path}/notes", {"text": "看看"}),
        ("POST", f"{path}/unmask", {"reason": "核对信息", "customer": True}),
    ]
    for method, where, body in tries:
        status, said = await other.send(method, where, body)
        assert (status, said["error"]) == (403, "not_in_group"), where
    assert (await other.get("/api/queue"))[1]["waiting"] == []
    assert floor.owner(talk).owner_epoch == epoch
    assert (await owner.post(f"{path}/take", {"epoch": epoch}))[0] == 200


async def test_an_ended_conversation_takes_nothing_more(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    epoch = (await page.post(f"{path}/take", {"epoch": epoch}))[1]["epoch"]
    assert (await page.post(f"{path}/close", {"epoch": epoch}))[0] == 204
    said_before = await floor.said(talk)
    for what, body in (("messages", {"epoch": epoch + 1, **MESSAGE}), ("take-over", {"epoch": epoch + 1})):
        status, said = await page.post(f"{path}/{what}", body)
        assert (status, said["error"]) == (409, "conversation_closed")
        assert said["message"] == "会话已经结束，不能再操作。"
    assert await floor.said(talk) == said_before


async def test_who_has_enough_gets_no_more(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin", capacity=1)
    for expected in ((200, None), (409, "at_capacity")):
        talk, epoch = await floor.waits()
        status, said = await page.post(f"/api/conversations/{talk}/take", {"epoch": epoch})
        assert (status, said.get("error")) == expected


async def test_a_customer_is_passed_on_with_a_note(at_work: AtWork, floor: Floor) -> None:
    lin, wu = await at_work("lin", "general"), await at_work("wu", "fees")
    talk, epoch = await floor.waits()
    path = f"/api/conversations/{talk}"
    epoch = (await lin.post(f"{path}/take", {"epoch": epoch}))[1]["epoch"]
    note = "客户问的是提前还清的费用"
    assert (await lin.post(f"{path}/transfer", {"epoch": epoch, "group": "nonsense"}))[1]["error"] == "unknown_group"
    assert (await lin.post(f"{path}/transfer", {"epoch": epoch, "group": "fees", "agent_id": "wu"}))[0] == 422
    epoch = (await lin.post(f"{path}/transfer", {"epoch": epoch, "group": "fees", "note": note}))[1]["epoch"]
    assert (await lin.get(path))[0] == 403, "it is with another group now"
    assert (await wu.get(path))[1]["passed_on_with"] == note
    epoch = (await wu.post(f"{path}/take", {"epoch": epoch}))[1]["epoch"]

    status, said = await wu.post(f"{path}/transfer", {"epoch": epoch, "agent_id": "nobody"})
    assert (status, said["error"]) == (409, "not_online")
    assert (await wu.post(f"{path}/transfer", {"epoch": epoch, "agent_id": "lin"}))[0] == 200
    assert floor.owner(talk).owner_id == "lin"


async def test_a_lead_gives_customers_to_colleagues_of_their_group(at_work: AtWork, floor: Floor) -> None:
    lead, lin = await at_work("he", "fees", role="lead"), await at_work("lin", "fees")
    await at_work("gu", "collection")
    talk, epoch = await floor.waits("fees")
    path = f"/api/conversations/{talk}/assign"
    assert (await lin.post(path, {"epoch": epoch, "agent_id": "lin"}))[1]["error"] == "not_allowed"
    assert (await lead.post(path, {"epoch": epoch, "agent_id": "gu"}))[1]["error"] == "wrong_group"
    assert (await lead.post(path, {"epoch": epoch, "agent_id": "nobody"}))[1]["error"] == "not_online"
    assert (await lead.post(path, {"epoch": epoch, "agent_id": "lin"}))[0] == 200
    assert floor.owner(talk).owner_id == "lin"
    assert (await lead.post(path, {"epoch": epoch, "agent_id": "lin"}))[1]["error"] == "owner_changed"


async def test_the_bots_customer_can_be_taken_over(at_work: AtWork, floor: Floor) -> None:
    page = await at_work("lin")
    talk = await floor.log.open_conversation("web")
    assert (await page.post(f"/api/conversations/{talk}/take-over", {"epoch": 1}))[0] == 200
    assert floor.owner(talk).owner_id == "lin"


async def test_notes_and_drafts_are_kept_and_sealed(at_work: AtWork, floor: Floor) -> None:
    lin, wu = await at_work("lin"), await at_work("wu")
    talk, _ = await floor.waits()
    path = f"/api/conversations/{talk}"
    text = "客户说手机是 19900001234"
    assert (await lin.post(f"{path}/notes", {"text": text}))[0] == 200
    for draft in ("您的", "您的账单"):
        assert (await lin.send("PUT", f"{path}/draft", {"text": draft}))[0] == 204

    seen = (await lin.get(path))[1]
    assert [(note["agent_name"], note["text"]) for note in seen["notes"]] == [("客服lin", text)]
    assert seen["draft"] == "您的账单"
    assert (await wu.get(path))[1]["draft"] is None, "a draft is nobody else's"
    assert [m.text for m in await floor.log.since(talk, 0) if text in m.text] == [], "customers see no notes"
    with reading(floor.engine) as session:
        assert "1990000" not in session.execute(select(desk_note.c.body)).scalar_one()
    await lin.send("PUT", f"{path}/draft", {"text": ""})
    assert (await lin.get(path))[1]["draft"] is None


async def test_who_logs_out_is_given_nobody(at_work: AtWork, floor: Floor) -> None:
    lin, wu = await at_work("lin"), await at_work("wu")
    assert [each["id"] for each in (await wu.get("/api/colleagues"))[1]["agents"]] == ["lin", "wu"]
    await lin.send("DELETE", "/api/session")
    assert [each["id"] for each in (await wu.get("/api/colleagues"))[1]["agents"]] == ["wu"]


async def test_roles_do_what_they_are_for_and_nothing_else(at_work: AtWork, floor: Floor) -> None:
    lead = await at_work("he", "general", role="lead")
    quality = await at_work("qi", "general", role="quality")
    admin = await at_work("an", "general", role="admin")
    talk, epoch = await floor.waits("fees")
    path = f"/api/conversations/{talk}"
    assert (await quality.get(path))[0] == 200, "quality looks at every group"
    assert (await quality.post(f"{path}/take-over", {"epoch": epoch}))[1]["error"] == "not_allowed"
    assert (await admin.get(path))[1]["error"] == "not_allowed"
    assert (await lead.get(path))[1]["error"] == "not_in_group"


async def test_the_wall_shows_a_lead_their_groups(at_work: AtWork, floor: Floor) -> None:
    lead, agent = await at_work("he", "fees", role="lead", capacity=3), await at_work("wu", "fees", "general")
    await floor.waits("fees")
    floor.later(seconds=50)
    status, wall = await lead.get("/api/wall")
    assert status == 200
    assert wall["groups"] == [
        {
            "group": "fees",
            "name": "费用",
            "waiting": 1,
            "longest_seconds": 50,
            "online": 2,
            "load": 0,
            "capacity": 8,
            "late_tickets": 0,
            "soon_tickets": 0,
        }
    ]
    assert [each["id"] for each in wall["agents"]] == ["he", "wu"]
    assert wall["unanswered"] == []
    assert (await agent.get("/api/wall"))[0] == 403


async def test_the_wall_shows_a_lead_who_waits_for_an_answer(at_work: AtWork, floor: Floor) -> None:
    lead, lin = await at_work("he", "fees", role="lead"), await at_work("lin", "fees", "general")
    for group in ("fees", "general"):
        talk, epoch = await floor.waits(group)
        await lin.post(f"/api/conversations/{talk}/take", {"epoch": epoch})
    floor.later(minutes=4)
    with writing(floor.engine) as session:
        session.execute(update(message).values(created_at=clock.now() - timedelta(minutes=4)))
    (shown,) = (await lead.get("/api/wall"))[1]["unanswered"]
    assert (shown["agent_id"], shown["agent_name"], shown["group"]) == ("lin", "客服lin", "fees")
