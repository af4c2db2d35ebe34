"""The settings of a WeChat Official Account (公众号/服务号), `DENGTA_WECHAT_*`."""
from dataclasses import dataclass, field
from typing import Literal, Mapping, Optional, cast

from dengta.consoles import AES_KEY, TOKEN, copied

API = "https://api.weixin.qq.com"

Handoff = Literal["desk", "transfer"]

_EXPECTED = {
    "APPID": (r"[A-Za-z0-9_-]{0,32}", "the appid from WeChat's console"),
    "SECRET": (r"\S+", "the account's secret"),
    "TOKEN": (TOKEN, "3 to 32 letters and digits, as in WeChat's console"),
    "AES_KEY": (f"({AES_KEY})?", "the EncodingAESKey of 43 letters and digits"),
    "PREVIOUS_AES_KEY": (f"({AES_KEY})?", "an EncodingAESKey of 43 letters and digits"),
    "HANDOFF": (r"(desk|transfer)?", "desk or transfer"),
    "KF_ACCOUNT": (r"(\S+@\S+)?", "the name of one of WeChat's agents, like name@account"),
}


@dataclass(frozen=True)
class OfficialAccount:
    """What WeChat's console says about an account, and how people are reached there.

    `aes_keys` hold the current EncodingAESKey and, while it is being changed, the previous one; without any the account
    is in plain mode. `handoff` says who takes over: our own `desk`, or WeChat's agents (`transfer`), of whom
    `kf_account` may name one.
    """

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(repr=False)
    handoff: Handoff
    kf_account: Optional[str]
    api: str


def read(values: Mapping[str, Optional[str]], demo: bool) -> Optional[OfficialAccount]:
    """Build the account from raw `DENGTA_WECHAT_*` strings; None without an appid.

    Raises:
        ValueError: one of them is missing or malformed; the message names it.
    """
    given = copied(values, "DENGTA_WECHAT_", _EXPECTED, API, demo)
    if not given:
        return None
    aes_keys = tuple(key for key in (given["AES_KEY"], given["PREVIOUS_AES_KEY"]) if key)
    if not given["AES_KEY"] and (given["PREVIOUS_AES_KEY"] or not demo):
        raise ValueError("DENGTA_WECHAT_AES_KEY must be set: only safe mode protects what customers write")
    return OfficialAccount(
        appid=given["APPID"],
        secret=given["SECRET"],
        token=given["TOKEN"],
        aes_keys=aes_keys,
        handoff=cast(Handoff, given["HANDOFF"] or "desk"),
        kf_account=given["KF_ACCOUNT"] or None,
        api=given["API"],
    )
