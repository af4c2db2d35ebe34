"""The loan book: customers, products, limits, applications, notes, money movements, coupons."""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(11), nullable=False),
        sa.Column("id_number", sa.String(18), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("frozen_reason", sa.String(32)),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customers"),
        sa.UniqueConstraint("id_number", name="uq_customers_id_number"),
        sa.UniqueConstraint("phone", name="uq_customers_phone"),
    )
    op.create_table(
        "demo_book",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("edition", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("business_date", name="pk_demo_book"),
    )
    op.create_table(
        "products",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("annual_rate", sa.Integer(), nullable=False),
        sa.Column("upfront_fee_rate", sa.Integer(), nullable=False),
        sa.Column("min_amount", sa.BigInteger(), nullable=False),
        sa.Column("max_amount", sa.BigInteger(), nullable=False),
        sa.Column("periods", sa.JSON(), nullable=False),
        sa.Column("revolving", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_products"),
    )
    op.create_table(
        "applications",
        sa.Column("application_no", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("product_code", sa.String(32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("expected_by", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("rejection_reason", sa.String(32)),
        sa.Column("reapply_after", sa.Date()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_applications_customer_id"),
        sa.ForeignKeyConstraint(["product_code"], ["products.code"], name="fk_applications_product_code"),
        sa.PrimaryKeyConstraint("application_no", name="pk_applications"),
    )
    op.create_index("ix_applications_customer_id", "applications", ["customer_id"])
    op.create_table(
        "bank_cards",
        sa.Column("card_id", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("bank", sa.String(32), nullable=False),
        sa.Column("tail", sa.String(4), nullable=False),
        sa.Column("for_repayment", sa.Boolean(), nullable=False),
        sa.Column("for_disbursement", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_bank_cards_customer_id"),
        sa.PrimaryKeyConstraint("card_id", name="pk_bank_cards"),
    )
    op.create_index("ix_bank_cards_customer_id", "bank_cards", ["customer_id"])
    op.create_table(
        "coupon_rules",
        sa.Column("rule_code", sa.String(32), nullable=False),
        sa.Column("product_code", sa.String(32)),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("value", sa.String(16), nullable=False),
        sa.Column("min_amount", sa.BigInteger(), nullable=False),
        sa.Column("min_periods", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_code"], ["products.code"], name="fk_coupon_rules_product_code"),
        sa.PrimaryKeyConstraint("rule_code", name="pk_coupon_rules"),
    )
    op.create_table(
        "credit_limits",
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("product_code", sa.String(32), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("single_min", sa.BigInteger(), nullable=False),
        sa.Column("single_max", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("previous_total", sa.BigInteger()),
        sa.Column("changed_on", sa.Date()),
        sa.Column("change_reason", sa.String(32)),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_credit_limits_customer_id"),
        sa.ForeignKeyConstraint(["product_code"], ["products.code"], name="fk_credit_limits_product_code"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_credit_limits"),
    )
    op.create_table(
        "coupons",
        sa.Column("coupon_no", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("rule_code", sa.String(32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("used_on", sa.Date()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_coupons_customer_id"),
        sa.ForeignKeyConstraint(["rule_code"], ["coupon_rules.rule_code"], name="fk_coupons_rule_code"),
        sa.PrimaryKeyConstraint("coupon_no", name="pk_coupons"),
    )
    op.create_index("ix_coupons_customer_id", "coupons", ["customer_id"])
    op.create_table(
        "loan_notes",
        sa.Column("loan_no", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("product_code", sa.String(32), nullable=False),
        sa.Column("card_id", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("upfront_fee", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate", sa.Integer(), nullable=False),
        sa.Column("annualised_cost", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("under_review", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["bank_cards.card_id"], name="fk_loan_notes_card_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_loan_notes_customer_id"),
        sa.ForeignKeyConstraint(["product_code"], ["products.code"], name="fk_loan_notes_product_code"),
        sa.PrimaryKeyConstraint("loan_no", name="pk_loan_notes"),
    )
    op.create_index("ix_loan_notes_customer_id", "loan_notes", ["customer_id"])
    op.create_table(
        "debit_attempts",
        sa.Column("attempt_no", sa.String(32), nullable=False),
        sa.Column("loan_no", sa.String(32), nullable=False),
        sa.Column("card_id", sa.String(32), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("failure_reason", sa.String(32)),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["card_id"], ["bank_cards.card_id"], name="fk_debit_attempts_card_id"),
        sa.ForeignKeyConstraint(["loan_no"], ["loan_notes.loan_no"], name="fk_debit_attempts_loan_no"),
        sa.PrimaryKeyConstraint("attempt_no", name="pk_debit_attempts"),
    )
    op.create_index("ix_debit_attempts_loan_no", "debit_attempts", ["loan_no"])
    op.create_table(
        "disbursements",
        sa.Column("disbursement_no", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("application_no", sa.String(32)),
        sa.Column("loan_no", sa.String(32)),
        sa.Column("card_id", sa.String(32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("expected_by", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("failure_reason", sa.String(32)),
        sa.ForeignKeyConstraint(
            ["application_no"], ["applications.application_no"], name="fk_disbursements_application_no"
        ),
        sa.ForeignKeyConstraint(["card_id"], ["bank_cards.card_id"], name="fk_disbursements_card_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_disbursements_customer_id"),
        sa.ForeignKeyConstraint(["loan_no"], ["loan_notes.loan_no"], name="fk_disbursements_loan_no"),
        sa.PrimaryKeyConstraint("disbursement_no", name="pk_disbursements"),
        sa.UniqueConstraint("loan_no", name="uq_disbursements_loan_no"),
    )
    op.create_index("ix_disbursements_customer_id", "disbursements", ["customer_id"])
    op.create_table(
        "instalments",
        sa.Column("loan_no", sa.String(32), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("interest", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("charged_penalty", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date()),
        sa.ForeignKeyConstraint(["loan_no"], ["loan_notes.loan_no"], name="fk_instalments_loan_no"),
        sa.PrimaryKeyConstraint("loan_no", "period", name="pk_instalments"),
    )
    op.create_table(
        "redeem_codes",
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("rule_code", sa.String(32), nullable=False),
        sa.Column("reserved_for", sa.String(32)),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("redeemed_by", sa.String(32)),
        sa.Column("redeemed_at", sa.DateTime(timezone=True)),
        sa.Column("coupon_no", sa.String(32)),
        sa.Column("idempotency_key", sa.String(128)),
        sa.ForeignKeyConstraint(["coupon_no"], ["coupons.coupon_no"], name="fk_redeem_codes_coupon_no"),
        sa.ForeignKeyConstraint(["redeemed_by"], ["customers.customer_id"], name="fk_redeem_codes_redeemed_by"),
        sa.ForeignKeyConstraint(["reserved_for"], ["customers.customer_id"], name="fk_redeem_codes_reserved_for"),
        sa.ForeignKeyConstraint(["rule_code"], ["coupon_rules.rule_code"], name="fk_redeem_codes_rule_code"),
        sa.PrimaryKeyConstraint("code", name="pk_redeem_codes"),
        sa.UniqueConstraint("coupon_no", name="uq_redeem_codes_coupon_no"),
        sa.UniqueConstraint("redeemed_by", "idempotency_key", name="uq_redeem_codes_redeemed_by_idempotency_key"),
    )
    op.create_index("ix_redeem_codes_reserved_for", "redeem_codes", ["reserved_for"])
    op.create_table(
        "repayments",
        sa.Column("repayment_no", sa.String(32), nullable=False),
        sa.Column("loan_no", sa.String(32), nullable=False),
        sa.Column("card_id", sa.String(32), nullable=False),
        sa.Column("period", sa.Integer()),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("posts_by", sa.DateTime(timezone=True)),
        sa.Column("duplicate_of", sa.String(32)),
        sa.ForeignKeyConstraint(["card_id"], ["bank_cards.card_id"], name="fk_repayments_card_id"),
        sa.ForeignKeyConstraint(["duplicate_of"], ["repayments.repayment_no"], name="fk_repayments_duplicate_of"),
        sa.ForeignKeyConstraint(["loan_no"], ["loan_notes.loan_no"], name="fk_repayments_loan_no"),
        sa.PrimaryKeyConstraint("repayment_no", name="pk_repayments"),
    )
    op.create_index("ix_repayments_loan_no", "repayments", ["loan_no"])
    op.create_table(
        "settlements",
        sa.Column("loan_no", sa.String(32), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("repayment_no", sa.String(32), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_settlements_customer_id"),
        sa.ForeignKeyConstraint(["loan_no"], ["loan_notes.loan_no"], name="fk_settlements_loan_no"),
        sa.ForeignKeyConstraint(["repayment_no"], ["repayments.repayment_no"], name="fk_settlements_repayment_no"),
        sa.PrimaryKeyConstraint("loan_no", name="pk_settlements"),
        sa.UniqueConstraint("customer_id", "idempotency_key", name="uq_settlements_customer_id_idempotency_key"),
        sa.UniqueConstraint("repayment_no", name="uq_settlements_repayment_no"),
    )


def downgrade() -> None:
    """Drop them again, the referring ones first."""
    names = (
        "settlements", "repayments", "redeem_codes", "instalments", "disbursements", "debit_attempts", "loan_notes",
        "coupons", "credit_limits", "coupon_rules", "bank_cards", "applications", "products", "demo_book",
        "customers",
    )
    for name in names:
        op.drop_table(name)
