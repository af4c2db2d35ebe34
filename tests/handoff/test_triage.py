"""Who is handed over without asking, to whom, and how soon: the rules of this installation, by example."""
from typing import Any, Optional

import pytest

from dengta.data import read_data
from dengta.handoff import triage
from dengta.handoff.rules import RulesError, build, rules
from dengta.handoff.triage import Heard

GREEN, HIGH, NORMAL = 0, 1, 2


@pytest.mark.parametrize(
    ("reason", "before", "tags", "group", "priority"),
    [
        ("request_human", [], set(), "general", NORMAL),
        ("request_human", ["query_bill", "report_fraud"], set(), "anti_fraud", GREEN),
        ("request_human", ["report_collection_abuse", "file_complaint"], set(), "collection", GREEN),
        ("request_human", ["file_complaint"], set(), "escalated", HIGH),
        ("request_human", ["request_hardship_plan"], set(), "hardship", HIGH),
        ("request_human", ["faq/credit_report"], set(), "credit_report", NORMAL),
        ("request_human", ["faq/service_fee"], set(), "fees", NORMAL),
        ("faq/privacy", ["report_fraud"], set(), "consumer_rights", NORMAL),
        ("distress", [], set(), "hardship", GREEN),
        ("anger", ["query_bill"], set(), "escalated", HIGH),
        ("bot_failed", [], set(), "complex", HIGH),
        ("request_human", [], {"senior"}, "general", HIGH),
        ("request_human", [], {"callback_open", "standard"}, "general", HIGH),
        ("distress", [], {"senior"}, "hardship", GREEN),
        ("request_human", [], {"complaint_open"}, "escalated", HIGH),
        ("request_human", ["faq/service_fee"], {"complaint_open"}, "fees", HIGH),
        ("request_human", [], {"hardship_open", "fraud_open"}, "anti_fraud", GREEN),
        ("request_human", [], {"regulator", "complaint_open"}, "consumer_rights", HIGH),
        ("request_human", [], {"complained", "overdue_91", "frozen"}, "general", NORMAL),
    ],
)
def test_where_somebody_waits(reason: str, before: list[str], tags: set[str], group: str, priority: int) -> None:
    place = triage.place(rules(), reason, before, tags)
    assert (place.group, place.priority) == (group, priority)


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        ([], None),
        ([("我要投诉", "file_complaint")], "file_complaint"),
        ([("我被骗了", "report_fraud"), ("这个月还多少", "query_bill")], None),
        ([("烦死了", "express_frustration")], None),
        ([("烦死了", "express_frustration"), ("还是不行", "express_frustration")], "anger"),
        ([("什么破系统", None), ("账单", "query_bill"), ("你们就是骗子", None)], "anger"),
        ([("什么破系统", None), ("骗子", None), ("账单", "query_bill")], None),
        ([("骗子", None), ("账单", "query_bill"), ("还款日", "query_due_date"), ("骗子", None)], None),
    ],
)
def test_who_gets_a_person_without_asking(heard: list[tuple[str, Optional[str]]], reason: Optional[str]) -> None:
    said = [Heard(*each) for each in heard]
    assert triage.unasked(rules(), said) == reason
    assert reason is None or triage.is_alarming(rules(), said[-1]), "else nobody would look"


@pytest.mark.parametrize("text", ["我真的不想活了", "被催得想死", "逼急了就同归于尽", "活不下去了"])
def test_distress_is_heard(text: str) -> None:
    assert triage.is_distress(rules(), text)


@pytest.mark.parametrize("text", ["这个月还多少", "急死了", "烦死了", "忙死了，帮我查一下", "笑死我了"])
def test_a_way_of_speaking_is_not_distress(text: str) -> None:
    assert not triage.is_distress(rules(), text)


@pytest.mark.parametrize(
    ("file", "path", "value"),
    [
        ("groups", ["groups", 0, "fallback"], ["nobody"]),
        ("triage", ["otherwise", "group"], "nobody"),
        ("triage", ["otherwise", "priority"], "someday"),
        ("triage", ["tags", "senior", "priority"], "someday"),
        ("triage", ["tags", "regulator", "group"], "nobody"),
    ],
)
def test_rules_that_name_what_does_not_exist_are_refused(file: str, path: list[Any], value: Any) -> None:
    files = {name: read_data(f"handoff/{name}") for name in ("groups", "triage")}
    entry = files[file]
    for step in path[:-1]:
        entry = entry[step]
    entry[path[-1]] = value
    with pytest.raises(RulesError, match="nobody|someday"):
        build(files["groups"], files["triage"])
