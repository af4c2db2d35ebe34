"""Turns of a conversation as the bot answers them, written straight to the message log."""
from typing import Optional

from dengta.conversation.log import MessageLog
from dengta.conversation.messages import Answered


async def says(log: MessageLog, talk: str, text: str, reading: Optional[str] = None) -> int:
    """Let the customer say something and the bot answer; return the seq of what the customer said."""
    said = await log.receive(talk, f"m{await _last(log, talk)}", {"text": text})
    inbound = await log.claim(talk)
    assert inbound is not None
    assert await log.reply(talk, inbound, Answered([{"text": f"re: {text}"}], reading))
    return said.seq


async def texts(log: MessageLog, talk: str) -> list[str]:
    """Return everything said in a conversation, in order."""
    return [message.text for message in await log.since(talk, 0)]


async def _last(log: MessageLog, talk: str) -> int:
    return (await log.pulses([talk]))[talk].seq
