"""Voice messages: what WeChat recognised, or what a lender's own recogniser makes of the sound."""
import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Optional, Protocol, Union

from dengta.channels.wechat.errors import Failure
from dengta.channels.wechat.messages import Voice
from dengta.logs import where
from dengta.settings import SettingsError

log = logging.getLogger(__name__)

LIMIT = 2.5  # seconds for fetching and recognising: the answer is due within five

Recognise = Callable[[bytes], Awaitable[Optional[str]]]


class Media(Protocol):
    """Where a platform keeps what customers sent."""

    async def media(self, media_id: str) -> Union[bytes, Failure]:
        """Fetch a file."""
        ...


class Voices:
    """Turns voice messages into text as far as that is possible."""

    def __init__(self, api: Media, recognise: Optional[Recognise]) -> None:
        """`recognise` gets the sound (AMR or Speex, 16 kHz if WeChat has it) and returns its words, or None."""
        self._api = api
        self._recognise = recognise

    async def words(self, voice: Voice) -> str:
        """Return what was said, "" if that cannot be told."""
        if voice.recognition.strip() or self._recognise is None:
            return voice.recognition.strip()
        try:
            return await asyncio.wait_for(self._listen(voice, self._recognise), LIMIT)
        except asyncio.TimeoutError:
            log.warning("a voice message was not recognised within %.1f s", LIMIT)
        except Exception as error:  # noqa: BLE001  whatever a lender's recogniser does, the customer gets an answer
            log.error("the voice recogniser failed: %s", where(error))
        return ""

    async def _listen(self, voice: Voice, recognise: Recognise) -> str:
        sound = await self._api.media(voice.media_id_16k or voice.media_id)
        if not isinstance(sound, bytes):
            return ""
        return (await recognise(sound) or "").strip()


def load(path: Optional[str]) -> Optional[Recognise]:
    """Return the recogniser of `DENGTA_VOICE_RECOGNISER`, None without one.

    Raises:
        SettingsError: there is no such function.
    """
    if path is None:
        return None
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"DENGTA_VOICE_RECOGNISER: there is no {path} ({type(error).__name__})") from None
    if not callable(found):
        raise SettingsError(f"DENGTA_VOICE_RECOGNISER: {path} is no function")
    recognise: Recognise = found
    return recognise
