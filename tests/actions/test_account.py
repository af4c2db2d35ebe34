"""Who is asking: the form that verifies, from a typed phone to the answer of what was asked before."""
from typing import Any, Callable, Optional

import pytest

from actions.account.goal import ActionResumeGoal
from actions.account.identity import ActionAskIdentityFormOneTimeCode, ValidateIdentityForm
from dengta.backends.outcomes import Unavailable
from dengta.conversation.codes import DemoCodeSender
from dengta.conversation.identity import Anonymous, CodeNotSent, Known, Locked
from dengta.conversation.log import MessageLog
from dengta.runtime import runtime
from tests.actions.conftest import BackendSays, Verified, last_code
from tests.actions.stage import Said, entity, run, slot_values, tracker

FORM = "identity_form"
PHONE, OTHER, UNREGISTERED = "19900000008", "19900000014", "19900000999"


async def reads(
    talk: str, text: str, asked: str, *, intent: str = "", phone: Optional[str] = None, given: Optional[str] = None
) -> tuple[dict[str, Any], Said]:
    """Let the form read a message while it waits for `asked`; return the slots it set and what it said."""
    entities = [entity("phone", phone)] if phone else []
    slots = {"phone": given}
    at = tracker(talk, text=text, intent=intent, entities=entities, slots=slots, form=FORM, asked=asked)
    events, said = await run(ValidateIdentityForm(), at)
    return {"phone": given, **slot_values(events)}, said


def waits_for(slots: dict[str, Any]) -> Optional[str]:
    """Return the slot asked for next: what the form says, or else the first that is empty, as Rasa does."""
    empty = [name for name in ("phone", "one_time_code") if slots.get(name) is None]
    return slots.get("requested_slot", empty[0] if empty else None)


async def give_phone(talk: str, phone: str = PHONE) -> tuple[dict[str, Any], Said]:
    return await reads(talk, phone, "phone", phone=phone)


async def give_code(talk: str, text: str, **context: Any) -> tuple[dict[str, Any], Said]:
    return await reads(talk, text, "one_time_code", given="given", **context)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_phone_is_sent_a_code_and_not_kept_in_the_conversation(talk: str, log: MessageLog) -> None:
    slots, said = await give_phone(talk)
    assert said.responses == ("utter_code_sent",)
    assert "199****0008" in said.text and PHONE not in said.text
    assert PHONE not in slots.values()
    assert waits_for(slots) == "one_time_code"
    assert len(await last_code(log, talk)) == 6


@pytest.mark.parametrize("text", ["199 0000 0008", "199-0000-0008", "19900000008"])
async def test_a_phone_is_read_as_people_write_it(talk: str, text: str) -> None:
    _, said = await reads(talk, text, "phone")
    assert said.responses == ("utter_code_sent",)


@pytest.mark.parametrize("text", ["1990000000", "199000000081", "12345678901", "12345", "00000000000"])
async def test_a_malformed_phone_is_asked_for_again(talk: str, text: str) -> None:
    slots, said = await reads(talk, text, "phone")
    assert said.responses == ("utter_phone_malformed",)
    assert slots["phone"] is None and waits_for(slots) == "phone"
    assert not await runtime().identity.pending(talk)


@pytest.mark.parametrize("text", ["我不想说", "为什么要手机号", "用第2个号码可以吗"])
async def test_words_are_no_phone(talk: str, text: str) -> None:
    slots, said = await reads(talk, text, "phone")
    assert said.responses == () and slots.get("phone") is None


async def test_an_unregistered_phone_reads_the_same_and_never_verifies(talk: str, log: MessageLog) -> None:
    slots, said = await give_phone(talk, UNREGISTERED)
    registered_slots, registered = await give_phone(await log.open_conversation("web"))
    assert said.responses == registered.responses
    assert said.text.replace("0999", "0008") == registered.text
    assert slots == registered_slots
    _, answer = await give_code(talk, "123456")
    assert answer.responses == ("utter_code_wrong",)


async def test_the_right_code_verifies(talk: str, log: MessageLog) -> None:
    await give_phone(talk)
    slots, said = await give_code(talk, await last_code(log, talk))
    assert said.responses == ("utter_identity_verified",)
    assert waits_for(slots) is None
    assert isinstance(await runtime().identity.standing(talk), Known)


async def test_a_code_is_read_out_of_a_sentence_and_not_kept(talk: str, log: MessageLog) -> None:
    await give_phone(talk)
    code = await last_code(log, talk)
    slots, said = await give_code(talk, f"验证码是 {code[:3]} {code[3:]}。")
    assert said.responses == ("utter_identity_verified",)
    assert code not in slots.values()


async def test_a_wrong_code_says_how_many_tries_are_left_then_locks(talk: str, log: MessageLog) -> None:
    await give_phone(talk)
    guess = wrong(await last_code(log, talk))
    for remaining in ("2", "1"):
        slots, said = await give_code(talk, guess)
        assert said.responses == ("utter_code_wrong",) and f"{remaining} 次" in said.text
        assert waits_for(slots) == "one_time_code"
    slots, _ = await give_code(talk, guess)
    assert waits_for(slots) is None, "a locked conversation is asked nothing more"
    _, said = await run(ActionResumeGoal(), tracker(talk))
    assert said.responses == ("utter_identity_locked",) and "10:10" in said.text
    assert isinstance(await runtime().identity.standing(talk), Locked)


async def test_an_expired_code_asks_for_the_phone_again(
    talk: str, log: MessageLog, move_clock: Callable[[str], None]
) -> None:
    await give_phone(talk)
    code = await last_code(log, talk)
    move_clock("2026-11-22T10:05:00")
    slots, said = await give_code(talk, code)
    assert said.responses == ("utter_code_expired",)
    assert slots["phone"] is None and waits_for(slots) == "phone"


@pytest.mark.parametrize(
    ("text", "intent"), [("重新发送", ""), ("没收到", ""), ("再发一次", ""), ("重新获取验证码", "affirm")]
)
async def test_a_stranger_who_wants_another_code_gives_the_phone_again(talk: str, text: str, intent: str) -> None:
    await give_phone(talk)
    slots, said = await give_code(talk, text, intent=intent)
    assert said.responses == ("utter_phone_again",)
    assert waits_for(slots) == "phone"


async def test_a_known_customer_is_sent_another_code_to_the_same_phone(
    verified: Verified, log: MessageLog, move_clock: Callable[[str], None]
) -> None:
    persona = await verified("current")
    move_clock("2026-11-22T10:16:00")
    _, said = await run(ActionAskIdentityFormOneTimeCode(), tracker(persona.talk, form=FORM))
    assert said.responses == ("utter_code_sent", "utter_ask_code")
    assert "199****0008" in said.text
    first = await last_code(log, persona.talk)
    move_clock("2026-11-22T10:17:30")
    slots, said = await give_code(persona.talk, "没收到")
    assert said.responses == ("utter_code_sent",)
    assert waits_for(slots) == "one_time_code"
    _, said = await give_code(persona.talk, await last_code(log, persona.talk))
    assert said.responses == ("utter_identity_verified",)
    assert first


async def test_asking_for_the_code_again_sends_no_second_one(talk: str, log: MessageLog) -> None:
    await give_phone(talk)
    _, said = await run(ActionAskIdentityFormOneTimeCode(), tracker(talk, form=FORM))
    assert said.responses == ("utter_ask_code",)
    assert len([message for message in await log.since(talk, 0) if message.author == "demo"]) == 1


async def test_another_phone_where_the_code_is_asked_is_sent_its_own_code(talk: str, log: MessageLog) -> None:
    await give_phone(talk)
    first = await last_code(log, talk)
    slots, said = await give_code(talk, f"我的号码是{OTHER}", phone=OTHER)
    assert said.responses == ("utter_code_sent",) and "199****0014" in said.text
    assert waits_for(slots) == "one_time_code"
    second = await last_code(log, talk)
    if first != second:
        _, said = await give_code(talk, first)
        assert said.responses == ("utter_code_wrong",)
    _, said = await give_code(talk, second)
    assert said.responses == ("utter_identity_verified",)


@pytest.mark.parametrize("text", ["是什么验证码", "12", "123", "我一共欠 123456789012 元吗"])
async def test_what_is_no_code_costs_no_try(talk: str, log: MessageLog, text: str) -> None:
    await give_phone(talk)
    _, said = await give_code(talk, text)
    assert said.responses == ()
    _, said = await give_code(talk, wrong(await last_code(log, talk)))
    assert "2 次" in said.text


async def test_too_many_codes_are_refused_with_a_person_in_reach(log: MessageLog) -> None:
    for _ in range(5):
        await give_phone(await log.open_conversation("web"))
    slots, said = await give_phone(await log.open_conversation("web"))
    assert said.responses == ("utter_code_too_many",)
    assert waits_for(slots) == "phone" and "转人工" in said.titles


async def test_a_locked_phone_is_refused_in_every_conversation(talk: str, log: MessageLog) -> None:
    await give_phone(talk)
    guess = wrong(await last_code(log, talk))
    for _ in range(3):
        await give_code(talk, guess)
    _, said = await give_phone(await log.open_conversation("web"))
    assert said.responses == ("utter_identity_locked",)


async def test_an_outage_of_the_customer_records_is_told(talk: str, backend_says: BackendSays) -> None:
    backend_says("customer", by_phone=Unavailable("timeout"))
    slots, said = await give_phone(talk)
    assert said.responses == ("utter_system_unavailable",)
    assert slots["phone"] is None
    assert await runtime().identity.standing(talk) == Anonymous()


async def test_an_outage_of_the_gateway_is_told(talk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_args: Any) -> None:
        raise CodeNotSent("gateway answered 500")

    monkeypatch.setattr(DemoCodeSender, "send", fail)
    slots, said = await give_phone(talk)
    assert said.responses == ("utter_system_unavailable",)
    assert slots["phone"] is None and waits_for(slots) == "phone"


async def test_an_outage_of_our_own_records_is_told(talk: str, lose_conversations: Callable[[], None]) -> None:
    await give_phone(talk)
    lose_conversations()
    slots, said = await give_phone(talk)
    assert said.responses == ("utter_system_unavailable",) and waits_for(slots) == "phone"
    for text in ("123456", "没收到"):
        slots, _ = await give_code(talk, text)
        assert waits_for(slots) == "one_time_code"
        _, said = await run(ActionAskIdentityFormOneTimeCode(), tracker(talk, form=FORM, slots=slots))
        assert said.responses == ("utter_system_unavailable",)
