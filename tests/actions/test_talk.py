"""The conversation itself: asking back, following up, repeating, stopping, tone."""
from typing import Any, Sequence

import pytest
from rasa_sdk import Action

from actions.talk import (
    ActionClarify,
    ActionFollowUp,
    ActionOutOfScope,
    ActionRepeat,
    ActionStop,
    ActionSwitchTone,
    ActionTakeOffer,
)
from tests.actions.conftest import Verified
from tests.actions.stage import entity, goes_to, run, slot_values, tracker
from tests.project.texts import domain

Events = list[dict[str, Any]]


def turn(*actions: str, said: Sequence[str] = (), response: str = "") -> Events:
    """Return the events of one earlier turn."""
    done = [{"event": "action", "name": name} for name in actions]
    spoken = [{"event": "bot", "text": text, "data": {}, "metadata": {"utter_action": response}} for text in said]
    return [{"event": "user", "text": "…"}, *done, *spoken]


NOW: Events = [{"event": "user", "text": "…"}]


def unclear(text: str, *readings: str, events: Events = NOW, **more: Any) -> Any:
    at = tracker(text=text, events=events, **more)
    guesses = [{"id": reading, "confidence": 0.2} for reading in readings]
    at.latest_message["understanding"] = {"decision": "clarify", "readings": guesses}
    return at


async def test_asking_back_offers_the_three_best_readings_in_order() -> None:
    readings = ("query_bill", "greet", "faq/repay_methods", "query_due_date", "request_human")
    _, said = await run(ActionClarify(), unclear("还那个", *readings))
    assert said.responses == ("utter_clarify",)
    assert [button["payload"] for button in said.buttons] == ["/query_bill", "/faq/repay_methods", "/query_due_date"]


async def test_small_talk_is_never_offered() -> None:
    _, said = await run(ActionClarify(), unclear("啊", "greet", "chitchat", "out_of_scope"))
    assert said.responses == ("utter_clarify_nothing",)


@pytest.mark.parametrize("text", ["😂😂", "？？？", "", "…"])
async def test_a_message_without_words_gets_no_guesses(text: str) -> None:
    _, said = await run(ActionClarify(), unclear(text, "query_bill"))
    assert said.responses == ("utter_clarify_nothing",)
    assert "/query_bill" not in [button["payload"] for button in said.buttons]


async def test_a_day_that_does_not_exist_is_named_as_the_trouble() -> None:
    impossible = {**entity("date", None), "impossible": True}
    _, said = await run(ActionClarify(), unclear("2月30日还", "query_due_date", entities=[impossible]))
    assert said.responses == ("utter_date_impossible",)


@pytest.mark.parametrize("earlier", ["action_clarify", "action_out_of_scope"])
async def test_the_second_failure_in_a_row_offers_a_person(earlier: str) -> None:
    events = turn(earlier) + NOW
    _, said = await run(ActionClarify(), unclear("还那个", "query_bill", events=events))
    assert said.responses == ("utter_clarify_offer_person",)
    assert "转人工" in said.titles and "/query_bill" in [button["payload"] for button in said.buttons]
    _, said = await run(ActionOutOfScope(), tracker(events=events))
    assert said.responses == ("utter_out_of_scope_again",) and "转人工" in said.titles


@pytest.mark.parametrize("events", [[], NOW, turn("action_clarify") + turn("action_query_bill") + NOW])
async def test_failures_count_only_in_a_row(events: Events) -> None:
    _, said = await run(ActionOutOfScope(), tracker(events=events))
    assert said.responses == ("utter_out_of_scope",)


async def test_a_yes_hands_over_only_after_an_offer(talk: str) -> None:
    once, twice = turn("action_clarify") + NOW, turn("action_clarify") + turn("action_clarify") + NOW
    _, said = await run(ActionTakeOffer(), tracker(talk, events=once))
    assert said.responses == ("utter_go_on",)
    _, said = await run(ActionTakeOffer(), tracker(talk, intent="affirm", events=twice))
    assert [custom["type"] for custom in said.custom] == ["handoff"]


async def test_a_follow_up_goes_to_the_action_that_answered_last(verified: Verified) -> None:
    persona = await verified("current")
    topic = {"action": "action_query_bill", "loan_no": None, "period": None}
    _, said = await run(ActionFollowUp(), tracker(persona.talk, text="那下一期呢", slots={"topic": topic}))
    assert said.responses == ("utter_bill_one",) and "第 6/12 期" in said.text


async def test_a_follow_up_of_a_quote_quotes_again(talk: str) -> None:
    slots = {"topic": {"action": "action_start_quote"}, "quote_amount": "10000.00", "quote_period": 12}
    at = tracker(talk, text="那24期呢", entities=[entity("period", 24)], slots=slots)
    events, _ = await run(ActionFollowUp(), at)
    assert goes_to(events) == "quote_form"
    assert slot_values(events) == {"quote_amount": "10000.00", "quote_period": 24}


async def test_a_follow_up_is_verified_like_the_question_itself(talk: str) -> None:
    topic = {"action": "action_query_bill", "loan_no": "JD252777595486", "period": 3}
    events, said = await run(ActionFollowUp(), tracker(talk, text="那下一期呢", slots={"topic": topic}))
    assert said.responses == ("utter_identity_needed",) and goes_to(events) == "identity_form"


async def test_the_last_answer_is_repeated_with_its_buttons() -> None:
    buttons = [{"title": "怎么还款", "payload": "/faq/repay_methods"}]
    events = turn("action_query_bill", said=["第一句", "第二句"])
    events[-1]["data"] = {"buttons": buttons}
    _, said = await run(ActionRepeat(), tracker(events=turn(said=["更早"]) + events + NOW))
    assert said.text.splitlines()[1:] == ["第一句", "第二句"]
    assert list(said.buttons) == buttons


async def test_repeating_a_repetition_does_not_pile_up_introductions() -> None:
    events = turn("action_repeat", said=["好的，我再说一遍："], response="utter_repeat_intro")
    events += turn("action_query_bill", said=["第一句"])[1:]
    _, said = await run(ActionRepeat(), tracker(events=events + NOW))
    assert said.text.splitlines()[1:] == ["第一句"]


async def test_with_nothing_to_repeat_it_says_what_it_can_do() -> None:
    _, said = await run(ActionRepeat(), tracker(events=NOW))
    assert said.responses == ("utter_ask_capability",)


@pytest.mark.parametrize(("form", "response"), [("settlement_form", "utter_stopped"), (None, "utter_nothing_to_stop")])
async def test_stopping_closes_the_form_and_forgets_its_values(form: str | None, response: str) -> None:
    filled = {name: "x" for name in domain()["slots"] if name not in ("tone", "topic", "earlier")}
    slots = {**filled, "topic": {"action": "a"}, "earlier": {"reading": "query_bill"}, "tone": "senior"}
    events, said = await run(ActionStop(), tracker(form=form, slots=slots))
    assert said.responses == (response,)
    assert {"event": "active_loop", "timestamp": None, "name": None} in events
    left = slot_values(events)
    assert {name for name, value in left.items() if value is None} == {*filled, "requested_slot"}
    assert set(left) & {"tone", "topic", "earlier"} == set()


@pytest.mark.parametrize(("intent", "tone"), [("switch_senior_mode", "senior"), ("switch_standard_mode", "standard")])
async def test_switching_the_tone_tells_memory_and_channel(intent: str, tone: str) -> None:
    events, said = await run(ActionSwitchTone(), tracker(intent=intent))
    assert slot_values(events) == {"tone": tone}
    assert said.custom == ({"type": "tone", "tone": tone},)


@pytest.mark.parametrize("action", [ActionClarify, ActionOutOfScope, ActionRepeat, ActionStop])
async def test_the_senior_tone_is_kept(action: type[Action]) -> None:
    _, standard = await run(action(), tracker(events=NOW))
    _, senior = await run(action(), tracker(events=NOW, slots={"tone": "senior"}))
    assert senior.responses == standard.responses and senior.text != standard.text
