"""What the lender knows about a customer, for the agent who talks to them: masked, and an outage told as an outage."""
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dengta.backends import Backends, bills
from dengta.backends.customer import AccountStatus, Customer
from dengta.backends.loan import Instalment, LoanNote
from dengta.backends.outcomes import Denied, Found, NotFound, Outcome
from dengta.handoff.rules import Rules
from dengta.handoff.tags import of_book
from dengta.privacy.masking import mask


async def overview(backends: Backends, customer_id: str) -> dict[str, Any]:
    """Return the customer, their limit, loans with bills, applications and coupons.

    Each section is `{"state": "found", "value": …}`, or its state is `none`, `denied` with a reason, or `unavailable`.
    """
    sections = {
        "customer": basics(backends, customer_id),
        "limit": _section(backends.limit.limit(customer_id)),
        "loans": _loans(backends, customer_id),
        "applications": _section(backends.application.applications(customer_id)),
        "coupons": _section(backends.coupon.coupons(customer_id)),
    }
    return dict(zip(sections, await asyncio.gather(*sections.values())))


def tags(rules: Rules, sections: Mapping[str, Any]) -> frozenset[str]:
    """Return the tags that an `overview` tells; a section that could not be read tells none."""
    loans, customer = (sections[name].get("value") for name in ("loans", "customer"))
    bills = [loan["bill"]["value"] for loan in loans or () if loan["bill"] and loan["bill"]["state"] == "found"]
    late = [each["overdue_days"] for bill in bills for each in bill["overdue"]]
    return of_book(rules, max(late, default=0), bool(customer) and customer["status"] is AccountStatus.FROZEN)


async def basics(backends: Backends, customer_id: str) -> dict[str, Any]:
    """Return name and phone, masked."""
    return await _section(backends.customer.get(customer_id), _masked)


async def contact(backends: Backends, customer_id: str) -> dict[str, Any]:
    """Return name and phone as they are."""
    return await _section(backends.customer.get(customer_id), lambda who: {"name": who.name, "phone": who.phone})


def _as_it_is(value: Any) -> Any:
    return value


async def _section(
    asked: Awaitable[Outcome[Any]], show: Callable[[Any], Any] = _as_it_is
) -> dict[str, Any]:
    return _told(await asked, show)


def _told(outcome: Outcome[Any], show: Callable[[Any], Any] = _as_it_is) -> dict[str, Any]:
    if isinstance(outcome, Found):
        return {"state": "found", "value": show(outcome.value)}
    if isinstance(outcome, NotFound):
        return {"state": "none"}
    if isinstance(outcome, Denied):
        return {"state": "denied", "reason": outcome.reason}
    return {"state": "unavailable"}


def _masked(who: Customer) -> dict[str, Any]:
    return {
        "customer_id": who.customer_id,
        "name": mask(who.name, (who.name,)),
        "phone": mask(who.phone, (who.phone,)),
        "status": who.status,
        "frozen_reason": who.frozen_reason,
    }


async def _loans(backends: Backends, customer_id: str) -> dict[str, Any]:
    notes = await backends.loan.notes(customer_id)
    if not isinstance(notes, Found):
        return _told(notes)
    return {"state": "found", "value": await asyncio.gather(*(_loan(backends, customer_id, n) for n in notes.value))}


async def _loan(backends: Backends, customer_id: str, note: LoanNote) -> dict[str, Any]:
    bill = await _section(backends.loan.schedule(customer_id, note.loan_no), _bill) if note.status.is_open else None
    return {"note": note, "bill": bill}


def _bill(schedule: tuple[Instalment, ...]) -> dict[str, Any]:
    current = bills.current(schedule)
    late = bills.overdue(schedule)
    return {
        "current": _instalment(current) if current else None,
        "overdue": [_instalment(each) for each in late],
        "overdue_total": bills.owed(late),
    }


def _instalment(each: Instalment) -> dict[str, Any]:
    return {
        "period": each.period,
        "due_date": each.due_date,
        "due": each.due,
        "outstanding": each.outstanding,
        "overdue_days": each.overdue_days,
        "status": each.status,
    }
