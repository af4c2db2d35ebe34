"""The error codes of the web protocol (docs/web-protocol.md); their sentences are in `data/lexicon/web.yml`."""
from typing import Optional

STATUS = {
    "invalid_json": 400,
    "invalid_message": 400,
    "token_invalid": 401,
    "token_expired": 401,
    "payload_unknown": 404,
    "invitation_unknown": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "invitation_expired": 410,
    "body_too_large": 413,
    "empty_message": 422,
    "too_long": 422,
    "rate_limited": 429,
    "internal": 500,
    "not_ready": 503,
}


class RefusedError(Exception):
    """A request that is answered with one of the codes above; `retry_after` is in seconds."""

    def __init__(self, code: str, retry_after: Optional[int] = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.retry_after = retry_after
