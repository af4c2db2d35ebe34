"""Passive replies: the one message that may answer a push within five seconds, as fields for `envelope.wrap`.

Types and fields: developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html and
/doc/subscription/guide/product/kf/forwarding.html. `now` is in seconds of real time.
"""
from typing import Any, Optional

from dengta.channels.wechat.messages import Incoming, Message
from dengta.channels.wechat.wire import Fields

SUCCESS = "success"  # the body that says nothing to the customer and stops the retries; never encrypted


def text(to: Incoming, content: str, now: float) -> Fields:
    """Answer with text; its length is the caller's business."""
    return _reply(to, "text", now, Content=content)


def image(to: Incoming, media_id: str, now: float) -> Fields:
    """Answer with an image uploaded before."""
    return _reply(to, "image", now, Image={"MediaId": media_id})


def transfer(to: Message, now: float, kf_account: Optional[str] = None) -> Fields:
    """Hand a customer's message to the platform's own agents, or to one of them; never an event.

    If the named agent is not there, nobody else gets the customer.
    """
    agent = {"TransInfo": {"KfAccount": kf_account}} if kf_account else {}
    return _reply(to, "transfer_customer_service", now, **agent)


def _reply(to: Incoming, kind: str, now: float, **content: Any) -> Fields:
    return {
        "ToUserName": to.sender,
        "FromUserName": to.account,
        "CreateTime": int(now),
        "MsgType": kind,
        **content,
    }
