"""The figures of one customer in the lender's systems, fetched together; a system that is down is said to be down."""
import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from dengta.backends import Backends, bills
from dengta.backends.coupon import CouponKind
from dengta.backends.limit import CreditLimit
from dengta.backends.loan import Instalment, LoanNote
from dengta.backends.outcomes import Denied, Found, NotFound, Outcome

T = TypeVar("T")
YUAN, RATE = "yuan", "rate"
_PARTS = ("principal", "interest", "fee", "penalty", "paid")
_QUOTED = ("total", "principal", "interest", "penalty", "fee", "saved_interest")
_OF_A_LIMIT = ("total", "used", "available", "single_min", "single_max", "previous_total")


class Down(Exception):
    """A system did not answer."""


@dataclass(frozen=True)
class Figure:
    """A sum in yuan or a yearly rate (0.1440 = 14.40 %), with what it is the figure of.

    `kind` and `name` are ids of `kinds` in `copilot.yml`; `product`, `tail` (of the loan number) and `period` are empty
    where they do not apply.
    """

    kind: str
    name: str
    value: Decimal
    unit: str = YUAN
    product: str = ""
    tail: str = ""
    period: int = 0


@dataclass(frozen=True)
class Figures:
    """What was fetched, and the kinds that a system which is down kept back."""

    found: tuple[Figure, ...]
    down: tuple[str, ...]

    def values(self, unit: str) -> frozenset[Decimal]:
        """Return all values of one unit."""
        return frozenset(each.value for each in self.found if each.unit == unit)


async def fetch(backends: Backends, customer_id: str, kinds: Collection[str], today: date) -> Figures:
    """Return the figures of these kinds, in the order the kinds are named."""
    source = _Source(backends, customer_id, today)
    answers = await asyncio.gather(*(source.get(kind) for kind in kinds), return_exceptions=True)
    found: list[Figure] = []
    down = []
    for kind, answer in zip(kinds, answers):
        if isinstance(answer, Down):
            down.append(kind)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            found += answer
    return Figures(tuple(found), tuple(down))


class _Source:
    """One customer's records, one method for each kind of figures."""

    def __init__(self, backends: Backends, customer_id: str, today: date) -> None:
        self._backends = backends
        self._customer_id = customer_id
        self._today = today

    async def get(self, kind: str) -> list[Figure]:
        """Return the figures of a kind.

        Raises:
            Down: the system that has them did not answer.
        """
        sources: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
            "loan": self._loans,
            "bill": self._bills,
            "plan": self._plan,
            "settlement": self._settlements,
            "limit": self._limit,
            "repayment": self._repayments,
            "application": self._applications,
            "payout": self._payouts,
            "coupon": self._coupons,
            "product": self._products,
        }
        return await sources[kind]()

    async def _loans(self) -> list[Figure]:
        figures = []
        for note in await self._notes():
            of = _of(note)
            figures += [
                Figure("loan", "principal", note.principal, **of),
                Figure("loan", "outstanding_principal", note.outstanding_principal, **of),
                Figure("loan", "rate", note.annualised_cost, RATE, **of),
                Figure("loan", "nominal_rate", note.annual_rate, RATE, **of),
            ]
        return figures

    async def _bills(self) -> list[Figure]:
        figures: list[Figure] = []
        present: list[Instalment] = []
        late: list[Instalment] = []
        for note in await self._open_notes():
            schedule = await self._schedule(note)
            overdue = bills.overdue(schedule)
            current = bills.current(schedule)
            present += [current] if current else []
            late += overdue
            for instalment in overdue or ([current] if current else []):
                figures += _bill(note, instalment)
        totals = {"total": bills.owed(present), "overdue_total": bills.owed(late)}
        return figures + [Figure("bill", name, value) for name, value in totals.items() if value]

    async def _plan(self) -> list[Figure]:
        return [
            Figure("plan", "due" if name == "due" else "part", value, period=instalment.period, **_of(note))
            for note in await self._notes()
            for instalment in await self._schedule(note)
            for name in ("due", "outstanding", *_PARTS)
            if (value := getattr(instalment, name))
        ]

    async def _settlements(self) -> list[Figure]:
        figures = []
        for note in await self._open_notes():
            quote = await self._backends.repayment.quote_settlement(self._customer_id, note.loan_no, self._today)
            if not isinstance(quote, Denied):
                parts = _value(quote)
                figures += [Figure("settlement", name, getattr(parts, name), **_of(note)) for name in _QUOTED]
        return figures

    async def _limit(self) -> list[Figure]:
        outcome: Outcome[CreditLimit] = await self._backends.limit.limit(self._customer_id)
        if isinstance(outcome, NotFound):
            return []
        limit = _value(outcome)
        sums = [Figure("limit", name, value) for name in _OF_A_LIMIT if (value := getattr(limit, name)) is not None]
        return [*sums, Figure("limit", "rate", limit.annual_rate, RATE)]

    async def _repayments(self) -> list[Figure]:
        products = {note.loan_no: note.product_name for note in await self._notes()}
        paid = _value(await self._backends.repayment.repayments(self._customer_id))
        attempts = _value(await self._backends.repayment.debit_attempts(self._customer_id))
        failed = [attempt for attempt in attempts if not attempt.succeeded]
        return [
            *(Figure("repayment", "amount", each.amount, product=products[each.loan_no]) for each in paid),
            *(Figure("repayment", "failed_debit", each.amount, product=products[each.loan_no]) for each in failed),
        ]

    async def _applications(self) -> list[Figure]:
        made = _value(await self._backends.application.applications(self._customer_id))
        return [Figure("application", "amount", each.amount, product=each.product_name) for each in made]

    async def _payouts(self) -> list[Figure]:
        made = _value(await self._backends.application.disbursements(self._customer_id))
        return [Figure("payout", "amount", each.amount) for each in made]

    async def _coupons(self) -> list[Figure]:
        figures = []
        for coupon in _value(await self._backends.coupon.coupons(self._customer_id)):
            if coupon.kind is not CouponKind.INTEREST_FREE_DAYS:
                unit = YUAN if coupon.kind is CouponKind.CASH_OFF else RATE
                figures.append(Figure("coupon", "value", coupon.value, unit, product=coupon.name))
            if coupon.min_amount:
                figures.append(Figure("coupon", "min_amount", coupon.min_amount, product=coupon.name))
        return figures

    async def _products(self) -> list[Figure]:
        return [
            Figure("product", name, getattr(product, name), product=product.name)
            for product in _value(await self._backends.loan.products())
            for name in ("min_amount", "max_amount")
        ]

    async def _notes(self) -> tuple[LoanNote, ...]:
        return _value(await self._backends.loan.notes(self._customer_id))

    async def _open_notes(self) -> list[LoanNote]:
        return [note for note in await self._notes() if note.status.is_open]

    async def _schedule(self, note: LoanNote) -> tuple[Instalment, ...]:
        return _value(await self._backends.loan.schedule(self._customer_id, note.loan_no))


def _bill(note: LoanNote, instalment: Instalment) -> list[Figure]:
    of = {**_of(note), "period": instalment.period}
    parts = {name: getattr(instalment, name) for name in _PARTS}
    return [
        Figure("bill", "outstanding", instalment.outstanding, **of),
        *(Figure("bill", name, value, **of) for name, value in parts.items() if value),
    ]


def _of(note: LoanNote) -> dict[str, Any]:
    return {"product": note.product_name, "tail": note.loan_no[-4:]}


def _value(outcome: Outcome[T]) -> T:
    if isinstance(outcome, Found):
        return outcome.value
    raise Down()
