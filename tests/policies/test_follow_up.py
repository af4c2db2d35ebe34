"""A message that only points at something goes to the action that answered last, before any intent is looked at."""
from typing import Any

import pytest

from tests.policies.conftest import Conversation, form, topic

BILL, QUOTE = "action_query_bill", "action_start_quote"


def span(kind: str, text: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    return {"entity": kind, "value": words, "start": start, "end": start + len(words)}


@pytest.mark.parametrize("intent", ["query_bill", "query_coupons", "nlu_fallback", "affirm", "faq"])
@pytest.mark.parametrize("text", ["那下一期呢", "第二笔呢", "为什么是这个数"])
def test_a_pointer_follows_up_whatever_intent_was_guessed(conversation: Conversation, intent: str, text: str) -> None:
    conversation.say("query_bill", "这个月还多少")
    conversation.happened(topic(BILL))
    assert conversation.say(intent, text) == ["action_follow_up"]
    assert conversation.deciders[0] == "FollowUpPolicy"


def test_without_a_topic_there_is_nothing_to_follow(conversation: Conversation) -> None:
    assert conversation.say("query_bill", "那下一期呢") == [BILL]
    assert conversation.deciders[0] == "RulePolicy"


@pytest.mark.parametrize("text", ["下个月还多少", "我有什么券", "", "…"])
def test_a_sentence_with_a_meaning_of_its_own_goes_by_its_intent(conversation: Conversation, text: str) -> None:
    conversation.happened(topic(BILL))
    assert conversation.say("query_coupons", text) == ["action_query_coupons"]


def test_a_form_that_waits_hears_the_pointer_itself(conversation: Conversation) -> None:
    conversation.say("request_early_settlement", stop_at="action_start_settlement")
    conversation.happened(topic("action_start_settlement"), *form("settlement_form", "loan_no"))
    assert conversation.say("query_bill", "第二笔", stop_at="settlement_form")[0] == "settlement_form"


def test_a_follow_up_that_opens_a_form_lets_it_go_on(conversation: Conversation) -> None:
    conversation.happened(topic(QUOTE))
    text = "那24期呢"
    said = conversation.say("nlu_fallback", text, [span("period", text, "24期")], stop_at="action_follow_up")
    assert said == ["action_follow_up"]
    conversation.happened(*form("quote_form", "quote_amount"))
    assert conversation.next() == "action_listen"


@pytest.mark.parametrize(("about", "kind", "text", "words", "follows"), [
    (QUOTE, "period", "那24期呢", "24期", True),
    (QUOTE, "amount", "换成两万呢", "两万", True),
    (BILL, "period", "那24期呢", "24期", False),
    (BILL, "amount", "换成两万呢", "两万", False),
    (BILL, "product", "极速贷那笔呢", "极速贷", True),
    (BILL, "card_tail", "尾号1420那笔呢", "1420", True),
    (BILL, "order_no", "JD252777595486呢", "JD252777595486", True),
    (BILL, "phone", "19900000008", "19900000008", False),
    (BILL, "bank", "招行呢", "招行", False),
])  # fmt: skip
def test_only_entities_the_topic_can_use_are_pointers(
    conversation: Conversation, about: str, kind: str, text: str, words: str, follows: bool
) -> None:
    conversation.happened(topic(about))
    said = conversation.say("query_due_date", text, [span(kind, text, words)])
    assert said == (["action_follow_up"] if follows else ["action_query_due_date"])


def test_the_button_of_one_loan_is_no_pointer(conversation: Conversation) -> None:
    clicked = {"entity": "order_no", "value": "JD252777595486", "start": 0, "end": 0}
    conversation.happened(topic("action_query_due_date"))
    assert conversation.say("query_bill", "第2笔 灯塔随心借", [clicked]) == [BILL]
