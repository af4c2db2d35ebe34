"""What a push means for the conversation: what the customer is seen to have said, and what answers it."""
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

from dengta.channels import inbound
from dengta.channels.rating_words import RatingWords
from dengta.channels.wechat import choices
from dengta.channels.wechat.messages import (
    Click,
    Image,
    Incoming,
    Link,
    Location,
    Message,
    MiniProgramPage,
    Subscribe,
    Text,
    Video,
    Voice,
)
from dengta.channels.wechat.outbox import Outbox
from dengta.channels.wechat.quota import Kind
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.voice import Voices
from dengta.conversation.log import Alongside, MessageLog
from dengta.conversation.messages import Body

log = logging.getLogger(__name__)

_LONGEST_CHOICE = 40  # characters; a title has at most ten
_KINDS: Mapping[type[Message], str] = {
    Image: "image",
    Voice: "voice",
    Video: "video",
    Location: "location",
    Link: "link",
    MiniProgramPage: "page",
}


@dataclass(frozen=True)
class Heard:
    """What is stored: `answers` are given at once if there are any, an empty list says nothing, None asks for a turn.

    `grant` is what WeChat lets us send because of it, `note` is done in the transaction that stores it.
    """

    body: Body = field(repr=False)
    grant: Kind
    answers: Optional[Sequence[Body]] = field(repr=False, default=None)
    note: Optional[Alongside] = None


class Receiving:
    """Reads pushes in the light of their conversation."""

    def __init__(self, messages: MessageLog, outbox: Outbox, voices: Voices, ratings: RatingWords) -> None:
        self._messages = messages
        self._outbox = outbox
        self._voices = voices
        self._ratings = ratings

    async def hear(self, conversation_id: str, incoming: Incoming) -> Optional[Heard]:
        """Return what a message or event says, None if there is nothing to store or to answer.

        Raises:
            DatabaseUnavailable: the conversation cannot be read.
        """
        if isinstance(incoming, Text):
            grant: Kind = "click" if incoming.menu_id else "message"
            return await self._text(conversation_id, incoming.content, grant, incoming.menu_id)
        if isinstance(incoming, Voice) and (words := await self._voices.words(incoming)):
            return await self._text(conversation_id, words, "message")
        if isinstance(incoming, Message):
            return _wordless(_KINDS.get(type(incoming), "other"))
        if isinstance(incoming, Subscribe):
            greeting = sentences()["greeting"]
            return Heard({"text": sentences()["seen"]["subscribe"]}, "subscribe", [greeting])
        if isinstance(incoming, Click):
            return _clicked(sentences()["account_menu"].get(incoming.key))
        return None

    async def _text(self, conversation_id: str, typed: str, grant: Kind, menu_id: str = "") -> Heard:
        text = inbound.tidy(typed)
        if not text:
            return _wordless("other")
        if len(text) > inbound.MAX_TEXT:
            return Heard({"text": text}, grant, [{"text": sentences()["too_long"]}])
        rated = await self._ratings.read(conversation_id, text, menu_id)
        if rated is not None:
            return Heard({"text": text}, grant, rated.answers, rated.note)
        if len(text) <= _LONGEST_CHOICE:
            offered = await self._messages.offered(conversation_id)
            chosen = choices.choice(text, [button.title for button in offered])
            if chosen is not None:
                return Heard({"text": offered[chosen].title, "payload": offered[chosen].payload}, grant)
            if choices.asks_for_rest(text) and await self._outbox.has_rest(conversation_id):
                return Heard({"text": text}, grant, [])
        return Heard({"text": text}, grant)


def _wordless(kind: str) -> Heard:
    answer = sentences().get(kind, sentences()["other"])
    return Heard({"text": sentences()["seen"][kind]}, "message", [{"text": answer}])


def _clicked(item: Optional[Mapping[str, Any]]) -> Optional[Heard]:
    if item is None:
        log.warning("an item of the account's menu has a key that data/lexicon/wechat.yml does not list")
        return None
    return Heard({"text": item["title"], "payload": item["payload"]}, "click")
