"""Who works at the desk: what admins do with accounts. Passwords are made here and told once."""
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta.desk import accounts, agents, passwords
from dengta.desk.agents import Agent, AgentRefused
from dengta.desk.dispatch import Call
from dengta.desk.errors import RefusedError
from dengta.desk.responses import answer
from dengta.handoff.rules import rules

T = TypeVar("T")


class Account(Struct, forbid_unknown_fields=True):
    """What an agent is called and may do; `capacity` is how many conversations they have at the same time."""

    name: str
    role: str
    groups: list[str]
    capacity: int


class NewAccount(Account, forbid_unknown_fields=True):
    """Somebody who begins to work at the desk; `id` is what they log in with."""

    id: str


class Nothing(Struct, forbid_unknown_fields=True):
    """A change that needs no words."""


async def listed(call: Call) -> Any:
    """Return everybody with an account, by id."""
    return {"agents": [_shown(row) for row in await call.desk.database.read(agents.everyone)]}


async def add(call: Call) -> Any:
    """Add an agent, and return the password that lets them in once."""
    new, password = _checked(call.body.id, call.body), passwords.generate()
    await _write(call, lambda session: accounts.add(session, new, password, call.agent.id))
    return answer({"password": password}, status=201)


async def change(call: Call) -> None:
    """Change what an agent is called and may do."""
    changed = _checked(_named(call), call.body)
    await _write(call, lambda session: accounts.change(session, changed, call.agent.id))


async def reset(call: Call) -> Any:
    """Log an agent out everywhere, and return the password that lets them in once."""
    password = passwords.generate()
    await _write(call, lambda session: accounts.reset(session, _named(call), password, call.agent.id))
    return {"password": password}


async def disable(call: Call) -> None:
    """Keep an agent from logging in, and log them out everywhere."""
    await _write(call, lambda session: accounts.disable(session, _named(call), call.agent.id))


async def enable(call: Call) -> None:
    """Let an agent log in again."""
    await _write(call, lambda session: accounts.enable(session, _named(call), call.agent.id))


async def _write(call: Call, work: Callable[[Session], T]) -> T:
    try:
        return await call.desk.database.write(work)
    except AgentRefused as error:
        raise RefusedError(error.code) from None


def _named(call: Call) -> str:
    return str(call.request.path_params["agent_id"])


def _checked(agent_id: str, given: Account) -> Agent:
    account = Agent(agent_id, given.name.strip(), given.role, tuple(dict.fromkeys(given.groups)), given.capacity)
    try:
        agents.check(account, rules().groups)
    except AgentRefused as error:
        raise RefusedError(error.code) from None
    return account


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "groups": row.groups,
        "capacity": row.capacity,
        "demo": row.demo,
        "disabled": row.disabled_at is not None,
        "must_change_password": row.must_change,
        "created_at": row.created_at,
    }
