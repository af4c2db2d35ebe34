"""One customer's browser: a session of its own, messages in, answers out, by docs/web-protocol.md alone."""

import base64
import json
import time
from typing import Any, Optional

import requests

Message = dict[str, Any]
PATIENCE = 60.0  # seconds one answer may take


class Chat:
    """A conversation; `messages` is everything the customer has been shown so far."""

    def __init__(self, address: str) -> None:
        self._base = f"{address}/webhooks/web"
        self._http = requests.Session()
        self.messages: list[Message] = []
        self.sent = 0
        answer = self._http.post(f"{self._base}/session", timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        self.token: str = answer.json()["token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    @property
    def conversation_id(self) -> str:
        """The subject of the token, which is Rasa's sender id."""
        payload = self.token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])

    def post(self, **what: Any) -> requests.Response:
        """Send a message with a new client message id and return the server's response."""
        self.sent += 1
        return self.post_body(json.dumps({"client_msg_id": f"m{self.sent}", **what}, ensure_ascii=False).encode())

    def post_body(self, body: bytes) -> requests.Response:
        """Send a body as it is."""
        return self._http.post(f"{self._base}/messages", data=body, timeout=PATIENCE)

    def answer(self, seq: int) -> list[Message]:
        """Wait until the message `seq` is answered; return everything shown after it."""
        deadline = time.monotonic() + PATIENCE
        while not any(m["author"] == "bot" for m in self._after(seq)):
            assert time.monotonic() < deadline, f"no answer within {PATIENCE:.0f} s"
            self.read(wait=5)
        return self._after(seq)

    def read(self, wait: int = 0) -> None:
        """Read what is new, waiting up to `wait` seconds for it."""
        last = self.messages[-1]["seq"] if self.messages else 0
        self.messages += self._get(last, wait)
        assert [m["seq"] for m in self.messages] == list(range(1, len(self.messages) + 1)), "a message is missing"

    def shown_after_reload(self) -> list[Message]:
        """Return what a reloaded page would show."""
        return self._get(0, 0)

    def button(self, title: str) -> Optional[str]:
        """Return the id of the newest button with this title."""
        buttons = [b for m in self.messages for b in m.get("buttons", []) if b["title"] == title]
        return str(buttons[-1]["id"]) if buttons else None

    def _get(self, after: int, wait: int) -> list[Message]:
        answer = self._http.get(f"{self._base}/messages", params={"after": after, "wait": wait}, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        messages: list[Message] = answer.json()["messages"]
        return messages

    def _after(self, seq: int) -> list[Message]:
        return [m for m in self.messages if m["seq"] > seq]
