"""What the bot would say with the customer's own figures: its reading actions are run for the agent's eyes only."""
import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Optional, Protocol

import aiohttp

from dengta.handoff.approved import domain

_TIMEOUT = aiohttp.ClientTimeout(total=5.0, connect=1.0)
_OWN_FIELDS = {"text", "buttons", "elements", "custom", "template", "response", "image", "attachment"}


class AnswersUnavailableError(Exception):
    """The action server did not answer, or not as it should; the message holds no customer text."""


@dataclass(frozen=True)
class Part:
    """A response of the domain with the values to put into it."""

    response: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What an action says; `slots` are those it set, `form` the form it goes on with."""

    parts: Sequence[Part]
    slots: Mapping[str, Any]
    form: Optional[str]


class Answers(Protocol):
    """Runs actions of the bot without telling the customer."""

    async def run(
        self, action: str, conversation_id: str, message: Mapping[str, Any], slots: Mapping[str, Any]
    ) -> Answer:
        """Return what an action says to a message.

        Raises:
            AnswersUnavailableError: it cannot be run at the moment.
        """
        ...


class ActionServer:
    """The bot's action server, on the same machine. It checks itself whose records may be read."""

    def __init__(self, url: str) -> None:
        """`url` is the server's webhook."""
        self._url = url

    async def run(
        self, action: str, conversation_id: str, message: Mapping[str, Any], slots: Mapping[str, Any]
    ) -> Answer:
        """Run an action on a conversation of which it knows nothing but this message.

        Raises:
            AnswersUnavailableError: no usable answer within 5 seconds.
        """
        call = action_call(action, conversation_id, message, slots)
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
                async with session.post(self._url, json=call) as response:
                    response.raise_for_status()
                    return read_answer(await response.json())
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, KeyError, TypeError) as error:
            raise AnswersUnavailableError(type(error).__name__) from None


def action_call(
    action: str, conversation_id: str, message: Mapping[str, Any], slots: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the body of a call to the action server, as Rasa would make it."""
    declared = {name: slot.get("initial_value") for name, slot in domain()["slots"].items()}
    tracker = {
        "sender_id": conversation_id,
        "slots": {**declared, "requested_slot": None, **slots},
        "latest_message": dict(message),
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    shown = {"responses": domain()["responses"]}
    return {
        "next_action": action,
        "sender_id": conversation_id,
        "tracker": tracker,
        "domain": shown,
        "version": version("rasa-sdk"),
    }


def read_answer(result: Mapping[str, Any]) -> Answer:
    """Return what the action server's reply says; a malformed one is a KeyError or TypeError."""
    events = result["events"]
    forms = [event["name"] for event in events if event["event"] == "followup" and event["name"] in domain()["forms"]]
    return Answer(
        parts=tuple(
            Part(said["response"], {name: value for name, value in said.items() if name not in _OWN_FIELDS})
            for said in result["responses"]
            if said.get("response")
        ),
        slots={event["name"]: event["value"] for event in events if event["event"] == "slot"},
        form=forms[0] if forms else None,
    )
