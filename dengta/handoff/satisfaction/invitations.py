"""Asking what a customer thinks of a person's help: once for each person's part, as its last owner lets go of it.

Nobody is asked to whom no person said anything, who wants to be left in peace, or who was in distress.
"""
import secrets
from datetime import datetime
from typing import Any, Optional

from sqlalchemy import insert, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from dengta import clock
from dengta.clock import SHANGHAI
from dengta.conversation import bindings, records
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.tables import account, customer_profile
from dengta.handoff.satisfaction import parts
from dengta.handoff.satisfaction.parts import Part
from dengta.handoff.satisfaction.rules import Rules, rules
from dengta.handoff.satisfaction.tables import rating, rating_agent

CARD = "satisfaction"  # the type of custom data of everything said about a rating
SCORE = "score"  # what is asked first
_WEB = "web"


def invite(session: Session, bodies: Bodies, talk: Row, tone: str, now: datetime) -> None:
    """Ask about the part that ends with the epoch of `talk`, the row a person owned; `now` is real time.

    It is asked in the conversation as it is now, with the bot or about to end, whose row the caller holds.
    """
    part = parts.ended(session, talk.id, talk.owner_epoch)
    if part is None or talk.channel not in rules().channels or _was_asked(session, part):
        return
    people = parts.speakers(session, part)
    if not people:
        return
    bound = bindings.present(session, talk.id)
    customer_id = bound.customer_id if bound is not None else None
    if _wants_peace(session, customer_id) or _was_in_distress(session, bodies, part, rules()):
        return
    invitation = secrets.token_hex(16)
    session.execute(
        insert(rating).values(
            id=invitation,
            conversation_id=part.conversation_id,
            from_epoch=part.from_epoch,
            until_epoch=part.until_epoch,
            channel=talk.channel,
            account_id=_account(session, talk.id),
            customer_id=customer_id,
            group=part.group,
            day=clock.now().astimezone(SHANGHAI).date(),
            invited_at=clock.now(),
            expires_at=now + rules().expires_after,
            declined=False,
            complaint_risk=False,
        )
    )
    session.execute(insert(rating_agent), [{"rating_id": invitation, "agent_id": agent} for agent in people])
    question = {"text": rules().card["invitation"]} if talk.channel == _WEB else first_question(tone)
    records.append(session, bodies, talk.id, "notice", {**question, "custom": about(invitation, SCORE)}, None)


def first_question(tone: str) -> dict[str, Any]:
    """Return the question for a score as text channels ask it: the number of a choice is the score."""
    choices = [{"title": title, "payload": title} for title in rules().scores.values()]
    return {"text": rules().say(SCORE, tone), "buttons": choices}


def about(invitation: str, asks: Optional[str] = None) -> Body:
    """Return the custom data of a message about a rating; `asks` is what it wants to know, None for nothing."""
    return {"type": CARD, "invitation": invitation, **({"asks": asks} if asks else {})}


def _was_asked(session: Session, part: Part) -> bool:
    same = select(rating.c.id).where(
        rating.c.conversation_id == part.conversation_id, rating.c.from_epoch == part.from_epoch
    )
    return session.execute(same).first() is not None


def _wants_peace(session: Session, customer_id: Optional[str]) -> bool:
    chosen = select(customer_profile.c.do_not_disturb).where(customer_profile.c.customer_id == customer_id)
    return bool(session.execute(chosen).scalar())


def _was_in_distress(session: Session, bodies: Bodies, part: Part, rules: Rules) -> bool:
    return bool(part.causes & rules.never_causes) or parts.shows(session, bodies, part, rules.never_risks)


def _account(session: Session, conversation_id: str) -> Optional[str]:
    mine = select(account.c.id).where(account.c.conversation_id == conversation_id)
    return session.execute(mine).scalar()
