"""A running platform, the tiny connector it pushes to, and a client of its API."""
import json
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Optional

import pytest
from aiohttp import ClientSession, web

from dengta.demo.wechat import Account, Handle, platform
from tests.demo.connector import Connector


@asynccontextmanager
async def listening(connector: Connector) -> AsyncIterator[str]:
    """Run a connector on a free port."""
    app = web.Application()
    app.router.add_route("*", "/wechat", connector.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/wechat"
    finally:
        connector.hang.set()
        await runner.cleanup()


class Api:
    """A client of the platform's API with a token of its own."""

    def __init__(self, wx: Handle, http: ClientSession) -> None:
        self.wx, self.http = wx, http
        self.token = ""

    async def fetch_token(self, **more: Any) -> dict[str, Any]:
        """Fetch the stable token and use it from now on."""
        account: Account = self.wx.world.account
        asked = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret, **more}
        answer = await self.post("/cgi-bin/stable_token", asked)
        self.token = answer.get("access_token", self.token)
        return answer

    async def post(self, path: str, body: Any = None, *, raw: Optional[bytes] = None, **params: str) -> dict[str, Any]:
        """Post JSON as a good client does, or raw bytes."""
        data = raw if raw is not None else json.dumps(body, ensure_ascii=False).encode()
        query = {"access_token": self.token, **params} if self.token or params else {}
        async with self.http.post(self.wx.base + path, data=data, params=query) as response:
            return await response.json()

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """Get JSON."""
        async with self.http.get(self.wx.base + path, params={"access_token": self.token, **params}) as response:
            return await response.json()

    async def send(self, openid: str, text: str) -> int:
        """Send a customer-service text; return the errcode."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        return (await self.post("/cgi-bin/message/custom/send", body))["errcode"]


@pytest.fixture
def connector() -> Connector:
    """Return the connector the platform pushes to."""
    return Connector()


@pytest.fixture
async def wx(connector: Connector) -> AsyncIterator[Handle]:
    """Run a platform that pushes to the connector."""
    async with listening(connector) as url, platform(url) as wx:
        yield wx


@pytest.fixture
async def api(wx: Handle) -> AsyncIterator[Api]:
    """Return a client of the API that has a token."""
    async with ClientSession() as http:
        api = Api(wx, http)
        await api.fetch_token()
        yield api
