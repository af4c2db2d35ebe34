"""The rules of docs/web-protocol.md without HTTP: tokens, conversations, idempotent sending, the message log."""
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Optional
from zoneinfo import ZoneInfo

import jwt
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "data" / "lexicon" / "web.yml"
SHANGHAI = ZoneInfo("Asia/Shanghai")
LIMIT = 500
RENEWABLE_FOR = 12 * 3600
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2060\ufeff]")


class Refused(Exception):
    """The request breaks a rule of the protocol."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Conversation:
    """One message log with everything the connector remembers beside it."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    seq_of: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    typing: bool = False
    frozen: Optional[datetime] = None

    def log(self, author: str, text: str, **more: Any) -> int:
        """Append a message and return its seq."""
        message = {"seq": len(self.messages) + 1, "author": author, "text": text, **more}
        message.setdefault("time", (self.frozen or datetime.now(SHANGHAI)).isoformat(timespec="seconds"))
        self.messages.append(message)
        return message["seq"]

    def offer(self, text: str, *titles: str, author: str = "bot", **more: Any) -> int:
        """Append a message with one button per title."""
        buttons = [{"id": secrets.token_hex(8), "title": title} for title in titles]
        self.titles.update({button["id"]: button["title"] for button in buttons})
        return self.log(author, text, **({"buttons": buttons} if buttons else {}), **more)


class Conversations:
    """Every conversation of the fake connector; survives a kill of the HTTP side, as a database would."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(32)
        self.lifetime = 900
        self.ahead = 0
        self.known: dict[str, Conversation] = {}
        self.answer: Callable[[Conversation, dict[str, Any]], None] = lambda conversation, message: None

    def begin(self) -> str:
        """Start a conversation and return its token."""
        subject = secrets.token_hex(8)
        self.known[subject] = Conversation()
        return self._token(subject)

    def renew(self, token: str) -> str:
        """Exchange a token, expired at most twelve hours ago, for a fresh one."""
        return self._token(self._subject(token, RENEWABLE_FOR))

    def end(self, token: str) -> None:
        """Forget the conversation of this token."""
        del self.known[self._subject(token)]

    def of(self, token: str) -> Conversation:
        """Return the conversation a token speaks for."""
        return self.known[self._subject(token)]

    def subject(self, token: str) -> str:
        """Return which conversation a token was made for, also one that has ended."""
        return str(jwt.decode(token, self.secret, ["HS256"])["sub"])

    def only(self) -> Conversation:
        """Return the one conversation there is."""
        (conversation,) = self.known.values()
        return conversation

    def receive(self, token: str, body: Any) -> tuple[int, bool]:
        """Store one customer message; return its seq and whether it had been received before."""
        conversation = self.of(token)
        if not isinstance(body, dict) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(body.get("client_msg_id"))):
            raise Refused(400, "invalid_message")
        said = _said(conversation, body)
        name = body["client_msg_id"]
        if name in conversation.seq_of:
            return conversation.seq_of[name], True
        seq = conversation.log("customer", said, client_msg_id=name)
        conversation.seq_of[name] = seq
        self.answer(conversation, {**body, "said": said})
        return seq, False

    def _token(self, subject: str) -> str:
        return jwt.encode({"sub": subject, "end": self._now() + self.lifetime}, self.secret, "HS256")

    def _subject(self, token: str, grace: float = 0) -> str:
        try:
            claims = jwt.decode(token, self.secret, ["HS256"])
        except jwt.InvalidTokenError:
            raise Refused(401, "token_invalid") from None
        late = self._now() - claims["end"]
        if claims["sub"] not in self.known or late > RENEWABLE_FOR:
            raise Refused(401, "token_invalid")
        if late > grace:
            raise Refused(401, "token_expired")
        return claims["sub"]

    def _now(self) -> float:
        return time.time() + self.ahead


def sentences(section: str) -> dict[str, Any]:
    """Return one section of the web chat's sentences."""
    return yaml.safe_load(TEXTS.read_text("utf-8"))[section]


def _said(conversation: Conversation, body: dict[str, Any]) -> str:
    kinds = [kind for kind in ("text", "payload_id", "command") if kind in body]
    if len(kinds) != 1 or not isinstance(body[kinds[0]], str):
        raise Refused(400, "invalid_message")
    value: str = body[kinds[0]]
    if kinds == ["payload_id"]:
        if value not in conversation.titles:
            raise Refused(404, "payload_unknown")
        return conversation.titles[value]
    if kinds == ["command"]:
        commands = sentences("commands")
        if value not in commands:
            raise Refused(400, "invalid_message")
        return commands[value]
    text = INVISIBLE.sub("", value).strip()
    if not text:
        raise Refused(422, "empty_message")
    if len(text) > LIMIT:
        raise Refused(422, "too_long")
    return text
