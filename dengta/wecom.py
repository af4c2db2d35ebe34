"""The settings of 微信客服 (kf) of a WeCom corporation, `DENGTA_WECOM_*`."""
from dataclasses import dataclass, field
from typing import Literal, Mapping, Optional, cast

from dengta.consoles import AES_KEY, TOKEN, copied

API = "https://qyapi.weixin.qq.com"

Handoff = Literal["desk", "wecom"]

_EXPECTED = {
    "CORPID": (r"[A-Za-z0-9_-]{0,32}", "the corpid from WeCom's console"),
    "SECRET": (r"\S+", "the secret of the app that may call the interface of kf"),
    "TOKEN": (TOKEN, "3 to 32 letters and digits, as in WeCom's console"),
    "AES_KEY": (AES_KEY, "the EncodingAESKey of 43 letters and digits"),
    "PREVIOUS_AES_KEY": (f"({AES_KEY})?", "an EncodingAESKey of 43 letters and digits"),
    "HANDOFF": (r"(desk|wecom)?", "desk or wecom"),
    "SERVICER": (r"\S{0,64}", "the userid of an agent in WeCom"),
}


@dataclass(frozen=True)
class Corporation:
    """What WeCom's console says about a corporation, and how people are reached there.

    `aes_keys` hold the current EncodingAESKey and, while it is being changed, the previous one. `handoff` says who
    takes over: our own `desk`, or WeCom's agents (`wecom`), of whom `servicer` may name one.
    """

    corpid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(repr=False)
    handoff: Handoff
    servicer: Optional[str]
    api: str


def read(values: Mapping[str, Optional[str]], demo: bool) -> Optional[Corporation]:
    """Build the corporation from raw `DENGTA_WECOM_*` strings; None without a corpid.

    Raises:
        ValueError: one of them is missing or malformed; the message names it.
    """
    given = copied(values, "DENGTA_WECOM_", _EXPECTED, API, demo)
    if not given:
        return None
    return Corporation(
        corpid=given["CORPID"],
        secret=given["SECRET"],
        token=given["TOKEN"],
        aes_keys=tuple(key for key in (given["AES_KEY"], given["PREVIOUS_AES_KEY"]) if key),
        handoff=cast(Handoff, given["HANDOFF"] or "desk"),
        servicer=given["SERVICER"] or None,
        api=given["API"],
    )
