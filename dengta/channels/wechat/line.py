"""How pieces of the outbox go to customers of an official account: as customer-service messages, or to its agents."""
import logging
from collections.abc import Awaitable, Callable
from typing import Optional, Union

from dengta.channels.wechat.client import WeChatApi
from dengta.channels.wechat.errors import Busy, Doubtful, Failure, Outcome, Sent, Unreachable
from dengta.channels.wechat.handoff import Agents
from dengta.channels.wechat.pieces import Piece

log = logging.getLogger(__name__)


class OfficialLine:
    """The line to all followers of an account. Addresses are openids."""

    repeatable = False

    def __init__(
        self,
        api: WeChatApi,
        agents: Agents,
        kf_account: Optional[str],
        unfollowed: Callable[[str], Awaitable[None]],
    ) -> None:
        """`kf_account` is the agent who gets customers; `unfollowed` ends what an openid has with us."""
        self._api = api
        self._agents = agents
        self._kf_account = kf_account
        self._unfollowed = unfollowed

    async def text(self, _piece: Piece, address: str, text: str) -> Outcome:
        """Send a text."""
        return await self._api.send_text(address, text)

    async def image(self, _piece: Piece, address: str, media_id: str) -> Outcome:
        """Send a picture that was uploaded."""
        return await self._api.send_image(address, media_id)

    async def upload(self, png: bytes) -> Union[str, Failure]:
        """Upload a picture."""
        return await self._api.upload_image(png)

    async def transfer(self, piece: Piece, address: str) -> bool:
        """Open a session with the agent, or let the bot go on if that cannot be; False to try again later.

        Without an agent's name nothing can be done by API: the customer's next message will be passed on.
        """
        if self._kf_account is None:
            return True
        outcome = await self._api.kf_session_create(address, self._kf_account)
        if isinstance(outcome, (Busy, Unreachable)):
            return False
        if not isinstance(outcome, (Sent, Doubtful)):
            log.warning("WeChat's agents did not take a customer over: %s", outcome)
            await self._agents.done(piece.conversation_id)
        return True

    async def gone(self, address: str) -> None:
        """Unbind somebody who does not follow the account any more."""
        await self._unfollowed(address)
