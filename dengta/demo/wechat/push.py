"""Brings one message to the connector: a socket of its own, a time limit, and up to three deliveries of the same MsgId.

Source: /doc/offiaccount/Message_Management/Receiving_standard_messages.html. What WeChat does after a status other than
200 is not documented; here it counts like no answer, and the message is delivered again.
"""
import asyncio
from dataclasses import dataclass, field
from typing import Any, Callable, Literal, Mapping, Optional

from aiohttp import ClientError, ClientSession, ClientTimeout

from dengta.demo.wechat.envelope import BadAnswer, Sealed
from dengta.demo.wechat.settings import Rules, Wire


@dataclass(frozen=True)
class Attempt:
    """One delivery: the status and the answer, or what went wrong."""

    status: Optional[int]
    answer: str
    problem: Optional[str]


@dataclass
class Delivery:
    """The story of one message.

    `outcome` is `nothing` (an empty body or `success`), `reply`, `failed` (the person reads that the service is out of
    order), or `person`: the message went to a human agent and was not pushed.
    """

    message: Mapping[str, Any]
    attempts: list[Attempt] = field(default_factory=list)
    outcome: Literal["pending", "nothing", "reply", "failed", "person"] = "pending"
    reply: Optional[dict[str, Any]] = None


Judge = Callable[[str], Optional[dict[str, Any]]]


class Pusher:
    """Delivers messages over real sockets."""

    def __init__(self, http: ClientSession, wire: Wire, rules: Rules) -> None:
        self._http, self._wire, self._rules = http, wire, rules

    async def deliver(self, delivery: Delivery, seal: Callable[[], Sealed], judge: Judge) -> None:
        """Deliver until the connector answers, at most `Rules.deliveries` times, and write down how it went.

        `judge` returns the reply in an answer, None if it is empty, and raises BadAnswer.
        """
        sealed = seal()
        for _ in range(self._rules.deliveries):
            attempt = await self._ask("POST", sealed)
            delivery.attempts.append(attempt)
            if attempt.status == 200:
                _settle(delivery, attempt, judge)
                return
            if self._wire.resign:
                sealed = seal()
        delivery.outcome = "failed"

    async def get(self, params: dict[str, str]) -> Attempt:
        """Ask the connector's URL, as the verification of a URL does."""
        return await self._ask("GET", Sealed(params, "", "text/plain"))

    async def _ask(self, method: str, sealed: Sealed) -> Attempt:
        request = self._http.request(
            method,
            self._wire.connector,
            params=sealed.params,
            data=sealed.body.encode() or None,
            headers={"Content-Type": sealed.content_type, "User-Agent": "Mozilla/4.0"},
            timeout=ClientTimeout(total=self._rules.read_limit),
            allow_redirects=False,
        )
        try:
            async with request as response:
                return Attempt(response.status, (await response.read()).decode(errors="replace"), None)
        except asyncio.TimeoutError:
            return Attempt(None, "", "timeout")
        except ClientError as error:
            return Attempt(None, "", type(error).__name__)


def _settle(delivery: Delivery, attempt: Attempt, judge: Judge) -> None:
    try:
        delivery.reply = judge(attempt.answer)
    except BadAnswer as bad:
        delivery.attempts[-1] = Attempt(attempt.status, attempt.answer, str(bad))
        delivery.outcome = "failed"
    else:
        delivery.outcome = "nothing" if delivery.reply is None else "reply"
