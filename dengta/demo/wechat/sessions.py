"""Sessions of the platform's own human agents: queue, open, closed; an open one keeps messages from the connector.

Source: /doc/subscription/guide/product/kf/forwarding.html.
"""
from dataclasses import dataclass
from typing import Optional

from dengta.demo.wechat.errors import Refused

AGENTS = ("agent1@dengta", "agent2@dengta")
HOLDS = 30 * 60


@dataclass
class Session:
    """`agent` is None while the customer waits in the queue; `since` is when the session was opened or queued."""

    agent: Optional[str]
    since: float


class Sessions:
    """Sessions by openid. All agents are online until a test sends them away."""

    def __init__(self) -> None:
        self.online = set(AGENTS)
        self._sessions: dict[str, Session] = {}

    def find(self, openid: str, now: float) -> Optional[Session]:
        """Return the session of a customer; one that nobody closed for 30 minutes has ended."""
        session = self._sessions.get(openid)
        if session is not None and session.agent is not None and now - session.since >= HOLDS:
            del self._sessions[openid]
            return None
        return session

    def holds(self, openid: str, now: float) -> bool:
        """Tell whether an agent talks to the customer, so that the connector gets no messages."""
        session = self.find(openid, now)
        return session is not None and session.agent is not None

    def waiting(self, now: float) -> list[tuple[str, float]]:
        """Return who waits and since when."""
        found = [(openid, self.find(openid, now)) for openid in list(self._sessions)]
        return [(openid, session.since) for openid, session in found if session is not None and session.agent is None]

    def transfer(self, openid: str, wanted: Optional[str], now: float) -> Optional[str]:
        """Put a customer through to an agent and return who it is; None if they wait.

        If the wanted agent is away nobody else gets the customer.
        """
        free = sorted(self.online) if wanted is None else [wanted] if wanted in self.online else []
        self._sessions[openid] = Session(free[0] if free else None, now)
        return free[0] if free else None

    def create(self, openid: str, agent: object, now: float) -> str:
        """Open a session by API and return the agent.

        Raises:
            Refused: 65401 no such agent, 65415 the agent is away, 65414 another agent talks to the customer.
        """
        if not isinstance(agent, str) or agent not in AGENTS:
            raise Refused(65401)
        if agent not in self.online:
            raise Refused(65415)
        present = self.find(openid, now)
        if present is not None and present.agent not in (None, agent):
            raise Refused(65414)
        self._sessions[openid] = Session(agent, now)
        return agent

    def close(self, openid: str, agent: Optional[object], now: float) -> str:
        """Close an open session, of this agent if one is named, and return the agent.

        Raises:
            Refused: 65413 there is no such session.
        """
        session = self.find(openid, now)
        if session is None or session.agent is None or agent not in (None, session.agent):
            raise Refused(65413)
        del self._sessions[openid]
        return session.agent
