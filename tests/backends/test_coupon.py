"""Coupons and redeem codes."""
import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from dengta.backends import Backends
from dengta.backends.coupon import CouponKind, CouponStatus
from dengta.backends.outcomes import Denied, Found, NotFound
from tests.backends.books import customer, found, opened

FREE, SPENT, OUTDATED = "LBX8B3Q5K9", "LBP7D2W6M8", "LBN3V9J5CG"
RESERVED = "LBZQ4S8E19"


async def test_usable_coupons_come_first_soonest_expiry_first(backends: Backends) -> None:
    coupons = found(await backends.coupon.coupons(await customer(backends, "many_coupons")))
    assert [(coupon.name, coupon.status, coupon.unqualified_reason) for coupon in coupons] == [
        ("20元立减券", CouponStatus.USABLE, None),
        ("利息5折券", CouponStatus.USABLE, None),
        ("备用金5元立减券", CouponStatus.UNQUALIFIED, "product"),
        ("100元立减券", CouponStatus.UNQUALIFIED, "min_amount"),
        ("新客30天免息券", CouponStatus.USED, None),
        ("7天免息券", CouponStatus.EXPIRED, None),
    ]


async def test_a_late_note_bars_every_coupon(backends: Backends) -> None:
    (coupon,) = found(await backends.coupon.coupons(await customer(backends, "late_one_day")))
    assert (coupon.status, coupon.unqualified_reason) == (CouponStatus.UNQUALIFIED, "overdue")


async def test_having_no_coupons_differs_from_being_unknown(backends: Backends) -> None:
    assert found(await backends.coupon.coupons(await customer(backends, "settled"))) == ()
    assert await backends.coupon.coupons("C999999") == NotFound()


async def test_a_preview_shows_what_redeeming_gives(changeable: Backends) -> None:
    customer_id = await customer(changeable, "redeemer")
    offer = found(await changeable.coupon.preview_redeem(customer_id, FREE))
    assert (offer.coupon_name, offer.kind, offer.valid_until) == (
        "利息5折券",
        CouponKind.INTEREST_DISCOUNT,
        date(2027, 1, 20),
    )
    before = len(found(await changeable.coupon.coupons(customer_id)))
    coupon = found(await changeable.coupon.redeem(customer_id, FREE, "key-1"))
    assert (coupon.name, coupon.value, coupon.valid_until) == (offer.coupon_name, offer.value, offer.valid_until)
    assert coupon.status is CouponStatus.USABLE
    coupons = found(await changeable.coupon.coupons(customer_id))
    assert len(coupons) == before + 1 and coupon in coupons


async def test_a_new_customer_can_use_what_they_redeemed(changeable: Backends) -> None:
    coupon = found(await changeable.coupon.redeem(await customer(changeable, "no_product"), "LBGK26M7AY", "key-1"))
    assert coupon.status is CouponStatus.USABLE


async def test_a_code_may_be_written_as_people_write(changeable: Backends) -> None:
    customer_id = await customer(changeable, "redeemer")
    assert found(await changeable.coupon.preview_redeem(customer_id, " lbx8-b3q5 k9 ")).code == FREE


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (SPENT, Denied("already_redeemed")),
        (OUTDATED, Denied("code_expired")),
        (RESERVED, Denied("not_for_you")),
        ("LBX8B3Q5K8", NotFound()),
        ("LB00000000", NotFound()),
        ("", NotFound()),
        ("兑换码", NotFound()),
    ],
)
async def test_codes_that_give_nothing(changeable: Backends, code: str, outcome: object) -> None:
    customer_id = await customer(changeable, "redeemer")
    before = found(await changeable.coupon.coupons(customer_id))
    assert await changeable.coupon.preview_redeem(customer_id, code) == outcome
    assert await changeable.coupon.redeem(customer_id, code, "key-1") == outcome
    assert found(await changeable.coupon.coupons(customer_id)) == before


async def test_a_reserved_code_is_for_its_owner(changeable: Backends) -> None:
    assert isinstance(
        await changeable.coupon.redeem(await customer(changeable, "reserved_code"), RESERVED, "key-1"), Found
    )


async def test_the_same_key_gives_the_same_coupon(changeable: Backends) -> None:
    customer_id = await customer(changeable, "redeemer")
    first = found(await changeable.coupon.redeem(customer_id, FREE, "key-1"))
    assert found(await changeable.coupon.redeem(customer_id, FREE, "key-1")) == first
    assert await changeable.coupon.redeem(customer_id, FREE, "key-2") == Denied("already_redeemed")


async def test_a_key_does_not_redeem_a_second_code(changeable: Backends) -> None:
    customer_id = await customer(changeable, "redeemer")
    found(await changeable.coupon.redeem(customer_id, FREE, "key-1"))
    outcome = await changeable.coupon.redeem(customer_id, "LBH4TRN92M", "key-1")
    assert outcome == Denied("idempotency_key_reused")
    found(await changeable.coupon.preview_redeem(customer_id, "LBH4TRN92M"))


@pytest.mark.parametrize("same_customer", [True, False])
async def test_requests_at_the_same_time_redeem_once(
    changeable: Backends, book_url: str, same_customer: bool
) -> None:
    keys = ["redeemer"] * 8 if same_customer else ["redeemer", "current", "settled", "many_coupons"] * 2
    people = [await customer(changeable, key) for key in keys]

    def redeem(person: tuple[int, str]) -> object:
        with opened(book_url, timeout=30) as own:
            return asyncio.run(own.coupon.redeem(person[1], FREE, f"key-{person[0]}"))

    with ThreadPoolExecutor(len(people)) as threads:
        outcomes = list(threads.map(redeem, enumerate(people)))
    assert sum(isinstance(outcome, Found) for outcome in outcomes) == 1
    assert outcomes.count(Denied("already_redeemed")) == 7
