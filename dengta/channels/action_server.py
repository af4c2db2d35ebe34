"""Calls to the action server that end in time, and tell the truth when they fail."""
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Optional

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from dengta.conversation.turns import TurnFailedError

TIMEOUT = aiohttp.ClientTimeout(total=8.0, connect=2.0)
BACK_WITHIN = 8.0  # seconds in which a restarted action server is back on a busy machine
_TRY_AGAIN = 0.2


class ActionServer(EndpointConfig):
    """The action endpoint. A call that fails ends the whole turn.

    Rasa would log a failed action as done and go on with the next line of the story (`MessageProcessor._run_action`),
    or take an unchecked form value for a valid one. Here the turn stops, the tracker stays as it was before the
    message, and the customer gets the channel's apology. An action that declines to run (status 400) is passed on. A
    server that takes no connection is starting again: nothing has happened there, so the call is made when it is back.
    """

    async def request(
        self,
        method: str = "post",
        subpath: Optional[str] = None,
        content_type: Optional[str] = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Run one action and return its events and responses.

        Raises:
            ClientResponseError: the action declined to run.
            TurnFailedError: no connection within 8 seconds, or no usable answer within another 8.
        """
        kwargs["timeout"] = TIMEOUT
        call = partial(super().request, method, subpath, content_type, compress, **kwargs)
        try:
            result = await _when_it_is_back(call)
        except ClientResponseError as error:
            if _declined(error):
                raise
            raise TurnFailedError(f"action server answered {error.status}") from None
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise TurnFailedError(f"action server: {type(error).__name__}") from None
        if not isinstance(result, dict) or not isinstance(result.get("events"), list):
            raise TurnFailedError("action server did not answer with events")
        return result


async def _when_it_is_back(call: Callable[[], Awaitable[Any]]) -> Any:
    until = time.monotonic() + BACK_WITHIN
    while True:
        try:
            return await call()
        except aiohttp.ClientConnectorError:
            if time.monotonic() > until:
                raise
        await asyncio.sleep(_TRY_AGAIN)


def _declined(error: ClientResponseError) -> bool:
    if error.status != 400:
        return False
    try:
        return "action_name" in json.loads(error.text)
    except (ValueError, TypeError):
        return False
