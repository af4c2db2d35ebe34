"""The customers nobody wrote by hand: each is a persona with another name, other figures and the same state."""
import random
from dataclasses import replace
from decimal import Decimal
from typing import Optional, Union

from dengta.backends.codes import ALPHABET, redeem_code
from dengta.backends.sql.seed.customers import product
from dengta.backends.sql.seed.plan import (
    ApplicationPlan,
    CodePlan,
    CouponPlan,
    LimitPlan,
    NotePlan,
    PayoutPlan,
    Plan,
    catalogue,
    persona_plans,
)

CUSTOMERS = 240
_REASONS = ("insufficient_balance", "card_restricted", "bank_timeout", "over_bank_limit")
_DAYS_THAT_DEFINE_A_STATE = range(-1, 4)  # due yesterday, today, or within three days


def generated_plans() -> tuple[Plan, ...]:
    """Return the plans that fill the book up to `CUSTOMERS`; always the same ones."""
    personas = persona_plans()
    return tuple(
        _Variation(random.Random(index), index).of(personas[index % len(personas)])
        for index in range(len(personas), CUSTOMERS)
    )


class _Variation:
    def __init__(self, dice: random.Random, index: int) -> None:
        self._dice = dice
        self._index = index
        self._factor = Decimal(dice.randrange(6, 15)) / 10

    def of(self, plan: Plan) -> Plan:
        people = catalogue("people")
        notes = tuple(self._note(note) for note in plan.notes)
        return replace(
            plan,
            key=f"{plan.key}_{self._index}",
            name=self._dice.choice(people["surnames"]) + self._dice.choice(people["given_names"]),
            phone=f"{19900000001 + self._index}",
            born=None,
            cards=tuple((self._dice.choice(people["banks"]), f"{self._dice.randrange(10000):04d}") for _ in plan.cards),
            limit=None if plan.limit is None else self._limit(plan.limit, notes),
            notes=notes,
            applications=tuple(replace(item, amount=self._amount(item)) for item in plan.applications),
            payouts=tuple(replace(item, amount=self._amount(item)) for item in plan.payouts),
            coupons=tuple(self._coupon(coupon) for coupon in plan.coupons),
            codes=tuple(self._code(code) for code in plan.codes),
        )

    def _note(self, note: NotePlan) -> NotePlan:
        return replace(
            note,
            amount=self._amount(note),
            paid=self._paid(note),
            next_in=self._next_in(note),
            ended_ago=None if note.ended_ago is None else note.ended_ago + self._dice.randrange(60),
            failing=None if note.failing is None else self._dice.choice(_REASONS),
            late_paid=None if note.late_paid is None else {1: self._dice.randrange(1, 9)},
        )

    def _paid(self, note: NotePlan) -> int:
        """At least one period paid (two if one was late), so that each event still has its place, and two left."""
        fewest = 1 if note.late_paid is None else 2
        return self._dice.randrange(fewest, note.periods - 1) if note.paid else 0

    def _next_in(self, note: NotePlan) -> int:
        if note.next_in in _DAYS_THAT_DEFINE_A_STATE or note.settled_ago is not None:
            return note.next_in
        return self._dice.randrange(4, 28) if note.next_in > 0 else note.next_in - self._dice.randrange(10)

    def _limit(self, limit: LimitPlan, notes: tuple[NotePlan, ...]) -> LimitPlan:
        """A limit covers what was drawn on it, unless it was reduced afterwards."""
        drawn = sum((note.amount for note in notes if product(note.product)["revolving"]), Decimal("0.00"))
        total = self._scaled(limit.total)
        if limit.previous_total is None:
            return replace(limit, total=max(total, drawn))
        return replace(limit, total=total, previous_total=max(self._scaled(limit.previous_total), drawn))

    def _amount(self, item: Union[NotePlan, ApplicationPlan, PayoutPlan]) -> Decimal:
        terms = product(item.product)
        return min(max(self._scaled(item.amount), Decimal(terms["min_amount"])), Decimal(terms["max_amount"]))

    def _scaled(self, amount: Decimal) -> Decimal:
        """Round to whole hundreds."""
        return (amount * self._factor / 100).quantize(Decimal("1")) * Decimal("100.00")

    def _coupon(self, coupon: CouponPlan) -> CouponPlan:
        return replace(
            coupon,
            left=self._shifted(coupon.left),
            used_ago=self._shifted(coupon.used_ago),
            expired_ago=self._shifted(coupon.expired_ago),
        )

    def _code(self, code: CodePlan) -> CodePlan:
        return replace(code, code=redeem_code("".join(self._dice.choices(ALPHABET, k=7))))

    def _shifted(self, days: Optional[int]) -> Optional[int]:
        return None if days is None else days + self._dice.randrange(5)
