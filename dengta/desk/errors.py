"""The error codes of the desk's protocol (docs/desk-protocol.md); their sentences are in `data/lexicon/desk.yml`."""
from typing import Any

STATUS = {
    "invalid_json": 400,
    "login_failed": 401,
    "login_required": 401,
    "origin_forbidden": 403,
    "csrf_invalid": 403,
    "not_allowed": 403,
    "password_expired": 403,
    "password_wrong": 403,
    "not_in_group": 403,
    "not_owner": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "owner_changed": 409,
    "at_capacity": 409,
    "not_online": 409,
    "conversation_closed": 409,
    "agent_exists": 409,
    "own_account": 409,
    "last_admin": 409,
    "nothing_proposed": 409,
    "ticket_changed": 409,
    "ticket_state": 409,
    "extension_refused": 409,
    "body_too_large": 413,
    "invalid_request": 422,
    "draft_refused": 422,
    "unknown_group": 422,
    "wrong_group": 422,
    "weak_password": 422,
    "agent_id": 422,
    "agent_name": 422,
    "agent_role": 422,
    "agent_groups": 422,
    "agent_capacity": 422,
    "remedies_missing": 422,
    "internal": 500,
    "unavailable": 503,
}


class RefusedError(Exception):
    """A request that is answered with one of the codes above and, beside it, with `details`."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.details = details
