"""The settings of the lender's identity provider, `DENGTA_OIDC_*`, by which agents log in at the desk."""
import re
from dataclasses import dataclass, field
from typing import Mapping, Optional
from urllib.parse import urlsplit

BACK = "/api/sign-on/back"  # below DENGTA_DESK_URL; what is registered at the provider


@dataclass(frozen=True)
class SingleSignOn:
    """An OpenID provider and what it knows this desk as.

    `claim` of the ID token is the id of the agent's account. Without `client_secret` the desk is a public client.
    """

    issuer: str
    client_id: str
    client_secret: Optional[str] = field(repr=False)
    claim: str
    scopes: str
    redirect_uri: str
    only_admins_by_password: bool


def read(values: Mapping[str, Optional[str]]) -> Optional[SingleSignOn]:
    """Build the settings from raw strings; None without an issuer.

    Raises:
        ValueError: one of them is missing or malformed; the message names it.
    """
    issuer, desk = values.get("DENGTA_OIDC_ISSUER"), values.get("DENGTA_DESK_URL")
    client_id, secret = values.get("DENGTA_OIDC_CLIENT_ID"), values.get("DENGTA_OIDC_CLIENT_SECRET") or None
    claim = values.get("DENGTA_OIDC_CLAIM") or "preferred_username"
    scopes = values.get("DENGTA_OIDC_SCOPES") or "openid profile"
    passwords = values.get("DENGTA_DESK_PASSWORDS") or "everyone"
    if passwords not in ("everyone", "admins"):
        raise ValueError(f"DENGTA_DESK_PASSWORDS must be everyone or admins, not {passwords!r}")
    if not issuer:
        if passwords == "admins":
            raise ValueError("DENGTA_DESK_PASSWORDS=admins needs DENGTA_OIDC_ISSUER, or nobody else could log in")
        return None
    if not client_id or not desk:
        raise ValueError("DENGTA_OIDC_ISSUER needs DENGTA_OIDC_CLIENT_ID and DENGTA_DESK_URL")
    if not is_safe(issuer) or urlsplit(issuer).query:
        raise ValueError("DENGTA_OIDC_ISSUER must be an https address (http only on 127.0.0.1)")
    if not is_safe(desk) or urlsplit(desk).query or urlsplit(desk).path not in ("", "/"):
        raise ValueError("DENGTA_DESK_URL must be an https address without a path (http only on 127.0.0.1)")
    if "openid" not in scopes.split():
        raise ValueError("DENGTA_OIDC_SCOPES must be names with spaces between them, openid among them")
    if not re.fullmatch(r"[\w.:/-]+", claim):
        raise ValueError("DENGTA_OIDC_CLAIM must be the name of a claim, such as preferred_username")
    return SingleSignOn(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        claim=claim,
        scopes=scopes,
        redirect_uri=desk.rstrip("/") + BACK,
        only_admins_by_password=passwords == "admins",
    )


def is_safe(address: str) -> bool:
    """Tell whether what goes to an address cannot be read or changed on the way."""
    parts = urlsplit(address)
    if parts.fragment or parts.username is not None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
