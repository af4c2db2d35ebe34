"""The files of the chat page, and the headers that keep anything else from running on it."""
import re
from pathlib import Path

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, file, json, redirect

from dengta.channels import rating_card, wording
from dengta.channels.errors import RefusedError
from dengta.settings import ROOT

CHAT = ROOT / "web" / "chat"
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def add_to(routes: Blueprint) -> None:
    """Add the page, its files and its sentences to the routes of the web channel."""
    routes.add_route(_page, "/", methods=["GET"])
    routes.add_route(_file, "/chat/<name:str>", methods=["GET"])
    routes.add_route(_texts, "/texts", methods=["GET"])


async def _page(request: Request) -> HTTPResponse:
    if not request.path.endswith("/"):
        return redirect(f"{request.path}/")
    return await _send(CHAT / "index.html")


async def _file(_request: Request, name: str) -> HTTPResponse:
    if not _FILE_NAME.fullmatch(name):
        raise RefusedError("not_found")
    return await _send(CHAT / name)


async def _texts(_request: Request) -> HTTPResponse:
    return json({**wording.web()["widget"], "rating": rating_card.texts()}, headers={"Cache-Control": "no-cache"})


async def _send(path: Path) -> HTTPResponse:
    if path.suffix not in CONTENT_TYPES:
        raise RefusedError("not_found")
    try:
        return await file(path, headers=HEADERS, mime_type=CONTENT_TYPES[path.suffix])
    except (FileNotFoundError, IsADirectoryError):
        raise RefusedError("not_found") from None
