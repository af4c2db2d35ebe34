"""Wraps what is pushed to the connector and unwraps what it answers, with wechatpy as the independent peer for AES."""
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any, Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import WeChatSigner

from dengta.demo.wechat.settings import Keys, Wire

SEALED = ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")


class BadAnswer(Exception):
    """The connector answered something WeChat would not accept; the message says what, without its content."""


@dataclass(frozen=True)
class Sealed:
    """A request to the connector."""

    params: dict[str, str]
    body: str
    content_type: str


def seal(message: Mapping[str, Any], wire: Wire, keys: Keys, openid: str) -> Sealed:
    """Return the request that brings a message in the wire's mode and format."""
    timestamp, nonce = str(int(time.time()) + wire.skew), str(secrets.randbelow(10**10))
    params = {"signature": _sign(keys.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    params["openid"] = openid
    content_type = "application/json" if wire.format == "json" else "text/xml"
    if wire.mode == "plain":
        return Sealed(params, write(message, wire.format), content_type)
    envelope = _encrypt(write(message, wire.format), keys, wire, timestamp, nonce)
    params |= {"encrypt_type": "aes", "msg_signature": envelope["MsgSignature"]}
    clear = message if wire.mode == "compat" else {"ToUserName": message["ToUserName"]}
    return Sealed(params, write({**clear, "Encrypt": envelope["Encrypt"]}, wire.format), content_type)


def seal_for_corp(message: Mapping[str, Any], wire: Wire, keys: Keys) -> Sealed:
    """Return the request as WeCom makes it: always encrypted XML, and no signature but `msg_signature`."""
    timestamp, nonce = str(int(time.time()) + wire.skew), str(secrets.randbelow(10**10))
    envelope = _encrypt(write(message, "xml"), keys, wire, timestamp, nonce)
    params = {"msg_signature": envelope["MsgSignature"], "timestamp": timestamp, "nonce": nonce}
    body = {"ToUserName": message["ToUserName"], "AgentID": "", "Encrypt": envelope["Encrypt"]}
    return Sealed(params, write(body, "xml"), "text/xml")


def unseal(body: str, wire: Wire, keys: Keys) -> dict[str, Any]:
    """Return the passive reply in an answer.

    Raises:
        BadAnswer: it has not the format of the account, or in an aes mode is not encrypted and signed as it must be.
    """
    if body.startswith("{") != (wire.format == "json"):
        raise BadAnswer(f"the account's messages are {wire.format}")
    answer = read(body)
    if wire.mode == "plain":
        return answer
    if any(not isinstance(answer.get(key), (str, int)) for key in SEALED):
        raise BadAnswer("the reply is not encrypted")
    crypto = WeChatCrypto(keys.token, _key(wire, keys), keys.receive_id)
    signature, timestamp, nonce = (str(answer[key]) for key in SEALED[1:])
    try:
        return read(crypto.decrypt_message(answer, signature, timestamp, nonce))
    except InvalidSignatureException:
        raise BadAnswer("MsgSignature is wrong") from None
    except (InvalidAppIdException, ValueError, IndexError):
        raise BadAnswer("the reply cannot be decrypted") from None


def challenge(keys: Keys, encrypted: bool) -> tuple[dict[str, str], str]:
    """Return the query of a URL verification and the answer it must get; WeCom encrypts its challenge."""
    timestamp, nonce, echo = str(int(time.time())), str(secrets.randbelow(10**10)), str(secrets.randbelow(10**19))
    if not encrypted:
        signature = _sign(keys.token, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}, echo
    crypto = WeChatCrypto(keys.token, keys.current, keys.receive_id)
    sealed = PrpCrypto(crypto.key).encrypt(echo, keys.receive_id).decode()
    signature = _sign(keys.token, timestamp, nonce, sealed)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": sealed}, echo


def write(message: Mapping[str, Any], form: str) -> str:
    """Return a message as XML or JSON text."""
    return json.dumps(message, ensure_ascii=False) if form == "json" else f"<xml>{_children(message)}</xml>"


def read(text: str) -> dict[str, Any]:
    """Return XML or JSON text as a dict; elements that occur twice become a list.

    Raises:
        BadAnswer: it is neither.
    """
    try:
        content = json.loads(text) if text.startswith("{") else _content(fromstring(text, forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError):
        raise BadAnswer("the answer is neither XML nor JSON") from None
    if not isinstance(content, dict):
        raise BadAnswer("the answer has no fields")
    return content


def _encrypt(text: str, keys: Keys, wire: Wire, timestamp: str, nonce: str) -> dict[str, Any]:
    crypto = WeChatCrypto(keys.token, _key(wire, keys), keys.receive_id)
    return read(crypto.encrypt_message(text, nonce, timestamp))


def _key(wire: Wire, keys: Keys) -> str:
    if wire.key == "previous":
        if keys.previous is None:
            raise ValueError("the account has no previous key")
        return keys.previous
    return keys.current


def _sign(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _children(message: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in message.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _children(value)
    if isinstance(value, (int, float)):
        return str(value)
    return "<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _content(element: Element) -> Any:
    if not len(element):
        return element.text or ""
    content: dict[str, Any] = {}
    for child in element:
        value = _content(child)
        content[child.tag] = [*_listed(content[child.tag]), value] if child.tag in content else value
    return content


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
