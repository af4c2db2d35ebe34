"""Domain, rules, training data, answers and code name the same things."""
import importlib
import inspect
import json
import pkgutil
import re
from enum import Enum

import pytest
import yaml
from rasa_sdk import Action
from rasa_sdk.forms import FormValidationAction

import actions
from dengta.backends.application import ApplicationStatus, DisbursementStatus
from dengta.backends.coupon import CouponKind, CouponStatus
from dengta.backends.limit import LimitStatus
from dengta.backends.loan import RepaymentMethod
from dengta.backends.repayment import RepaymentKind
from dengta.dialogue.readings import reading_title
from dengta.settings import ROOT
from tests.project.spoken import Saying, named, sayings
from tests.project.texts import domain, examples, knowledge, steps, variations

# The contract between training data, actions and evaluation; what each id means is told by its examples.
_IDS = """
greet goodbye thank affirm deny stop bot_challenge ask_capability ask_repeat switch_senior_mode
switch_standard_mode chitchat out_of_scope request_human file_complaint query_ticket report_collection_abuse
express_frustration report_fraud verify_official_contact report_account_theft faq/product_intro faq/how_to_open
faq/why_unavailable request_loan faq/borrow_failure query_application_status faq/rejection_reason
query_disbursement request_cancel_loan faq/loan_term faq/loan_usage faq/interest_rate request_loan_quote
faq/service_fee request_product_recommendation query_credit_limit request_limit_increase faq/limit_decreased
faq/limit_restore request_limit_decrease query_bill query_due_date faq/repay_methods faq/auto_debit
report_debit_failure report_repayment_missing query_repayment_record request_early_settlement
request_partial_repayment request_installment faq/minimum_payment request_change_due_date request_hardship_plan
faq/overdue_consequence query_overdue faq/credit_report request_settlement_certificate faq/refund query_coupons
faq/coupon_rules request_redeem faq/promotion request_change_phone request_change_bank_card
request_update_profile request_close_account faq/reopen_account request_unsubscribe faq/verification
faq/identity_mismatch faq/account_restricted faq/contract faq/payment_scope faq/payment_failure
faq/merchant_collection faq/app_issue faq/contact faq/privacy query_financial_health
"""
TAXONOMY = _IDS.split()
FAQ = [name for name in TAXONOMY if name.startswith("faq/")]
PLAIN = [name for name in TAXONOMY if not name.startswith("faq/")]
DECIDED_BY_STORIES = {"affirm", "deny"}


def codes(kind: type[Enum]) -> set[str]:
    return {str(member.value) for member in kind}


# Every code a backend can return, by the computed part of the response name. Reasons are listed in the docstrings of
# dengta/backends/*.py.
COMPUTED = {
    "utter_application_*": codes(ApplicationStatus),
    "utter_disbursement_*": codes(DisbursementStatus),
    "utter_limit_*": codes(LimitStatus),
    "utter_coupon_line_*": codes(CouponStatus),
    "utter_benefit_*": codes(CouponKind),
    "utter_method_*": codes(RepaymentMethod),
    "utter_kind_*": codes(RepaymentKind),
    "utter_part_*": {"principal", "interest", "fee", "penalty", "paid"},
    "utter_limit_reason_*": {"risk_review", "overdue", "identity_expired"},
    "utter_rejection_*": {"credit_history", "income", "information", "too_many_loans", "policy"},
    "utter_payout_*": {"card_invalid", "name_mismatch", "bank_maintenance"},
    "utter_debit_reason_*": {"insufficient_balance", "card_restricted", "bank_timeout", "over_bank_limit"},
    "utter_unqualified_*": {"min_amount", "min_periods", "product", "overdue"},
    "utter_redeem_denied_*": {"already_redeemed", "code_expired", "not_for_you"},
    "utter_on_*": {"web", "wechat", "kf", "phone"},
    "utter_settlement_denied_*": {"already_settled", "processing", "in_review"},
}


def spelled_out(name: str) -> set[str]:
    """Return the response names a name or prefix stands for."""
    return {name[:-1] + code for code in COMPUTED[name]} if name.endswith("*") else {name}


def action_classes() -> dict[str, type[Action]]:
    """Return the concrete actions of the package by name."""
    for module in pkgutil.walk_packages(actions.__path__, "actions."):
        importlib.import_module(module.name)
    found: dict[str, type[Action]] = {}
    pending = [Action]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.__module__.startswith("actions.") and not inspect.isabstract(kind):
            found[kind().name()] = kind
    return found


CLASSES = action_classes()
FORM_SLOTS = [(form, slot) for form, content in domain()["forms"].items() for slot in content["required_slots"]]


def test_every_action_of_the_domain_has_a_class_and_the_other_way_round() -> None:
    declared = {name for name in domain()["actions"] if not name.startswith("utter_")}
    assert declared == set(CLASSES)


@pytest.mark.parametrize(("form", "slot"), FORM_SLOTS)
def test_every_slot_of_a_form_is_asked_for_and_read(form: str, slot: str) -> None:
    assert f"utter_ask_{form}_{slot}" in domain()["responses"] or f"action_ask_{form}_{slot}" in CLASSES
    validation = CLASSES[f"validate_{form}"]
    assert issubclass(validation, FormValidationAction)
    assert hasattr(validation, f"extract_{slot}")
    assert slot in domain()["slots"]


def test_slots_code_sets_are_declared() -> None:
    from dengta.dialogue import names

    assert {value for name, value in vars(names).items() if name.startswith("SLOT_")} == set(domain()["slots"])


def test_rules_and_stories_use_actions_that_exist() -> None:
    used = {step["action"] for step in steps() if "action" in step}
    known = set(CLASSES) | set(domain()["responses"]) | set(domain()["forms"]) | {"utter_faq", "action_listen"}
    assert used <= known


def test_every_response_is_used_and_every_response_used_exists() -> None:
    in_code = {response for name in named() for response in spelled_out(name)}
    in_dialogue = {step["action"] for step in steps() if step.get("action", "").startswith("utter_")} - {"utter_faq"}
    asked = {f"utter_ask_{form}_{slot}" for form, slot in FORM_SLOTS} & set(domain()["responses"])
    answers = {f"utter_{name}" for name in FAQ}
    used = in_code | in_dialogue | asked | answers
    assert used - set(domain()["responses"]) == set()
    assert set(domain()["responses"]) - used == set()


@pytest.mark.parametrize("saying", sayings(), ids=lambda saying: saying.place)
def test_a_wording_asks_only_for_values_the_code_passes(saying: Saying) -> None:
    assert saying.names, f"{saying.place}: the response cannot be told from the code"
    responses = {response for name in saying.names for response in spelled_out(name)}
    asked = {
        variation.response: variation.placeholders - saying.values
        for variation in variations()
        if variation.response in responses
    }
    assert {name: missing for name, missing in asked.items() if missing} == {}


def test_what_nobody_fills_has_no_placeholders() -> None:
    filled = {response for saying in sayings() for name in saying.names for response in spelled_out(name)}
    loose = {v.response: v.placeholders for v in variations() if v.response not in filled and v.placeholders}
    assert loose == {}


def test_placeholders_are_plain_names() -> None:
    for variation in variations():
        assert re.sub(r"\{[a-z_]+\}", "", variation.text).count("{") == 0, variation.response


@pytest.mark.parametrize("name", TAXONOMY)
def test_every_intent_has_examples(name: str) -> None:
    assert examples().get(name, 0) >= 15


def test_the_domain_and_the_training_data_know_the_80_intents_and_no_other() -> None:
    assert len(TAXONOMY) == len(set(TAXONOMY)) == 80
    declared = {next(iter(intent)) if isinstance(intent, dict) else intent for intent in domain()["intents"]}
    assert declared == {*PLAIN, "faq"}
    assert set(examples()) == set(TAXONOMY)
    assert set(knowledge()) >= {f"utter_{name}" for name in FAQ}


def test_every_intent_is_answered() -> None:
    decided = {step["intent"] for step in steps() if "intent" in step}
    assert decided - {*PLAIN, "faq", "nlu_fallback"} == set()
    assert {*PLAIN, "faq", "nlu_fallback"} - decided == set()


def test_every_intent_but_yes_and_no_has_a_rule() -> None:
    files = sorted((ROOT / "data" / "rules").glob("*.yml"))
    rules = [rule for path in files for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]]
    unconditional = {rule["steps"][0].get("intent") for rule in rules if "condition" not in rule}
    assert unconditional - {None} == ({*PLAIN, "faq", "nlu_fallback"} - DECIDED_BY_STORIES)


def test_readings_offered_are_intents() -> None:
    offered = yaml.safe_load((ROOT / "data/lexicon/readings.yml").read_text(encoding="utf-8"))["readings"]
    assert set(offered) <= set(TAXONOMY)
    assert len(set(offered.values())) == len(offered), "two readings with one title cannot be told apart"
    assert all(reading_title(name) == title for name, title in offered.items())
    never_a_question = {
        "greet", "goodbye", "thank", "affirm", "deny", "stop", "bot_challenge", "ask_repeat", "chitchat",
        "out_of_scope", "express_frustration",
    }  # fmt: skip
    assert set(TAXONOMY) - set(offered) == never_a_question


def test_buttons_lead_to_intents_and_fit_their_place() -> None:
    for variation in variations():
        titles = [button["title"] for button in variation.buttons]
        assert len(titles) == len(set(titles)) and len(titles) <= 3, variation.response
        for button in variation.buttons:
            assert len(button["title"]) <= 10, (variation.response, button["title"])
            intent, _, entities = button["payload"].removeprefix("/").partition("{")
            assert button["payload"].startswith("/") and intent in TAXONOMY, (variation.response, button["payload"])
            if entities:
                assert set(json.loads("{" + entities)) <= set(domain()["entities"])
    offered = yaml.safe_load((ROOT / "data/lexicon/readings.yml").read_text(encoding="utf-8"))["readings"]
    assert all(len(title) <= 10 for title in offered.values())
