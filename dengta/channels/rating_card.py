"""The card on which customers of the web chat rate a person's help (docs/web-protocol.md): its words, what it sends."""
from typing import Any, Optional

from msgspec import Struct, ValidationError, convert

from dengta.channels import inbound
from dengta.channels.errors import RefusedError
from dengta.handoff.satisfaction.answers import Answer, Invitation
from dengta.handoff.satisfaction.rules import NPS, rules


class _Given(Struct):
    score: int
    reasons: list[str]
    nps: Optional[int]
    words: str


def texts() -> dict[str, Any]:
    """Return what stands on the card, with scores and reasons in the order in which they are shown."""
    return {
        **rules().card,
        "scores": [{"value": score, "title": title} for score, title in rules().scores.items()],
        "satisfied_from": rules().satisfied_from,
        "reasons": {
            side: [{"id": reason, "title": title} for reason, title in titles.items()]
            for side, titles in rules().reasons.items()
        },
        "nps_values": list(NPS),
    }


def read(raw: bytes) -> Optional[Answer]:
    """Check the body of a PUT: an answer, or None from who declines; keys the protocol does not know are ignored.

    Raises:
        RefusedError: `invalid_json`, `invalid_message`.
    """
    body = inbound.read_object(raw)
    if body.get("declined") is True:
        return None
    try:
        given = convert(body, _Given)
    except ValidationError:
        raise RefusedError("invalid_message") from None
    return Answer(given.score, tuple(dict.fromkeys(given.reasons)), given.nps, inbound.tidy(given.words))


def shown(invitation: Invitation) -> dict[str, Any]:
    """Return an invitation as the card reads it."""
    answer = invitation.answer
    return {
        "score": answer.score if answer else None,
        "reasons": answer.reasons if answer else [],
        "nps": answer.nps if answer else None,
        "words": answer.words if answer else "",
        "declined": invitation.declined,
        "expired": invitation.expired,
    }
