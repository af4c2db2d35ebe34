"""Access tokens of the official account, the stable one and the old one, and of a corporation.

Source: /doc/service/api/base/api_getstableaccesstoken.html.
"""
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Optional

from dengta.demo.wechat.errors import Refused

LIFETIME = 7200
OVERLAP = 300
FORCED_PER_DAY, FORCED_GAP = 20, 30
PLAIN_PER_DAY = 2000
DAY = 86_400


@dataclass
class _Token:
    value: str
    until: float
    latest: bool = True


class Tokens:
    """Issues tokens to whoever knows the secret, and judges those that come back."""

    def __init__(self, appid: str, secret: str, wrong_secret: int = 40125, unknown_token: int = 40001) -> None:
        self._appid, self._secret = appid, secret
        self._wrong_secret, self._unknown_token = wrong_secret, unknown_token
        self._issued: dict[str, _Token] = {}
        self._stable: Optional[_Token] = None
        self._plain: Optional[_Token] = None
        self._forced: deque[float] = deque()
        self._plain_calls: deque[float] = deque()

    def stable(self, appid: str, secret: str, force: bool, now: float) -> tuple[str, int]:
        """Return the present stable token and its remaining seconds; a new one in the last five minutes or by force.

        Raises:
            Refused: 40013, 40125; 45011 forced twice within 30 s; 45009 forced more than 20 times in a day.
        """
        self._know(appid, secret)
        if force:
            self._count_forced(now)
            self._kill(self._stable)
            self._stable = None
        if self._stable is None or self._stable.until - now <= OVERLAP:
            self._stable = self._issue(now)
        return self._stable.value, int(self._stable.until - now)

    def plain(self, appid: str, secret: str, now: float) -> tuple[str, int]:
        """Return a new token; the one returned before is dead from now on.

        Raises:
            Refused: 40013, 40125; 45009 more than 2000 times in a day.
        """
        self._know(appid, secret)
        _count(self._plain_calls, now, PLAIN_PER_DAY)
        self._kill(self._plain)
        self._plain = self._issue(now)
        return self._plain.value, LIFETIME

    def check(self, value: Optional[str], now: float) -> None:
        """Accept a token that is still good.

        Raises:
            Refused: 41001 there is none, 40001 (40014 of a corporation) it was never issued or is not the latest,
                42001 it has expired.
        """
        if not value:
            raise Refused(41001)
        token = self._issued.get(value)
        if token is None or not token.latest:
            raise Refused(self._unknown_token)
        if now >= token.until:
            raise Refused(42001)

    def issued(self, value: Optional[str]) -> bool:
        """Tell whether a token, good or not, came from here."""
        return value in self._issued

    def revoke(self) -> None:
        """Kill every token, as WeChat does when the owner resets the secret."""
        for token in self._issued.values():
            token.latest = False
        self._stable = self._plain = None

    def _know(self, appid: str, secret: str) -> None:
        if appid != self._appid:
            raise Refused(40013)
        if secret != self._secret:
            raise Refused(self._wrong_secret)

    def _count_forced(self, now: float) -> None:
        if self._forced and now - self._forced[-1] < FORCED_GAP:
            raise Refused(45011)
        _count(self._forced, now, FORCED_PER_DAY)

    def _issue(self, now: float) -> _Token:
        token = _Token(f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}", now + LIFETIME)
        self._issued[token.value] = token
        return token

    def _kill(self, token: Optional[_Token]) -> None:
        if token is not None:
            token.latest = False


def _count(calls: deque[float], now: float, limit: int) -> None:
    while calls and now - calls[0] >= DAY:
        calls.popleft()
    if len(calls) >= limit:
        raise Refused(45009)
    calls.append(now)
