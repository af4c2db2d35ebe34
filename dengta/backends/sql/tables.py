"""The loan book's tables. A lender's own schema can stand behind them as views of the same names and columns.

Money columns hold fen, rates ten-thousandths, moments UTC (see `types.py`). What follows from other rows or from the
business date is not stored: the used part of a limit, days overdue, running penalty interest, the state of a coupon.
"""
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from dengta.backends.sql.types import Exact, Rate, Yuan
from dengta.database import Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _customer_id() -> Column:
    return Column("customer_id", String(32), ForeignKey("customers.customer_id"), nullable=False, index=True)


def _loan_no() -> Column:
    return Column("loan_no", String(32), ForeignKey("loan_notes.loan_no"), nullable=False, index=True)


def _card_id(nullable: bool = False) -> Column:
    return Column("card_id", String(32), ForeignKey("bank_cards.card_id"), nullable=nullable)


def _product_code(nullable: bool = False) -> Column:
    return Column("product_code", String(32), ForeignKey("products.code"), nullable=nullable)


customers = Table(
    "customers",
    metadata,
    Column("customer_id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("phone", String(11), nullable=False, unique=True),
    Column("id_number", String(18), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("frozen_reason", String(32)),
)

bank_cards = Table(
    "bank_cards",
    metadata,
    Column("card_id", String(32), primary_key=True),
    _customer_id(),
    Column("bank", String(32), nullable=False),
    Column("tail", String(4), nullable=False),
    Column("for_repayment", Boolean, nullable=False),
    Column("for_disbursement", Boolean, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("method", String(32), nullable=False),
    Column("annual_rate", Rate, nullable=False),
    Column("upfront_fee_rate", Rate, nullable=False),
    Column("min_amount", Yuan, nullable=False),
    Column("max_amount", Yuan, nullable=False),
    Column("periods", JSON, nullable=False),
    Column("revolving", Boolean, nullable=False),
)

credit_limits = Table(
    "credit_limits",
    metadata,
    Column("customer_id", String(32), ForeignKey("customers.customer_id"), primary_key=True),
    _product_code(),
    Column("total", Yuan, nullable=False),
    Column("single_min", Yuan, nullable=False),
    Column("single_max", Yuan, nullable=False),
    Column("annual_rate", Rate, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("status", String(16), nullable=False),
    Column("previous_total", Yuan),
    Column("changed_on", Date),
    Column("change_reason", String(32)),
)

applications = Table(
    "applications",
    metadata,
    Column("application_no", String(32), primary_key=True),
    _customer_id(),
    _product_code(),
    Column("amount", Yuan, nullable=False),
    Column("periods", Integer, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("status", String(16), nullable=False),
    Column("expected_by", Moment),
    Column("decided_at", Moment),
    Column("rejection_reason", String(32)),
    Column("reapply_after", Date),
)

loan_notes = Table(
    "loan_notes",
    metadata,
    Column("loan_no", String(32), primary_key=True),
    _customer_id(),
    _product_code(),
    _card_id(),
    Column("method", String(32), nullable=False),
    Column("principal", Yuan, nullable=False),
    Column("upfront_fee", Yuan, nullable=False),
    Column("annual_rate", Rate, nullable=False),
    Column("annualised_cost", Rate, nullable=False),
    Column("start_date", Date, nullable=False),
    Column("due_day", Integer, nullable=False),
    Column("under_review", Boolean, nullable=False),
)

instalments = Table(
    "instalments",
    metadata,
    Column("loan_no", String(32), ForeignKey("loan_notes.loan_no"), primary_key=True),
    Column("period", Integer, primary_key=True),
    Column("due_date", Date, nullable=False),
    Column("principal", Yuan, nullable=False),
    Column("interest", Yuan, nullable=False),
    Column("fee", Yuan, nullable=False),
    Column("charged_penalty", Yuan, nullable=False),
    Column("paid", Yuan, nullable=False),
    Column("paid_on", Date),
)

disbursements = Table(
    "disbursements",
    metadata,
    Column("disbursement_no", String(32), primary_key=True),
    _customer_id(),
    Column("application_no", String(32), ForeignKey("applications.application_no")),
    Column("loan_no", String(32), ForeignKey("loan_notes.loan_no"), unique=True),
    _card_id(),
    Column("amount", Yuan, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("status", String(16), nullable=False),
    Column("expected_by", Moment),
    Column("completed_at", Moment),
    Column("failure_reason", String(32)),
)

repayments = Table(
    "repayments",
    metadata,
    Column("repayment_no", String(32), primary_key=True),
    _loan_no(),
    _card_id(),
    Column("period", Integer),
    Column("amount", Yuan, nullable=False),
    Column("paid_at", Moment, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("posts_by", Moment),
    Column("duplicate_of", String(32), ForeignKey("repayments.repayment_no")),
)

debit_attempts = Table(
    "debit_attempts",
    metadata,
    Column("attempt_no", String(32), primary_key=True),
    _loan_no(),
    _card_id(),
    Column("period", Integer, nullable=False),
    Column("amount", Yuan, nullable=False),
    Column("attempted_at", Moment, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("failure_reason", String(32)),
    Column("next_attempt_at", Moment),
)

settlements = Table(
    "settlements",
    metadata,
    Column("loan_no", String(32), ForeignKey("loan_notes.loan_no"), primary_key=True),
    Column("customer_id", String(32), ForeignKey("customers.customer_id"), nullable=False),
    Column("repayment_no", String(32), ForeignKey("repayments.repayment_no"), nullable=False, unique=True),
    Column("total", Yuan, nullable=False),
    Column("settled_at", Moment, nullable=False),
    Column("idempotency_key", String(128), nullable=False),
    UniqueConstraint("customer_id", "idempotency_key"),
)

coupon_rules = Table(
    "coupon_rules",
    metadata,
    Column("rule_code", String(32), primary_key=True),
    _product_code(nullable=True),
    Column("name", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", Exact, nullable=False),
    Column("min_amount", Yuan, nullable=False),
    Column("min_periods", Integer, nullable=False),
    Column("valid_days", Integer, nullable=False),
)

coupons = Table(
    "coupons",
    metadata,
    Column("coupon_no", String(32), primary_key=True),
    _customer_id(),
    Column("rule_code", String(32), ForeignKey("coupon_rules.rule_code"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("used_on", Date),
)

redeem_codes = Table(
    "redeem_codes",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("rule_code", String(32), ForeignKey("coupon_rules.rule_code"), nullable=False),
    Column("reserved_for", String(32), ForeignKey("customers.customer_id")),
    Column("expires_on", Date, nullable=False),
    Column("redeemed_by", String(32), ForeignKey("customers.customer_id")),
    Column("redeemed_at", Moment),
    Column("coupon_no", String(32), ForeignKey("coupons.coupon_no"), unique=True),
    Column("idempotency_key", String(128)),
    UniqueConstraint("redeemed_by", "idempotency_key"),
)

demo_book = Table(
    "demo_book",
    metadata,
    Column("business_date", Date, primary_key=True),
    Column("edition", String(64), nullable=False),
)

Index("ix_redeem_codes_reserved_for", redeem_codes.c.reserved_for)
