"""What the wall says of ratings: right sums, split by who helped and where, and silent about the few."""
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Row

from dengta.clock import SHANGHAI, now
from dengta.database import reading, writing
from dengta.handoff.satisfaction import figures
from dengta.handoff.satisfaction.answers import Answer
from dengta.handoff.satisfaction.figures import Overview, Scope
from dengta.handoff.satisfaction.rules import rules
from dengta.handoff.satisfaction.tables import rating
from tests.handoff.floor import Floor
from tests.handoff.satisfaction.conftest import Talk

TODAY = now().astimezone(SHANGHAI).date()
Rate = Callable[[Row, Answer], None]
WEEK = Scope(TODAY - timedelta(days=6), TODAY)


def overview(floor: Floor, scope: Scope = WEEK) -> Overview:
    with reading(floor.engine) as session:
        return figures.overview(session, scope)


@pytest.fixture
async def rated(floor: Floor, helped: Talk, rate: Rate) -> None:
    """Six invited by a1 in two groups, five of them answered; one by a2, who is happy."""
    given = [Answer(5, ("polite",), 10), Answer(5, ("polite", "fast"), 9), Answer(4, (), 8), Answer(2, ("slow",), 6)]
    for answer in given:
        rate(await helped("a1"), answer)
    rate(await helped("a1", "fees"), Answer(1, ("slow",), 0, "电话 13800138000 打不通"))
    await helped("a1", "fees")
    rate(await helped("a2", "fees"), Answer(5, nps=10))


async def test_average_satisfaction_response_and_nps(floor: Floor, rated: None) -> None:
    everything = overview(floor).all
    assert (everything.invited, everything.rated, everything.recommended) == (7, 6, 6)
    assert everything.average == pytest.approx(22 / 6)
    assert everything.satisfied == pytest.approx(4 / 6)
    assert everything.response == pytest.approx(6 / 7)
    assert everything.nps == pytest.approx(100 * (3 - 2) / 6), "three of 9 and 10, two of 0 to 6, one of 8"
    assert overview(floor).scores == (1, 1, 0, 1, 3)


async def test_the_few_are_counted_and_nothing_more_is_said_of_them(floor: Floor, rated: None) -> None:
    people = {split.id: split.figures for split in overview(floor).agents}
    assert people["a1"].average == pytest.approx(17 / 5)
    assert (people["a2"].rated, people["a2"].average, people["a2"].satisfied, people["a2"].nps) == (1, None, None, None)
    groups = {split.id: split.figures for split in overview(floor).groups}
    assert [(groups[name].rated, groups[name].average) for name in ("fees", "general")] == [(2, None), (4, None)]
    assert [(split.id, split.figures.rated) for split in overview(floor).channels] == [("web", 6)]

    own = overview(floor, Scope(TODAY, TODAY, agent_id="a2"))
    assert (own.all.rated, own.all.average, own.reasons, own.scores) == (1, None, (), ())
    assert [split.id for split in own.agents] == ["a2"]


async def test_reasons_are_ranked(floor: Floor, rated: None) -> None:
    assert [(reason.title, reason.side, reason.count) for reason in overview(floor).reasons] == [
        ("态度好", "good", 2), ("等太久", "bad", 2), ("回复快", "good", 1),
    ]  # fmt: skip


async def test_only_the_days_and_groups_that_were_asked_for_count(floor: Floor, rated: None) -> None:
    with writing(floor.engine) as session:
        session.execute(update(rating).where(rating.c.group == "fees").values(day=TODAY - timedelta(days=7)))
    assert overview(floor).all.invited == 4
    assert overview(floor, Scope(TODAY - timedelta(days=29), TODAY)).all.invited == 7
    assert overview(floor, Scope(TODAY - timedelta(days=29), TODAY, groups=["fees"])).all.invited == 3
    assert [split.id for split in overview(floor, Scope(TODAY - timedelta(days=29), TODAY)).days] == [
        str(TODAY - timedelta(days=7)), str(TODAY),
    ]  # fmt: skip


async def test_without_ratings_there_is_nothing_to_show(floor: Floor) -> None:
    nothing = overview(floor)
    assert (nothing.all.invited, nothing.all.response, nothing.all.average, nothing.all.nps) == (0, None, None, None)
    assert (nothing.agents, nothing.reasons, nothing.scores) == ((), (), ())


async def test_poor_ratings_are_listed_newest_first(floor: Floor, rated: None) -> None:
    with reading(floor.engine) as session:
        poor = figures.poor(session, floor.vault, WEEK)
    assert sorted(each.score for each in poor) == [1, 2]
    worst = next(each for each in poor if each.score == 1)
    assert (worst.group, worst.agents, worst.reasons) == ("fees", ["a1"], ["等太久"])
    assert worst.words == "电话 13800138000 打不通" and not worst.complaint_risk
    assert all(each.score <= rules().poor_up_to for each in poor)
