"""One customer of the demo book: the person, cards, limit, applications, payouts, notes, coupons and codes."""
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Optional

from dengta.backends.codes import reference_no
from dengta.backends.sql.seed.notes import Borrower, add_note
from dengta.backends.sql.seed.people import id_number
from dengta.backends.sql.seed.plan import ApplicationPlan, CodePlan, CouponPlan, LimitPlan, PayoutPlan, Plan, catalogue
from dengta.backends.sql.seed.rows import Rows, days_after, moment
from dengta.backends.sql.tables import (
    applications,
    bank_cards,
    coupons,
    credit_limits,
    customers,
    disbursements,
    redeem_codes,
)

_LIMIT_GRANTED = 40  # days before the oldest note, or before today


def add_customer(rows: Rows, index: int, plan: Plan, today: date) -> None:
    """Add a customer as planned; `index` (from 1) makes identifiers unique and the same on every date."""
    customer_id = f"C{index:06d}"
    rows.add(
        customers,
        customer_id=customer_id,
        name=plan.name,
        phone=plan.phone,
        id_number=id_number(index, plan.born),
        status=plan.account,
        frozen_reason=plan.frozen_reason,
    )
    for position, (bank, tail) in enumerate(plan.cards):
        first = position == 0
        rows.add(
            bank_cards,
            card_id=_card_id(customer_id, position),
            customer_id=customer_id,
            bank=bank,
            tail=tail,
            for_repayment=first,
            for_disbursement=first,
        )
    _Customer(rows, customer_id, plan, today).add_business()


@dataclass(frozen=True)
class _Customer:
    rows: Rows
    customer_id: str
    plan: Plan
    today: date

    def add_business(self) -> None:
        plan = self.plan
        if plan.limit is not None:
            self._add_limit(plan.limit)
        for serial, note in enumerate(plan.notes):
            borrower = Borrower(self.customer_id, _card_id(self.customer_id, 0))
            add_note(self.rows, borrower, serial, note, product(note.product), self.today)
        for application in plan.applications:
            self._add_application(application)
        for payout in plan.payouts:
            self._add_payout(payout)
        for serial, coupon in enumerate(plan.coupons):
            self._add_coupon(coupon, reference_no("YQ", self.customer_id, str(serial)))
        for code in plan.codes:
            self._add_code(code)

    def _add_limit(self, limit: LimitPlan) -> None:
        terms = product(limit.product)
        single_max = Decimal(terms["max_amount"])
        self.rows.add(
            credit_limits,
            customer_id=self.customer_id,
            product_code=limit.product,
            total=limit.total,
            single_min=Decimal(terms["min_amount"]),
            single_max=min(limit.total, single_max),
            annual_rate=Decimal(terms["annual_rate"]),
            valid_until=days_after(self.today, limit.valid_in),
            status=limit.status,
            previous_total=limit.previous_total,
            changed_on=None if limit.changed_ago is None else days_after(self.today, -limit.changed_ago),
            change_reason=limit.reason,
        )
        granted = self.today - self._limit_age(limit)
        self.rows.add(
            applications,
            application_no=reference_no("SQ", self.customer_id, "limit"),
            customer_id=self.customer_id,
            product_code=limit.product,
            amount=limit.previous_total or limit.total,
            periods=max(terms["periods"]),
            submitted_at=moment(days_after(granted, -1), 11, 5),
            status="approved",
            decided_at=moment(granted, 9, 48),
        )

    def _limit_age(self, limit: LimitPlan) -> timedelta:
        """A limit was granted before anything was drawn on it: 31 days a period covers every month."""
        if limit.granted_ago is not None:
            return timedelta(days=limit.granted_ago)
        reach = (31 * note.periods + (note.ended_ago or 0) for note in self.plan.notes)
        return timedelta(days=max(reach, default=0) + _LIMIT_GRANTED)

    def _add_application(self, plan: ApplicationPlan) -> None:
        submitted = days_after(self.today, -plan.days_ago)
        decided = None if plan.expected_in is not None else days_after(submitted, 1)
        self.rows.add(
            applications,
            application_no=reference_no("SQ", self.customer_id, "open"),
            customer_id=self.customer_id,
            product_code=plan.product,
            amount=plan.amount,
            periods=plan.periods,
            submitted_at=moment(submitted, 10, 15),
            status=plan.status,
            expected_by=None if plan.expected_in is None else moment(days_after(self.today, plan.expected_in), 18, 0),
            decided_at=None if decided is None else moment(decided, 16, 20),
            rejection_reason=plan.reason,
            reapply_after=_reapply(decided, plan.reapply_days),
        )

    def _add_payout(self, plan: PayoutPlan) -> None:
        yesterday, application_no = days_after(self.today, -1), reference_no("SQ", self.customer_id, "payout")
        self.rows.add(
            applications,
            application_no=application_no,
            customer_id=self.customer_id,
            product_code=plan.product,
            amount=plan.amount,
            periods=plan.periods,
            submitted_at=moment(days_after(yesterday, -1), 10, 15),
            status="approved",
            decided_at=moment(yesterday, 9, 30),
        )
        under_way = plan.status == "processing"
        self.rows.add(
            disbursements,
            disbursement_no=reference_no("FK", self.customer_id, "payout"),
            customer_id=self.customer_id,
            application_no=application_no,
            card_id=_card_id(self.customer_id, 0),
            amount=plan.amount,
            submitted_at=moment(yesterday, 18, 20),
            status=plan.status,
            expected_by=moment(days_after(self.today, 1), 12, 0) if under_way else None,
            failure_reason=plan.reason,
        )

    def _add_coupon(self, plan: CouponPlan, coupon_no: str) -> None:
        used_on = None if plan.used_ago is None else days_after(self.today, -plan.used_ago)
        self.rows.add(
            coupons,
            coupon_no=coupon_no,
            customer_id=self.customer_id,
            rule_code=plan.rule,
            used_on=used_on,
            **_validity(plan, self.today, _rule(plan.rule)["valid_days"]),
        )

    def _add_code(self, plan: CodePlan) -> None:
        spent_on = None if plan.spent_ago is None else days_after(self.today, -plan.spent_ago)
        coupon_no = None if spent_on is None else reference_no("YQ", "redeem", plan.code)
        if spent_on is not None:
            until = days_after(spent_on, _rule(plan.rule)["valid_days"] - 1)
            self.rows.add(
                coupons,
                coupon_no=coupon_no,
                customer_id=self.customer_id,
                rule_code=plan.rule,
                valid_from=spent_on,
                valid_until=until,
            )
        self.rows.add(
            redeem_codes,
            code=plan.code,
            rule_code=plan.rule,
            reserved_for=self.customer_id if plan.reserved else None,
            expires_on=days_after(self.today, plan.expires_in),
            redeemed_by=None if spent_on is None else self.customer_id,
            redeemed_at=None if spent_on is None else moment(spent_on, 19, 14),
            coupon_no=coupon_no,
            idempotency_key=None if spent_on is None else f"seed-{plan.code}",
        )


def product(code: str) -> Any:
    """Return the entry of `products.yml` with this code."""
    return next(entry for entry in catalogue("products") if entry["code"] == code)


def _rule(code: str) -> Any:
    return next(entry for entry in catalogue("coupons") if entry["rule_code"] == code)


def _card_id(customer_id: str, position: int) -> str:
    return f"{customer_id}-{position + 1}"


def _reapply(decided: Optional[date], days: Optional[int]) -> Optional[date]:
    return None if decided is None or days is None else days_after(decided, days)


def _validity(plan: CouponPlan, today: date, valid_days: int) -> dict[str, date]:
    """A used coupon was half-way through its time when it was used."""
    if plan.left is not None:
        until = days_after(today, plan.left)
    elif plan.used_ago is not None:
        until = days_after(today, valid_days // 2 - plan.used_ago)
    else:
        until = days_after(today, -(plan.expired_ago or 1))
    return {"valid_from": days_after(until, 1 - valid_days), "valid_until": until}
