"""What became of a call to WeChat: a closed set of outcomes, each of which means one thing to do.

WeChat answers with HTTP 200 and an `errcode`; only that number decides, never the message beside it.

Sources: /doc/offiaccount/Getting_Started/Global_Return_Code.html, developer.work.weixin.qq.com/document/path/90455.
"""
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Sent:
    """WeChat took it. For WeCom's 微信客服 that does not yet mean that it arrives."""


@dataclass(frozen=True)
class _Coded:
    code: int  # the errcode

    def __str__(self) -> str:
        return f"{type(self).__name__}, errcode {self.code}"


@dataclass(frozen=True)
class WindowClosed(_Coded):
    """The customer's last action is too long ago: send nothing before the next one."""


@dataclass(frozen=True)
class QuotaUsedUp(_Coded):
    """As many messages were sent as the customer's last action allows: keep the rest for the next one."""


@dataclass(frozen=True)
class Gone(_Coded):
    """Nobody follows the account under this openid: unbind it."""


@dataclass(frozen=True)
class TooLong(_Coded):
    """The text has too many bytes: split it and try once more."""


@dataclass(frozen=True)
class MediaGone(_Coded):
    """The picture is unknown or older than three days: upload it once more."""


@dataclass(frozen=True)
class NoAgent(_Coded):
    """WeChat's own customer service cannot take the customer over: use our own queue."""


@dataclass(frozen=True)
class WrongState(_Coded):
    """The session of 微信客服 is not in a state that allows this: read the state again."""


@dataclass(frozen=True)
class Refused(_Coded):
    """WeChat will never take this, because the customer refuses messages or for an unforeseen reason: drop it."""


@dataclass(frozen=True)
class Misconfigured(_Coded):
    """Nothing can be sent before an operator mends the account's settings: answer only passively."""


@dataclass(frozen=True)
class Busy(_Coded):
    """WeChat is overloaded, or was called too often; it was retried here already: try again in some minutes."""


@dataclass(frozen=True)
class Unreachable:
    """The request certainly never arrived; `cause` names the failure. Sending it again is safe."""

    cause: str


@dataclass(frozen=True)
class Doubtful:
    """The request was on its way when the connection failed; sending it again may deliver it twice."""

    cause: str


Answered = Union[
    WindowClosed, QuotaUsedUp, Gone, TooLong, MediaGone, NoAgent, WrongState, Refused, Misconfigured, Busy
]
Failure = Union[Answered, Unreachable, Doubtful]
Outcome = Union[Sent, Failure]

TOKEN_REFUSED = frozenset({40001, 40014, 42001})  # a new access token may help
CALLED_TOO_OFTEN = 45009

_MEANINGS: dict[type[Answered], tuple[int, ...]] = {
    WindowClosed: (45015, 95002),
    QuotaUsedUp: (45047, 95001),
    Gone: (40003, 43004, 50005),
    TooLong: (45002,),
    MediaGone: (40007,),
    NoAgent: (61451, *range(65400, 65416)),
    WrongState: (95013, 95014, 95018),
    Misconfigured: (*TOKEN_REFUSED, 40013, 40125, 40164, 41001, 48001, 60020, 95000, 95017),
    Busy: (-1, CALLED_TOO_OFTEN, 45011, 45033),
}
_BY_CODE = {code: meaning for meaning, codes in _MEANINGS.items() for code in codes}


def failure(code: int) -> Failure:
    """Return what an `errcode` other than 0 means."""
    return _BY_CODE.get(code, Refused)(code)
