"""Refusals as WeChat gives them: HTTP 200 with an `errcode` in the body."""
from typing import Any, Optional

MESSAGES = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40015: "invalid button type",
    40016: "invalid button size",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40025: "invalid sub button name size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40058: "invalid parameter",
    40096: "invalid external userid",
    40125: "invalid appsecret",
    40164: "invalid ip, not in whitelist",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit",
    45015: "response out of time limit or subscription is canceled",
    45033: "out of limit of concurrent calls",
    45047: "out of response count limit",
    45072: "command must be in typing or canceltyping",
    45080: "there must be a user interaction within 30 seconds",
    45081: "already typing",
    45098: "msgmenu too long",
    47001: "data format error",
    60020: "not allow to access from your ip",
    65401: "invalid kf_account",
    65413: "no such session",
    65414: "the customer is served by another agent",
    65415: "the agent is not online",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95007: "invalid msg token",
    95013: "session is over",
    95014: "not servicer",
    95018: "send msg session status invalid",
}


class Refused(Exception):
    """A call breaks a rule; `errcode` is one of the platform's global return codes."""

    def __init__(self, errcode: int, errmsg: Optional[str] = None) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or MESSAGES.get(errcode, "error")


def answer(errcode: int = 0, errmsg: Optional[str] = None, **more: Any) -> dict[str, Any]:
    """Return the body of an answer."""
    return {"errcode": errcode, "errmsg": errmsg or MESSAGES.get(errcode, "error"), **more}
