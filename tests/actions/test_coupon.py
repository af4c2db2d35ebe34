"""Coupons held, and a redeem code from the first typo to the coupon in the wallet."""
from typing import Any, Callable, Optional

import pytest

from actions.coupon import (
    ActionAskRedeemFormRedeemConfirmed,
    ActionQueryCoupons,
    ActionRedeem,
    ActionStartRedeem,
    ValidateRedeemForm,
)
from dengta.backends.coupon import CouponStatus
from dengta.backends.outcomes import Denied, Found, NotFound, Unavailable
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Persona, Verified
from tests.actions.stage import Said, goes_to, loan, run, slot_values, tracker
from tests.backends.books import found

FORM = "redeem_form"
GOOD, SPENT, EXPIRED, RESERVED, TYPO, UNKNOWN = (
    "LBX8B3Q5K9", "LBP7D2W6M8", "LBN3V9J5CG", "LBZQ4S8E19", "LBX8B3Q5K8", "LB00000000",
)  # fmt: skip


async def held(persona: Persona) -> int:
    return len(found(await runtime().backends.coupon.coupons(persona.customer_id)))


async def reads(
    persona: Persona, code: Optional[str] = None, *, intent: str = "", kept: Optional[str] = None, text: str = ""
) -> tuple[dict[str, Any], Said]:
    """Let the form read a message; return the slots as they are then and what it said."""
    asked = "redeem_confirmed" if kept else "redeem_code"
    entities = [loan(code)] if code else []
    slots = {"redeem_code": kept}
    at = tracker(persona.talk, text=text, intent=intent, entities=entities, slots=slots, form=FORM, asked=asked)
    events, said = await run(ValidateRedeemForm(), at)
    return {**slots, **slot_values(events)}, said


async def redeem(persona: Persona, code: Optional[str], confirmed: Any = True) -> tuple[dict[str, Any], Said]:
    events, said = await run(
        ActionRedeem(), tracker(persona.talk, slots={"redeem_code": code, "redeem_confirmed": confirmed})
    )
    return slot_values(events), said


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_coupons_are_listed_with_terms_and_the_others_with_a_reason(verified: Verified, tone: str) -> None:
    persona = await verified("many_coupons")
    coupons = found(await runtime().backends.coupon.coupons(persona.customer_id))
    usable = [coupon for coupon in coupons if coupon.status is CouponStatus.USABLE]
    _, said = await run(ActionQueryCoupons(), tracker(persona.talk, slots={"tone": tone}))
    assert said.responses == ("utter_coupons",)
    assert f"{len(usable)} 张" in said.text
    for coupon in coupons:
        assert (coupon.name in said.text) is (coupon.status is not CouponStatus.USED)
    assert "暂不可用" in said.text and "过期" in said.text


async def test_coupons_that_cannot_be_used_are_not_called_none(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("many_coupons")
    coupons = found(await runtime().backends.coupon.coupons(persona.customer_id))
    backend_says("coupon", coupons=Found(tuple(c for c in coupons if c.status is CouponStatus.UNQUALIFIED)))
    _, said = await run(ActionQueryCoupons(), tracker(persona.talk))
    assert said.responses == ("utter_coupons_none_usable",)
    assert "暂不可用" in said.text


async def test_no_coupons(verified: Verified) -> None:
    _, said = await run(ActionQueryCoupons(), tracker((await verified("no_product")).talk))
    assert said.responses == ("utter_coupons_none",)


@pytest.mark.parametrize(("named", "waiting", "expected"), [
    (GOOD, None, GOOD), (GOOD, SPENT, GOOD), (None, SPENT, SPENT), ("JD252777595486", None, None),
])  # fmt: skip
async def test_starting_takes_the_code_from_the_message_or_keeps_the_one_that_waits(
    verified: Verified, named: Optional[str], waiting: Optional[str], expected: Optional[str]
) -> None:
    persona = await verified("redeemer")
    at = tracker(persona.talk, entities=[loan(named)] if named else [], slots={"redeem_code": waiting})
    events, _ = await run(ActionStartRedeem(), at)
    assert goes_to(events) == FORM
    assert slot_values(events)["redeem_code"] == expected
    assert slot_values(events)["redeem_confirmed"] is None


async def test_a_good_code_is_kept_without_a_word(verified: Verified) -> None:
    slots, said = await reads(await verified("redeemer"), GOOD)
    assert slots["redeem_code"] == GOOD
    assert said.responses == ()


@pytest.mark.parametrize(("code", "response"), [
    (TYPO, "utter_redeem_typo"),
    (UNKNOWN, "utter_redeem_unknown"),
    (SPENT, "utter_redeem_denied_already_redeemed"),
    (EXPIRED, "utter_redeem_denied_code_expired"),
    (RESERVED, "utter_redeem_denied_not_for_you"),
])  # fmt: skip
async def test_any_other_code_is_refused_with_the_reason(verified: Verified, code: str, response: str) -> None:
    persona = await verified("redeemer")
    before = await held(persona)
    slots, said = await reads(persona, code)
    assert said.responses == (response,)
    assert slots["redeem_code"] is None
    assert await held(persona) == before


async def test_a_reserved_code_is_good_for_its_owner(verified: Verified) -> None:
    slots, _ = await reads(await verified("reserved_code"), RESERVED)
    assert slots["redeem_code"] == RESERVED


@pytest.mark.parametrize("text", ["等一下我找找", "ok", "<b>LB</b>", "A" * 500])
async def test_what_is_no_code_is_asked_again_and_not_repeated(verified: Verified, text: str) -> None:
    slots, said = await reads(await verified("redeemer"), text=text)
    assert slots["redeem_code"] is None and said.responses == ()


@pytest.mark.parametrize("text", ["lbx8b3q5k9", "LBX8 B3Q5 K9", "LBX8-B3Q5-K9"])
async def test_a_code_is_read_as_people_copy_it(verified: Verified, text: str) -> None:
    slots, said = await reads(await verified("redeemer"), text=text)
    assert slots["redeem_code"] == text.upper() and said.responses == ()


@pytest.mark.parametrize("text", ["LBX8B3Q5K", "LBX8B3Q5K90", "XX12345678", "12345"])
async def test_a_code_with_a_typo_typed_alone_is_called_a_typo(verified: Verified, text: str) -> None:
    slots, said = await reads(await verified("redeemer"), text=text)
    assert slots["redeem_code"] is None and said.responses == ("utter_redeem_typo",)


async def test_another_code_later_on_replaces_the_first(verified: Verified) -> None:
    persona = await verified("no_product")
    slots, _ = await reads(persona, "LBGK26M7AY", kept=GOOD, intent="affirm")
    assert slots["redeem_code"] == "LBGK26M7AY"
    assert slots.get("redeem_confirmed") is None, "the yes was about another code"


async def test_an_outage_while_checking_is_told(verified: Verified, backend_says: BackendSays) -> None:
    persona = await verified("redeemer")
    backend_says("coupon", preview_redeem=Unavailable("timeout"))
    slots, said = await reads(persona, GOOD)
    assert said.responses == ("utter_system_unavailable",)
    assert slots["redeem_code"] is None


async def test_losing_who_is_verified_is_an_outage(verified: Verified, lose_conversations: Callable[[], None]) -> None:
    persona = await verified("redeemer")
    lose_conversations()
    slots, said = await reads(persona, GOOD)
    assert said.responses == ("utter_system_unavailable",)
    assert slots["redeem_code"] is None


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_the_offer_repeats_what_is_to_be_confirmed(verified: Verified, tone: str) -> None:
    persona = await verified("redeemer")
    at = tracker(persona.talk, slots={"redeem_code": GOOD, "tone": tone}, form=FORM)
    _, said = await run(ActionAskRedeemFormRedeemConfirmed(), at)
    assert said.responses == ("utter_redeem_offer",)
    assert "利息5折券" in said.text and "利息减免 50%" in said.text and "2027年1月20日" in said.text
    assert said.titles == ["确认兑换", "先不办了"]


@pytest.mark.parametrize(("intent", "confirmed"), [("affirm", True), ("deny", False), ("query_bill", None)])
async def test_only_yes_or_no_answers_the_offer(verified: Verified, intent: str, confirmed: Optional[bool]) -> None:
    slots, _ = await reads(await verified("redeemer"), kept=GOOD, intent=intent)
    assert slots.get("redeem_confirmed") is confirmed


async def test_a_yes_brings_the_coupon_once(verified: Verified) -> None:
    persona = await verified("redeemer")
    before = await held(persona)
    slots, said = await redeem(persona, GOOD)
    assert said.responses == ("utter_redeem_done",) and "利息5折券" in said.text
    assert (slots["redeem_code"], slots["redeem_confirmed"]) == (None, None)
    _, again = await redeem(persona, GOOD)
    assert again.text == said.text
    assert await held(persona) == before + 1


async def test_a_code_redeemed_in_another_conversation_is_said_to_be_used(verified: Verified) -> None:
    here, there = await verified("redeemer"), await verified("redeemer")
    await redeem(there, GOOD)
    _, said = await redeem(here, GOOD)
    assert said.responses == ("utter_redeem_denied_already_redeemed",)


async def test_a_no_keeps_the_code(verified: Verified) -> None:
    persona = await verified("redeemer")
    before = await held(persona)
    _, said = await redeem(persona, GOOD, confirmed=False)
    assert said.responses == ("utter_redeem_cancelled",)
    assert await held(persona) == before
    _, said = await redeem(persona, GOOD)
    assert said.responses == ("utter_redeem_done",)


async def test_a_form_that_was_left_redeems_nothing(verified: Verified) -> None:
    _, said = await redeem(await verified("redeemer"), None, confirmed=None)
    assert said.responses == ()


@pytest.mark.parametrize(("outcome", "response"), [
    (Denied("code_expired"), "utter_redeem_denied_code_expired"),
    (Denied("not_for_you"), "utter_redeem_denied_not_for_you"),
    (Denied("idempotency_key_reused"), "utter_change_unconfirmed"),
    (NotFound(), "utter_change_unconfirmed"),
    (Unavailable("timeout"), "utter_change_unconfirmed"),
])  # fmt: skip
async def test_every_refusal_says_what_is_true(
    verified: Verified, backend_says: BackendSays, outcome: Any, response: str
) -> None:
    persona = await verified("redeemer")
    backend_says("coupon", redeem=outcome)
    _, said = await redeem(persona, GOOD)
    assert said.responses == (response,)


async def test_a_code_that_went_bad_before_the_offer_is_refused_there(
    verified: Verified, backend_says: BackendSays
) -> None:
    persona = await verified("redeemer")
    backend_says("coupon", preview_redeem=Denied("already_redeemed"))
    at = tracker(persona.talk, slots={"redeem_code": GOOD}, form=FORM)
    events, said = await run(ActionAskRedeemFormRedeemConfirmed(), at)
    assert said.responses == ("utter_system_unavailable",)
    assert slot_values(events).get("redeem_confirmed") is None
