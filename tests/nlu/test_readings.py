"""When to answer, to ask back, or to say that it is not ours; and how the thresholds for that are found."""
import pytest

from dengta.nlu.readings import Reading, decide
from dengta.nlu.thresholds import outcome, propose

THRESHOLDS = {"business": 0.6, "conversation": 0.4, "out_of_scope": 0.5}


def read(**shares: float) -> list[Reading]:
    return [{"id": name, "confidence": share} for name, share in shares.items()]


@pytest.mark.parametrize(
    ("readings", "decision"),
    [
        (read(query_bill=0.6), "answer"),
        (read(query_bill=0.59), "clarify"),
        (read(greet=0.41), "answer"),
        (read(greet=0.39), "clarify"),
        (read(out_of_scope=0.5), "out_of_scope"),
        (read(out_of_scope=0.49), "clarify"),
    ],
)
def test_each_kind_of_id_has_its_own_threshold(readings: list[Reading], decision: str) -> None:
    assert decide(readings, THRESHOLDS) == decision


@pytest.mark.parametrize(
    ("truth", "readings", "result"),
    [
        ("query_bill", read(query_bill=0.9), "right"),
        ("query_due_date", read(query_bill=0.9), "wrong"),
        ("query_due_date", read(query_bill=0.4, query_due_date=0.3), "asked"),
        ("greet", read(query_bill=0.4, query_due_date=0.3), "asked in vain"),
        ("out_of_scope", read(out_of_scope=0.9), "right"),
    ],
)
def test_outcomes_are_those_the_customer_sees(truth: str, readings: list[Reading], result: str) -> None:
    assert outcome(truth, readings, THRESHOLDS) == result


def test_the_proposal_keeps_out_answers_that_are_mostly_wrong() -> None:
    wrong = [("query_due_date", read(query_bill=0.42, query_due_date=0.3))] * 10
    right = [("query_bill", read(query_bill=0.82, query_due_date=0.1))] * 10
    assert 0.42 < propose(wrong + right)["business"] <= 0.82
