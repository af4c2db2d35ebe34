"""The people who use WeChat: whether they follow the account, and what their phones show."""
import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Optional

from dengta.demo.wechat.ledger import Kind, Ledger

Source = Literal["customer", "passive", "custom", "template", "kf", "agent", "system"]

TYPING_LASTS = 15
CONTACT_LASTS = 30


@dataclass(frozen=True)
class Shown:
    """One line on a phone. `text` is what a reader sees; `more` holds the parts of other kinds than text."""

    seq: int
    at: float
    source: Source
    kind: str
    text: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the line as JSON takes it."""
        return asdict(self)


class Person:
    """Somebody with a phone."""

    def __init__(self, openid: str, now: float, following: bool) -> None:
        self.openid = openid
        self.unionid = "u" + hashlib.sha256(openid.encode()).hexdigest()[:27]
        self.following = following
        self.followed_at = now
        self.lines: list[Shown] = []
        self.ledger = Ledger()
        self.allowed_templates: list[str] = []
        self._contact: Optional[float] = None
        self._typing_until = 0.0

    def follow(self, on: bool, now: float) -> None:
        """Begin or cease to follow; leaving closes every window for messages."""
        if on and not self.following:
            self.followed_at = now
        if not on:
            self.ledger = Ledger()
        self.following = on

    def acts(self, kind: Kind, now: float) -> None:
        """Note something that lets the account answer."""
        self.ledger.grant(kind, now)
        self._contact = now

    def show(self, now: float, source: Source, kind: str, text: str = "", **more: Any) -> None:
        """Put a line on the phone; a message of the account ends the typing state."""
        self.lines.append(Shown(len(self.lines) + 1, now, source, kind, text, more))
        if source != "customer":
            self._typing_until = 0.0
            self._contact = now if source == "custom" else self._contact

    def shown(self) -> list[Shown]:
        """Return the lines the person did not write."""
        return [line for line in self.lines if line.source != "customer"]

    def was_in_contact(self, now: float) -> bool:
        """Tell whether messages were exchanged in the last 30 s."""
        return self._contact is not None and now - self._contact <= CONTACT_LASTS

    def is_typed_to(self, now: float) -> bool:
        """Tell whether the phone shows that the account is typing."""
        return now < self._typing_until

    def show_typing(self, now: float, on: bool) -> None:
        """Start the typing state, for 15 s, or end it."""
        self._typing_until = now + TYPING_LASTS if on else 0.0
