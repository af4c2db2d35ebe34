"""How many customer-service messages an account may still send to one person."""
from dataclasses import dataclass
from typing import Literal

from dengta.demo.wechat.errors import Refused

Kind = Literal["message", "click", "subscribe", "scan", "enter"]

MINUTE, HOUR = 60, 3600
# What a person does, the messages it allows and for how many seconds. Sources in the WeChat documentation:
# /doc/offiaccount/Customer_Service/Customer_Service_Messages.html; for `enter` customer-message/send of mini programs.
GRANTS: dict[Kind, tuple[int, int]] = {
    "message": (5, 48 * HOUR),
    "click": (3, MINUTE),
    "subscribe": (3, MINUTE),
    "scan": (3, MINUTE),
    "enter": (2, MINUTE),
}


@dataclass
class _Grant:
    left: int
    until: float


class Ledger:
    """The grants of one person, each with its own end. They do not add up: a message is taken off every open grant.

    For mini programs the documentation said so (可发送客服消息条数不累加); for service accounts it is silent. Who
    keeps to this ledger keeps to a more generous one too.
    """

    def __init__(self) -> None:
        self._grants: dict[Kind, _Grant] = {}

    def grant(self, kind: Kind, now: float) -> None:
        """Note what the person did; doing it again renews the grant."""
        count, seconds = GRANTS[kind]
        self._grants[kind] = _Grant(count, now + seconds)

    def spend(self, now: float, closed: int = 45015, used_up: int = 45047) -> None:
        """Count one message.

        Raises:
            Refused: `closed` if no window is open, `used_up` if the open ones are.
        """
        window = self._window(now)
        if not window:
            raise Refused(closed)
        if not any(grant.left for grant in window):
            raise Refused(used_up)
        for grant in window:
            grant.left = max(0, grant.left - 1)

    def left(self, now: float) -> int:
        """Return how many messages may be sent at this moment."""
        return max((grant.left for grant in self._window(now)), default=0)

    def _window(self, now: float) -> list[_Grant]:
        return [grant for grant in self._grants.values() if now < grant.until]
