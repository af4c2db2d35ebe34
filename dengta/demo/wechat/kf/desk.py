"""What WeCom knows about the kf accounts of a corporation: sessions, the log that `sync_msg` reads, single-use codes.

Sources: developer.work.weixin.qq.com/document/path/94669, 94670, 94698, 94699, 95122.
"""
import secrets
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, Mapping, Optional

from dengta.demo.wechat.errors import Refused
from dengta.demo.wechat.people import Person
from dengta.demo.wechat.settings import Corp

HOUR, DAY = 3600, 86_400
SESSION_LASTS = 48 * HOUR
LOG_LASTS = 3 * DAY
SYNC_TOKEN_LASTS = 600


class State(IntEnum):
    """Who talks to a customer."""

    NEW = 0
    ASSISTANT = 1
    QUEUED = 2
    SERVICER = 3
    ENDED = 4


# What the API may change a state to.
CHANGES = {
    State.NEW: {State.ASSISTANT, State.QUEUED, State.SERVICER, State.ENDED},
    State.ASSISTANT: {State.QUEUED, State.SERVICER, State.ENDED},
    State.QUEUED: {State.SERVICER, State.ENDED},
    State.SERVICER: {State.SERVICER, State.ENDED},
    State.ENDED: set(),
}
CodeKind = Literal["welcome", "queued", "served", "ended"]
CODE_LASTS: dict[CodeKind, int] = {"welcome": 20, "queued": 48 * HOUR, "served": 48 * HOUR, "ended": 20}
TEXT_ONLY: set[CodeKind] = {"queued", "served"}


@dataclass
class Talk:
    """One customer at one kf account."""

    customer: Person
    open_kfid: str
    state: State = State.ENDED
    servicer: str = ""
    moved: float = 0.0
    wrote: bool = False
    welcomed: Optional[float] = None


@dataclass
class Code:
    """A code of an event that allows one message."""

    talk: Talk
    kind: CodeKind
    until: float


@dataclass
class Desk:
    """All talks of a corporation. `receiving` are the servicers who take customers at the moment."""

    corp: Corp
    talks: dict[tuple[str, str], Talk] = field(default_factory=dict)
    log: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    receiving: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    failing: list[int] = field(default_factory=list)
    _codes: dict[str, Code] = field(default_factory=dict)
    _sync_tokens: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.receiving = set(self.corp.servicers)

    def meet(self, external_userid: str, open_kfid: str, now: float) -> Talk:
        """Return the talk of a customer, known or new, with a session that has not grown old."""
        key = (external_userid, open_kfid)
        if key not in self.talks:
            self.talks[key] = Talk(Person(external_userid, now, following=True), open_kfid)
        talk = self.talks[key]
        if now - talk.moved >= SESSION_LASTS:
            talk.state, talk.servicer = State.ENDED, ""
        return talk

    def find(self, external_userid: object, open_kfid: object, now: float) -> Talk:
        """Return a known talk.

        Raises:
            Refused: 95000 the kf account, 40096 the customer is not known.
        """
        self.require_account(open_kfid)
        if (external_userid, open_kfid) not in self.talks:
            raise Refused(40096)
        return self.meet(str(external_userid), str(open_kfid), now)

    def require_account(self, open_kfid: object) -> None:
        """Raise Refused 95000 unless the kf account exists."""
        if open_kfid not in self.corp.kf_accounts:
            raise Refused(95000)

    def change(self, talk: Talk, state: object, servicer: object, now: float) -> Optional[str]:
        """Change a session by API and return the code of the change, if it gives one.

        Raises:
            Refused: 95013 the session is over, 95014 the servicer takes no customers, 40058 no such change.
        """
        if talk.state is State.ENDED:
            raise Refused(95013)
        if not isinstance(state, int) or state not in CHANGES[talk.state]:
            raise Refused(40058)
        if state == State.SERVICER and servicer not in self.receiving:
            raise Refused(95014)
        return self.move(talk, State(state), str(servicer) if state == State.SERVICER else "", now)

    def move(self, talk: Talk, state: State, servicer: str, now: float) -> Optional[str]:
        """Put a session into a state and return the code that comes with it."""
        before = talk.state
        talk.state, talk.servicer, talk.moved = state, servicer, now
        if state is State.QUEUED:
            return self.new_code(talk, "queued", now)
        if state is State.SERVICER and before is State.QUEUED:
            return self.new_code(talk, "served", now)
        return self.new_code(talk, "ended", now) if state is State.ENDED else None

    def new_code(self, talk: Talk, kind: CodeKind, now: float) -> str:
        """Return a code for one message on an event."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = Code(talk, kind, now + CODE_LASTS[kind])
        return code

    def use_code(self, code: object, msgtype: object, now: float) -> Talk:
        """Take a code and return whom it lets write to.

        Raises:
            Refused: 40058 unknown, used or too old, or a type of message its event does not allow. WeCom documents no
                errcode for these.
        """
        known = self._codes.get(code) if isinstance(code, str) else None
        if known is None or now >= known.until or (known.kind in TEXT_ONLY and msgtype != "text"):
            raise Refused(40058)
        del self._codes[str(code)]
        if known.kind == "welcome":
            known.talk.welcomed = now
        return known.talk

    def note(self, open_kfid: str, message: Mapping[str, Any], now: float) -> str:
        """Add a message or event to the log and return its msgid."""
        msgid = secrets.token_urlsafe(24)
        self.log.append((open_kfid, {"msgid": msgid, "send_time": int(now), **message}))
        return msgid

    def new_sync_token(self, now: float) -> str:
        """Return a token for a callback."""
        token = secrets.token_urlsafe(24)
        self._sync_tokens[token] = now + SYNC_TOKEN_LASTS
        return token

    def knows_sync_token(self, token: object, now: float) -> bool:
        """Tell whether a token came with a callback of the last ten minutes."""
        return isinstance(token, str) and now < self._sync_tokens.get(token, 0.0)
