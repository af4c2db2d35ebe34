"""The account the platform serves, the rules it enforces, and how its messages travel to the connector."""
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Mapping, Optional


@dataclass(frozen=True)
class Keys:
    """What pushes are signed and encrypted with; `receive_id` closes every ciphertext."""

    token: str
    current: str
    previous: Optional[str]
    receive_id: str


@dataclass(frozen=True)
class Account:
    """A service account: what its owner reads in WeChat's console. The values are invented.

    `templates` are the ids of the notices it may send.
    """

    appid: str = "wx00d3e5f0demo0001"
    secret: str = "0123456789abcdef0123456789abcdef"
    token: str = "dengtaDemoToken"
    aes_key: str = "DengtaDemoEncodingAESKeyCurrent000000000001"
    previous_aes_key: Optional[str] = None
    original_id: str = "gh_dengta000001"
    templates: frozenset[str] = frozenset({"demo-template-0001"})

    @property
    def keys(self) -> Keys:
        """Return the keys of the account's pushes."""
        return Keys(self.token, self.aes_key, self.previous_aes_key, self.appid)


@dataclass(frozen=True)
class Corp:
    """A corporation with 微信客服 (kf): `kf_accounts` are names by open_kfid, `servicers` its agents."""

    corpid: str = "wwdengtademo000001"
    secret: str = "kfSecretkfSecretkfSecretkfSecretkfSecret000"
    token: str = "dengtaDemoKfToken"
    aes_key: str = "DengtaDemoKfEncodingAESKeyCurrent0000000001"
    previous_aes_key: Optional[str] = None
    kf_accounts: Mapping[str, str] = MappingProxyType({"wkDengtaDemo0001": "Dengta"})
    servicers: frozenset[str] = frozenset({"servicer1", "servicer2"})

    @property
    def keys(self) -> Keys:
        """Return the keys of the corporation's callbacks."""
        return Keys(self.token, self.aes_key, self.previous_aes_key, self.corpid)


@dataclass(frozen=True)
class Rules:
    """The limits of the platform.

    `read_limit` is in real seconds, `deliveries` counts all attempts at one message, `per_minute` and `concurrent` hold
    for each endpoint, `allowed_ips` is the account's IP list (None: the list is switched off). Of kf: `page` is the
    most messages one `sync_msg` returns, `syncs_without_token` how many calls a minute go without the token of a
    callback, `repeated_msgid` the errcode for a msgid sent before; 0, since none is documented, ignores the message.
    """

    read_limit: float = 5.0
    deliveries: int = 3
    per_minute: int = 10_000
    concurrent: int = 200
    allowed_ips: Optional[frozenset[str]] = None
    page: int = 1000
    syncs_without_token: int = 10
    repeated_msgid: int = 0


@dataclass
class Wire:
    """How messages reach the connector; a test may change it between two messages.

    `skew` seconds are added to the signed timestamp. `resign` signs every delivery afresh, with a new nonce; whether
    WeChat does is not documented.
    """

    connector: str
    mode: Literal["plain", "compat", "safe"] = "safe"
    format: Literal["xml", "json"] = "xml"
    key: Literal["current", "previous"] = "current"
    skew: int = 0
    resign: bool = False
