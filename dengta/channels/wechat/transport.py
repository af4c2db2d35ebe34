"""HTTP to the WeChat platform: one JSON object back, or what went wrong, never an exception that carries an address.

Access tokens and WeCom's secret travel in the query, so no URL may reach a log; the exceptions of aiohttp hold URLs and
end here.
"""
import asyncio
import json
from typing import Any, Callable, Mapping, Optional, Union
from urllib.parse import urlsplit

import aiohttp

from dengta.channels.wechat.errors import Doubtful, Failure, Unreachable, failure

TIMEOUT = aiohttp.ClientTimeout(total=5.0, connect=2.0)
_JSON = {"Content-Type": "application/json; charset=utf-8"}

Reply = Union[Mapping[str, Any], Failure]


def _read(raw: bytes) -> Reply:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return Doubtful("no JSON")
    code = answer.get("errcode", 0) if isinstance(answer, dict) else None
    if not isinstance(code, int):
        return Doubtful("no errcode")
    return failure(code) if code else answer


def _read_file(raw: bytes) -> Reply:
    return _read(raw) if raw[:1] == b"{" else {"content": raw}


class Transport:
    """Calls to one platform address over a session that all accounts share."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        """`base` is `https://host`; plain http is accepted for the fake platform on 127.0.0.1 only.

        Raises:
            ValueError: `base` is anything else.
        """
        self._base = _checked(base)
        self._session = session

    async def get(self, path: str, query: Mapping[str, str]) -> Reply:
        """Read something."""
        return await self._exchange("GET", path, query, None, {})

    async def post(self, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> Reply:
        """Send JSON in UTF-8 as it is: WeChat refuses `\\uXXXX` with 40033."""
        return await self._exchange("POST", path, query, json.dumps(body, ensure_ascii=False).encode(), _JSON)

    async def upload(self, path: str, query: Mapping[str, str], name: str, content: bytes, kind: str) -> Reply:
        """Send a file as the form field `media`."""
        form = aiohttp.FormData()
        form.add_field("media", content, filename=name, content_type=kind)
        return await self._exchange("POST", path, query, form, {})

    async def download(self, path: str, query: Mapping[str, str]) -> Reply:
        """Fetch a file, which is then in the field `content`; refusals are JSON as everywhere."""
        return await self._exchange("GET", path, query, None, {}, _read_file)

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        data: Optional[Union[bytes, aiohttp.FormData]],
        headers: Mapping[str, str],
        read: Callable[[bytes], Reply] = _read,
    ) -> Reply:
        request = self._session.request(
            method, self._base + path, params=query, data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        try:
            async with request as response:
                status, raw = response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError) as error:  # both only while connecting
            return Unreachable(type(error).__name__)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            return Doubtful(type(error).__name__)
        return read(raw) if status == 200 else Doubtful(f"status {status}")


def _checked(base: str) -> str:
    parts = urlsplit(base)
    local = parts.scheme == "http" and parts.hostname == "127.0.0.1"
    if not (parts.hostname and (parts.scheme == "https" or local)) or base != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("the address of the WeChat API must look like https://api.weixin.qq.com")
    return base
