"""The agents' pages: files that `make` builds from `web/desk/`, served from here and from nowhere else."""
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dengta.settings import ROOT

BUILT = ROOT / "web" / "desk" / "dist"
# Which of them is shown, the page decides itself.
ADDRESSES = ("/", "/wall", "/tickets", "/tickets/{ticket_no}", "/account", "/accounts")


class _Assets(StaticFiles):
    """Files whose names change with their content."""

    def file_response(self, full_path: "str | PathLike[str]", *args: Any, **kwargs: Any) -> Response:
        """Return a file that browsers keep."""
        response = super().file_response(full_path, *args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def routes(built: Path) -> Sequence[BaseRoute]:
    """Return the routes of the pages in a folder; what they show comes from the API."""

    async def index(_request: Request) -> Response:
        if not (built / "index.html").is_file():
            return PlainTextResponse("The pages are not built yet: run `make pages`.\n", status_code=503)
        return FileResponse(built / "index.html", headers={"Cache-Control": "no-cache"})

    shown = (Route(address, index) for address in ADDRESSES)
    return (*shown, Mount("/assets", _Assets(directory=built / "assets", check_dir=False)))
