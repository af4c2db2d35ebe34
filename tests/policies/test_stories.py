"""What a bare yes or no means: by what was really said last, however the talk came there."""
import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet

from tests.policies.conftest import Conversation, form

OFFER_A_PERSON = [
    "file_complaint", "report_collection_abuse", "report_fraud", "report_account_theft", "express_frustration",
    "request_hardship_plan", "report_repayment_missing", "bot_challenge",
]  # fmt: skip
OFFER_NOTHING = [
    "query_bill", "query_coupons", "query_credit_limit", "query_due_date", "thank", "greet", "request_human",
    "query_ticket",
]  # fmt: skip
NO_STORY = ["request_change_phone", "request_installment", "request_loan", "verify_official_contact", "ask_repeat"]


@pytest.mark.parametrize("intent", OFFER_A_PERSON)
def test_a_yes_after_the_offer_of_a_person_calls_one(conversation: Conversation, intent: str) -> None:
    conversation.say(intent)
    assert conversation.say("affirm") == ["action_request_human"]


@pytest.mark.parametrize("intent", OFFER_A_PERSON + OFFER_NOTHING)
def test_a_no_changes_nothing(conversation: Conversation, intent: str) -> None:
    conversation.say(intent)
    assert conversation.say("deny") == ["utter_anything_else"]


@pytest.mark.parametrize("intent", OFFER_NOTHING)
def test_a_yes_to_no_offer_asks_what_it_is_about(conversation: Conversation, intent: str) -> None:
    conversation.say(intent)
    assert conversation.say("affirm") == ["utter_go_on"]


@pytest.mark.parametrize("intent", NO_STORY)
@pytest.mark.parametrize(("answer", "action"), [("affirm", "utter_go_on"), ("deny", "utter_anything_else")])
def test_an_answer_after_something_no_story_tells_calls_nobody(
    conversation: Conversation, intent: str, answer: str, action: str
) -> None:
    conversation.say(intent)
    assert conversation.say(answer) in ([action], ["action_clarify"])


def test_a_yes_right_after_a_bill_is_no_yes_to_the_complaint_before_it(conversation: Conversation) -> None:
    conversation.say("file_complaint")
    conversation.say("query_bill")
    assert conversation.say("affirm") == ["utter_go_on"]


@pytest.mark.parametrize(
    "between", [["greet"], ["query_bill", "request_change_phone"], ["chitchat"] * 4, ["faq", "ask_repeat"]]
)
def test_turns_before_the_offer_do_not_matter(conversation: Conversation, between: list[str]) -> None:
    for intent in between:
        conversation.say(intent)
    conversation.say("file_complaint")
    assert conversation.say("affirm") == ["action_request_human"]


def test_a_yes_to_help_with_arrears_opens_the_plan_and_the_next_one_calls_a_person(conversation: Conversation) -> None:
    conversation.say("query_overdue")
    assert conversation.say("affirm") == ["utter_request_hardship_plan"]
    assert conversation.say("affirm") == ["action_request_human"]


@pytest.mark.parametrize("intent", ["affirm", "deny"])
def test_a_yes_or_no_out_of_nowhere(conversation: Conversation, intent: str) -> None:
    assert conversation.say(intent) == ["utter_go_on" if intent == "affirm" else "utter_anything_else"]


@pytest.mark.parametrize("unclear", ["nlu_fallback", "out_of_scope"])
def test_a_yes_after_not_understanding_depends_on_what_was_offered(conversation: Conversation, unclear: str) -> None:
    conversation.say(unclear)
    assert conversation.say("affirm") == ["action_take_offer"]


@pytest.mark.parametrize(
    ("answer", "action"), [("affirm", "action_take_up_earlier"), ("deny", "utter_anything_else")]
)
def test_an_answer_to_the_offer_after_verification_is_about_what_was_asked_elsewhere(
    conversation: Conversation, answer: str, action: str
) -> None:
    verified(conversation, "query_bill", "action_query_bill")
    conversation.happened(ActionExecuted("action_offer_earlier"))
    assert conversation.next() == "action_listen"
    assert conversation.say(answer, stop_at=action) == [action]


def test_what_was_asked_elsewhere_is_taken_up_like_a_click(conversation: Conversation) -> None:
    verified(conversation, "query_bill", "action_query_bill")
    conversation.happened(ActionExecuted("action_offer_earlier"))
    conversation.say("affirm", stop_at="action_take_up_earlier")
    assert conversation.say("query_coupons") == ["action_query_coupons"]


def test_without_an_offer_a_yes_after_verification_belongs_to_the_answer(conversation: Conversation) -> None:
    verified(conversation, "query_overdue", "action_query_overdue")
    assert conversation.next() == "action_listen"
    assert conversation.say("affirm") == ["utter_request_hardship_plan"]


def verified(conversation: Conversation, goal: str, action: str) -> None:
    """Ask for something that needs verification and be verified; the goal is answered then."""
    conversation.say(goal, stop_at=action)
    conversation.happened(*form("identity_form", "one_time_code"))
    conversation.say("nlu_fallback", stop_at="identity_form")
    conversation.happened(ActiveLoop(None), SlotSet("requested_slot", None))
    assert conversation.next() == "action_resume_goal"


def test_repeated_yes_calls_no_second_person(conversation: Conversation) -> None:
    conversation.say("file_complaint")
    assert conversation.say("affirm") == ["action_request_human"]
    assert conversation.say("affirm") in (["utter_go_on"], ["action_clarify"])


@pytest.mark.parametrize("intent", ["query_bill", "request_human", "file_complaint", "faq", "nlu_fallback", "stop"])
def test_what_a_rule_decides_no_story_overrules(conversation: Conversation, intent: str) -> None:
    conversation.say("report_fraud")
    conversation.say(intent)
    assert conversation.deciders[0] == "RulePolicy"


@pytest.mark.parametrize(("name", "asked", "goal"), [
    ("settlement_form", "settlement_confirmed", "request_early_settlement"),
    ("redeem_form", "redeem_confirmed", "request_redeem"),
    ("quote_form", "quote_amount", "request_loan_quote"),
    ("identity_form", "one_time_code", "query_bill"),
])  # fmt: skip
def test_a_yes_inside_a_form_belongs_to_the_form(
    conversation: Conversation, name: str, asked: str, goal: str
) -> None:
    conversation.say("file_complaint")
    first = {"request_early_settlement": "action_start_settlement", "request_redeem": "action_start_redeem",
             "request_loan_quote": "action_start_quote", "query_bill": "action_query_bill"}[goal]
    conversation.say(goal, stop_at=first)
    conversation.happened(*form(name, asked))
    assert conversation.say("affirm", stop_at=name)[0] == name


@pytest.mark.parametrize("name", ["settlement_form", "redeem_form", "quote_form", "identity_form"])
def test_stop_leaves_every_form(conversation: Conversation, name: str) -> None:
    conversation.happened(*form(name, "whatever"))
    assert conversation.say("stop", rejecting=name, stop_at="action_stop") == [name, "action_stop"]
    conversation.happened(ActiveLoop(None))
    assert conversation.next() == "action_listen"


@pytest.mark.parametrize("name", ["settlement_form", "redeem_form", "quote_form", "identity_form"])
@pytest.mark.parametrize(("intent", "action"), [
    ("query_coupons", "action_query_coupons"), ("request_human", "action_request_human"), ("faq", "utter_faq"),
])  # fmt: skip
def test_a_question_in_the_middle_of_a_form_is_answered(
    conversation: Conversation, name: str, intent: str, action: str
) -> None:
    conversation.happened(*form(name, "whatever"))
    assert conversation.say(intent, rejecting=name, stop_at=action) == [name, action]
