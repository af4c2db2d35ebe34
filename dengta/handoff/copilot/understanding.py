"""What a customer means, told by the assistant's model; a person has the conversation, so nothing is answered there."""
import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional, Protocol

import aiohttp

from dengta.channels.inbound import tidy

ANSWER, CLARIFY = "answer", "clarify"
PATH = "/internal/understanding"
_TIMEOUT = aiohttp.ClientTimeout(total=2.0)


class UnderstandingUnavailableError(Exception):
    """The model did not answer, or not as it should; the message holds no customer text."""


@dataclass(frozen=True)
class Reading:
    """An id of the taxonomy and how likely it is, 0 to 1."""

    id: str
    confidence: float


@dataclass(frozen=True)
class Understood:
    """What a message may mean, best reading first; `decision` is `answer`, `clarify` or `out_of_scope`.

    `message` is what the action server is told of it: text, intent, entities.
    """

    decision: str
    readings: Sequence[Reading]
    message: Mapping[str, Any]

    @property
    def reading(self) -> Optional[str]:
        """What the message means, None if that is not clear."""
        return self.readings[0].id if self.decision == ANSWER and self.readings else None


class Understanding(Protocol):
    """Understands what customers write."""

    async def understand(self, text: str) -> Understood:
        """Return what a text means.

        Raises:
            UnderstandingUnavailableError: nobody can tell at the moment.
        """
        ...


def credential(secret: str) -> str:
    """Return what the desk proves itself with to the assistant; the installation's secret cannot be told from it."""
    return hmac.new(secret.encode(), b"dengta understanding", hashlib.sha256).hexdigest()


class ModelServer:
    """The endpoint `dengta/channels/understanding.py` of the assistant's process, on the same machine."""

    def __init__(self, base: str, secret: str) -> None:
        """`base` is the assistant's address, `secret` that of the installation."""
        self._url = base + PATH
        self._headers = {"Authorization": f"Bearer {credential(secret)}"}

    async def understand(self, text: str) -> Understood:
        """Return what a text means; a leading `/`, which Rasa takes for a command, is made harmless first.

        Raises:
            UnderstandingUnavailableError: no usable answer within 2 seconds.
        """
        try:
            async with aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT) as session:
                async with session.post(self._url, json={"text": tidy(text)}) as response:
                    response.raise_for_status()
                    return _understood(await response.json())
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, KeyError, TypeError) as error:
            raise UnderstandingUnavailableError(type(error).__name__) from None


def _understood(parsed: Mapping[str, Any]) -> Understood:
    told = parsed["understanding"]
    readings = tuple(Reading(str(each["id"]), float(each["confidence"])) for each in told["readings"])
    message = {"text": parsed["text"], "intent": parsed["intent"], "entities": parsed["entities"]}
    return Understood(str(told["decision"]), readings, message)
