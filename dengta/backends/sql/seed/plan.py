"""What a demo customer's book should hold, as written in `personas.yml`; `Plan.of` reads one entry of it."""
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Mapping, Optional

import yaml

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class NotePlan:
    """A loan note relative to the business date; the fields are explained at the top of `personas.yml`."""

    product: str
    amount: Decimal
    periods: int
    paid: int = 0
    next_in: int = 0
    ended_ago: Optional[int] = None
    settled_ago: Optional[int] = None
    late_paid: Optional[Mapping[int, int]] = None
    failing: Optional[str] = None
    duplicate: Optional[str] = None
    processing: bool = False
    under_review: bool = False


@dataclass(frozen=True)
class LimitPlan:
    """A credit limit."""

    product: str
    total: Decimal
    status: str = "active"
    granted_ago: Optional[int] = None
    valid_in: int = 365
    previous_total: Optional[Decimal] = None
    changed_ago: Optional[int] = None
    reason: Optional[str] = None


@dataclass(frozen=True)
class ApplicationPlan:
    """An application that led to nothing yet."""

    product: str
    amount: Decimal
    periods: int
    status: str
    days_ago: int
    expected_in: Optional[int] = None
    reason: Optional[str] = None
    reapply_days: Optional[int] = None


@dataclass(frozen=True)
class PayoutPlan:
    """An approved loan whose payout is under way or failed."""

    product: str
    amount: Decimal
    periods: int
    status: str
    reason: Optional[str] = None


@dataclass(frozen=True)
class CouponPlan:
    """A coupon: exactly one of the three says what became of it."""

    rule: str
    left: Optional[int] = None
    used_ago: Optional[int] = None
    expired_ago: Optional[int] = None


@dataclass(frozen=True)
class CodePlan:
    """A redeem code handed to the customer."""

    code: str
    rule: str
    expires_in: int
    spent_ago: Optional[int] = None
    reserved: bool = False


@dataclass(frozen=True)
class Plan:
    """One customer. `cards` are (bank, last four digits), the repayment card first."""

    key: str
    name: str
    phone: str
    about: str
    cards: tuple[tuple[str, str], ...]
    born: Optional[date] = None
    account: str = "active"
    frozen_reason: Optional[str] = None
    limit: Optional[LimitPlan] = None
    notes: tuple[NotePlan, ...] = ()
    applications: tuple[ApplicationPlan, ...] = ()
    payouts: tuple[PayoutPlan, ...] = ()
    coupons: tuple[CouponPlan, ...] = ()
    codes: tuple[CodePlan, ...] = ()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Plan":
        """Read one entry of `personas.yml`; an unknown field is a TypeError."""
        values = dict(entry)
        values["cards"] = tuple((bank, tail) for bank, tail in entry["cards"])
        if "limit" in entry:
            values["limit"] = _part(LimitPlan, entry["limit"])
        parts = (("notes", NotePlan), ("applications", ApplicationPlan), ("payouts", PayoutPlan))
        for field, kind in (*parts, ("coupons", CouponPlan), ("codes", CodePlan)):
            values[field] = tuple(_part(kind, item) for item in entry.get(field, ()))
        return cls(**values)


@cache
def catalogue(name: str) -> Any:
    """Return the content of one of the package's YAML files."""
    return yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


@cache
def persona_plans() -> tuple[Plan, ...]:
    """Return the personas in the order of the file."""
    return tuple(Plan.of(entry) for entry in catalogue("personas"))


def _part(kind: Any, entry: Mapping[str, Any]) -> Any:
    money = {field.name for field in fields(kind)} & {"amount", "total", "previous_total"}
    return kind(**{name: Decimal(value).quantize(Decimal("0.01")) if name in money else value
                   for name, value in entry.items()})
