"""What customers are told of their tickets, in their tone, from the sentences in `data/handoff/tickets.yml`."""
from collections.abc import Mapping
from typing import Any

from dengta.clock import SHANGHAI
from dengta.handoff.tickets.models import SETTLED, Answer, Told
from dengta.handoff.tickets.rules import rules


def opened(ticket: Told, tone: str) -> str:
    """Return what is said when a ticket was opened, or found to have been; `tone` is `standard` or `senior`."""
    return _say(rules().wording["opened"], ticket, tone)


def progress(ticket: Told, tone: str) -> str:
    """Return the answer to who asks how far their ticket is, with what they were answered."""
    said = _say(rules().wording["progress"], ticket, tone)
    return said if ticket.answer is None else f"{said}\n{reply(ticket.answer, tone)}"


def news(ticket: Told, tone: str) -> str:
    """Return what is said when a ticket has reached its present state, any but the first."""
    return _say(rules().wording["news"][ticket.state], ticket, tone)


def extended(ticket: Told, tone: str) -> str:
    """Return what is said when the answer will take longer."""
    return _say(rules().wording["extended"], ticket, tone)


def reply(answer: Answer, tone: str) -> str:
    """Return an answer and the remedies it names, for who may read it."""
    wording: Mapping[str, Any] = rules().wording
    said = wording["reply"][tone].format(reply=answer.reply.strip())
    if answer.remedies:
        titles = wording["and"].join(title for id, title in rules().remedies.items() if id in answer.remedies)
        said += "\n" + wording["remedies"][tone].format(remedies=titles)
    return str(said)


def state(ticket: Told) -> str:
    """Return the state of a ticket in words."""
    return str(rules().wording["states"][ticket.state])


def _say(sentences: Mapping[str, str], ticket: Told, tone: str) -> str:
    kind = rules().kinds[ticket.kind]
    said = sentences[tone].format(
        title=kind.title,
        number=ticket.ticket_no,
        state=state(ticket),
        promise=_promise(ticket, tone),
        advice=kind.advice.get(tone, ""),
    )
    return said.strip()


def _promise(ticket: Told, tone: str) -> str:
    wording: Mapping[str, Any] = rules().wording
    if ticket.due_at is None:
        return "" if ticket.state in SETTLED else str(wording["no_promise"][tone])
    due = ticket.due_at.astimezone(SHANGHAI)
    day = wording["date"].format(year=due.year, month=due.month, day=due.day)
    if rules().kinds[ticket.kind].calls_back:
        return str(wording["promise_moment"][tone].format(due=f"{day} {due:%H:%M}"))
    return str(wording["promise_day"][tone].format(due=day))
