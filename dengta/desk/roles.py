"""Who may do what at the desk. What is not listed is refused."""
from collections.abc import Mapping

OWN = "own"  # one's own session, presence and drafts
VIEW = "view"  # conversations, masked, with what the lender knows of their customer
SERVE = "serve"  # take conversations, speak in them, pass them on, close them
ASSIGN = "assign"  # give conversations of one's groups to colleagues
TICKETS = "tickets"  # work on tickets of one's groups
NOTE = "note"  # leave notes for colleagues
UNMASK = "unmask"  # see what is masked, in conversations one owns
SEARCH = "search"  # find conversations by customer, phone or ticket
WALL = "wall"  # figures of the groups one leads
ACCOUNTS = "accounts"  # who works at the desk

ROLES: Mapping[str, frozenset[str]] = {
    "agent": frozenset({OWN, VIEW, SERVE, TICKETS, NOTE, UNMASK, SEARCH}),
    "lead": frozenset({OWN, VIEW, SERVE, TICKETS, NOTE, UNMASK, SEARCH, ASSIGN, WALL}),
    "quality": frozenset({OWN, VIEW, NOTE, SEARCH, WALL}),
    "admin": frozenset({OWN, TICKETS, WALL, ACCOUNTS}),
}
EVERY_GROUP = frozenset({"quality", "admin"})  # roles that are not bound to skill groups


def may(role: str, permission: str) -> bool:
    """Tell whether a role has a permission; an unknown role has none."""
    return permission in ROLES.get(role, frozenset())
