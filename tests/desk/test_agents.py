"""Who works at the desk: added on the command line with a password shown once; the demo's agents in the demo only."""
import re
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta import commands
from dengta.database import reading
from dengta.desk import agents, demo
from dengta.desk.agents import Agent, AgentRefused
from dengta.desk.roles import ROLES
from dengta.desk.sessions import LoginFailed, Sessions
from dengta.handoff.rules import rules
from dengta.privacy.tables import audit as trail
from dengta.privacy.vault import Vault
from dengta.settings import settings
from tests.desk.conftest import Clock

LogsIn = Callable[..., Awaitable[bool]]
SHOWN_ONCE = re.compile(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}")
ZHAO = ("zhao", "赵一", "agent", ["fees"], 5)


@pytest.fixture
def installation(engine: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test's database is the one of the settings."""
    monkeypatch.setenv("DENGTA_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def logs_in(engine: Engine, clock: Clock) -> LogsIn:
    """Tell whether an agent can log in."""

    async def logs_in(agent_id: str, password: str, demo: bool = False) -> bool:
        try:
            await Sessions(engine, demo, clock).log_in(agent_id, password)
        except LoginFailed:
            return False
        return True

    return logs_in


@pytest.mark.usefixtures("installation")
async def test_an_agent_is_added_with_a_password_that_works(
    capsys: pytest.CaptureFixture[str], logs_in: LogsIn, engine: Engine
) -> None:
    commands.add_agent(*ZHAO)
    first = SHOWN_ONCE.search(capsys.readouterr().out)[0]
    assert await logs_in("zhao", first)
    commands.reset_agent("zhao")
    second = SHOWN_ONCE.search(capsys.readouterr().out)[0]
    assert [await logs_in("zhao", password) for password in (first, second)] == [False, True]
    commands.disable_agent("zhao")
    assert not await logs_in("zhao", second)
    capsys.readouterr()
    commands.list_agents()
    assert capsys.readouterr().out == "zhao  赵一  agent  fees  5 at a time  disabled\n"
    commands.enable_agent("zhao")
    assert await logs_in("zhao", second)
    with reading(engine) as session:
        entries = session.execute(select(trail.c.event, trail.c.actor, trail.c.subject).order_by(trail.c.id)).all()
    events = ["agent_added", "password_reset", "agent_disabled", "agent_enabled"]
    assert entries == [(event, "operator", "agent zhao") for event in events]


@pytest.mark.usefixtures("installation")
def test_who_exists_is_not_added_again_and_who_does_not_is_not_changed(engine: Engine) -> None:
    commands.add_agent(*ZHAO)
    with pytest.raises(AgentRefused, match="There is an agent zhao already"):
        commands.add_agent("zhao", "别人", "lead", ["general"], 9)
    for command in (commands.reset_agent, commands.disable_agent, commands.enable_agent):
        with pytest.raises(AgentRefused, match="There is no agent nobody"):
            command("nobody")
    with reading(engine) as session:
        assert agents.find(session, "zhao") == Agent("zhao", "赵一", "agent", ("fees",), 5)


@pytest.mark.parametrize(
    "new, says",
    [
        (Agent("Zhao", "赵一", "agent", ("fees",), 5), "id"),
        (Agent("z", "赵一", "agent", ("fees",), 5), "id"),
        (Agent("zhao\n", "赵一", "agent", ("fees",), 5), "id"),
        (Agent("zhao", " ", "agent", ("fees",), 5), "name"),
        (Agent("zhao", "赵\n一", "agent", ("fees",), 5), "name"),
        (Agent("zhao", "赵一", "boss", ("fees",), 5), "role"),
        (Agent("zhao", "赵一", "agent", ("fee",), 5), "skill group fee;"),
        (Agent("zhao", "赵一", "agent", (), 5), "at least one skill group"),
        (Agent("zhao", "赵一", "agent", ("fees",), 0), "capacity"),
    ],
)
def test_an_agent_that_makes_no_sense_is_refused_in_one_sentence(new: Agent, says: str) -> None:
    with pytest.raises(AgentRefused, match=says) as caught:
        agents.check(new, rules().groups)
    assert "\n" not in str(caught.value)


async def test_the_demos_agents_are_there_in_the_demo_only(engine: Engine, logs_in: LogsIn) -> None:
    for _ in range(2):
        demo.seed(engine)
    staff = demo.staff()
    assert {agent.role for agent, _ in staff.people} == set(ROLES)
    for agent, _ in staff.people:
        agents.check(agent, rules().groups)
    assert await logs_in("lin", staff.password, demo=True)
    assert not await logs_in("lin", staff.password)
