"""Coupons and redeem codes in the book."""
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Optional

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from dengta import clock
from dengta.backends.codes import normalise_redeem_code, reference_no
from dengta.backends.coupon import Coupon, CouponKind, CouponStatus, RedeemOffer
from dengta.backends.outcomes import Denied, Found, NotFound, Outcome
from dengta.backends.sql.calls import Book
from dengta.backends.sql.customer import is_known
from dengta.backends.sql.qualification import Holder, holder
from dengta.backends.sql.tables import coupon_rules, coupons, redeem_codes


@dataclass(frozen=True)
class SqlCoupons:
    """`CouponBackend` on the book."""

    book: Book

    async def coupons(self, customer_id: str) -> Outcome[tuple[Coupon, ...]]:
        """Return coupons: usable ones first (soonest expiry first), then the others."""
        return await self.book.read(lambda session: _coupons(session, customer_id))

    async def preview_redeem(self, customer_id: str, code: str) -> Outcome[RedeemOffer]:
        """Say what a code gives. Denied(`already_redeemed` | `code_expired` | `not_for_you`); NotFound if unknown."""
        return await self.book.read(lambda session: _preview(session, customer_id, normalise_redeem_code(code)))

    async def redeem(self, customer_id: str, code: str, idempotency_key: str) -> Outcome[Coupon]:
        """Turn a code into a coupon, once per idempotency key; outcomes as for `preview_redeem`.

        Denied(`idempotency_key_reused`) if the key was used for another code.
        """
        wanted = normalise_redeem_code(code)
        return await self.book.change(lambda session: _redeem(session, customer_id, wanted, idempotency_key))


def _coupons(session: Session, customer_id: str) -> Outcome[tuple[Coupon, ...]]:
    if not is_known(session, customer_id):
        return NotFound()
    owner = holder(session, customer_id, clock.today())
    held = [_coupon(row, owner) for row in session.execute(_held().where(coupons.c.customer_id == customer_id))]
    return Found(tuple(sorted(held, key=lambda coupon: (_rank(coupon), coupon.valid_until, coupon.coupon_no))))


def _preview(session: Session, customer_id: str, code: str) -> Outcome[RedeemOffer]:
    row = session.execute(_offered(code)).first()
    if row is None or not is_known(session, customer_id):
        return NotFound()
    obstacle = _obstacle(row, customer_id, clock.today())
    if obstacle is not None:
        return Denied(obstacle)
    return Found(
        RedeemOffer(
            code=row.code,
            coupon_name=row.name,
            kind=CouponKind(row.kind),
            value=row.value,
            min_amount=row.min_amount,
            min_periods=row.min_periods,
            valid_until=_valid_until(row, clock.today()),
        )
    )


def _redeem(session: Session, customer_id: str, code: str, key: str) -> Outcome[Coupon]:
    row = session.execute(_offered(code).with_for_update(of=redeem_codes)).first()
    if row is None or not is_known(session, customer_id):
        return NotFound()
    if (row.redeemed_by, row.idempotency_key) == (customer_id, key):
        return Found(_read_coupon(session, row.coupon_no))
    if _key_used(session, customer_id, key):
        return Denied("idempotency_key_reused")
    obstacle = _obstacle(row, customer_id, clock.today())
    if obstacle is not None:
        return Denied(obstacle)
    return Found(_read_coupon(session, _grant(session, row, customer_id, key)))


def _obstacle(row: Any, customer_id: str, on: date) -> Optional[str]:
    """Why a code gives this customer nothing; that it is someone else's is said before anything about its state."""
    if row.reserved_for not in (None, customer_id):
        return "not_for_you"
    if row.redeemed_by is not None:
        return "already_redeemed"
    return "code_expired" if row.expires_on < on else None


def _grant(session: Session, row: Any, customer_id: str, key: str) -> str:
    coupon_no, today = reference_no("YQ", "redeem", row.code), clock.today()
    session.execute(
        insert(coupons).values(
            coupon_no=coupon_no,
            customer_id=customer_id,
            rule_code=row.rule_code,
            valid_from=today,
            valid_until=_valid_until(row, today),
        )
    )
    spent = {"redeemed_by": customer_id, "redeemed_at": clock.now(), "coupon_no": coupon_no, "idempotency_key": key}
    session.execute(update(redeem_codes).where(redeem_codes.c.code == row.code).values(**spent))
    return coupon_no


def _read_coupon(session: Session, coupon_no: str) -> Coupon:
    row = session.execute(_held().where(coupons.c.coupon_no == coupon_no)).one()
    return _coupon(row, holder(session, row.customer_id, clock.today()))


def _key_used(session: Session, customer_id: str, key: str) -> bool:
    used = select(redeem_codes.c.code).filter_by(redeemed_by=customer_id, idempotency_key=key)
    return session.execute(used).first() is not None


def _held() -> Any:
    return select(coupons, coupon_rules).join(coupon_rules, coupon_rules.c.rule_code == coupons.c.rule_code)


def _offered(code: str) -> Any:
    rules = select(redeem_codes, coupon_rules).join(coupon_rules, coupon_rules.c.rule_code == redeem_codes.c.rule_code)
    return rules.where(redeem_codes.c.code == code)


def _valid_until(row: Any, on: date) -> date:
    return on + timedelta(days=row.valid_days - 1)


def _rank(coupon: Coupon) -> int:
    order = (CouponStatus.USABLE, CouponStatus.UNQUALIFIED, CouponStatus.USED, CouponStatus.EXPIRED)
    return order.index(coupon.status)


def _coupon(row: Any, owner: Holder) -> Coupon:
    status, reason = owner.standing(row)
    return Coupon(
        coupon_no=row.coupon_no,
        name=row.name,
        kind=CouponKind(row.kind),
        value=row.value,
        min_amount=row.min_amount,
        min_periods=row.min_periods,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=status,
        unqualified_reason=reason,
    )
