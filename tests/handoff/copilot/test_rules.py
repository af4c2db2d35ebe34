"""Every rule about drafts finds its own examples and nothing in those that are fine."""
import re
from typing import Any, Iterator

import pytest

from dengta.channels.wording import fill
from dengta.data import read_data
from dengta.handoff.approved import domain
from dengta.handoff.copilot.drafts import Context, warnings
from dengta.handoff.copilot.figures import Figures
from dengta.handoff.copilot.procedures import procedures
from dengta.handoff.copilot.proposals import as_person
from dengta.handoff.copilot.rules import rules
from dengta.handoff.tickets.rules import rules as ticket_rules
from dengta.settings import ROOT
from tests.project.texts import examples as intents

CONTENT: dict[str, Any] = read_data("handoff/copilot")
ENTRIES = {entry["id"]: entry for entry in CONTENT["rules"]} | {"annual_rate": CONTENT["annual_rate"]}
ANYBODY = Context(Figures((), ()))


def examples(kind: str) -> list[tuple[str, str]]:
    return [(name, text) for name, entry in ENTRIES.items() for text in entry["tests"][kind]]


def found(draft: str) -> set[str]:
    return {each.rule for each in warnings(rules(), draft, ANYBODY)}


@pytest.mark.parametrize(("rule", "draft"), examples("hits"))
def test_a_rule_finds_what_it_is_for(rule: str, draft: str) -> None:
    assert rule in found(draft)


@pytest.mark.parametrize(("rule", "draft"), examples("ok"))
def test_no_rule_forbids_what_is_fine(rule: str, draft: str) -> None:
    assert not found(draft) & ENTRIES.keys()


@pytest.mark.parametrize("rule", ENTRIES)
def test_every_rule_has_examples_of_both_kinds(rule: str) -> None:
    assert ENTRIES[rule]["tests"]["hits"] and ENTRIES[rule]["tests"]["ok"]


def drafts() -> list[tuple[str, str]]:
    lines = (ROOT / "tests" / "handoff" / "copilot" / "drafts.tsv").read_text(encoding="utf-8").splitlines()
    return [(label, draft) for label, _, draft in (line.partition("\t") for line in lines)]


@pytest.mark.parametrize(("label", "draft"), drafts())
def test_what_agents_might_write(label: str, draft: str) -> None:
    assert label in found(draft) if label != "fine" else not found(draft) & ENTRIES.keys()


def critical(text: str) -> list[str]:
    return [each.rule for each in warnings(rules(), text, ANYBODY) if each.critical]


def approved() -> Iterator[tuple[str, str]]:
    for name, variations in domain()["responses"].items():
        for variation in variations:
            yield name, as_person(rules(), fill(re.sub(r"\{\w+\}", "某", variation["text"])))


def test_no_approved_answer_is_forbidden() -> None:
    assert [(name, critical(text)) for name, text in approved() if critical(text)] == []


def test_a_person_offers_no_person() -> None:
    left = re.compile("转人工|同事|人工客服|删除资料申请|点“登记")
    told = [(name, text) for name, text in approved() if left.search(text)]
    assert told == []


def test_what_procedures_say_is_allowed_and_what_they_name_exists() -> None:
    for procedure in procedures():
        assert [step.say for step in procedure.steps if step.say and critical(step.say)] == []
        assert procedure.ticket is None or procedure.ticket in ticket_rules().kinds
    assert {"complaint", "collection_abuse", "fraud", "hardship", "credit_dispute"} <= {p.id for p in procedures()}
    assert {"early_settlement", "repayment_failed", "certificate"} <= {p.id for p in procedures()}


@pytest.mark.parametrize("file", ["copilot", "procedures", "summary"])
def test_every_reading_named_is_one_of_the_taxonomy(file: str) -> None:
    content = read_data(f"handoff/{file}")
    named = {reading for entry in content.get("procedures", []) for reading in entry["readings"]}
    named |= {reading for entry in content.get("risks", []) for reading in entry["readings"]}
    for section in ("actions", "figures", "own_words", "unanswered"):
        named |= set(content.get(section, ()))
    assert named <= set(intents())


def test_own_words_and_questions_are_in_both_tones() -> None:
    for sentences in (*rules().own_words.values(), *rules().asks.values()):
        assert sentences.keys() == {"standard", "senior"}
