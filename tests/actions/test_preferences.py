"""What the customer prefers follows them: the tone, being left in peace, not being known here any more."""
from typing import Any

import pytest

from actions.account.identity import ValidateIdentityForm
from actions.account.preferences import ActionCloseAccount, ActionUnsubscribe
from actions.talk import ActionSwitchTone
from dengta.conversation.identity import Anonymous
from dengta.conversation.log import MessageLog
from dengta.conversation.profiles import Profile, Profiles
from dengta.database import DatabaseUnavailable
from dengta.runtime import runtime
from tests.actions.conftest import Persona, Verified, last_code
from tests.actions.stage import Said, entity, goes_to, run, slot_values, tracker

SWITCHED = {"event": "action", "name": "action_switch_tone"}


def chosen(choice: str) -> list[Any]:
    return [entity("choice", choice)]


async def verify_again(log: MessageLog, persona: Persona, **memory: Any) -> tuple[dict[str, Any], Said]:
    """Verify the customer in another conversation through the form; return the slots it set and what it said."""
    talk = await log.open_conversation("web")
    await runtime().identity.send_code(talk, persona.phone, persona.customer_id)
    slots = {"phone": "given", **memory.pop("slots", {})}
    code = await last_code(log, talk)
    at = tracker(talk, text=code, slots=slots, form="identity_form", asked="one_time_code", **memory)
    events, said = await run(ValidateIdentityForm(), at)
    return slot_values(events), said


@pytest.mark.parametrize(("intent", "tone"), [("switch_senior_mode", "senior"), ("switch_standard_mode", "standard")])
async def test_a_known_customers_tone_is_kept(verified: Verified, intent: str, tone: str) -> None:
    persona = await verified("current")
    await runtime().profiles.set_tone(persona.customer_id, "senior" if tone == "standard" else "standard")
    await run(ActionSwitchTone(), tracker(persona.talk, intent=intent))
    assert await runtime().profiles.get(persona.customer_id) == Profile(tone)


async def test_verification_brings_the_tone_along_and_shows_it(verified: Verified, log: MessageLog) -> None:
    persona = await verified("current")
    await runtime().profiles.set_tone(persona.customer_id, "senior")
    slots, said = await verify_again(log, persona)
    assert slots["tone"] == "senior"
    assert said.custom == ({"type": "tone", "tone": "senior"},)
    slots, said = await verify_again(log, persona, slots={"tone": "senior"})
    assert "tone" not in slots and said.custom == ()


async def test_who_switched_before_being_verified_keeps_what_they_chose(verified: Verified, log: MessageLog) -> None:
    persona = await verified("current")
    await runtime().profiles.set_tone(persona.customer_id, "senior")
    slots, said = await verify_again(log, persona, events=[SWITCHED])
    assert "tone" not in slots and said.custom == ()
    assert await runtime().profiles.get(persona.customer_id) == Profile("standard")


async def test_without_a_profile_verification_changes_no_tone(verified: Verified, log: MessageLog) -> None:
    slots, said = await verify_again(log, await verified("current"))
    assert "tone" not in slots and said.custom == ()


async def test_an_outage_of_the_profiles_costs_neither_verification_nor_large_type(
    verified: Verified, log: MessageLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise DatabaseUnavailable("timeout")

    persona = await verified("current")
    for method in ("get", "set_tone"):
        monkeypatch.setattr(Profiles, method, fail)
    slots, said = await verify_again(log, persona)
    assert slots["one_time_code"] == "given" and said.responses == ("utter_identity_verified",)
    events, said = await run(ActionSwitchTone(), tracker(persona.talk, intent="switch_senior_mode"))
    assert slot_values(events) == {"tone": "senior"} and said.custom


async def test_a_stranger_is_told_how_to_unsubscribe_and_nothing_is_registered(talk: str) -> None:
    events, said = await run(ActionUnsubscribe(), tracker(talk, text="别发短信了", intent="request_unsubscribe"))
    assert said.responses == ("utter_request_unsubscribe",) and "登记免打扰" in said.titles
    assert goes_to(events) is None


async def test_registering_needs_to_know_who_it_is(talk: str) -> None:
    at = tracker(talk, text="登记免打扰", intent="request_unsubscribe", entities=chosen("no_notices"))
    events, said = await run(ActionUnsubscribe(), at)
    assert said.responses == ("utter_identity_needed",) and goes_to(events) == "identity_form"
    goal = slot_values(events)["goal"]
    assert (goal["action"], goal["message"]["entities"]) == ("action_unsubscribe", chosen("no_notices"))


@pytest.mark.parametrize("entities", [[], chosen("no_notices")])
async def test_a_known_customer_is_left_in_peace_until_they_take_it_back(
    verified: Verified, entities: list[Any]
) -> None:
    persona = await verified("current")

    async def ask(entities: list[Any]) -> tuple[tuple[str, ...], bool]:
        at = tracker(persona.talk, text="别发短信了", intent="request_unsubscribe", entities=entities)
        events, said = await run(ActionUnsubscribe(), at)
        assert slot_values(events)["topic"] is None, "a message that only points must not register anything"
        return said.responses, (await runtime().profiles.get(persona.customer_id)).do_not_disturb

    assert await ask(entities) == (("utter_no_notices",), True)
    assert await ask(entities) == (("utter_no_notices_already",), True)
    assert await ask(chosen("notices_again")) == (("utter_notices_again",), False)
    assert await ask(entities) == (("utter_no_notices",), True)


async def test_who_wants_not_to_be_known_here_is_forgotten(verified: Verified) -> None:
    persona, other = await verified("current"), await verified("current")
    at = tracker(persona.talk, intent="request_close_account", entities=chosen("unbind"))
    _, said = await run(ActionCloseAccount(), at)
    assert said.responses == ("utter_unbound",)
    assert await runtime().identity.standing(persona.talk) == Anonymous()
    assert await runtime().identity.standing(other.talk) != Anonymous()


async def test_closing_the_account_only_explains(verified: Verified) -> None:
    persona = await verified("current")
    _, said = await run(ActionCloseAccount(), tracker(persona.talk, text="我要注销", intent="request_close_account"))
    assert said.responses == ("utter_request_close_account",)
    assert await runtime().identity.standing(persona.talk) != Anonymous()
