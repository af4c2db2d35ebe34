"""What customers think of the help they had, on the wall: the figures of their ratings, for those who may see them."""
from collections.abc import Awaitable, Callable

import pytest

from dengta.database import writing
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.answers import Answer
from dengta.handoff.satisfaction.tables import rating
from tests.desk.conftest import Browser
from tests.handoff.floor import Floor

AtWork = Callable[..., Awaitable[Browser]]


async def rated(floor: Floor, answer: Answer, agent: str = "a1", group: str = "general", said: str = "谢谢") -> str:
    """Let an agent help a customer, who rates it; return the conversation."""
    talk, epoch = await floor.helped(agent, group)
    floor.knows(talk, "C000012")
    await floor.log.receive(talk, "c2", {"text": said})
    await floor.queue.say(talk, agent, epoch, {"text": "您好"}, "m1")
    await floor.queue.close(talk, agent, epoch)
    invitation = next(row.id for row in floor.rows(rating) if row.conversation_id == talk)
    with writing(floor.engine) as session:
        answers.give(session, floor.vault, invitation, answer, floor.time)
    return talk


@pytest.fixture
async def happened(floor: Floor, at_work: AtWork) -> str:
    """Five ratings of a1, one of a2 in another group; return the conversation of the worst."""
    for score in (5, 5, 4, 4):
        await rated(floor, Answer(score, ("polite",) if score == 5 else (), nps=9))
    worst = Answer(1, ("slow",), 0, "打我电话 13800138000")
    talk = await rated(floor, worst, said="我要投诉")
    await rated(floor, Answer(5), "a2", "fees")
    return talk


async def test_a_lead_sees_their_groups_and_the_poor_ratings_masked(at_work: AtWork, happened: str) -> None:
    lead = await at_work("boss", "general", role="lead")
    status, said = await lead.get("/api/satisfaction", days=7)

    assert status == 200 and not said["own"]
    assert (said["all"]["invited"], said["all"]["rated"], said["all"]["average"]) == (5, 5, 3.8)
    assert (said["all"]["satisfied"], said["all"]["nps"]) == (0.8, 60.0)
    assert [(each["id"], each["rated"]) for each in said["groups"]] == [("general", 5)]
    assert [(each["title"], each["count"]) for each in said["reasons"]] == [("态度好", 2), ("等太久", 1)]
    [poor] = said["poor"]
    assert (poor["conversation_id"], poor["score"], poor["reasons"]) == (happened, 1, ["等太久"])
    assert poor["words"] == "打我电话 138****8000" and poor["complaint_risk"]
    assert (await lead.get(f"/api/conversations/{happened}"))[0] == 200, "the link leads there"


async def test_quality_sees_all_groups_and_admins_no_words(at_work: AtWork, happened: str) -> None:
    quality = await at_work("qa", role="quality")
    said = (await quality.get("/api/satisfaction", days=1))[1]
    assert (said["all"]["rated"], len(said["poor"])) == (6, 1)
    assert {each["id"]: each["average"] for each in said["agents"]} == {"a1": 3.8, "a2": None}, "one is too few"
    admin = await at_work("root", role="admin")
    said = (await admin.get("/api/satisfaction", days=1))[1]
    assert (said["all"]["rated"], said["poor"]) == (6, [])


async def test_agents_see_their_own_and_nobody_elses(at_work: AtWork, happened: str) -> None:
    said = (await (await at_work("a2", "fees", "general")).get("/api/satisfaction", days=30))[1]
    assert (said["own"], said["all"]["rated"], said["all"]["average"], said["poor"]) == (True, 1, None, [])
    assert [each["id"] for each in said["agents"]] == ["a2"] and said["scores"] == []
    said = (await (await at_work("a1", "general")).get("/api/satisfaction", days=30))[1]
    assert (said["all"]["average"], said["scores"], said["poor"]) == (3.8, [1, 0, 0, 2, 2], [])


@pytest.mark.parametrize("days", ["0", "8", "-1", "x", "9999999"])
async def test_other_periods_are_refused(at_work: AtWork, days: str) -> None:
    status, said = await (await at_work("boss", role="lead")).get("/api/satisfaction", days=days)
    assert (status, said["error"]) == (422, "invalid_request")


async def test_nobody_sees_anything_without_a_login(browser: Callable[[], Browser]) -> None:
    assert (await browser().get("/api/satisfaction"))[0] == 401


async def test_the_next_agent_is_told_of_a_rating_that_may_become_a_complaint(
    floor: Floor, at_work: AtWork, happened: str
) -> None:
    page = await at_work("a3", "general")
    talk, _ = await floor.waits()
    floor.knows(talk, "C000012")
    said = (await page.get(f"/api/conversations/{talk}/earlier"))[1]
    assert [(each["conversation_id"], each["score"], each["reasons"]) for each in said["at_risk"]] == [
        (happened, 1, ["等太久"])
    ]
    assert len(said["parts"]) == 6
