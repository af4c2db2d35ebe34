"""The agents of the demo, `data/lexicon/desk_demo.yml`; nobody can log in as one of them unless the demo is on."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Engine

from dengta.data import read_data
from dengta.database import writing
from dengta.desk import agents
from dengta.desk.agents import Agent


@dataclass(frozen=True)
class Staff:
    """The demo's agents, each with a few words about them, and the password they share."""

    password: str
    people: Sequence[tuple[Agent, str]]


def staff() -> Staff:
    """Read the demo's agents."""
    content = read_data("lexicon/desk_demo")
    return Staff(content["password"], [(_agent(each), each["about"]) for each in content["agents"]])


def seed(engine: Engine) -> None:
    """Add those of the demo's agents that are not there yet.

    Raises:
        SQLAlchemyError.
    """
    demo = staff()
    with writing(engine) as session:
        for agent, _ in demo.people:
            if agents.find(session, agent.id) is None:
                agents.add(session, agent, demo.password, demo=True)


def _agent(entry: Mapping[str, Any]) -> Agent:
    return Agent(entry["id"], entry["name"], entry["role"], tuple(entry["groups"]), entry["capacity"])
